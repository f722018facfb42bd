import type { PlanOutput } from './output.ts'

/** A second Ctrl-C that comes sooner than this after the first, in milliseconds, was typed in one go with it. */
const impatience = 1_000

export type Interruption = {
  readonly signal: AbortSignal
  received: NodeJS.Signals | undefined
  /** Nothing is left to be stopped in good order: another signal ends us at once. */
  isLast: boolean
  readonly stop: () => void
}

/** Awaits `work`, which changes nothing; a signal meanwhile is first told to `tell`, and then ends this process. */
export async function endingBy<T>(tell: (signal: NodeJS.Signals) => void, work: () => Promise<T>): Promise<T> {
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM']
  const forget = () => names.forEach((name) => void process.off(name, end))
  const end = (name: NodeJS.Signals) => {
    forget()
    tell(name)
    process.kill(process.pid, name)
  }
  for (const name of names) process.on(name, end)
  return work().finally(forget)
}

/** INT, TERM and HUP end the plan: the step that runs is told by the abort signal, and the plan's outcome is that signal. */
export function watchSignals(output: PlanOutput): Interruption {
  const controller = new AbortController()
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  let since = 0
  const receive = (name: NodeJS.Signals) => {
    if (name === 'SIGHUP') output.lose() // the terminal is gone
    if (interruption.received && interruption.isLast && performance.now() - since > impatience) return endNow(name)
    if (interruption.received === undefined) since = performance.now()
    interruption.received ??= name
    controller.abort()
  }
  const endNow = (name: NodeJS.Signals) => {
    interruption.stop()
    process.kill(process.pid, name)
  }
  const interruption: Interruption = {
    signal: controller.signal,
    received: undefined,
    isLast: false,
    stop: () => {
      for (const name of names) process.off(name, receive)
    },
  }
  for (const name of names) process.on(name, receive)
  return interruption
}
