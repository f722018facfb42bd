import { existsSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import { failure, missingProgram, type ParityError, usageError } from '../errors.ts'
import { call } from '../run/call.ts'
import { capture } from '../run/capture.ts'
import { lookup } from '../run/lookup.ts'
import { shellWord } from '../run/print.ts'
import { archiveFormats, archiveVersionOf, majorVersion, parseVersion } from './client-versions.ts'
import { type Installer, installLine } from './installation.ts'

/** The client programs of one Postgres release: `pg_restore`, `pg_dump` and `psql` of one folder. */
export type Client = {
  readonly folder: string
  /** As the program says it: `15.18`, `17beta1`. */
  readonly version: string
  /** 15; 9.6 for the releases before 10, whose first two numbers were the major version. */
  readonly major: number
  /** The newest archive format that it reads: `1.14`. */
  readonly archiveVersion: string
}

type ClientNeeds = {
  /** Format of the archive to be read: `1.14`. */
  readonly archiveVersion?: string | undefined
  /** Major version of the server that is talked to. */
  readonly serverMajor?: number | undefined
  /** Whether that server is to be dumped: `pg_dump` refuses one that is newer than itself. */
  readonly dumps?: boolean | undefined
}

type ClientProgram = 'pg_restore' | 'pg_dump' | 'psql'

/**
 * What some `pg_restore`s set and some servers don't know, each by the majors of client and server: the server answers with an
 * error, and pg_restore goes on only without `--exit-on-error`.
 */
const unknownSettings: readonly ((client: number, server: number) => boolean)[] = [
  (client, server) => client < 12 && server >= 12, // default_with_oids
  (client, server) => client >= 17 && server < 17, // transaction_timeout
]

/**
 * Every release of the client programs that is installed, the folders of `PATH` first. `PARITY_PG_BIN` names the only
 * folder to look into. Debian's `/usr/bin/pg_restore` is left out: it is a wrapper that chooses a release by itself,
 * and the real ones are found in `/usr/lib/postgresql`.
 * Errors: `PARITY_PG_BIN` is set and has no `pg_restore` that runs (2); there are some elsewhere, and none of them runs (1).
 */
export async function findClients(environment: NodeJS.ProcessEnv, roots = installationRoots): Promise<Client[]> {
  const only = environment.PARITY_PG_BIN
  if (only) {
    const client = await readClient(only)
    if (client !== undefined) return [client]
    throw usageError(
      `\`PARITY_PG_BIN\` is \`${only}\`, which has no working \`pg_restore\``,
      'set it to the folder of `pg_restore`, or unset it',
    )
  }
  const folders = await distinctFolders(await postgresFolders(environment, roots), 'pg_restore')
  const clients = (await Promise.all(folders.map(readClient))).filter((client) => client !== undefined)
  const program = folders.map((folder) => join(folder, 'pg_restore')).find((program) => lookup(program) !== undefined)
  if (clients.length === 0 && program !== undefined) throw doesNotRun(program)
  return clients
}

/**
 * The release of `found` that reads the archive and serves the server best. The server's own comes first, then one that
 * says nothing the server doesn't know, the nearest newer before the nearest older.
 * Errors: nothing found (127); none that fits (1), with what is needed, what was found and the line that installs it.
 */
export function chooseClients(found: readonly Client[], needs: ClientNeeds, installer = thisInstaller): Client {
  const { archiveVersion, serverMajor, dumps = false } = needs
  const wanted = Math.max(neededMajor(archiveVersion), dumps ? (serverMajor ?? 0) : 0)
  const install = () => installLine(Math.max(wanted, serverMajor ?? 0), installer())
  if (found.length === 0) throw missingProgram('pg_restore', install())
  const fitting = found.filter(
    (client) => reads(client, archiveVersion) && (!dumps || client.major >= (serverMajor ?? 0)),
  )
  const [best] = fitting.toSorted((one, other) => compare(rank(one, serverMajor), rank(other, serverMajor)))
  if (best === undefined) throw noneFits(found, needs, wanted, install())
  return best
}

/** Whether each session of `client` begins with an error, one that does no harm: it sets what a server of `serverMajor` doesn't know. */
export function setsUnknown({ major }: Pick<Client, 'major'>, serverMajor: number): boolean {
  return unknownSettings.some((isUnknown) => isUnknown(major, serverMajor))
}

/** Path of one of a release's programs: `clientProgram(client, 'pg_restore')`. */
export function clientProgram({ folder }: Client, program: ClientProgram): string {
  return join(folder, program)
}

/** Folders with a folder per release in them, which has a `bin`; `child` is how the names of those begin. */
const installationRoots = [
  { parent: '/usr/lib/postgresql', child: '' },
  { parent: '/usr', child: 'pgsql-' },
  { parent: '/opt/homebrew/opt', child: 'postgresql@' },
  { parent: '/opt/homebrew/opt', child: 'libpq' },
  { parent: '/usr/local/opt', child: 'postgresql@' },
  { parent: '/usr/local/opt', child: 'libpq' },
  { parent: '/Applications/Postgres.app/Contents/Versions', child: '' },
]

async function expandRoot({ parent, child }: (typeof installationRoots)[number]): Promise<string[]> {
  const children = await readdir(parent).catch(() => [])
  return children.filter((name) => name.startsWith(child)).map((name) => join(parent, name, 'bin'))
}

/** Every folder that may hold programs of Postgres, those of `PATH` first. */
export async function postgresFolders(environment: NodeJS.ProcessEnv, roots = installationRoots): Promise<string[]> {
  const onPath = (environment.PATH ?? '').split(delimiter).filter((folder) => folder.startsWith('/'))
  const installed = await Promise.all(roots.map(expandRoot))
  return [...onPath, ...installed.flat()]
}

/** Those of `folders` that have `name` as a program of their own, each release once however many links lead to it. */
export async function distinctFolders(folders: readonly string[], name: string): Promise<string[]> {
  const programs = await Promise.all(folders.map((folder) => realpath(join(folder, name)).catch(() => undefined)))
  return folders.filter((_, index) => {
    const program = programs[index]
    return program !== undefined && basename(program) !== 'pg_wrapper' && programs.indexOf(program) === index
  })
}

function doesNotRun(program: string): ParityError {
  const line = `${shellWord(program)} --version`
  return failure(`\`${line}\` did not say a version`, `run \`${line}\` to see why`)
}

/** The release in `folder`; undefined where `pg_restore` is missing or doesn't say which release it is. */
async function readClient(folder: string): Promise<Client | undefined> {
  const program = join(folder, 'pg_restore')
  if (lookup(program) === undefined) return undefined
  const { stdout } = await capture(call(program, '--version'), undefined, AbortSignal.timeout(10_000))
  const version = parseVersion(stdout)
  if (version === undefined) return undefined
  return { folder, version, major: majorVersion(version), archiveVersion: archiveVersionOf(version) }
}

/** The first major version whose `pg_restore` reads `archiveVersion`; 0 where every one does. */
function neededMajor(archiveVersion: string | undefined): number {
  const minor = minorOf(archiveVersion)
  return archiveFormats.findLast((format) => format.minor >= minor)?.from ?? 0
}

function reads(client: Client, archiveVersion: string | undefined): boolean {
  return minorOf(client.archiveVersion) >= minorOf(archiveVersion)
}

function minorOf(archiveVersion = '1.0'): number {
  return Number(archiveVersion.split('.')[1])
}

/** What is compared, number by number, to find the best: the smallest wins. */
function rank(client: Client, serverMajor: number | undefined): number[] {
  const { major } = client
  if (serverMajor === undefined) return [-major]
  return [setsUnknown(client, serverMajor) ? 1 : 0, major >= serverMajor ? 0 : 1, Math.abs(major - serverMajor)]
}

function compare(one: readonly number[], other: readonly number[]): number {
  return one.map((number, index) => number - (other[index] ?? 0)).find((difference) => difference !== 0) ?? 0
}

function noneFits(found: readonly Client[], needs: ClientNeeds, wanted: number, install: string): ParityError {
  const purpose = neededMajor(needs.archiveVersion) === wanted ? 'to read this backup' : 'to dump this server'
  const versions = found.map(({ version, folder }) => `${version} (${folder})`).join(', ')
  return failure(`client programs of Postgres ${wanted} or newer are needed ${purpose}, found ${versions}`, install)
}

export function thisInstaller(): Installer {
  if (process.platform === 'darwin') return 'brew'
  return existsSync('/usr/bin/apt-get') ? 'apt' : 'other'
}
