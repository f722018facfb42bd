import { failure } from '../errors.ts'
import { onDatabase, readDatabase, terminateSessions } from '../postgres/catalog.ts'
import { answers, type Session, withSession } from '../postgres/server.ts'
import { printable } from '../terminal/harmless.ts'
import type { TargetFacts } from './facts.ts'
import type { HeldTarget } from './inspect.ts'
import { applicationName, lockTarget } from './lock.ts'
import { derivedName, mayDrop } from './names.ts'
import { dropDatabase, markDatabase } from './statements.ts'

/** Drops what a run that was killed left beside the target. */
export async function dropLeftovers({ session, facts }: HeldTarget): Promise<void> {
  const { ours, names, server } = facts
  for (const kind of ['incoming', 'copy'] as const) {
    const database = ours[kind]
    // Made by us an instant before we were killed: marking it first keeps to the rule that only what is marked is dropped.
    if (database && database.mark === undefined)
      await session.query(markDatabase(database.name, { madeBy: 'parity', target: names.target, kind }))
  }
  for (const database of [ours.incoming, ours.copy, ours.discard]) {
    if (database) await dropOurs(session, database.name, names.target, server.major)
  }
}

/** Drops a database whose comment, read at this moment, says that parity made it for the target; one that isn't there is as good. */
export async function dropOurs(session: Session, name: string, target: string, serverMajor: number): Promise<void> {
  const now = await readDatabase(session, name)
  if (!now) return
  if (!mayDrop(name, now.comment, target)) throw failure(`${printable(name)} was not made by parity; it is not dropped`)
  if (serverMajor < 13) await terminateSessions(session, [name])
  await session.query(dropDatabase(name, target, serverMajor))
}

/** The databases that a swap leaves without use. */
export function replacedNames({ names, database, ours }: TargetFacts, keep: boolean): string[] {
  return [...(ours.previous && database ? [names.discard] : []), ...(keep || !database ? [] : [names.previous])].map(
    printable,
  )
}

/** After a swap, drops what it replaced: the previous of before, and with `keep` false the old database itself. */
export async function dropReplaced({ session, facts }: HeldTarget, keep: boolean): Promise<void> {
  const { names, database, ours, server } = facts
  if (!database) return
  if (ours.previous) await dropOurs(session, names.discard, names.target, server.major)
  if (!keep) await dropOurs(session, names.previous, names.target, server.major)
}

/**
 * Drops what a run that failed had begun: the database of that kind goes. Where our session is what was lost, the lock went with it:
 * it is taken again first, or the database dropped might be that of another run, begun since.
 */
export async function dropUnfinished({ session, facts }: HeldTarget, kind: 'incoming' | 'copy'): Promise<void> {
  const { connection, maintenance, names, server } = facts
  const drop = (on: Session) => dropOurs(on, derivedName(names.target, kind), names.target, server.major)
  if (await answers(session)) return drop(session)
  await withSession(onDatabase(connection, maintenance), applicationName('clean up'), async (another) => {
    await lockTarget(another, names.target)
    await drop(another)
  })
}
