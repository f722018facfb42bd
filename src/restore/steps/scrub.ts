import { relative } from 'node:path'
import { applicationName } from '../../databases/lock.ts'
import { failure, type ParityError, usageError } from '../../errors.ts'
import { onDatabase } from '../../postgres/catalog.ts'
import { clientProgram } from '../../postgres/clients.ts'
import { pathOf, qualified, readTables, type TableName } from '../../postgres/columns.ts'
import { type Connection, connectionEnvironment } from '../../postgres/connection.ts'
import { cancellable, ServerError, type Session, withSession } from '../../postgres/server.ts'
import type { CallStep } from '../../run/plan.ts'
import { printable } from '../../terminal/harmless.ts'
import type { Reporter } from '../../terminal/reporter.ts'
import type { RestoreFacts } from '../facts.ts'
import { searchEverywhere } from '../load/search-path.ts'
import { withoutEventTriggers } from '../scrub/event-triggers.ts'
import { scrubKey } from '../scrub/key.ts'
import { planScrub, type ScrubPlan } from '../scrub/plan.ts'
import { keySetting } from '../scrub/presets.ts'
import type { ScrubRules } from '../scrub/rules.ts'
import type { Changes, RestoreStep, Restoring } from './restoring.ts'

/** The application by which the sessions of the files are known. */
export const fileApplication = 'parity scrub file'

/** Scrubs the incoming database by the rules of the configuration. */
export const scrub: RestoreStep = {
  effect: 'scrub',
  describe({ facts: { names }, options: { scrub: rules } }) {
    return rules && `scrub: ${printable(names.incoming)}: ${inWords(rules)}`
  },
  async run({ facts, options: { scrub: rules }, cache }, signal, reporter) {
    return rules && { changes: await scrubIncoming(facts, rules, cache, signal, reporter) }
  },
}

/** The project's own files of SQL, after our rules. */
export function scrubFiles({ facts, options: { scrub: rules, log } }: Restoring): CallStep[] {
  return (rules?.files ?? []).map((file) => fileStep(facts, file, log))
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

function inWords({ tables, strict }: ScrubRules): string {
  const words = tables.map(({ table, columns }) => printable(`${table} (${Object.keys(columns).join(', ')})`))
  return (
    [...words, ...(strict ? ['every column that looks personal is scrubbed or kept on purpose'] : [])].join(', ') ||
    'no rules, files only'
  )
}

function fileStep({ client, connection, names }: RestoreFacts, file: string, log: string): CallStep {
  const { env, secrets } = connectionEnvironment(onDatabase(connection, names.incoming))
  return {
    call: {
      program: clientProgram(client, 'psql'),
      // Terse: a detail would show the row that a statement failed on.
      args: ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--set', 'VERBOSITY=terse', '--file', file],
      env: { ...env, PGAPPNAME: fileApplication },
      secrets,
    },
    output: { log },
    ifFails: `${printable(names.target)} is as it was; ${printable(relative('', file))} is one of \`restore.scrubFiles\` in the configuration`,
  }
}

/**
 * Scrubs the incoming database by our rules. Returns what was changed in each table by then, where files of the project are to follow;
 * what those change is told apart by it. `cache` is where the key of this machine is.
 */
async function scrubIncoming(
  { connection, names, server }: RestoreFacts,
  rules: ScrubRules,
  cache: string,
  signal: AbortSignal,
  reporter: Reporter,
): Promise<Changes> {
  const incoming = onDatabase(connection, names.incoming)
  await inIncoming(incoming, signal, (session) =>
    withoutEventTriggers(session, () => scrubBy(session, rules, cache, signal, reporter)),
  )
  if (rules.files.length === 0) return new Map()
  return inIncoming(incoming, signal, (session) => countChanges(session, server.major))
}

/** Works on a session whose limits are none but ours, and that refuses rather than overlook rows which a policy hides. */
export function inIncoming<T>(
  incoming: Connection,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withSession(incoming, applicationName('scrub'), (session) =>
    cancellable(incoming, session, signal, async () => {
      await session.query('SET statement_timeout = 0; SET lock_timeout = 0; SET row_security = off')
      return work(session)
    }),
  )
}

async function scrubBy(
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
export async function countChanges(session: Session, serverMajor: number): Promise<Changes> {
  if (serverMajor < 15) await session.query('SELECT pg_sleep(1)')
  const rows = await session.query<TableName & { changes: number }>(changesQuery)
  return new Map(rows.map((row) => [qualified(row), row.changes]))
}
