import { spawn } from 'node:child_process'
import type { Call } from './call.ts'
import { flushCompiled, herokuCompileCache } from './compile-cache.ts'
import { cannotStart, isSafeToExec, mustFind } from './lookup.ts'
import { type Outcome, restoreDefault } from './outcome.ts'

/** A program that we become would ignore them too: `yes | head` in a script would end with an error. */
const ignoredByNode = ['SIGPIPE', 'SIGXFSZ'] as const

type Execve = (file: string, args: readonly string[], env: Record<string, string>) => never

/**
 * Becomes the program: where the runtime can (`process.execve`, Node ≥ 22.15 on Linux and macOS) nothing of ours stays resident,
 * and this never returns. Elsewhere the program is spawned with our terminal, and its outcome is ours.
 * Throws `missingProgram` or `cannotStart` (127).
 */
export function replaceBy(call: Call): Promise<Outcome> {
  const file = mustFind(call.program)
  const environment = environmentOf(call, file)
  const { execve } = process as { execve?: Execve }
  if (execve && isSafeToExec(file)) {
    flushCompiled()
    for (const signal of ignoredByNode) restoreDefault(signal)
    execve.call(process, file, [call.program, ...call.args], environment)
  }
  return waitFor(file, call, environment)
}

/**
 * Runs a program with our terminal until it ends. INT and QUIT of a terminal reach the child by themselves, so we only wait;
 * TERM and HUP, sent to us alone, are passed on. A stop (Ctrl-Z) is the whole group's, the child's and ours.
 */
export function waitFor(file: string, { args, folder }: Call, environment: Record<string, string>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: 'inherit',
      env: environment,
      ...(folder === undefined ? {} : { cwd: folder }),
    })
    const wait = () => {}
    const passOn = (signal: NodeJS.Signals) => child.kill(signal)
    const handlers: [NodeJS.Signals, (signal: NodeJS.Signals) => void][] = [
      ['SIGINT', wait],
      ['SIGQUIT', wait],
      ['SIGTERM', passOn],
      ['SIGHUP', passOn],
    ]
    for (const [signal, handler] of handlers) process.on(signal, handler)
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

/** The environment of a call: ours, what the call sets, and for the Heroku CLI its compile cache. */
export function environmentOf(call: Call, file: string): Record<string, string> {
  const speed = call.program === 'heroku' ? herokuCompileCache(file, call.args) : {}
  return { ...process.env, ...speed, ...call.env, ...call.secrets } as Record<string, string>
}
