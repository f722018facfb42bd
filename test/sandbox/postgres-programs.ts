import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { findProgram } from './processes.ts'

/** The folder of the newest installed Postgres server with its programs. */
export function postgresPrograms(): string {
  const found = candidates().find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  )
  if (found !== undefined) return found
  throw new Error('the sandbox needs a Postgres server (initdb, postgres); PARITY_PG_BIN can name their folder')
}

function candidates(): string[] {
  const named = process.env.PARITY_PG_BIN?.split(delimiter) ?? []
  const onPath = findProgram('initdb', process.env.PATH)
  return [
    ...named,
    ...versions('/usr/lib/postgresql', (name) => name),
    ...versions('/opt/homebrew/opt', (name) => name.replace('postgresql@', '')),
    ...versions('/usr/local/opt', (name) => name.replace('postgresql@', '')),
    ...(onPath === undefined ? [] : [dirname(onPath)]),
  ]
}

function versions(parent: string, versionOf: (name: string) => string): string[] {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .map((name) => ({ folder: join(parent, name, 'bin'), version: Number(versionOf(name)) }))
    .filter(({ version }) => version >= 12)
    .sort((a, b) => b.version - a.version)
    .map(({ folder }) => folder)
}

/** Whom Postgres runs as: ourselves, but for root, whom it refuses. */
export async function postgresUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (user === undefined) throw new Error('root can not run Postgres, and there is no user postgres or nobody')
  return { uid: Number(user[2]), gid: Number(user[3]) }
}
