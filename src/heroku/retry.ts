import { setTimeout as sleep } from 'node:timers/promises'

/** Waits so many milliseconds; rejects with the signal's reason once that is aborted. Tests bring one that does not wait. */
export type Pause = (milliseconds: number, signal?: AbortSignal) => Promise<void>

/** The pause that really waits. */
export const pause: Pause = async (milliseconds, signal) => {
  signal?.throwIfAborted()
  await sleep(milliseconds, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
}

/**
 * How long to wait, in milliseconds, after the failed try number `attempt` (1, 2, …): it doubles from 0.2 seconds to at
 * most 10, as the Heroku CLI does, with up to 0.1 seconds more so that many clients don't come back in step.
 */
export function backoff(attempt: number): number {
  return Math.min(2 ** attempt * 100, 10_000) + Math.random() * 100
}

/** A `Retry-After` header in milliseconds from `now`: it holds seconds, or a date. Undefined for anything else. */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(milliseconds) ? undefined : Math.max(milliseconds, 0)
}
