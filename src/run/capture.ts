import type { Call } from './call.ts'
import { startChild } from './child.ts'
import { mustFind } from './lookup.ts'

export type Captured = { readonly status: number; readonly stdout: string; readonly stderr: string }

/**
 * Runs a program that only reads, without a terminal, and returns what it printed; a status other than 0 is for the caller to
 * judge, death by a signal counts as 1. Aborting `signal` ends it. Throws `missingProgram` (127).
 */
export async function capture(call: Call, folder?: string, signal?: AbortSignal): Promise<Captured> {
  const program = mustFind(call.program)
  const { child } = await startChild(program, call.args, {
    stdin: 'ignore',
    stripFinalNewline: true,
    env: { ...call.env, ...call.secrets },
    ...(folder === undefined ? {} : { cwd: folder }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  })
  const result = await child
  return { status: result.exitCode ?? 1, stdout: result.stdout, stderr: result.stderr }
}
