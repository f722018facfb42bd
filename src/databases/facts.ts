import { failure } from '../errors.ts'
import type { ClientSession, DatabaseFacts, ServerFacts } from '../postgres/catalog.ts'
import type { Connection } from '../postgres/connection.ts'
import { quoteIdentifier } from '../postgres/identifiers.ts'
import { shellWord } from '../run/print.ts'
import { printable } from '../terminal/harmless.ts'
import { mayDrop } from './names.ts'
import type { OurDatabases } from './ours.ts'
import { copyStamp, type SwapNames } from './statements.ts'

/** What is known of the local side. */
export type TargetFacts = {
  readonly connection: Connection
  /** The agreed database for work on whole databases: locks are taken there. */
  readonly maintenance: string
  /** What named the database, in words. */
  readonly origin: string
  /** Dotenv files that are there, and that no tool of the project reads. */
  readonly unread?: readonly string[]
  readonly names: SwapNames
  readonly server: ServerFacts
  /** undefined for a database that is not there yet. */
  readonly database: DatabaseFacts | undefined
  readonly ours: OurDatabases
  /** Whether an incoming database without our mark is empty: we were killed between making and marking it. */
  readonly incomingIsEmpty: boolean
  readonly sessions: readonly ClientSession[]
  /** When the run began. */
  readonly now: Date
}

/**
 * Throws for everything that would otherwise fail at the end, or harm something that is not ours: nothing has been changed yet.
 * `jobs` is the number of sessions that will load.
 */
export function refuseWhatMustFail(facts: TargetFacts, jobs: number): void {
  const { server, database } = facts
  refuseWeakRole(server, 'a restore loads into a new database')
  if (database) refuseForeignOwner(database, server, 'rename')
  if (server.freeConnections < jobs + 3) {
    throw failure(
      `the server has ${server.freeConnections} free connections; a restore with ${jobs} jobs needs ${jobs + 3}`,
      'close some sessions, or use `--jobs 1`',
    )
  }
  if (database) refusePreparedTransactions(database, 'renamed')
  refuseUnending(facts)
  refuseForeignDatabases(facts)
}

/** The same for a template copy of the target. */
export function refuseWhatCannotBeCopied(facts: TargetFacts, database: DatabaseFacts): void {
  refuseWeakRole(facts.server, 'a snapshot is a new database')
  refuseForeignOwner(database, facts.server, 'copy')
  refusePreparedTransactions(database, 'copied')
  refuseUnending(facts)
  refuseForeignDatabases(facts)
}

function refuseWeakRole({ role }: ServerFacts, why: string): void {
  if (role.createDatabase) return
  throw failure(
    `role \`${role.name}\` may not create databases; ${why}`,
    `as a superuser: ALTER ROLE ${quoteIdentifier(role.name)} CREATEDB`,
  )
}

function refusePreparedTransactions({ name, preparedTransactions }: DatabaseFacts, done: 'renamed' | 'copied'): void {
  if (preparedTransactions === 0) return
  throw failure(
    `${printable(name)} has ${preparedTransactions} prepared transactions and cannot be ${done} before they end`,
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
    `the database ${printable(name)} has a name that parity needs, but was not made by parity`,
    `rename it, or drop it: dropdb ${name.startsWith('-') ? '-- ' : ''}${shellWord(name)}`,
  )
}

export function describeSession({ user, application, pid }: ClientSession): string {
  return `${application || user} (process ${pid})`
}
