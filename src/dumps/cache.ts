import { lstat, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, usageError } from '../errors.ts'
import {
  listPrivateFolder,
  makePrivateFolder,
  privateFacts,
  readPrivateFile,
  writePrivateFile,
} from '../run/private-files.ts'
import { size } from '../terminal/units.ts'
import { abandonedParts, removePart } from './part.ts'

/** What Heroku says of a backup, as far as it distinguishes one dump from another. */
type BackupFacts = {
  /** `b001`: unique only until the app is destroyed and made anew. */
  readonly id: string
  readonly uuid: string
  readonly createdAt: Date
  readonly sizeBytes: number | undefined
}

/** A whole dump in the cache, with the backup it is of. */
export type CachedDump = {
  readonly app: string
  readonly file: string
  /** Size of the file. */
  readonly bytes: number
  readonly backup: BackupFacts
}

/**
 * Makes the folder of an app in the cache, private, and returns the path that its dump of this id has, there or not.
 * Throws a usage error for names that are no names, a failure where something else is in the folder's place.
 */
export async function prepareDumpFile(cache: string, app: string, id: string): Promise<string> {
  const file = dumpFile(cache, app, id)
  await makePrivateFolder(join(cache, app), cache)
  return file
}

/** Where dumps are that came from an address and not from an app: no app has such a name. */
const urlFolder = '_urls'

/** The same for a dump that no app has: `id` stands for the address it comes from. */
export async function prepareUrlFile(cache: string, id: string): Promise<string> {
  const folder = join(cache, urlFolder)
  await makePrivateFolder(folder, cache)
  return join(folder, `${checkedName('backup', id)}.dump`)
}

/**
 * Notes beside a dump, in `<id>.json`, which backup it is: from then on it is found. An app that was destroyed and made anew under
 * the same name begins again with `b001`, so the id alone says too little.
 */
export async function recordDump(cache: string, app: string, backup: BackupFacts): Promise<CachedDump> {
  const file = dumpFile(cache, app, backup.id)
  const { size: bytes } = await privateFacts(file)
  const notes = notesOf(file)
  await rm(notes, { force: true })
  await writePrivateFile(notes, JSON.stringify({ ...backup, bytes }))
  return { app, file, bytes, backup }
}

/** The dump of this very backup, if it is in the cache, whole: same UUID, same size as Heroku says, same length as when it came. */
export async function findDump(cache: string, app: string, backup: BackupFacts): Promise<CachedDump | undefined> {
  const dump = await readDump(app, dumpFile(cache, app, backup.id))
  const same = dump?.backup.uuid === backup.uuid && dump.backup.sizeBytes === backup.sizeBytes
  return same ? dump : undefined
}

/** The dumps of one app, or of all, the newest backup first. */
export async function listDumps(cache: string, app?: string): Promise<CachedDump[]> {
  const apps = app === undefined ? await appsIn(cache) : [checkedName('app', app)]
  const dumps = await Promise.all(apps.map((name) => dumpsOf(cache, name)))
  return dumps.flat().sort((one, other) => other.backup.createdAt.getTime() - one.backup.createdAt.getTime())
}

/**
 * Removes the dumps of an app but for the newest `keep` and for the file `inUse`, and downloads that were never continued
 * left. Returns the dumps that are gone.
 */
export async function pruneDumps(
  cache: string,
  app: string,
  { keep, inUse }: { readonly keep: number; readonly inUse?: string },
): Promise<CachedDump[]> {
  const old = (await listDumps(cache, app)).slice(keep).filter(({ file }) => file !== inUse)
  for (const dump of old) await removeDump(dump)
  for (const part of await ifThere(abandonedParts(join(cache, app)), [])) await removePart(part)
  return old
}

/** Removes a dump and what is noted of it; the dump last, so that notes never speak of another file. */
async function removeDump({ file }: Pick<CachedDump, 'file'>): Promise<void> {
  await rm(notesOf(file), { force: true })
  await rm(file, { force: true })
}

/** Removes every dump of one app, or of all, and what unfinished downloads left, but for those that run. Returns the bytes freed. */
export async function clearCache(cache: string, app?: string): Promise<number> {
  const folders = app === undefined ? [...(await appsIn(cache)), urlFolder] : [checkedName('app', app)]
  let freed = 0
  for (const name of folders) freed += await clearFolder(join(cache, name))
  return freed
}

/** What downloads left that ended before `before`, by its last change. Throws a failure for a folder that is a link. */
export async function staleParts(cache: string, before: Date): Promise<{ path: string; bytes: number }[]> {
  const folders = [...(await appsIn(cache)), urlFolder].map((name) => join(cache, name))
  const parts = await Promise.all(
    folders.map(async (folder) => ((await listPrivateFolder(folder)).length > 0 ? abandonedParts(folder) : [])),
  )
  const seen = await Promise.all(parts.flat().map(async (path) => ({ path, facts: await lstat(path) })))
  return seen
    .filter(({ facts }) => facts.isFile() && facts.mtime < before)
    .map(({ path, facts }) => ({ path, bytes: facts.size }))
}

/** Throws a failure that names both numbers if there are fewer than `bytes` bytes free where `folder` is. */
export async function ensureFreeSpace(
  folder: string,
  bytes: number,
  hint = 'free some space, or point `XDG_CACHE_HOME` to a folder on a larger disk',
): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free < bytes) throw failure(`${size(bytes)} needed in \`${folder}\`, ${size(free)} free`, hint)
}

/** The path a dump has in the cache. Names that could lead out of it are usage errors. */
function dumpFile(cache: string, app: string, id: string): string {
  return join(cache, checkedName('app', app), `${checkedName('backup', id)}.dump`)
}

const plainName = /^[a-z0-9][a-z0-9-]*$/

function checkedName(what: 'app' | 'backup', name: string): string {
  if (plainName.test(name)) return name
  throw usageError(`\`${name}\` is not a valid ${what === 'app' ? 'app' : 'backup'} name`, 'use a-z, 0-9 and `-`')
}

function notesOf(dump: string): string {
  return dump.replace(/\.dump$/, '.json')
}

async function dumpsOf(cache: string, app: string): Promise<CachedDump[]> {
  const files = await dumpFilesIn(join(cache, app))
  const dumps = await Promise.all(files.map((file) => readDump(app, file)))
  return dumps.filter((dump) => dump !== undefined)
}

/** A dump as it was noted; undefined where nothing was, or the file is not the one that was noted. */
async function readDump(app: string, file: string): Promise<CachedDump | undefined> {
  const facts = await ifThere(privateFacts(file), undefined)
  const notes = facts && readNotes(await ifThere(readPrivateFile(notesOf(file)), ''))
  if (facts === undefined || notes === undefined || facts.size !== notes.bytes) return undefined
  return { app, file, bytes: notes.bytes, backup: notes.backup }
}

function readNotes(text: string): { backup: BackupFacts; bytes: number } | undefined {
  try {
    const { id, uuid, createdAt, sizeBytes, bytes } = JSON.parse(text)
    return { backup: { id, uuid, createdAt: new Date(createdAt), sizeBytes }, bytes }
  } catch {
    return undefined
  }
}

/** The apps that have a folder in the cache, whatever is in it. */
export async function appsIn(cache: string): Promise<string[]> {
  const entries = await listPrivateFolder(cache)
  return entries.filter((entry) => !entry.isFile() && plainName.test(entry.name)).map(({ name }) => name)
}

async function dumpFilesIn(folder: string): Promise<string[]> {
  const dumps = (await listPrivateFolder(folder)).filter(({ name }) => /^[a-z0-9][a-z0-9-]*\.dump$/.test(name))
  return dumps.map(({ name }) => join(folder, name))
}

async function clearFolder(folder: string): Promise<number> {
  const dumps = await dumpFilesIn(folder)
  const parts = await ifThere(abandonedParts(folder), [])
  const sizes = await Promise.all([...dumps, ...parts].map(async (path) => (await lstat(path)).size))
  for (const file of dumps) await removeDump({ file })
  for (const part of parts) await removePart(part)
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

async function ifThere<T, U>(found: Promise<T>, otherwise: U): Promise<T | U> {
  return found.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return otherwise
    throw error
  })
}
