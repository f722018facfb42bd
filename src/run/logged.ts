import { createWriteStream } from 'node:fs'
import { dirname } from 'node:path'
import { Writable } from 'node:stream'
import { promisify } from 'node:util'
import type { Call } from './call.ts'
import { outcomeOf, startChild } from './child.ts'
import { mustFind } from './lookup.ts'
import type { Outcome } from './outcome.ts'
import { appendPrivately, makePrivateFolder } from './private-files.ts'
import { environmentOf } from './replace.ts'

type Logged = {
  /** The file that its output is added to. */
  readonly log: string
  /** Ends it, by TERM. */
  readonly signal: AbortSignal
  /** What it reads, each piece only until the next one is asked for; nothing without. */
  readonly input?: AsyncIterable<Buffer>
  /** Hears all that it writes, as it comes. */
  readonly echo?: (text: string) => void
}

/**
 * Runs a program in the background of a plan: its output goes to a log file, its input may come piece by piece. Returns how it ended
 * and what it wrote to stderr. Throws what `input` throws, once the program has ended; `missingProgram` (127).
 */
export async function runLogged(
  call: Call,
  { log, signal, input, echo }: Logged,
): Promise<{ readonly outcome: Outcome; readonly stderr: string }> {
  const logFile = await openLog(log)
  const program = mustFind(call.program)
  // Its output is a pipe to us: should we be killed, its next line kills it too (SIGPIPE), and no orphan goes on writing.
  const { child } = await startChild(program, call.args, {
    stdin: input ? 'pipe' : 'ignore',
    buffer: false,
    cancelSignal: signal,
    // Neither while it still puts things in order, nor with us.
    ...{ forceKillAfterDelay: false, cleanup: false },
    ...{ env: environmentOf(call, program), extendEnv: false },
    ...(call.folder === undefined ? {} : { cwd: call.folder }),
  })
  let stderr = ''
  const keep = (text: string) => {
    logFile.write(text)
    echo?.(text)
  }
  child.stdout?.setEncoding('utf8').on('data', keep)
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    keep(text)
    stderr += text
  })
  // A program that has ended is not fed to the end: what it would have read may still be minutes away.
  let spoilt: { readonly error: unknown } | undefined
  if (child.stdin && input)
    feed(input, child.stdin).catch((error: unknown) => {
      spoilt = { error }
    })
  try {
    const outcome = outcomeOf(program, await child)
    if (spoilt) throw spoilt.error
    return { outcome, stderr }
  } finally {
    logFile.end()
  }
}

/** A log that can't be written, on a full disk, fails nothing. A link in its place does: it would lead what is logged elsewhere. */
async function openLog(log: string): Promise<Writable> {
  await makePrivateFolder(dirname(log), dirname(dirname(log))).catch(unlessFull)
  const file = appendPrivately(log)
  return file === undefined
    ? new Writable({ write: (_chunk, _encoding, done) => done() })
    : createWriteStream(log, { fd: file }).on('error', () => {})
}

function unlessFull(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') throw error
}

/** Asks for a piece when the one before is written. A program that has read all it wants closes its end early: no error. */
async function feed(input: AsyncIterable<Buffer>, stdin: Writable): Promise<void> {
  const write = promisify<Buffer, void>(stdin.write.bind(stdin))
  stdin.on('error', () => {})
  try {
    for await (const bytes of input) await write(bytes)
    stdin.end()
  } catch (error) {
    stdin.destroy()
    if (!isClosed(error)) throw error
  }
}

function isClosed(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_DESTROYED'
}
