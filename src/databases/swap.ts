import { failure } from '../errors.ts'
import { onDatabase, readDatabase } from '../postgres/catalog.ts'
import { type Session, sqlState, withSession } from '../postgres/server.ts'
import { printable } from '../terminal/harmless.ts'
import type { Reporter } from '../terminal/reporter.ts'
import type { TargetFacts } from './facts.ts'
import { applicationName } from './lock.ts'
import { parseMark } from './names.ts'
import { swapStatements, undoStatements } from './statements.ts'
import { terminatingSessions } from './terminate.ts'

/**
 * The incoming database takes the live name, the live one becomes the previous one: one transaction, all of it or nothing. Says what
 * is missing in the new one.
 */
export async function swap(session: Session, facts: TargetFacts, reporter: Reporter): Promise<void> {
  const { names, database, ours } = facts
  const incoming = await readDatabase(session, names.incoming)
  if (!incoming)
    throw failure(
      `${printable(names.incoming)} no longer exists; the old database is unchanged`,
      'run the restore again',
    )
  const missing = parseMark(incoming.comment)?.missing ?? []
  const statements = swapStatements(names, {
    hasTarget: database !== undefined,
    hasPrevious: ours.previous !== undefined && database !== undefined,
    comment: database?.comment ?? null,
    missing,
    at: facts.now.toISOString(),
  })
  await renameTogether(session, facts, statements, incoming.oid, reporter)
  if (missing.length > 0) reporter.warning(`${printable(names.target)} is without ${missing.map(printable).join(', ')}`)
}

/** Target and previous change names; typed again, they change back. */
export async function swapBack(session: Session, facts: TargetFacts, reporter: Reporter): Promise<void> {
  const { names, database, ours } = facts
  if (!ours.previous || !database) throw failure(`no previous database of ${printable(names.target)} was found`)
  const statements = undoStatements(names, {
    comment: database.comment,
    previousComment: parseMark(ours.previous.comment)?.comment ?? null,
    at: facts.now.toISOString(),
  })
  await renameTogether(session, facts, statements, ours.previous.oid, reporter)
}

/** Runs the renames in one transaction. `newOid` shows afterwards which database bears the name, should the connection break on COMMIT. */
async function renameTogether(
  session: Session,
  facts: TargetFacts,
  statements: readonly string[],
  newOid: number,
  reporter: Reporter,
): Promise<void> {
  const { names } = facts
  let committing = false
  try {
    await terminatingSessions(facts, [names.target, names.previous, names.incoming], reporter, async () => {
      await session.query('BEGIN')
      // Where the server answers before a commit is on disk, a crash could take back what we told a person is done.
      await session.query('SET LOCAL synchronous_commit TO on')
      for (const statement of statements) await session.query(statement)
      committing = true
      await session.query('COMMIT')
    })
  } catch (error) {
    const isRolledBack = await session.query('ROLLBACK').then(
      () => true,
      () => false,
    )
    if (isRolledBack || !committing || !(await wereRenamed(session, facts, newOid))) throw explained(error, facts)
  }
}

/** How long a server that went away on COMMIT is waited for, in milliseconds. */
const patience = 30_000

/**
 * Whether the renames took place: the connection broke when COMMIT was on its way. The server process behind it may still be busy,
 * so it is ended first. Throws a failure where the server stays away: then it is unknown.
 */
async function wereRenamed(session: Session, facts: TargetFacts, newOid: number): Promise<boolean> {
  const { connection, maintenance, names } = facts
  const { setTimeout: wait } = await import('node:timers/promises')
  for (const end = performance.now() + patience; performance.now() < end; await wait(100)) {
    const answer = await withSession(onDatabase(connection, maintenance), applicationName('look'), async (other) =>
      (await endProcess(other, session.pid)) ? (await readDatabase(other, names.target))?.oid === newOid : undefined,
    ).catch(() => undefined)
    if (answer !== undefined) return answer
  }
  throw failure(
    `the server went away in the middle of the swap: ${printable(names.target)} is either the old or the new database, complete, but it is unknown which`,
    'start Postgres and look; it is safe to run this again',
  )
}

/** Ends a server process of ours; returns whether it is gone. */
async function endProcess(session: Session, pid: number): Promise<boolean> {
  const still = await session.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND application_name LIKE $2',
    [pid, `parity %, process ${process.pid}`],
  )
  return still.length === 0
}

function explained(error: unknown, { names }: TargetFacts): Error {
  const said = error instanceof Error ? error.message : String(error)
  // 55006 object_in_use: somebody whom we may not end stayed for longer than a rename waits.
  const hint =
    sqlState(error) === '55006'
      ? 'close these sessions and run this again; `select * from pg_stat_activity` lists them'
      : 'run this again'
  return failure(`${printable(names.target)} was not swapped and is unchanged: ${said}`, hint)
}
