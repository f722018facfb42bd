import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { findProgram } from './processes.ts'
import { projectRoot } from './project-root.ts'

/** The folder of the newest installed Postgres server with its programs. */
export function postgresPrograms(): string {
  const found = candidates().find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  )
  if (found !== undefined) return found
  throw new Error('the sandbox needs a Postgres server (initdb, postgres); PARITY_PG_BIN can name their folder')
}

/**
 * The folder of the server programs that the clusters run on: of the same release as the installed ones, from the package that
 * `test/set-up` gets, where Postgres' user may run them. They need a third of the libraries, and a session costs a third less.
 */
export function serverPrograms(owner: { uid?: number; gid?: number }): string {
  chosen ??= quickerPrograms(owner) ?? postgresPrograms()
  return chosen
}

let chosen: string | undefined

function quickerPrograms(owner: { uid?: number; gid?: number }): string | undefined {
  const version = (folder: string) =>
    spawnSync(join(folder, 'postgres'), ['--version'], { cwd: '/', encoding: 'utf8', ...owner }).stdout?.match(
      /\d+\.\d+/,
    )?.[0]
  const installed = version(postgresPrograms())
  const machine = `${process.platform}-${process.arch}`
  const name = `server-${installed?.split('.')[0]}-${machine}`
  const folder = join(projectRoot(), 'test/postgres-releases/node_modules', name, 'native', 'bin')
  return existsSync(folder) && version(folder) === installed ? folder : undefined
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
