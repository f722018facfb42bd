import { applicationName } from '../../databases/lock.ts'
import { ParityError } from '../../errors.ts'
import { onDatabase } from '../../postgres/catalog.ts'
import { cancellable, type Session, withSession } from '../../postgres/server.ts'
import { printable } from '../../terminal/harmless.ts'
import type { RestoreStep, Restoring } from './restoring.ts'

/** Without statistics the first queries of a new database are slow. Those of tables that `load` has analyzed are there. */
export const analyze: RestoreStep = {
  effect: 'analyze',
  describe: ({ facts: { names } }) => `analyze: ${printable(names.incoming)}`,
  async run({ facts, analyzed }, signal, reporter) {
    const failed = await inSession(facts, signal, async (session) => {
      const tables = await session.query<Table>(tablesHere)
      const left = tables.filter(({ oid, follows }) => !follows && !analyzed.includes(oid))
      const bytes = left.reduce((sum, table) => sum + table.bytes, 0)
      const others = Array.from({ length: bytes < little ? 0 : facts.jobs - 1 }, () =>
        inSession(facts, signal, (other) => analyzeTables(other, left, signal)),
      )
      // None may be there any more when the database gets its name.
      const ends = await Promise.allSettled([analyzeTables(session, left, signal), ...others])
      return ends.flatMap((end) => (end.status === 'fulfilled' ? end.value : [end.reason]))
    }).catch((error: unknown) => [error])
    signal.throwIfAborted()
    const [first] = failed
    if (first !== undefined && !(first instanceof ParityError)) throw first
    if (first) reporter.warning(`ANALYZE failed, so first queries may be slow: ${first.message}`)
    return undefined
  },
}

/**
 * Whether a table may be analyzed as soon as it is loaded: no raw value must stay in the statistics where something is changed
 * afterwards.
 */
export function isAnalyzedEarly({ options: { scrub, after } }: Restoring): boolean {
  return scrub === undefined && after.length === 0
}

/**
 * Makes the statistics of tables, by schema and name, that have their rows and indexes; returns the oids of these. A table of a
 * hierarchy is left to the step above, and so is one whose statistics cannot be made.
 */
export async function analyzeFinished(
  facts: Restoring['facts'],
  finished: readonly { readonly namespace?: string; readonly tag: string }[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const names = finished.map(({ namespace = '', tag }) => JSON.stringify([namespace, tag]))
  try {
    return await inSession(facts, signal, async (session) => {
      const tables = (await session.query<Table>(tablesHere)).filter(
        ({ schema, name, related }) => !related && names.includes(JSON.stringify([schema, name])),
      )
      const failed = await analyzeTables(session, [...tables], signal)
      return failed.length > 0 ? [] : tables.map(({ oid }) => oid)
    })
  } catch (error) {
    if (error instanceof ParityError) return []
    throw error
  }
}

/** Bytes of tables that one session has analyzed before another one has begun. */
const little = 8 * 1024 * 1024

type Table = {
  readonly oid: number
  /** Of its rows here; the parts of a table count for themselves. */
  readonly bytes: number
  readonly schema: string
  readonly name: string
  readonly quoted: string
  /** Is analyzed with the partitioned table that it is a part of. */
  readonly follows: boolean
  /** Has parts or heirs, or is a part. */
  readonly related: boolean
}

/**
 * What has statistics, but never what asks another server for them: the statistics of a table with a foreign table among its parts
 * or heirs are made by a query to that one's server, which may be production's.
 */
const tablesHere = `
  WITH RECURSIVE elsewhere AS (
    SELECT oid FROM pg_class WHERE relkind = 'f'
     UNION SELECT inhparent FROM pg_inherits JOIN elsewhere ON oid = inhrelid)
  SELECT c.oid, nspname AS schema, relname AS name, c.oid::regclass::text AS quoted,
         pg_relation_size(c.oid)::float8 AS bytes,
         relispartition AND EXISTS (
           SELECT FROM pg_inherits WHERE inhrelid = c.oid AND inhparent NOT IN (SELECT oid FROM elsewhere)) AS follows,
         relispartition OR EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid) AS related
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
   WHERE relkind IN ('r', 'm', 'p') AND c.oid NOT IN (SELECT oid FROM elsewhere)
     AND nspname NOT IN ('pg_catalog', 'information_schema')`

/** Takes tables off `left`, which other sessions may do too, until there are no more. Returns what the server refused. */
async function analyzeTables(session: Session, left: Table[], signal: AbortSignal): Promise<ParityError[]> {
  const failed: ParityError[] = []
  for (let table = left.shift(); table; table = left.shift()) {
    try {
      await session.query(`ANALYZE ${table.quoted}`)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof ParityError)) throw error
      failed.push(error)
    }
  }
  return failed
}

function inSession<T>(
  { connection, names }: Restoring['facts'],
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const incoming = onDatabase(connection, names.incoming)
  return withSession(incoming, applicationName('analyze'), (session) =>
    cancellable(incoming, session, signal, () => work(session)),
  )
}
