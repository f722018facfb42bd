import { failure } from '../errors.ts'
import { type DatabaseFacts, onDatabase, readDatabase } from '../postgres/catalog.ts'
import { cancellable, type Session, sqlState } from '../postgres/server.ts'
import { printable } from '../terminal/harmless.ts'
import type { Reporter } from '../terminal/reporter.ts'
import { carryOverSettings } from './carry-over.ts'
import { dropOurs, dropUnfinished } from './drop.ts'
import { refuseForeignDatabase } from './facts.ts'
import type { HeldTarget } from './inspect.ts'
import { derivedName, type Mark, refuseLiveName } from './names.ts'
import { copyDatabase, markDatabase, publishStatements, removeStamp } from './statements.ts'
import { terminatingSessions } from './terminate.ts'

/** A template copy to be made. */
export type Copy = {
  /** The database that is copied. */
  readonly from: string
  /** The name of ours that the copy gets; what bears it already, and is ours, is replaced. */
  readonly to: string
  readonly mark: Mark
  /** Whose owner, settings and grants it gets: a template copy brings none of them. */
  readonly like: DatabaseFacts
  /** End the sessions on `from`; otherwise they are why it fails. */
  readonly endSessions: boolean
}

/**
 * Makes a template copy. It is made under another name and gets `to` and its mark in one transaction, when it is complete:
 * a kill at any time leaves the one or the other, and the next run finds the unfinished one. A failure takes it away at once.
 */
export async function makeCopy(held: HeldTarget, copy: Copy, signal: AbortSignal, reporter: Reporter): Promise<void> {
  const { facts, session } = held
  refuseLiveName(copy.to, facts.names.target)
  try {
    await create(held, copy, signal, reporter)
    await publish(held, copy, reporter)
  } catch (error) {
    await dropUnfinished(held, 'copy').catch((failed: Error) =>
      reporter.warning(`could not clean up: ${failed.message}`),
    )
    signal.throwIfAborted()
    throw explained(error, copy)
  }
  await dropOurs(session, facts.names.discard, facts.names.target, facts.server.major)
}

async function create(
  { facts, session }: HeldTarget,
  copy: Copy,
  signal: AbortSignal,
  reporter: Reporter,
): Promise<void> {
  const { names, server, connection, maintenance } = facts
  const name = derivedName(names.target, 'copy')
  const statement = copyDatabase(name, copy.from, names.target, copy.like.owner, server.major)
  const make = () =>
    cancellable(onDatabase(connection, maintenance), session, signal, () => runCopy(session, statement, server.major))
  await (copy.endSessions ? terminatingSessions(facts, [copy.from], reporter, make) : make())
  await session.query(markDatabase(name, { madeBy: 'parity', target: names.target, kind: 'copy' }))
  await session.query(removeStamp(name))
  await carryOverSettings(session, name, copy.like, reporter)
}

/**
 * Should we be killed, the server is to notice and stop copying, since our lock lasts as long as the statement (Postgres ≥ 14, and not
 * on every system). Where the file system shares blocks, a copy costs nothing (Postgres ≥ 18); where it can't, the server says so.
 */
async function runCopy(session: Session, statement: string, serverMajor: number): Promise<void> {
  await session.query('SET client_connection_check_interval = 200').catch(() => {})
  if (serverMajor >= 18) {
    await session.query('SET file_copy_method = clone').catch(() => {})
    const isDone = await session.query(statement).then(() => true, orCannotClone)
    if (isDone) return
    await session.query('SET file_copy_method = copy')
  }
  await session.query(statement)
}

/** A system call that the file system doesn't have is an "internal error" to Postgres. */
function orCannotClone(error: unknown): false {
  if (sqlState(error) === 'XX000') return false
  throw error
}

/** Terminates sessions on the copy and on the database it replaces: both are renamed. */
async function publish({ facts, session }: HeldTarget, { to, mark }: Copy, reporter: Reporter): Promise<void> {
  const { names } = facts
  const copy = derivedName(names.target, 'copy')
  const old = await readDatabase(session, to)
  if (old) refuseForeignDatabase(old, names.target)
  const statements = publishStatements(copy, to, mark, names.discard, old !== undefined)
  await terminatingSessions(facts, [copy, to], reporter, async () => {
    await session.query('BEGIN')
    try {
      for (const statement of statements) await session.query(statement)
      await session.query('COMMIT')
    } catch (error) {
      await session.query('ROLLBACK').catch(() => {})
      throw error
    }
  })
}

/** 55006 object_in_use: somebody was connected for longer than Postgres waits. */
function explained(error: unknown, { from, endSessions }: Copy): unknown {
  if (sqlState(error) !== '55006') return error
  return failure(
    `${printable(from)} is in use; Postgres can only copy a database without other sessions`,
    endSessions
      ? 'close these sessions and run this again; `select * from pg_stat_activity` lists them'
      : 'use `--force` to end the sessions, or close them and run this again',
  )
}
