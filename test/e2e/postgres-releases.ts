import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { postgresUser } from '../sandbox/postgres-programs.ts'
import { run } from '../sandbox/processes.ts'
import { projectRoot } from '../sandbox/project-root.ts'
import { type Sandbox, withLocalServer } from '../sandbox/sandbox.ts'

/** Every release that may be at either end of a restore. */
export const releases = [13, 14, 15, 16, 17, 18] as const

const machine = `${process.platform}-${process.arch}`
const places = join(projectRoot(), 'test/postgres-releases/node_modules')

/** Which of them this machine has no server of. On the machines that there are servers for, that is an error and none is left out. */
export const releasesMissing =
  machine === 'linux-x64' ? [] : releases.filter((major) => !existsSync(serverFolder(major)))

/** The folder of `pg_restore` and `pg_dump` of Postgres 18, which newer archives need; undefined where there are none for this machine. */
export const newestClients =
  machine === 'linux-x64' || existsSync(clientsFolder()) ? join(clientsFolder(), 'bin') : undefined

/** What a server was made with decides what its databases are made with where nothing is said: all that there is comes up. */
const localeProviders: Readonly<Record<number, readonly string[]>> = {
  16: ['--locale-provider=icu', '--icu-locale=en-US'],
  18: ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
}

/** The sandbox with a server of that release as the developer's own. */
export async function withRelease(sandbox: Sandbox, major: number): Promise<Sandbox> {
  const programs = await releasePrograms(sandbox, major)
  return withLocalServer(sandbox, `local-${major}`, { programs, initdb: localeProviders[major] ?? [] })
}

/** The folder of the server programs of that release, which can be run by whom Postgres runs as. */
export async function releasePrograms(sandbox: Sandbox, major: number): Promise<string> {
  return join(await readable(serverFolder(major), sandbox), 'bin')
}

function serverFolder(major: number): string {
  return join(places, `server-${major}-${machine}`, 'native')
}

function clientsFolder(): string {
  return join(places, `clients-18-${machine}`, 'native')
}

/** A clone in a folder of root's own cannot be read by the user that Postgres runs as: then it gets a copy. */
async function readable(folder: string, sandbox: Sandbox): Promise<string> {
  if (!existsSync(folder)) throw new Error(`there is no ${folder}: \`bin/setup\` gets it`)
  const owner = await postgresUser()
  const trial = run([join(folder, 'bin/postgres'), '--version'], { cwd: '/', ...owner })
  const doesRun = await trial.then(({ status }) => status === 0).catch(() => false)
  if (doesRun) return folder
  const copy = join(sandbox.folder, 'releases', folder.slice(places.length))
  await cp(folder, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}
