import { type Api, orUndefined } from './api.ts'
import { asNumber, asObject, asObjects, asText } from './json.ts'

/** An add-on of an app. */
export type Addon = {
  readonly name: string
  /** `heroku-redis` */
  readonly service: string
  /** `premium-0`, without the name of the service. */
  readonly plan: string
  /** Whether it belongs to another app, and is attached to this one. */
  readonly attached: boolean
  /** The names of the config vars that it brings along to the app that it belongs to. */
  readonly configVars: readonly string[]
}

/** What an app has attached. */
type Attached = {
  /** The names of config vars that come with attachments. */
  readonly configVars: readonly string[]
  /** The Postgres that is `DATABASE`, else the first one. */
  readonly database: { readonly id: string; readonly plan: string } | undefined
}

/** How many dynos of a process type run. */
export type Formation = { readonly type: string; readonly quantity: number }

/** The stack that an app runs on, such as `heroku-24`, and that of its next build. Fails where there is no such app. */
export async function appStack(api: Api, app: string): Promise<{ runs: string | undefined; next: string | undefined }> {
  const { stack, build_stack } = asObject(await api.get(pathOf(app)))
  return { runs: asText(asObject(stack).name), next: asText(asObject(build_stack).name) }
}

/** The stack that an app runs on, and its generation: `cedar` or `fir`. Fails where there is no such app. */
export async function appPlatform(
  api: Api,
  app: string,
): Promise<{ stack: string | undefined; generation: string | undefined }> {
  const { stack, generation } = asObject(await api.get(pathOf(app)))
  return { stack: asText(asObject(stack).name), generation: asText(asObject(generation).name) ?? asText(generation) }
}

/** The address of the account that is logged in. */
export async function accountOf(api: Api): Promise<{ account: string }> {
  return { account: asText(asObject(await api.get('/account')).email) ?? 'unknown' }
}

/** The buildpacks of an app in their order, by the short names of Heroku's own and by the URLs of others. */
export async function buildpacks(api: Api, app: string): Promise<string[]> {
  return asObjects(await api.get(`${pathOf(app)}/buildpack-installations`)).flatMap(({ buildpack }) => {
    const { name, url } = asObject(buildpack)
    return asText(name) ?? asText(url) ?? []
  })
}

/** The add-ons that belong to an app, and those of other apps that are attached to it. */
export async function addons(api: Api, app: string): Promise<Addon[]> {
  return asObjects(await api.get(`${pathOf(app)}/addons`)).flatMap((addon) => {
    const name = asText(addon.name)
    const service = asText(asObject(addon.addon_service).name)
    const plan = asText(asObject(addon.plan).name)?.split(':').at(-1)
    if (name === undefined || service === undefined || plan === undefined) return []
    const owner = asText(asObject(addon.app).name)
    return [
      { name, service, plan, attached: owner !== undefined && owner !== app, configVars: texts(addon.config_vars) },
    ]
  })
}

/** The process types that an app knows, and how many dynos of each it has. */
export async function formation(api: Api, app: string): Promise<Formation[]> {
  return asObjects(await api.get(`${pathOf(app)}/formation`)).flatMap((process) => {
    const type = asText(process.type)
    return type === undefined ? [] : [{ type, quantity: asNumber(process.quantity) ?? 0 }]
  })
}

/** The names of an app's config vars. Their values are dropped right here, and nothing else of parity ever holds them. */
export async function configVarNames(api: Api, app: string): Promise<string[]> {
  return Object.keys(asObject(await api.get(`${pathOf(app)}/config-vars`))).sort()
}

/**
 * What the attachments of an app bring. Pools and credentials are attachments of their own, with a namespace.
 * Fails where there is no such app.
 */
export async function attached(api: Api, app: string): Promise<Attached> {
  const headers = {
    accept: 'application/vnd.heroku+json; version=3.sdk',
    'accept-inclusion': 'addon:plan,config_vars',
  }
  const all = asObjects(await api.get(`${pathOf(app)}/addon-attachments`, { headers }))
  const databases = all.flatMap(({ name, namespace, addon }) => {
    const { id, name: addonName, plan } = asObject(addon)
    const [service, tier = ''] = asText(asObject(plan).name)?.split(':') ?? []
    const database = { id: asText(id) ?? asText(addonName) ?? '', plan: tier }
    return service === 'heroku-postgresql' ? [{ database, main: name === 'DATABASE' && !asText(namespace) }] : []
  })
  const configVars = all.flatMap(({ name, config_vars }) => {
    const brought = texts(config_vars)
    return brought.length > 0 ? brought : asText(name) === undefined ? [] : [`${asText(name)}_URL`]
  })
  return { configVars, database: (databases.find(({ main }) => main) ?? databases[0])?.database }
}

/** Whether a plan of Heroku Postgres is one of Advanced, which another API answers for: the CLI's own test. */
export function isAdvanced(plan: string): boolean {
  return /^(advanced|performance)/.test(plan)
}

/** What the data API says of a Postgres database. */
export async function postgresAnswer(
  api: Api,
  { id, plan }: NonNullable<Attached['database']>,
): Promise<Readonly<Record<string, unknown>>> {
  const path = isAdvanced(plan)
    ? `/data/postgres/v1/${encodeURIComponent(id)}/info`
    : `/client/v11/databases/${encodeURIComponent(id)}`
  return asObject(await api.get(path, { host: 'data' }))
}

/** The version in such an answer; undefined where there is no word of it. */
export function versionIn({ info, postgres_version, version }: Readonly<Record<string, unknown>>): string | undefined {
  return (fact(info, 'PG Version') ?? asText(postgres_version) ?? asText(version))?.split(' ')[0]
}

/** The version of a Postgres database; undefined where the data API has no word of it. */
export async function postgresVersion(
  api: Api,
  database: NonNullable<Attached['database']>,
): Promise<string | undefined> {
  return versionIn(await postgresAnswer(api, database))
}

/** The version of a Redis or Key-Value Store add-on, as `heroku redis:info` shows it; undefined where the data API has no word of it. */
export async function redisVersion(api: Api, addon: string): Promise<string | undefined> {
  const answer = await orUndefined(api.get(`/redis/v0/databases/${encodeURIComponent(addon)}`, { host: 'data' }))
  return asText(asObject(answer).version) ?? fact(asObject(answer).info, 'Version')
}

/** One of the facts that the data API gives as `{ name, values }`. */
export function fact(info: unknown, name: string): string | undefined {
  const [value] = texts(asObjects(info).find((entry) => entry.name === name)?.values)
  return value
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function pathOf(app: string): string {
  return `/apps/${encodeURIComponent(app)}`
}
