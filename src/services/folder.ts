import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure } from '../errors.ts'
import { readPrivateFile, writePrivateFile } from '../run/private-files.ts'
import type { Service } from './recipe.ts'

/*
 * `.parity` in the project's root: what the services of this machine are, their data, and their passwords.
 *
 *   .gitignore       `*`: git sees nothing of it
 *   production.json  the add-ons of production as they were seen last
 *   engine.json      what starts the servers: parity itself, or Docker Compose
 *   compose.yaml     the servers for Docker Compose, where the project's own Compose file has none of them
 *   servers.json     the servers that were made: port, password, version
 *   postgres-17/     the data of one, its log, its settings
 *   rehearsal-18/    the same of a rehearsal
 */

/** A server that was made here. */
export type Server = {
  /** Its folder in `.parity`: `postgres-17`. */
  readonly key: string
  readonly service: Service
  /** The version of the program that made its data: `17.6`. */
  readonly version: string
  readonly port: number
  readonly password: string
  /** Of Postgres: the database of the app. */
  readonly database?: string
}

/** The folder of all that. */
export function parityFolder(root: string): string {
  return join(root, '.parity')
}

/** The folder of a server. */
export function serverFolder(root: string, { key }: Pick<Server, 'key'>): string {
  return join(parityFolder(root), key)
}

/** A random password, which cannot be guessed. */
export function newPassword(): string {
  return randomBytes(24).toString('hex')
}

/** Makes `.parity`, invisible for git. What root starts as another user has to get through it, and sees nothing of it. */
export async function makeParityFolder(root: string): Promise<void> {
  const folder = parityFolder(root)
  await mkdir(folder, { mode: 0o700 }).catch(unlessThere)
  const facts = await lstat(folder)
  if (!facts.isDirectory() || facts.uid !== (process.getuid?.() ?? facts.uid))
    throw failure(`\`${folder}\` is not a folder of yours`, 'remove it, or run parity as its owner')
  await chmod(folder, process.getuid?.() === 0 ? 0o711 : 0o700)
  await writeFile(join(folder, '.gitignore'), '*\n')
}

/** The servers that were made here; none where there is no such folder. Fails for a file that is not ours or not JSON. */
export async function readServers(root: string): Promise<Server[]> {
  const text = await readIfThere(join(parityFolder(root), 'servers.json'))
  const servers = text === undefined ? [] : parsed(text, root)
  return Array.isArray(servers) ? servers.filter(isServer) : []
}

/** Keeps what a server is, in the place of what was kept of it before. */
export async function keepServer(root: string, server: Server): Promise<void> {
  const servers = await readServers(root)
  const at = servers.findIndex(({ key }) => key === server.key)
  await keep(root, 'servers.json', at < 0 ? [...servers, server] : servers.with(at, server))
}

/** Forgets a server. */
export async function forgetServer(root: string, { key }: Server): Promise<void> {
  await keep(
    root,
    'servers.json',
    (await readServers(root)).filter((server) => server.key !== key),
  )
}

/** Writes JSON into a file of `.parity`, all of it or nothing, readable for this user only. */
export async function keep(root: string, name: string, value: unknown): Promise<void> {
  await keepText(root, name, `${JSON.stringify(value, null, 2)}\n`)
}

/** The same for a text. */
export async function keepText(root: string, name: string, text: string): Promise<void> {
  const file = join(parityFolder(root), name)
  const part = `${file}.${process.pid}`
  await rm(part, { force: true })
  await writePrivateFile(part, text)
  await rename(part, file)
}

/** The JSON in a file of `.parity`; undefined where there is none. */
export async function recallJson(root: string, name: string): Promise<unknown> {
  const text = await recallText(root, name)
  return text === undefined ? undefined : parsed(text, root)
}

/** The text of a file of `.parity`; undefined where there is none. Fails for a file that is not ours. */
export async function recallText(root: string, name: string): Promise<string | undefined> {
  return readIfThere(join(parityFolder(root), name))
}

/** Removes a file of `.parity`. */
export async function forgetFile(root: string, name: string): Promise<void> {
  await rm(join(parityFolder(root), name), { force: true })
}

/** How the folders of rehearsals begin: their servers are no services. */
export const rehearsalPrefix = 'rehearsal-'

/** The names of the folders in `.parity` that hold data of services, those of earlier versions among them. */
export async function dataFolders(root: string): Promise<string[]> {
  return (await foldersIn(root)).filter((name) => !name.startsWith(rehearsalPrefix))
}

/** The names of the folders in `.parity` that hold a rehearsal. */
export async function rehearsalFolders(root: string): Promise<string[]> {
  return (await foldersIn(root)).filter((name) => name.startsWith(rehearsalPrefix))
}

async function foldersIn(root: string): Promise<string[]> {
  const entries = await readdir(parityFolder(root), { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

/** The file lies in a folder of the project: what somebody else has put there must lead nowhere else. */
function isServer(value: Server): boolean {
  return (
    /^[a-z][a-z0-9-]*(\d+(\.\d+)*)?$/.test(value?.key) &&
    /^[0-9a-f]+$/.test(value.password) &&
    Number.isInteger(value.port) &&
    /^\d+(\.\d+)*$/.test(value.version) &&
    Array.isArray(value.service?.configVars)
  )
}

/** Removes the data of a server, and what else lies in its folder. */
export async function removeData(root: string, name: string): Promise<void> {
  await rm(join(parityFolder(root), name), { recursive: true, force: true })
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readPrivateFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
}

function parsed(text: string, root: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw failure(`a file in \`${parityFolder(root)}\` is broken`, '`development services reset` removes it')
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
