import { readAmbient } from './ambient.ts'
import type { Call } from './call.ts'
import { flushCompiled, herokuCompileCache } from './compile-cache.ts'
import { isSafeToExec, mustFind } from './lookup.ts'
import { type Outcome, restoreDefault } from './outcome.ts'

/** A program that we become would ignore them too: `yes | head` in a script would end with an error. */
const ignoredByNode = ['SIGPIPE', 'SIGXFSZ'] as const

type Execve = (file: string, args: readonly string[], env: Record<string, string>) => never

/**
 * Becomes the program: where the runtime can (`process.execve`, Node ≥ 22.15 on Linux and macOS) nothing of ours stays resident,
 * and this never returns. Elsewhere the program is spawned with our terminal, and its outcome is ours.
 * Throws `missingProgram` or `cannotStart` (127).
 */
export async function replaceBy(call: Call): Promise<Outcome> {
  const file = mustFind(call.program)
  const environment = environmentOf(call, file)
  const { execve } = process as { execve?: Execve }
  if (execve && isSafeToExec(file)) {
    flushCompiled()
    for (const signal of ignoredByNode) restoreDefault(signal)
    execve.call(process, file, [call.program, ...call.args], environment)
  }
  // Loaded here and not above: what becomes the program needs nothing to start one.
  const { waitFor } = await import('./wait.ts')
  return waitFor(file, call, environment)
}

/** The environment of a call: ours, what the call sets, and for the Heroku CLI its compile cache. */
export function environmentOf(call: Call, file: string): Record<string, string> {
  const speed = call.program === 'heroku' ? herokuCompileCache(file, call.args) : {}
  return { ...readAmbient().env, ...speed, ...call.env, ...call.secrets } as Record<string, string>
}
