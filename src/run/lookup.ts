import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { missingProgram, ParityError } from '../errors.ts'
import { readAmbient } from './ambient.ts'

/** What to type to get a program that is missing. */
const installHints: Record<string, string> = {
  heroku: 'install it with `npm install --global heroku`, or see https://devcenter.heroku.com/articles/heroku-cli',
  git: 'install it with `apt-get install git` or `brew install git`',
  pg_restore: 'install it with `apt-get install postgresql-client` or `brew install libpq`',
}

/** The path of `program` on PATH (a name with a slash is a path already), or undefined. */
export function lookup(program: string, path = readAmbient().env.PATH ?? ''): string | undefined {
  if (program.includes('/')) return isExecutable(program) ? program : undefined
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder || '.', program)
    if (isExecutable(candidate)) return candidate.includes('/') ? candidate : `./${candidate}`
  }
  return undefined
}

/** The path of `program`; throws `missingProgram` (127) with the line that installs it. */
export function mustFind(program: string): string {
  const found = lookup(program)
  if (found === undefined) throw missingProgram(program, installHints[program] ?? `install \`${program}\`, or fix PATH`)
  return found
}

/**
 * Whether `execve` of this file is sure to work: it is a script whose `#!` interpreter is there. Where `process.execve` fails it
 * aborts the whole process (newer ones throw), so everything else, native programs among them, is spawned.
 */
export function isSafeToExec(file: string): boolean {
  const interpreter = interpreterOf(file)
  return interpreter !== undefined && isExecutable(interpreter) && !firstBytes(interpreter).startsWith('#!')
}

/** The error (127) for a file that was found, and that the system would not start: mostly its `#!` interpreter is missing. */
export function cannotStart(file: string, error: Error): ParityError {
  const interpreter = interpreterOf(file)
  const isMissing = interpreter !== undefined && !isExecutable(interpreter)
  // A usual reason is a line that ends in \r, so that is shown.
  const why = isMissing ? `its \`#!\` line names ${JSON.stringify(interpreter)}, which is not a program` : error.message
  return new ParityError(127, `\`${file}\` cannot be started: ${why}`, 'fix its first line, or install it again')
}

function interpreterOf(file: string): string | undefined {
  return /^#![ \t]*([^ \t\n]+)/.exec(firstBytes(file))?.[1]
}

function firstBytes(file: string): string {
  try {
    const descriptor = openSync(file, 'r')
    try {
      const buffer = Buffer.alloc(256)
      return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return ''
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
