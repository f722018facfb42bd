import type { ClientSession, DatabaseFacts, OurDatabases, ServerFacts } from '../databases/databases.ts'
import { mayDrop, quoteIdentifier } from '../databases/names.ts'
import { copyStamp, type SwapNames } from '../databases/statements.ts'
import type { CachedDump } from '../dumps/cache.ts'
import type { DumpUrl } from '../dumps/dump-url.ts'
import { failure } from '../errors.ts'
import type { Transfer } from '../heroku/backups.ts'
import type { Client } from '../postgres/clients.ts'
import type { Connection } from '../postgres/connection.ts'
import { shellWord } from '../run/print.ts'
import { printable } from '../terminal/harmless.ts'

/** Where the rows come from. */
export type Source =
  | {
      readonly kind: 'backup'
      readonly environment: string
      readonly app: string
      readonly backup: Pick<
        Transfer,
        'id' | 'uuid' | 'num' | 'createdAt' | 'finishedAt' | 'sizeBytes' | 'databaseBytes'
      >
      /** A backup that is being captured at this moment, and would be newer. */
      readonly running: Transfer | undefined
      readonly cached: CachedDump | undefined
      /** Where the dump is, or will be. */
      readonly file: string
    }
  | {
      readonly kind: 'file'
      readonly file: string
      /** Its size; unknown of one that has yet to be downloaded. */
      readonly bytes: number | undefined
      /** Where it is downloaded from first. */
      readonly from?: DumpUrl
    }

/** Whether the archive has yet to be downloaded, and can be read while it arrives. */
export function isArriving(source: Source): boolean {
  return source.kind === 'backup' ? source.cached === undefined : source.from !== undefined
}

/** A dump file as a person knows it: by its path, or the address that it comes from. */
export function nameOfFile({ file, from }: Extract<Source, { kind: 'file' }>): string {
  return from?.shown ?? file
}

/** Where the rows come from, in words: `acme-production b001`. */
export function originOf(source: Source): string {
  return source.kind === 'backup' ? `${source.app} ${source.backup.id}` : nameOfFile(source)
}

/** What is known of the local side. */
export type TargetFacts = {
  readonly connection: Connection
  /** The agreed database for work on whole databases: locks are taken there. */
  readonly maintenance: string
  /** What named the database, in words. */
  readonly origin: string
  readonly names: SwapNames
  readonly server: ServerFacts
  /** undefined for a database that is not there yet. */
  readonly database: DatabaseFacts | undefined
  readonly ours: OurDatabases
  /** Whether an incoming database without our mark is empty: we were killed between making and marking it. */
  readonly incomingIsEmpty: boolean
  readonly sessions: readonly ClientSession[]
}

export type RestoreFacts = TargetFacts & {
  readonly source: Source
  readonly client: Client
  /** A folder for what the load writes beside the database; it is gone when that ends. */
  readonly loadFolder: string
  readonly jobs: number
}

/**
 * Throws for everything that would otherwise fail at the end, or harm something that is not ours: nothing has been changed yet.
 * `jobs` is the number of sessions that will load.
 */
export function refuseWhatMustFail(facts: TargetFacts, jobs: number): void {
  const { server, database } = facts
  refuseWeakRole(server, 'a restore loads into a new one')
  if (database) refuseForeignOwner(database, server, 'rename')
  if (server.freeConnections < jobs + 3) {
    throw failure(
      `the server has ${server.freeConnections} free connections, and a restore with ${jobs} jobs takes ${jobs + 3}`,
      'end some clients, or use `--jobs 1`',
    )
  }
  if (database) refusePreparedTransactions(database, 'renamed')
  refuseUnending(facts)
  refuseForeignDatabases(facts)
}

/** The same for a template copy of the target. */
export function refuseWhatCannotBeCopied(facts: TargetFacts, database: DatabaseFacts): void {
  refuseWeakRole(facts.server, 'a snapshot is a new one')
  refuseForeignOwner(database, facts.server, 'copy')
  refusePreparedTransactions(database, 'copied')
  refuseUnending(facts)
  refuseForeignDatabases(facts)
}

function refuseWeakRole({ role }: ServerFacts, why: string): void {
  if (role.createDatabase) return
  throw failure(
    `role \`${role.name}\` may not create databases, and ${why}`,
    `as a superuser: ALTER ROLE ${quoteIdentifier(role.name)} CREATEDB`,
  )
}

function refusePreparedTransactions({ name, preparedTransactions }: DatabaseFacts, done: 'renamed' | 'copied'): void {
  if (preparedTransactions === 0) return
  throw failure(
    `${printable(name)} has ${preparedTransactions} prepared transactions, and can't be ${done} before they end`,
    '`select * from pg_prepared_xacts` lists them; COMMIT PREPARED or ROLLBACK PREPARED ends them',
  )
}

function refuseForeignOwner(
  { name, owner, isOurs }: DatabaseFacts,
  { role }: ServerFacts,
  verb: 'rename' | 'copy',
): void {
  if (isOurs) return
  throw failure(
    `${printable(name)} belongs to \`${owner}\`, and role \`${role.name}\` may not ${verb} it`,
    `as a superuser: ALTER DATABASE ${quoteIdentifier(name)} OWNER TO ${quoteIdentifier(role.name)}`,
  )
}

function refuseUnending({ sessions, server, names }: TargetFacts): void {
  const staying = sessions.filter((session) => !session.mayTerminate)
  if (staying.length === 0) return
  const who = staying.map(describeSession).join(', ')
  throw failure(
    `${printable(names.target)} is in use by sessions that role \`${server.role.name}\` may not end: ${who}`,
    'close them, or as a superuser: GRANT pg_signal_backend TO your role',
  )
}

/** A database that bears a name of ours and not our mark is somebody's: it is neither dropped nor renamed. */
function refuseForeignDatabases(facts: TargetFacts): void {
  const { ours, names, server, incomingIsEmpty } = facts
  for (const kind of ['incoming', 'copy', 'previous', 'discard'] as const) {
    const database = ours[kind]
    if (!database) continue
    const isUnmarked = (kind === 'incoming' && incomingIsEmpty) || (kind === 'copy' && isStamped(database))
    if (!isUnmarked) refuseForeignDatabase(database, names.target)
    refuseForeignOwner(database, server, 'rename')
  }
}

/** Whether a database is a template copy of ours that was not marked yet when its maker was killed. */
function isStamped({ comment, connectionLimit }: DatabaseFacts): boolean {
  return comment === null && connectionLimit === copyStamp
}

export function refuseForeignDatabase({ name, comment }: DatabaseFacts, target: string): void {
  if (mayDrop(name, comment, target)) return
  throw failure(
    `the database ${printable(name)} has a name that parity needs, and its comment does not say that parity made it`,
    `rename or drop it yourself: dropdb ${name.startsWith('-') ? '-- ' : ''}${shellWord(name)}`,
  )
}

export function describeSession({ user, application, pid }: ClientSession): string {
  return `${application || user} (process ${pid})`
}
