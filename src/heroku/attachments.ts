import { usageError } from '../errors.ts'
import { type Api, orUndefined } from './api.ts'
import type { PostgresAddon } from './data.ts'
import { NoSuchApp } from './heroku-error.ts'
import { asObject, asObjects, asText, asTexts } from './json.ts'

/** A Postgres database as an app has it attached; one database can have several attachments, of several apps. */
export type Attachment = {
  /** `DATABASE` is the app's main one; others are called `HEROKU_POSTGRESQL_PINK`. */
  readonly name: string
  /** The add-on's own name, such as `postgresql-round-12345`: which database it is. */
  readonly addon: string
  /** The app that the database belongs to. */
  readonly owner: string
}

const mainName = 'DATABASE'

/** The databases of an app. Fails where there is no such app. */
export async function databaseAttachments(api: Api, app: string): Promise<Attachment[]> {
  const all = await orUndefined(readAttachments(api, app))
  if (all === undefined) throw new NoSuchApp(app)
  return all
    .filter(({ service, owner }) => service === postgres && owner !== undefined)
    .map(({ name, addon, owner = '' }) => ({ name, addon, owner }))
}

/**
 * The database that a person means by `PINK`, `HEROKU_POSTGRESQL_PINK_URL` or the name of the add-on; the main one without a word.
 * Throws a usage error that lists those that are there. The CLI's `other-app::PINK` is none of them.
 */
export function findAttachment(attachments: readonly Attachment[], app: string, word: string = mainName): Attachment {
  const wanted = word.toUpperCase().replace(/_URL$/, '')
  const found = attachments.find(({ name, addon }) =>
    [name, name.replace(/^HEROKU_POSTGRESQL_/, ''), addon.toUpperCase()].includes(wanted),
  )
  if (found) return found
  const names = attachments.map(({ name }) => name).join(', ')
  throw usageError(
    `${app} has no database ${word}`,
    names === '' ? '`heroku addons:create heroku-postgresql` makes one' : `it has ${names}`,
  )
}

/** Whether that is the database which the app itself works on. */
export function isMain(attachments: readonly Attachment[], { addon }: Attachment): boolean {
  return attachments.some((other) => other.name === mainName && other.addon === addon)
}

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
  const found = new Map<string, AttachedAddon>()
  for (const { name, addon, service, plan, configVars } of await readAttachments(api, app)) {
    const before = found.get(addon)
    found.set(addon, {
      ...{ name: addon, service, plan },
      attachments: [...(before?.attachments ?? []), name],
      configVars: [...new Set([...(before?.configVars ?? []), ...configVars])],
    })
  }
  return [...found.values()]
}

/**
 * The names of config vars that come with the attachments of an app, and the Postgres that is `DATABASE`, else the first one.
 * Fails where there is no such app.
 */
export async function broughtAlong(
  api: Api,
  app: string,
): Promise<{ readonly configVars: readonly string[]; readonly database: PostgresAddon | undefined }> {
  const all = await readAttachments(api, app)
  const databases = all.filter(({ service }) => service === postgres)
  const main = databases.find(({ name, isPart }) => name === mainName && !isPart) ?? databases[0]
  return {
    configVars: all.flatMap(({ configVars }) => configVars),
    database: main && { id: main.id, plan: main.plan },
  }
}

const postgres = 'heroku-postgresql'

/** What Heroku answers, of each attachment that has a name and an add-on. */
async function readAttachments(api: Api, app: string) {
  const headers = {
    accept: 'application/vnd.heroku+json; version=3.sdk',
    'accept-inclusion': 'addon:plan,config_vars',
  }
  const answer = await api.get(`/apps/${encodeURIComponent(app)}/addon-attachments`, { headers })
  return asObjects(answer).flatMap((attachment) => {
    const { id, name: addonName, plan: planOf, app: ownerOf } = asObject(attachment.addon)
    const [name, addon] = [asText(attachment.name), asText(addonName) ?? asText(id)]
    const plan = asText(asObject(planOf).name)
    if (name === undefined || addon === undefined || plan === undefined) return []
    const [service = '', ...tier] = plan.split(':')
    const brought = asTexts(attachment.config_vars)
    return [
      {
        ...{ name, addon, service, plan: tier.join(':') },
        id: asText(id) ?? addon,
        owner: asText(asObject(ownerOf).name),
        /** Pools and credentials are attachments of their own, with a namespace. */
        isPart: asText(attachment.namespace) !== undefined,
        configVars: brought.length > 0 ? brought : [`${name}_URL`],
      },
    ]
  })
}
