import { connect, type Session } from '../postgres/server.ts'
import { describeVisitor, type TargetFacts } from '../restore/facts.ts'
import type { Telling } from '../terminal/watch.ts'
import { endVisitors, onDatabase, type Visitor } from './databases.ts'
import { applicationName } from './lock.ts'

/**
 * Runs `work`, statements that nobody may be connected to the databases `names` for: a rename, a template copy. Such a statement waits
 * up to 5 s for the sessions there to leave, and keeps newcomers out meanwhile; so a second session ends the old ones *then*, again
 * and again: ending them first would lose the race against clients that reconnect. Who was cut off is said.
 */
export async function clearingTheWay<T>(
  { connection, maintenance }: TargetFacts,
  names: readonly string[],
  tell: Telling,
  work: () => Promise<T>,
): Promise<T> {
  const usher = await connect(onDatabase(connection, maintenance), applicationName('usher'))
  const cutOff = new Map<number, Visitor>()
  const done = new AbortController()
  const ushering = keepClearing(usher, names, cutOff, done.signal)
  try {
    return await work()
  } finally {
    done.abort()
    await ushering
    await usher.close()
    if (cutOff.size > 0) tell.aside(`ended: ${[...cutOff.values()].map(describeVisitor).join(', ')}`)
  }
}

/** Ends sessions on `names` until told to stop, a round every 50 ms. */
async function keepClearing(
  usher: Session,
  names: readonly string[],
  cutOff: Map<number, Visitor>,
  stop: AbortSignal,
): Promise<void> {
  const { setTimeout: wait } = await import('node:timers/promises')
  while (!stop.aborted) {
    const ended = await endVisitors(usher, names).catch(() => [])
    for (const visitor of ended) cutOff.set(visitor.pid, visitor)
    await wait(50, undefined, { signal: stop }).catch(() => {})
  }
}
