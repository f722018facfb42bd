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

/** What the data API answered, as transfers, oldest first. Entries without number or date are left out, unknown fields ignored. */
export function readTransfers(answer: unknown): Transfer[] {
  return asObjects(answer)
    .map(readTransfer)
    .filter((transfer) => transfer !== undefined)
    .sort(byAge)
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
