import { failure } from '../errors.ts'
import { type Api, orUndefined } from './api.ts'
import { asNumber, asObject, asObjects, asText } from './json.ts'

/** Work that Heroku did, or does, on a database: Heroku lists backups among the other transfers of an app. */
export type Transfer = {
  /** As `heroku pg:backups` shows it: `b001`, scheduled `a002`, restores `r003`, copies `c004`. */
  readonly id: string
  /** The only name that stays unique when an app is destroyed and made anew. */
  readonly uuid: string
  /** The number in the id; one counter an app for all kinds. */
  readonly num: number
  readonly kind: 'backup' | 'restore' | 'copy'
  /** The attachment that was read, such as `DATABASE` or `HEROKU_POSTGRESQL_PINK`. */
  readonly database: string | undefined
  readonly createdAt: Date
  readonly finishedAt: Date | undefined
  /** Size of the dump, so far if it is running. */
  readonly sizeBytes: number | undefined
  /** Size of the database it was made from. */
  readonly databaseBytes: number | undefined
  readonly succeeded: boolean
  /** Neither finished nor cancelled; it may still be waiting for its turn. */
  readonly running: boolean
  readonly scheduled: boolean
}

/**
 * All transfers of an app, oldest first, from the data API that `heroku pg:backups` asks. Fails where there is no such app.
 */
export async function listBackups(api: Api, app: string): Promise<Transfer[]> {
  const answer = await orUndefined(api.get(`/client/v11/apps/${encodeURIComponent(app)}/transfers`, { host: 'data' }))
  if (answer === undefined) {
    throw failure(`no app \`${app}\` is visible to this account`, '`heroku apps --all` lists the apps that are')
  }
  if (!Array.isArray(answer)) throw failure(`Heroku did not return the backups of \`${app}\``)
  return readTransfers(answer)
}

/** What the data API answered, as transfers, oldest first. Entries without number or date are left out, unknown fields ignored. */
export function readTransfers(answer: unknown): Transfer[] {
  return asObjects(answer)
    .map(readTransfer)
    .filter((transfer) => transfer !== undefined)
    .sort(byAge)
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

function backupsOf(transfers: readonly Transfer[], database?: string): Transfer[] {
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

/** Two backups can begin in the same second; the counter knows which came first. */
function byAge(one: Transfer, other: Transfer): number {
  return one.createdAt.getTime() - other.createdAt.getTime() || one.num - other.num
}

function readTransfer(transfer: Readonly<Record<string, unknown>>): Transfer | undefined {
  const num = asNumber(transfer.num)
  const createdAt = readTime(transfer.created_at)
  if (num === undefined || createdAt === undefined) return undefined
  const finishedAt = readTime(transfer.finished_at)
  const scheduled = Boolean(transfer.schedule)
  const kind = kindOf(transfer)
  return {
    id: asText(asObject(transfer.options).pgbackups_name)?.replace(/^/, 'o') ?? idOf(kind, scheduled, num),
    uuid: asText(transfer.uuid) ?? '',
    num,
    kind,
    database: asText(transfer.from_name),
    createdAt,
    finishedAt,
    sizeBytes: asNumber(transfer.processed_bytes),
    databaseBytes: asNumber(transfer.source_bytes),
    succeeded: transfer.succeeded === true,
    running: finishedAt === undefined && readTime(transfer.canceled_at) === undefined,
    scheduled,
  }
}

function kindOf({ from_type: from, to_type: to }: Readonly<Record<string, unknown>>): Transfer['kind'] {
  if (to !== 'pg_restore') return 'backup'
  return from === 'pg_dump' ? 'copy' : 'restore'
}

/** Source: `lib/pg/backups.js` of heroku 11.10. */
function idOf(kind: Transfer['kind'], scheduled: boolean, num: number): string {
  const letter = { backup: scheduled ? 'a' : 'b', restore: 'r', copy: 'c' }[kind]
  return `${letter}${String(num).padStart(3, '0')}`
}

/** Heroku writes `2025-01-31 12:00:00 +0000`, or ISO 8601. */
function readTime(value: unknown): Date | undefined {
  const text = asText(value)?.replace(/^(\S+) (\S+) ([+-]\d\d):?(\d\d)$/, '$1T$2$3:$4')
  const time = new Date(text ?? Number.NaN)
  return Number.isNaN(time.getTime()) ? undefined : time
}
