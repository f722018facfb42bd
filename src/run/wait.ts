import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import type { Call } from './call.ts'
import { cannotStart } from './lookup.ts'
import type { Outcome } from './outcome.ts'

/** What a program gets that is not our own. */
type Stdio = {
  /** Where its output goes; to our own if omitted. */
  readonly stdout?: Writable | 'stderr'
  readonly stderr?: Writable
  /** Whether it reads nothing. */
  readonly noInput?: boolean
  /** In a separate session no signal of the terminal reaches it, and none is passed on but a second one: it ends by itself. */
  readonly detached?: boolean
  /** Ends it, by TERM. */
  readonly signal?: AbortSignal
}

/** How long the output of a program is waited for that has ended, in milliseconds: one of its children may hold it open. */
const outputDelay = 1_000

/**
 * Runs a program with our terminal until it ends. INT and QUIT of a terminal reach the child by themselves, so we only wait;
 * TERM and HUP, sent to us alone, are passed on. A stop (Ctrl-Z) is the whole group's, the child's and ours.
 */
export function waitFor(
  file: string,
  { args, folder }: Call,
  environment: Record<string, string>,
  { stdout, stderr, noInput = false, detached = false, signal }: Stdio = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let signals = 0
    const wait = (signal: NodeJS.Signals) => {
      signals += 1
      if (detached && signals > 1) child.kill(signal)
    }
    const passOn = (signal: NodeJS.Signals) => (detached ? wait(signal) : child.kill(signal))
    const handlers: [NodeJS.Signals, (signal: NodeJS.Signals) => void][] = [
      ['SIGINT', wait],
      ['SIGQUIT', wait],
      ['SIGTERM', passOn],
      ['SIGHUP', passOn],
    ]
    // Before there is a child: a Ctrl-C in between would end us alone.
    for (const [signal, handler] of handlers) process.on(signal, handler)
    const child = spawn(file, args, {
      stdio: [
        noInput ? 'ignore' : 'inherit',
        stdout === 'stderr' ? 2 : stdout ? 'pipe' : 'inherit',
        stderr ? 'pipe' : 'inherit',
      ],
      env: environment,
      detached,
      ...(folder === undefined ? {} : { cwd: folder }),
    })
    if (typeof stdout === 'object') child.stdout?.pipe(stdout, { end: false })
    if (stderr) child.stderr?.pipe(stderr, { end: false })
    const terminate = () => void child.kill('SIGTERM')
    signal?.addEventListener('abort', terminate, { once: true })
    const finish = () => {
      signal?.removeEventListener('abort', terminate)
      for (const [signal, handler] of handlers) process.off(signal, handler)
    }
    child.once('error', (error) => {
      finish()
      reject(cannotStart(file, error))
    })
    child.once('exit', (status, signal) => {
      const outcome = signal ? { signal } : { status: status ?? 1 }
      const end = () => {
        finish()
        resolve(outcome)
      }
      child.once('close', end)
      setTimeout(end, outputDelay).unref()
    })
  })
}
