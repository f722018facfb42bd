import type { Options } from 'execa'
import { cannotStart } from './lookup.ts'
import type { Outcome } from './outcome.ts'

/** How execa says that a program ended, or why it could not be started. */
type Ended = { readonly exitCode?: number; readonly signal?: string; readonly cause?: unknown }

/** Starts a program by execa, which is loaded with the first one. Its end is never a rejection: `outcomeOf` reads how it ended. */
export async function startChild<Chosen extends Options>(program: string, args: readonly string[], options: Chosen) {
  const { execa } = await import('execa')
  // In an object: a child is a promise too, and would be waited for.
  return { child: execa(program, args, { ...options, reject: false } as const) }
}

/** How the program ended. Throws `cannotStart` (127). */
export function outcomeOf(program: string, { exitCode, signal, cause }: Ended): Outcome {
  if (signal !== undefined) return { signal: signal as NodeJS.Signals }
  if (exitCode !== undefined) return { status: exitCode }
  throw cannotStart(program, cause as Error)
}
