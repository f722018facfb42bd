import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '../errors.ts'
import { call } from '../run/call.ts'
import { capture } from '../run/capture.ts'
import { envFileName } from './dotenv.ts'

/** A dotenv file of the project, and what is to be added to it. */
type EnvFile = {
  readonly name: string
  readonly text: string
  /** What else reads it, worth a warning. */
  readonly warning: string | undefined
}

/**
 * The dotenv file that the framework reads in development only: `.env.development.local` with dotenv-rails and Next, else `.env`. Fails for
 * one that git tracks.
 */
export async function findEnvFile(root: string): Promise<EnvFile> {
  const [gemfile, packageJson] = await Promise.all(
    ['Gemfile', 'package.json'].map((name) => readFile(join(root, name), 'utf8').catch(() => '')),
  )
  const name = envFileName(gemfile ?? '', packageJson ?? '')
  const tracked = await capture(call('git', 'ls-files', '--error-unmatch', '--', name), root)
  if (tracked.status === 0)
    throw failure(`\`${name}\` is tracked by git, and what comes into it are passwords`, `\`git rm --cached ${name}\``)
  const text = await readFile(join(root, name), 'utf8').catch(() => '')
  const warning = name === '.env' ? 'tests may read .env too: they would run on these servers' : undefined
  return { name, text, warning }
}

/** Adds lines to the file, which only this user can read if it is new. */
export async function addLines(root: string, { name }: EnvFile, lines: string): Promise<void> {
  await appendFile(join(root, name), lines, { mode: 0o600 })
}
