import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureFreeSpace } from '../dumps/cache.ts'
import { failure, usageError } from '../errors.ts'
import { majorVersion } from '../postgres/client-versions.ts'
import { thisInstaller } from '../postgres/clients.ts'
import { installLine } from '../postgres/installation.ts'
import { writePrivateFile } from '../run/private-files.ts'
import { isProcessOf } from '../run/process.ts'
import {
  makeParityFolder,
  newPassword,
  rehearsalFolders,
  rehearsalPrefix,
  removeData,
  type Server,
  serverFolder,
} from '../services/folder.ts'
import { postgresOwner } from '../services/native/owner.ts'
import { isFree, portsFor } from '../services/native/ports.ts'
import { makePostgres, startPostgres, stopPostgres } from '../services/native/postgres.ts'
import { findInstalled, type Installed, ofEngine } from '../services/native/programs.ts'

/** The file in such a folder that names the process whose rehearsal it is. */
const ownerFile = 'process'

/** The server that is installed for a major. Throws a usage error for what is none, a failure where there is no such server here. */
export async function installedServer(major: string, env: NodeJS.ProcessEnv): Promise<Installed> {
  if (!/^[1-9]\d$/.test(major))
    throw usageError(
      `\`${major}\` is not a major version of Postgres`,
      '`development services rehearse postgres 18`, for example',
    )
  const installed = ofEngine('postgres', await findInstalled(env))
  const found = installed.find(({ version }) => majorVersion(version) === Number(major))
  if (found) return found
  const versions = installed.map(({ version }) => version)
  throw failure(
    `no server of Postgres ${major} is installed${versions.length === 0 ? '' : `, found ${versions.join(', ')}`}`,
    installLine(Number(major), thisInstaller()).replace('postgresql-client', 'postgresql'),
  )
}

/** A server for a rehearsal, on a port that is free now. */
export async function describeServer(root: string, { version, engine }: Installed, database: string): Promise<Server> {
  const key = `${rehearsalPrefix}${majorVersion(version)}`
  const service = { name: key, engine, version, addon: '', configVars: [], extensions: [] }
  for (const port of portsFor(`${root}/${key}`))
    if (await isFree(port)) return { key, service, version, port, password: newPassword(), database }
  throw failure('no port of 127.0.0.1 is free', '`ss --listening --tcp` shows what has them')
}

/** The rehearsals that lie here: kept ones, and what one that was killed has left. Throws a failure where one still runs. */
export async function earlierRehearsals(root: string): Promise<string[]> {
  const names = await rehearsalFolders(root)
  for (const name of names) {
    const pid = Number(await readFile(join(serverFolder(root, { key: name }), ownerFile), 'utf8').catch(() => '0'))
    if (await isProcessOf(pid, 'rehearse'))
      throw failure(`another rehearsal is running (process ${pid})`, 'wait for it to finish, then run this again')
  }
  return names
}

/** Stops the server of a rehearsal and removes all of it; one that is not there is as good. On a full disk it could write nothing. */
export async function removeServer(root: string, key: string): Promise<void> {
  await stopPostgres(root, { key }, 'SIGQUIT')
  await removeData(root, key)
}

/** Makes the data of the server, in a folder that says whose it is. */
export async function makeServer(root: string, server: Server, { program }: Installed): Promise<void> {
  await makeParityFolder(root)
  await makePostgres(root, server, program, await postgresOwner())
  await writePrivateFile(join(serverFolder(root, server), ownerFile), String(process.pid))
}

/** Starts it. Fails where its port was taken meanwhile. */
export async function startServer(root: string, server: Server, { program }: Installed, signal: AbortSignal) {
  const started = await startPostgres(root, server, program, await postgresOwner(), signal)
  if (started === 'taken') throw failure(`port ${server.port} was taken meanwhile`, 'run this again')
}

/** What a cluster takes before anything is in it, in bytes: its catalogues and two segments of its log. */
const emptyCluster = 80 * 1024 * 1024

/** Fails where the disk of the project has no room for a database of so many bytes on a separate server. */
export async function ensureRoom(root: string, bytes: number): Promise<void> {
  await ensureFreeSpace(root, bytes + emptyCluster, 'free some space for the server of the rehearsal')
}

/**
 * Throws a failure where a step failed since the disk of the server is full: by what the step said, or the server in its log, as where it
 * could not write its own log of changes and ended.
 */
export async function throwIfFull(root: string, server: Server, said: string): Promise<void> {
  const folder = serverFolder(root, server)
  const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '')
  if (/No space left on device|Disk quota exceeded|Check free disk space/.test(`${said}\n${log}`))
    throw failure(`the disk of \`${folder}\` is full`, 'free some space for the server of the rehearsal')
}
