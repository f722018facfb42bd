import { failure } from '../errors.ts'
import type { Transfer } from '../heroku/backups.ts'
import type { Client } from '../postgres/clients.ts'
import type { Connection } from '../postgres/connection.ts'
import type { DatabaseFacts, OurDatabases, ServerFacts, Visitor } from '../postgres/databases.ts'
import { mayDrop, printable } from '../postgres/names.ts'
import type { SwapNames } from '../postgres/statements.ts'
import type { CachedDump } from './cache.ts'

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
  | { readonly kind: 'file'; readonly file: string; readonly bytes: number }

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
  readonly visitors: readonly Visitor[]
}

export type RestoreFacts = TargetFacts & {
  readonly source: Source
  readonly client: Client
  /** Where the check writes which entries of the archive are restored. */
  readonly listFile: string
  readonly jobs: number
}

/**
 * Throws for everything that would otherwise fail at the end, or harm something that is not ours: nothing has been changed yet.
 * `jobs` is the number of sessions that will load.
 */
export function refuseWhatMustFail(facts: TargetFacts, jobs: number): void {
  const { server, database, names } = facts
  const target = printable(names.target)
  if (!server.role.createDatabase) {
    throw failure(
      `role \`${server.role.name}\` may not create databases, and a restore loads into a new one`,
      `as a superuser: ALTER ROLE "${server.role.name}" CREATEDB`,
    )
  }
  if (database) refuseForeignOwner(database, server)
  if (server.freeConnections < jobs + 3) {
    throw failure(
      `the server has ${server.freeConnections} free connections, and a restore with ${jobs} jobs takes ${jobs + 3}`,
      'end some clients, or use `--jobs 1`',
    )
  }
  if (database && database.preparedTransactions > 0) {
    throw failure(
      `${target} has ${database.preparedTransactions} prepared transactions, and can't be renamed before they end`,
      '`select * from pg_prepared_xacts` lists them; COMMIT PREPARED or ROLLBACK PREPARED ends them',
    )
  }
  refuseUnending(facts)
  refuseForeignDatabases(facts)
}

function refuseForeignOwner({ name, owner, isOurs }: DatabaseFacts, { role }: ServerFacts): void {
  if (isOurs) return
  throw failure(
    `${printable(name)} belongs to \`${owner}\`, and role \`${role.name}\` may not rename it`,
    `as a superuser: ALTER DATABASE "${printable(name)}" OWNER TO "${role.name}"`,
  )
}

function refuseUnending({ visitors, server, names }: TargetFacts): void {
  const staying = visitors.filter((visitor) => !visitor.mayEnd)
  if (staying.length === 0) return
  const who = staying.map(describeVisitor).join(', ')
  throw failure(
    `${printable(names.target)} is in use by sessions that role \`${server.role.name}\` may not end: ${who}`,
    'close them, or as a superuser: GRANT pg_signal_backend TO your role',
  )
}

/** A database that bears a name of ours and not our mark is somebody's: it is neither dropped nor renamed. */
function refuseForeignDatabases({ ours, names, server, incomingIsEmpty }: TargetFacts): void {
  for (const kind of ['incoming', 'previous', 'discard'] as const) {
    const database = ours[kind]
    if (!database) continue
    if (mayDrop(database.name, database.comment, names.target) || (kind === 'incoming' && incomingIsEmpty)) {
      refuseForeignOwner(database, server)
      continue
    }
    throw failure(
      `the database ${printable(database.name)} has a name that parity needs, and its comment does not say that parity made it`,
      `rename or drop it yourself: dropdb '${printable(database.name)}'`,
    )
  }
}

export function describeVisitor({ user, application, pid }: Visitor): string {
  return `${application || user} (process ${pid})`
}
