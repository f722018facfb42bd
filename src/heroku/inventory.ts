import { type Api, orUndefined } from './api.ts'
import { databaseAttachments, findAttachment } from './attachments.ts'
import { asNumber, asObject, asObjects, asText } from './json.ts'

/** An add-on of an app. */
export type Addon = {
  readonly name: string
  /** `heroku-redis` */
  readonly service: string
  /** `premium-0`, without the name of the service. */
  readonly plan: string
  /** The names of the config vars that it brings along. */
  readonly configVars: readonly string[]
}

/** How many dynos of a process type run. */
export type Formation = { readonly type: string; readonly quantity: number }

/** The stack of an app, such as `heroku-24`; undefined where Heroku names none. Fails where there is no such app. */
export async function appStack(api: Api, app: string): Promise<string | undefined> {
  return asText(asObject(asObject(await api.get(pathOf(app))).stack).name)
}

/** The buildpacks of an app in their order, by the short names of Heroku's own and by the URLs of others. */
export async function buildpacks(api: Api, app: string): Promise<string[]> {
  return asObjects(await api.get(`${pathOf(app)}/buildpack-installations`)).flatMap(({ buildpack }) => {
    const { name, url } = asObject(buildpack)
    return asText(name) ?? asText(url) ?? []
  })
}

/** The add-ons that belong to an app. */
export async function addons(api: Api, app: string): Promise<Addon[]> {
  return asObjects(await api.get(`${pathOf(app)}/addons`)).flatMap((addon) => {
    const name = asText(addon.name)
    const service = asText(asObject(addon.addon_service).name)
    const plan = asText(asObject(addon.plan).name)?.split(':').at(-1)
    if (name === undefined || service === undefined || plan === undefined) return []
    return [{ name, service, plan, configVars: texts(addon.config_vars) }]
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
 * The version of the Postgres that is an app's `DATABASE`; undefined for an app without one.
 * It comes from the data API, as `heroku pg:info` shows it.
 */
export async function postgresVersion(api: Api, app: string): Promise<string | undefined> {
  const attachments = await databaseAttachments(api, app)
  if (attachments.length === 0) return undefined
  const main = attachments.find(({ name }) => name === 'DATABASE') ?? attachments[0]
  const { addon } = findAttachment(attachments, app, main?.name)
  const answer = asObject(await api.get(`/client/v11/databases/${encodeURIComponent(addon)}`, { host: 'data' }))
  return (fact(answer.info, 'PG Version') ?? asText(answer.postgres_version))?.split(' ')[0]
}

/** The version of a Redis or Key-Value Store add-on, as `heroku redis:info` shows it; undefined where the data API has no word of it. */
export async function redisVersion(api: Api, addon: string): Promise<string | undefined> {
  const answer = await orUndefined(api.get(`/redis/v0/databases/${encodeURIComponent(addon)}`, { host: 'data' }))
  return fact(asObject(answer).info, 'Version') ?? asText(asObject(answer).version)
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
