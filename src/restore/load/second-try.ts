import { applicationName } from '../../databases/lock.ts'
import { cancellable, ServerError, type Session, withSession } from '../../postgres/server.ts'
import { decisive, isNamed, type Refusal, wordsFor } from './missing.ts'
import { ObjectsRefused } from './objects-refused.ts'
import type { Loading } from './pg-restore.ts'
import { searchEverywhere } from './search-path.ts'

/** What a load has come to, beside the rows. */
export type Missing = {
  /** What is not there, as it was allowed: `index public.users_email`. */
  readonly missing: readonly string[]
  /** Foreign keys that are there and that rows of before break. */
  readonly notValid: readonly string[]
}

/**
 * Makes what pg_restore could not make: its sessions have an empty search path, so a function that names another one without its
 * schema fails there. What fails here too has to be allowed, by name; a foreign key is then made NOT VALID, if it can be.
 * Throws `ObjectsRefused` for all that is not allowed.
 */
export async function trySecondTime(run: Loading): Promise<Missing> {
  if (run.refusals.length === 0) return { missing: [], notValid: [] }
  const sorted = [...run.refusals].sort((one, other) => run.kept.indexOf(one.entry) - run.kept.indexOf(other.entry))
  return withSession(run.connection, applicationName('load'), (session) =>
    cancellable(run.connection, session, run.signal, async () => {
      await session.query(
        'SET statement_timeout = 0; SET lock_timeout = 0; SET check_function_bodies = off; SET synchronous_commit = off',
      )
      const refused = run.serverMajor > 16 ? sorted : await makeAgain(session, sorted)
      return makeNotValid(session, run, refused)
    }),
  )
}

async function makeAgain(session: Session, refusals: readonly Refusal[]): Promise<Refusal[]> {
  await searchEverywhere(session)
  const refused: Refusal[] = []
  for (const refusal of refusals) if (!(await isMade(session, refusal.entry.definition))) refused.push(refusal)
  return refused
}

async function makeNotValid(session: Session, run: Loading, refused: readonly Refusal[]): Promise<Missing> {
  const open = decisive(refused)
  const unnamed = open.filter(({ entry }) => !isNamed(entry, run.allowMissing))
  if (unnamed.length > 0) {
    const all = new ObjectsRefused(unnamed, run.archive)
    if (run.onRefused === undefined) throw all
    run.onRefused(all)
  }
  const notValid: Refusal[] = []
  for (const refusal of open) {
    const { description, definition } = refusal.entry
    if (description !== 'FK CONSTRAINT') continue
    if (!(await isMade(session, definition.replace(/;\s*$/, ' NOT VALID;')))) continue
    notValid.push(refusal)
    const comments = refused.filter(({ entry }) => entry.dependencies.includes(refusal.entry.dumpId))
    for (const { entry } of comments) if (entry.description === 'COMMENT') await isMade(session, entry.definition)
  }
  const words = (refusals: readonly Refusal[]) => refusals.map(({ entry }) => wordsFor(entry))
  return { missing: words(open.filter((one) => !notValid.includes(one))), notValid: words(notValid) }
}

/** Runs a statement that the server may refuse. Throws where the server itself is in trouble, or the statement was cancelled. */
async function isMade(session: Session, statement: string): Promise<boolean> {
  try {
    await session.query(statement)
    return true
  } catch (error) {
    // Connections, resources, the operator, the system: https://www.postgresql.org/docs/current/errcodes-appendix.html
    if (error instanceof ServerError && error.code !== undefined && !/^(?:08|53|57|58)/.test(error.code)) return false
    throw error
  }
}
