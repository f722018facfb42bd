import type { Api } from './api.ts'
import { asNumber, asObject, asObjects, asText, asTexts } from './json.ts'

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
      { name, service, plan, attached: owner !== undefined && owner !== app, configVars: asTexts(addon.config_vars) },
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

function pathOf(app: string): string {
  return `/apps/${encodeURIComponent(app)}`
}
