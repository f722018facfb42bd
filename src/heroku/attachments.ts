import { usageError } from '../errors.ts'
import { type Api, orUndefined } from './api.ts'
import { NoSuchApp } from './heroku-error.ts'
import { asObject, asObjects, asText } from './json.ts'

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
  const path = `/apps/${encodeURIComponent(app)}/addon-attachments`
  const headers = { accept: 'application/vnd.heroku+json; version=3.sdk', 'accept-inclusion': 'addon:plan' }
  const answer = await orUndefined(api.get(path, { headers }))
  if (answer === undefined) throw new NoSuchApp(app)
  return asObjects(answer).flatMap(readAttachment)
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

function readAttachment(attachment: Readonly<Record<string, unknown>>): Attachment[] {
  const database = asObject(attachment.addon)
  const name = asText(attachment.name)
  const addon = asText(database.name)
  const owner = asText(asObject(database.app).name)
  const isPostgres = asText(asObject(database.plan).name)?.startsWith('heroku-postgresql')
  return isPostgres && name && addon && owner ? [{ name, addon, owner }] : []
}
