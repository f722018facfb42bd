import { readdirSync, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Call } from './call.ts'
import { outcomeOf, startChild } from './child.ts'
import type { Outcome } from './outcome.ts'

/** How long the processes of a group may take to end after a signal, in milliseconds, before they are killed. */
const grace = 6_000

/** How long the program may go on after the first of its processes has ended, in milliseconds. */
const outputDelay = 1_000

/**
 * Runs a program in a separate process group until it ends, and with it the whole group: INT, TERM and HUP are passed on to all of it, and
 * what does not end in time is killed. `statuses` is a folder into which its processes write how they ended, a file each: the first one
 * ends the group, and its status is the outcome. `tell` hears of that.
 */
export async function runGroup(
  file: string,
  { args, folder }: Call,
  environment: Record<string, string>,
  statuses: string | undefined,
  tell: (text: string) => void,
): Promise<Outcome> {
  const { child } = await startChild(file, args, {
    stdio: 'inherit',
    ...{ detached: true, cleanup: false },
    ...{ env: environment, extendEnv: false },
    ...(folder === undefined ? {} : { cwd: folder }),
  })
  const group = new Group(child.pid)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
  const passOn = (signal: NodeJS.Signals) => group.end(signal)
  for (const signal of signals) process.on(signal, passOn)
  let first: string | undefined
  let lastWords: NodeJS.Timeout | undefined
  const look = () => {
    if (first !== undefined || statuses === undefined) return
    first = readdirSync(statuses)[0]
    // What that process wrote last is still on its way through the program.
    if (first !== undefined) lastWords = setTimeout(() => group.end('SIGTERM'), outputDelay)
  }
  const watcher = statuses === undefined ? undefined : watch(statuses, look)
  try {
    const outcome = outcomeOf(file, await child)
    look()
    clearTimeout(lastWords)
    await group.ended()
    if (first === undefined || statuses === undefined) return outcome
    const status = Number(readFileSync(join(statuses, first), 'utf8'))
    tell(`${first} ended with status ${status}; the others were stopped`)
    return { status }
  } finally {
    watcher?.close()
    clearTimeout(lastWords)
    for (const signal of signals) process.off(signal, passOn)
  }
}

/** A process group. */
class Group {
  #killer: NodeJS.Timeout | undefined

  constructor(readonly leader: number | undefined) {}

  /** Sends it a signal; what has not ended a while after the first is killed. */
  end(signal: NodeJS.Signals): void {
    this.#send(signal)
    this.#killer ??= setTimeout(() => this.#send('SIGKILL'), grace)
  }

  /** Ends what is left of it, and resolves when nothing is. What was killed counts as ended, even if it was not reaped. */
  async ended(): Promise<void> {
    if (this.#send(0)) this.end('SIGTERM')
    const until = performance.now() + grace + 1_000
    while (this.#send(0) && performance.now() < until) await delay(20)
    clearTimeout(this.#killer)
  }

  /** Whether there was somebody to receive it. */
  #send(signal: NodeJS.Signals | 0): boolean {
    try {
      return this.leader !== undefined && process.kill(-this.leader, signal)
    } catch {
      return false
    }
  }
}
