import { type ClientSession, onDatabase, terminateSessions } from '../postgres/catalog.ts'
import { connect, type Session } from '../postgres/server.ts'
import type { Reporter } from '../terminal/reporter.ts'
import { describeSession, type TargetFacts } from './facts.ts'
import { applicationName } from './lock.ts'

/**
 * Runs `work`, statements that need the databases `names` to have no sessions: a rename, a template copy. Such a statement waits
 * up to 5 s for the sessions there to leave, and keeps newcomers out meanwhile; so a second session ends the old ones *then*, again
 * and again: ending them first would lose the race against clients that reconnect. Who was cut off is said.
 */
export async function terminatingSessions<T>(
  { connection, maintenance }: TargetFacts,
  names: readonly string[],
  reporter: Reporter,
  work: () => Promise<T>,
): Promise<T> {
  const terminator = await connect(onDatabase(connection, maintenance), applicationName('terminate'))
  const cutOff = new Map<number, ClientSession>()
  const done = new AbortController()
  const terminating = keepTerminating(terminator, names, cutOff, done.signal)
  try {
    return await work()
  } finally {
    done.abort()
    await terminating
    await terminator.close()
    if (cutOff.size > 0) reporter.aside(`ended: ${[...cutOff.values()].map(describeSession).join(', ')}`)
  }
}

/** Ends sessions on `names` until told to stop, a round every 50 ms. */
async function keepTerminating(
  terminator: Session,
  names: readonly string[],
  cutOff: Map<number, ClientSession>,
  stop: AbortSignal,
): Promise<void> {
  const { setTimeout: wait } = await import('node:timers/promises')
  while (!stop.aborted) {
    const ended = await terminateSessions(terminator, names).catch(() => [])
    for (const session of ended) cutOff.set(session.pid, session)
    await wait(50, undefined, { signal: stop }).catch(() => {})
  }
}
