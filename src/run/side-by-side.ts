import { once } from 'node:events'
import { constants } from 'node:os'
import type { Writable } from 'node:stream'
import type { Call } from './call.ts'
import { mustFind } from './lookup.ts'
import type { Outcome } from './outcome.ts'
import { environmentOf } from './replace.ts'
import { waitFor } from './wait.ts'

/** A call, and who gets what it writes; both streams are ended with it. */
type Job = { readonly call: Call; readonly stdout: Writable; readonly stderr: Writable }

/**
 * Starts all calls at once, without input, and returns how each of them will end, once what it wrote was handed on. A Ctrl-C reaches
 * all of them; aborting `signal` ends them by TERM. Throws `missingProgram` (127) before the first one is started.
 */
export function runSideBySide(jobs: readonly Job[], signal: AbortSignal): Promise<Outcome>[] {
  const files = jobs.map(({ call }) => mustFind(call.program))
  process.setMaxListeners(Math.max(process.getMaxListeners(), jobs.length + 10)) // each one waits for the same signals
  return jobs.map(async ({ call, stdout, stderr }, index) => {
    const file = files[index] ?? call.program
    const outcome = await waitFor(file, call, environmentOf(call, file), { stdout, stderr, noInput: true, signal })
    await Promise.all([stdout, stderr].map((stream) => once(stream.end(), 'finish')))
    return outcome
  })
}

/** An outcome as a shell's number: 128 + n for a signal. */
export function statusNumber(outcome: Outcome): number {
  return 'status' in outcome ? outcome.status : 128 + constants.signals[outcome.signal]
}

/** The worst of several outcomes: the one with the highest number. */
export function worstOf(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((worst, outcome) => (statusNumber(outcome) > statusNumber(worst) ? outcome : worst), {
    status: 0,
  })
}
