import { spawn } from 'node:child_process'
import type { Call } from './call.ts'
import { cannotStart } from './lookup.ts'
import type { Outcome } from './outcome.ts'

/**
 * Runs a program with our terminal until it ends. INT and QUIT of a terminal reach the child by themselves, so we only wait;
 * TERM and HUP, sent to us alone, are passed on. A stop (Ctrl-Z) is the whole group's, the child's and ours.
 * `stdout`: where its output goes, our own one unless said.
 */
export function waitFor(
  file: string,
  { args, folder }: Call,
  environment: Record<string, string>,
  stdout: 'inherit' | 'stderr' = 'inherit',
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const wait = () => {}
    const passOn = (signal: NodeJS.Signals) => child.kill(signal)
    const handlers: [NodeJS.Signals, (signal: NodeJS.Signals) => void][] = [
      ['SIGINT', wait],
      ['SIGQUIT', wait],
      ['SIGTERM', passOn],
      ['SIGHUP', passOn],
    ]
    // Before there is a child: a Ctrl-C in between would end us alone.
    for (const [signal, handler] of handlers) process.on(signal, handler)
    const child = spawn(file, args, {
      stdio: ['inherit', stdout === 'stderr' ? 2 : 'inherit', 'inherit'],
      env: environment,
      ...(folder === undefined ? {} : { cwd: folder }),
    })
    const finish = () => {
      for (const [signal, handler] of handlers) process.off(signal, handler)
    }
    child.once('error', (error) => {
      finish()
      reject(cannotStart(file, error))
    })
    child.once('exit', (status, signal) => {
      finish()
      resolve(signal ? { signal } : { status: status ?? 1 })
    })
  })
}
