import { failure } from '../errors.ts'
import { type Api, orUndefined } from './api.ts'
import { NoSuchApp } from './heroku-error.ts'
import { asObject, asText } from './json.ts'
import { readTransfers, type Transfer } from './transfers.ts'

/**
 * All transfers of an app, oldest first, from the data API that `heroku pg:backups` asks. Fails where there is no such app.
 */
export async function listBackups(api: Api, app: string): Promise<Transfer[]> {
  const answer = await orUndefined(api.get(`/client/v11/apps/${encodeURIComponent(app)}/transfers`, { host: 'data' }))
  if (answer === undefined) {
    throw new NoSuchApp(app)
  }
  if (!Array.isArray(answer)) throw failure(`Heroku did not return the backups of \`${app}\``)
  return readTransfers(answer)
}

/**
 * The newest backup that is complete: of the database whose attachment is given (`PINK`, `HEROKU_POSTGRESQL_PINK`), else of
 * `DATABASE`, the app's own, where it has backups of that; a backup of another database must not be taken for it.
 */
export function newestCompleted(transfers: readonly Transfer[], database?: string): Transfer | undefined {
  const own = backupsOf(transfers, database ?? 'DATABASE')
  const backups = database === undefined && own.length === 0 ? backupsOf(transfers) : own
  return backups.findLast(({ succeeded, finishedAt }) => succeeded && finishedAt !== undefined)
}

/** The newest backup that is being captured at this moment. */
export function runningCapture(transfers: readonly Transfer[], database?: string): Transfer | undefined {
  return backupsOf(transfers, database).findLast(({ running }) => running)
}

/** The backup a person means by `b001`. As in the CLI, only its number counts: `a001` and `b1` are the same. */
export function findBackup(transfers: readonly Transfer[], id: string): Transfer | undefined {
  const number = id.match(/^[ab](\d+)$/)?.[1]
  return backupsOf(transfers).find((backup) => backup.id === id || backup.num === Number(number ?? Number.NaN))
}

/**
 * A URL from which anyone can download the backup of that number, for about an hour. A secret: it belongs in no argv, log or message.
 */
export async function backupUrl(api: Api, app: string, num: number): Promise<string> {
  const path = `/client/v11/apps/${encodeURIComponent(app)}/transfers/${num}/actions/public-url`
  const url = asText(asObject(await api.post(path, { host: 'data', repeatable: true })).url)
  if (url === undefined) throw failure(`Heroku returned no URL for backup ${num} of \`${app}\``)
  return url
}

/** The backups among an app's transfers, oldest first; of the database whose attachment is given, else of all. */
export function backupsOf(transfers: readonly Transfer[], database?: string): Transfer[] {
  const backups = transfers.filter(({ kind }) => kind === 'backup')
  return database === undefined ? backups : backups.filter((backup) => isOf(backup, database))
}

/** `PINK`, `pink`, `HEROKU_POSTGRESQL_PINK` and `HEROKU_POSTGRESQL_PINK_URL` are one attachment, as for the CLI. */
function isOf(backup: Transfer, database: string): boolean {
  const wanted = attachment(database)
  const present = attachment(backup.database ?? '')
  return present === wanted || present.endsWith(`_${wanted}`)
}

function attachment(name: string): string {
  return name
    .toUpperCase()
    .replace(/_URL$/, '')
    .replace(/^HEROKU_POSTGRESQL_/, '')
}
