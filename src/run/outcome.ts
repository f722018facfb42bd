/** How a run ended, as a parent process sees it: with a status, or by a signal. */
export type Outcome = { readonly status: number } | { readonly signal: NodeJS.Signals }

export const success: Outcome = { status: 0 }

export function succeeded(outcome: Outcome): boolean {
  return 'status' in outcome && outcome.status === 0
}

/**
 * Ends this process as `outcome` says. A signal is raised again, so that a shell, make or CI sees what it would have seen of the
 * program itself; should that not kill us, 128 + n is the shell's word for the same.
 */
export function endWith(outcome: Outcome, signalNumber: (signal: NodeJS.Signals) => number): void {
  if ('status' in outcome) {
    process.exitCode = outcome.status
    return
  }
  process.exitCode = 128 + signalNumber(outcome.signal)
  if (outcome.signal !== 'SIGKILL') restoreDefault(outcome.signal)
  process.kill(process.pid, outcome.signal)
}

/**
 * Makes a signal do what the system makes of it: Node ignores SIGPIPE and SIGXFSZ, and starts its debugger at SIGUSR1, until a
 * handler has come and gone.
 */
export function restoreDefault(signal: NodeJS.Signals): void {
  process.on(signal, () => {}).removeAllListeners(signal)
}
