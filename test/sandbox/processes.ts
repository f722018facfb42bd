import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'

/** What a finished program left behind; status is null where a signal ended it. */
export type Finished = { status: number | null; signal: string | null; stdout: string; stderr: string }

export type RunOptions = {
  cwd?: string
  env?: Record<string, string | undefined>
  input?: string
  /** Milliseconds after which the program is sent TERM. */
  timeoutMs?: number
}

/** Runs a program to its end with exactly the environment given; a failing program is a result, a missing one throws. */
export async function run(
  command: readonly string[],
  options: RunOptions & { uid?: number; gid?: number } = {},
): Promise<Finished> {
  const [program = '', ...args] = command
  const { timeoutMs, input = '', cwd, env = process.env, uid, gid } = options
  const done = await execa(program, args, {
    env: definedOnly(env),
    extendEnv: false,
    input,
    reject: false,
    stripFinalNewline: false,
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  })
  const neverStarted = done.failed && done.exitCode === undefined && done.signal === undefined && !done.timedOut
  if (neverStarted) throw new Error(`${program} did not start`, { cause: done })
  return { status: done.exitCode ?? null, signal: done.signal ?? null, stdout: done.stdout, stderr: done.stderr }
}

/** As run, for programs of the sandbox's own set-up, which have to succeed; returns stdout. */
export async function must(command: readonly string[], options: Parameters<typeof run>[1] = {}): Promise<string> {
  const done = await run(command, options)
  if (done.status === 0) return done.stdout
  throw new Error(`${command.join(' ')} failed (${done.status ?? done.signal})\n${done.stdout}${done.stderr}`)
}

/** Spawns a program that dies when we do, be it by kill -9, where the system can arrange that (Linux). */
export function spawnLeashed(signal: string, command: readonly string[], options: SpawnOptions): ChildProcess {
  const leash = findProgram('setpriv', process.env.PATH)
  const [program = '', ...args] = leash === undefined ? command : [leash, '--pdeathsig', signal, ...command]
  return spawn(program, args, options)
}

/** Looks a program up in a PATH. */
export function findProgram(name: string, path = ''): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
}

/** Drops the variables that are undefined. */
export function definedOnly(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
