import { chmod, chown, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '../../errors.ts'
import { majorVersion } from '../../postgres/client-versions.ts'
import type { Connection } from '../../postgres/connection.ts'
import { quoteIdentifier } from '../../postgres/identifiers.ts'
import { withSession } from '../../postgres/server.ts'
import { type Call, call } from '../../run/call.ts'
import { capture } from '../../run/capture.ts'
import { writePrivateFile } from '../../run/private-files.ts'
import { isProcessOf } from '../../run/process.ts'
import { parityFolder, type Server, serverFolder } from '../folder.ts'
import { superuser } from '../variables.ts'
import { callAs, type Owner } from './owner.ts'

/** How long a postmaster that was killed may wait to be reaped, in milliseconds. */
const reaping = 10_000

/** How long a server may take to write its data and end, in milliseconds. */
const stopping = 60_000

/** The connection to the app's database on such a server. */
export function postgresConnection({ port, password, database }: Server): Connection {
  return { host: '127.0.0.1', port, user: superuser, password, database: database ?? superuser, sslmode: 'disable' }
}

/** Makes the data of a server: all of it, or nothing. Fails with what `initdb` says. */
export async function makePostgres(
  root: string,
  server: Server,
  program: string,
  owner: Owner | undefined,
): Promise<void> {
  const folder = serverFolder(root, server)
  await mkdir(folder, { mode: 0o700, recursive: true })
  await give(folder, owner)
  await mustBeReachable(root, folder, owner)
  const passwordFile = join(folder, 'password')
  const unfinished = join(folder, 'data.new')
  await rm(unfinished, { recursive: true, force: true })
  await rm(passwordFile, { force: true })
  await writePrivateFile(passwordFile, server.password)
  await give(passwordFile, owner)
  try {
    const made = await capture(initdb(program, unfinished, passwordFile, await locale(), owner))
    if (made.status !== 0)
      throw failure(
        `initdb failed: ${reasonOf(made.stderr)}`,
        'free some space, or correct what initdb names, and run this again',
      )
    await rename(unfinished, join(folder, 'data'))
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/** The call that makes the data of a server. */
function initdb(
  program: string,
  data: string,
  passwordFile: string,
  localeName: string,
  owner: Owner | undefined,
): Call {
  const options = ['--encoding=UTF8', `--locale=${localeName}`, '--no-sync']
  const access = ['-U', superuser, '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  return { ...callAs(owner, call(join(program, 'initdb'), '-D', data, ...access, ...options)), folder: '/' }
}

/** The call that starts a server on a port of 127.0.0.1. Without a socket: its path would be too long in a deep folder. */
function startCall(root: string, server: Server, folderOfPrograms: string, owner: Owner | undefined): Call {
  const folder = serverFolder(root, server)
  const options = `-p ${server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`
  const program = join(folderOfPrograms, 'pg_ctl')
  const words = ['-D', join(folder, 'data'), '-l', join(folder, 'log'), '-w', '-t', '60', '-o', options, 'start']
  return { ...callAs(owner, call(program, ...words)), folder: '/' }
}

/**
 * Starts a server. `taken` is returned where another program has the port. Fails with what the server says, and for data of another major.
 */
export async function startPostgres(
  root: string,
  server: Server,
  program: string,
  owner: Owner | undefined,
  signal: AbortSignal,
): Promise<'started' | 'taken'> {
  const folder = serverFolder(root, server)
  await refuseOtherMajor(folder, server)
  const until = performance.now() + reaping
  for (;;) {
    const before = await readLog(folder)
    const started = await capture(startCall(root, server, program, owner), undefined, signal)
    if (started.status === 0) return 'started'
    signal.throwIfAborted()
    const said = (await readLog(folder)).slice(before.length)
    if (/Address already in use|could not create any TCP\/IP sockets/.test(said)) return 'taken'
    const locked = /lock file "postmaster.pid" already exists/.test(said) && !(await isPostgresAlive(root, server))
    if (!locked || performance.now() > until) throw notStarted(folder, said || started.stderr)
    await delay(200)
  }
}

/** Makes the app's database where it is not there. */
export async function makeDatabase(server: Server): Promise<void> {
  const { database } = server
  if (database === undefined) return
  await withSession({ ...postgresConnection(server), database: 'postgres' }, 'parity services', async (session) => {
    const there = await session.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (there.length === 0) await session.query(`CREATE DATABASE ${quoteIdentifier(database)}`)
  })
}

/** Whether a server answers to our password. */
export async function postgresAnswers(server: Server): Promise<boolean> {
  const connection = { ...postgresConnection(server), database: 'postgres' }
  return withSession(connection, 'parity services', (session) => session.query('SELECT 1')).then(
    () => true,
    () => false,
  )
}

/** Whether its postmaster runs. https://www.postgresql.org/docs/current/storage-file-layout.html: the first line of `postmaster.pid`. */
export async function isPostgresAlive(root: string, server: Server): Promise<boolean> {
  const data = join(serverFolder(root, server), 'data')
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  return isProcessOf(Number(text.split('\n')[0]), data)
}

/**
 * Stops a server: its sessions are ended, its data is written, or with SIGQUIT, not. By the signal for that, since the release that
 * started it need not be installed any more: https://www.postgresql.org/docs/current/server-shutdown.html
 */
export async function stopPostgres(
  root: string,
  server: Pick<Server, 'key'>,
  by: 'SIGINT' | 'SIGQUIT' = 'SIGINT',
): Promise<void> {
  const data = join(serverFolder(root, server), 'data')
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  const until = performance.now() + stopping
  for (let asked = false; await isProcessOf(pid, data); asked = true) {
    if (!asked) process.kill(pid, by)
    if (performance.now() > until)
      throw failure(`Postgres (process ${pid}) does not end`, '`development services logs` shows its log')
    await delay(20)
  }
}

async function give(path: string, owner: Owner | undefined): Promise<void> {
  if (owner !== undefined) await chown(path, owner.uid, owner.gid)
  if (owner !== undefined && !path.endsWith('password')) await chmod(path, 0o700)
}

/** Another user gets into the folder only where each one above lets others through. */
async function mustBeReachable(root: string, folder: string, owner: Owner | undefined): Promise<void> {
  if (owner === undefined) return
  const { status } = await capture({ ...callAs(owner, call('test', '-x', folder)), folder: '/' })
  if (status === 0) return
  throw failure(
    `Postgres runs as \`${owner.name}\` for root, and that user cannot enter \`${parityFolder(root)}\``,
    `\`chmod o+x ${dirname(root)} ${root}\` lets it through; or run parity as another user than root`,
  )
}

async function refuseOtherMajor(folder: string, { version, key }: Server): Promise<void> {
  const text = (await readFile(join(folder, 'data', 'PG_VERSION'), 'utf8').catch(() => '')).trim()
  if (text === '' || majorVersion(text) === majorVersion(version)) return
  throw failure(
    `the data in \`.parity/${key}\` is of Postgres ${text}, the server is ${version}`,
    '`development services reset` removes the data, `up` makes it anew',
  )
}

/** Heroku's databases sort by `en_US.UTF-8`; a machine without that has at least one that knows UTF-8. */
async function locale(): Promise<string> {
  const { stdout } = await capture(call('locale', '-a')).catch(() => ({ stdout: '' }))
  if (/^en_US\.utf-?8$/im.test(stdout)) return 'en_US.UTF-8'
  return process.platform === 'darwin' ? 'C' : 'C.UTF-8'
}

function notStarted(folder: string, said: string) {
  return failure(`Postgres did not start: ${reasonOf(said)}`, `its log is \`${join(folder, 'log')}\``)
}

/** Why it ended, in its own words: what it says after that is of no use. */
function reasonOf(said: string): string {
  const fatal = said.split('\n').findLast((line) => /FATAL:|PANIC:|: error:/.test(line))
  return fatal?.replace(/^.*?(FATAL|PANIC|error):\s*/, '') ?? said.trim().split('\n').at(-1) ?? ''
}

function readLog(folder: string): Promise<string> {
  return readFile(join(folder, 'log'), 'utf8').catch(() => '')
}
