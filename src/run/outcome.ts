/** How a run ended, as a parent process sees it: with a status, or by a signal. */
export type Outcome = { readonly status: number } | { readonly signal: NodeJS.Signals }

export const success: Outcome = { status: 0 }

export function succeeded(outcome: Outcome): boolean {
  return 'status' in outcome && outcome.status === 0
}

/**
 * Ends this process as `outcome` says. A signal is raised again, so that a shell, make or CI sees what it would have seen of the
 * program itself; where raising it does not kill us (a signal that Node ignores), 128 + n is the shell's word for the same.
 */
export function endWith(outcome: Outcome, signalNumber: (signal: NodeJS.Signals) => number): void {
  if ('status' in outcome) {
    process.exitCode = outcome.status
    return
  }
  process.exitCode = 128 + signalNumber(outcome.signal)
  process.removeAllListeners(outcome.signal)
  process.kill(process.pid, outcome.signal)
}
