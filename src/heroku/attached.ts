import { type Api, orUndefined } from './api.ts'
import { fact, postgresAnswer, versionIn } from './inventory.ts'
import { asObject, asObjects, asText } from './json.ts'

/** An add-on that an app uses, its own or another app's. */
type AttachedAddon = {
  /** The add-on's own name, such as `redis-round-12345`. */
  readonly name: string
  /** `heroku-redis` */
  readonly service: string
  /** `premium-0`, without the name of the service. */
  readonly plan: string
  /** What it is attached as here: `DATABASE`, `CACHE`. */
  readonly attachments: readonly string[]
  /** The names of the config vars that come with these attachments. */
  readonly configVars: readonly string[]
}

/** Every add-on that is attached to an app, once each, in Heroku's order. Fails where there is no such app. */
export async function attachedAddons(api: Api, app: string): Promise<AttachedAddon[]> {
  const headers = {
    accept: 'application/vnd.heroku+json; version=3.sdk',
    'accept-inclusion': 'addon:plan,config_vars',
  }
  const attachments = asObjects(await api.get(`/apps/${encodeURIComponent(app)}/addon-attachments`, { headers }))
  const found = new Map<string, AttachedAddon>()
  for (const attachment of attachments) {
    const addon = asObject(attachment.addon)
    const [name, plan] = [asText(addon.name), asText(asObject(addon.plan).name)]
    if (name === undefined || plan === undefined) continue
    const [service = '', ...rest] = plan.split(':')
    const before = found.get(name)
    found.set(name, {
      name,
      service,
      plan: rest.join(':'),
      attachments: [...(before?.attachments ?? []), ...texts([attachment.name])],
      configVars: [...new Set([...(before?.configVars ?? []), ...texts(attachment.config_vars)])],
    })
  }
  return [...found.values()]
}

/** What the data API says of one Postgres add-on; its version is undefined where Heroku does not show it. */
type PostgresInfo = {
  readonly version: string | undefined
  /** Whether it only follows another database. */
  readonly follower: boolean
}

/** Reads that of a Postgres add-on. */
export async function postgresInfo(api: Api, { name, plan }: AttachedAddon): Promise<PostgresInfo> {
  const answer = (await orUndefined(postgresAnswer(api, { id: name, plan }))) ?? {}
  return {
    version: versionIn(answer),
    follower: asText(answer.following) !== undefined || fact(answer.info, 'Following') !== undefined,
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
