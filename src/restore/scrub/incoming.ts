import { setTimeout as delay } from 'node:timers/promises'
import { applicationName } from '../../databases/lock.ts'
import { failure, type ParityError, usageError } from '../../errors.ts'
import { onDatabase } from '../../postgres/catalog.ts'
import { pathOf, qualified, readTables, type TableName } from '../../postgres/columns.ts'
import type { Connection } from '../../postgres/connection.ts'
import { cancellable, ServerError, type Session, withSession } from '../../postgres/server.ts'
import { printable } from '../../terminal/harmless.ts'
import type { Reporter } from '../../terminal/reporter.ts'
import type { RestoreFacts } from '../facts.ts'
import { searchEverywhere } from '../load/search-path.ts'
import { withoutEventTriggers } from './event-triggers.ts'
import { scrubKey } from './key.ts'
import { planScrub } from './plan.ts'
import { keySetting } from './presets.ts'
import { fileApplication } from './project-rules.ts'
import type { ScrubRules } from './rules.ts'
import type { ScrubPlan } from './statements.ts'

/** Changes of each table's rows, by its qualified name. */
export type Changes = ReadonlyMap<string, number>

/**
 * Scrubs the incoming database by our rules. Returns what was changed in each table by then, where files of the project are to follow;
 * what those change is told apart by it. `cache` is where the key of this machine is.
 */
export async function scrubIncoming(
  { connection, names, server }: RestoreFacts,
  rules: ScrubRules,
  cache: string,
  signal: AbortSignal,
  reporter: Reporter,
): Promise<Changes> {
  const incoming = onDatabase(connection, names.incoming)
  await inIncoming(incoming, signal, (session) =>
    withoutEventTriggers(session, () => scrub(session, rules, cache, signal, reporter)),
  )
  if (rules.files.length === 0) return new Map()
  return inIncoming(incoming, signal, (session) => countChanges(session, server.major))
}

/** Rewrites the tables that files of the project changed since `before`, and what else holds copies of old values. */
export async function refreshIncoming(
  { connection, names, server }: RestoreFacts,
  rules: ScrubRules,
  before: Changes,
  signal: AbortSignal,
): Promise<void> {
  await inIncoming(onDatabase(connection, names.incoming), signal, async (session) => {
    if (rules.files.length > 0) await rewriteChanged(session, before, server.major, signal)
    await searchEverywhere(session)
    await withoutEventTriggers(session, () => refreshViews(session))
  })
}

/**
 * Looks at the rules when the incoming database has its tables and no rows yet: what is misspelt is not worth waiting for them. What
 * takes keys and indexes to tell is left to the scrub. Throws a usage error with every problem.
 */
export async function refuseMisspelt({ connection, names }: RestoreFacts, rules: ScrubRules): Promise<void> {
  const incoming = onDatabase(connection, names.incoming)
  const plan = await withSession(incoming, applicationName('scrub'), async (session) =>
    planScrub({ ...rules, strict: false }, await readTables(session)),
  )
  if ('problems' in plan) throw unusable(plan.problems)
}

function unusable(problems: readonly string[]): ParityError {
  return usageError(problems.join('\n'), 'fix `restore.scrub` in the configuration and run this again')
}

/** Works on a session whose limits are none but ours, and that refuses rather than overlook rows which a policy hides. */
function inIncoming<T>(incoming: Connection, signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
  return withSession(incoming, applicationName('scrub'), (session) =>
    cancellable(incoming, session, signal, async () => {
      await session.query('SET statement_timeout = 0; SET lock_timeout = 0; SET row_security = off')
      return work(session)
    }),
  )
}

async function scrub(
  session: Session,
  rules: ScrubRules,
  cache: string,
  signal: AbortSignal,
  { progress }: Reporter,
): Promise<void> {
  const plan = planScrub(rules, await readTables(session))
  if ('problems' in plan) throw unusable(plan.problems)
  // An index that is made again may call a function that names another one without its schema.
  await searchEverywhere(session)
  await session.query('SELECT set_config($1, $2, false)', [keySetting, await scrubKey(cache)])
  await run(session, plan, signal, (done) =>
    progress({ counts: [{ what: 'tables', done, total: plan.tables.length }] }),
  )
}

async function run(
  session: Session,
  plan: ScrubPlan,
  signal: AbortSignal,
  onTable: (done: number) => void,
): Promise<void> {
  const all = async (statements: readonly string[], what: string) => {
    for (const statement of statements) {
      signal.throwIfAborted()
      await session.query(statement).catch((error) => Promise.reject(explained(error, what)))
    }
  }
  await all(plan.before, 'the foreign keys of scrubbed columns')
  for (const [index, { table, statements }] of plan.tables.entries()) {
    onTable(index)
    await all(statements, printable(pathOf(table)))
  }
  onTable(plan.tables.length)
  await all(plan.after, 'the foreign keys of scrubbed columns')
}

/** The server's message alone: its details would show a row. Class 23 are violated constraints. */
function explained(error: unknown, what: string): ParityError {
  if (!(error instanceof ServerError)) throw error
  return failure(
    `${what} could not be scrubbed: ${error.message}`,
    error.code?.startsWith('23')
      ? 'use an SQL expression in `restore.scrub` whose values satisfy the constraint'
      : 'the rule is in `restore.scrub` of the configuration',
  )
}

const changesQuery = `
  SELECT schemaname AS schema, relname AS name, (n_tup_upd + n_tup_del)::float8 AS changes
    FROM pg_stat_user_tables WHERE n_tup_upd + n_tup_del > 0`

/** How many rows of each table were updated or deleted so far. Before Postgres 15 the server counted with a delay of half a second. */
async function countChanges(session: Session, serverMajor: number): Promise<Changes> {
  if (serverMajor < 15) await session.query('SELECT pg_sleep(1)')
  const rows = await session.query<TableName & { changes: number }>(changesQuery)
  return new Map(rows.map((row) => [qualified(row), row.changes]))
}

/** Old values of rows that the files changed would stay in the server's files. */
async function rewriteChanged(
  session: Session,
  before: Changes,
  serverMajor: number,
  signal: AbortSignal,
): Promise<void> {
  await endOfFiles(session, signal)
  const now = await countChanges(session, serverMajor)
  for (const [table, changes] of now) {
    signal.throwIfAborted()
    if (changes !== before.get(table)) await session.query(`VACUUM FULL ${table}`)
  }
}

/** psql does not wait for the end of its session, and what that did is counted at its very end. */
async function endOfFiles(session: Session, signal: AbortSignal): Promise<void> {
  const isThere = () =>
    session.query('SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1', [
      fileApplication,
    ])
  while ((await isThere()).length > 0) await delay(10, undefined, { signal })
}

/** Materialized views hold copies of rows. They are refreshed in an order in which none reads from one that is yet to be. */
async function refreshViews(session: Session): Promise<void> {
  const views = await session.query<TableName>(`
    WITH RECURSIVE reads AS (
      SELECT DISTINCT r.ev_class AS reader, d.refobjid AS source
        FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
       WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class),
    layers AS (
      SELECT oid AS view, 0 AS layer FROM pg_class WHERE relkind = 'm'
      UNION
      SELECT reader, layer + 1 FROM layers JOIN reads ON source = view)
    SELECT n.nspname AS schema, c.relname AS name
      FROM layers JOIN pg_class c ON c.oid = view JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'm' AND c.relispopulated GROUP BY 1, 2 ORDER BY max(layer)`)
  for (const view of views) await session.query(`REFRESH MATERIALIZED VIEW ${qualified(view)}`)
}
