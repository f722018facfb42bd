import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { failure } from '../errors.ts'
import { createPrivateFile, openPrivateFile, writePrivateFile } from '../run/private-files.ts'
import { isRunning } from '../run/process.ts'

/**
 * A dump that is being downloaded. Its name holds the process that writes it, `b001.dump.<pid>-<random>.part`, so two
 * downloads of one dump never write into one file, and what a killed process left is known as such: its pid is gone. A later
 * download makes such a file its own by renaming it, which only one of several can.
 */
export type Part = {
  readonly path: string
  readonly handle: FileHandle
  /** Bytes it holds. */
  bytes: number
  /** Which object those bytes are of; without that they can't be continued. */
  identity: Identity | undefined
}

/** What the storage says of an object: its strong entity tag, and its size in bytes. */
type Identity = { readonly etag: string; readonly totalBytes: number }

const partName = /^(?<dump>.+)\.(?<pid>\d+)-[0-9a-f]+\.part$/

/** Paths this process is writing to: its pid alone can't tell them from those of a killed process that had the same pid. */
const own = new Set<string>()

/** Opens what an earlier download of `file` left, else a new and empty part. The folder has to be there. */
export async function openPart(file: string): Promise<Part> {
  for (const path of await leftParts(file)) {
    const part = await adopt(path, file)
    if (part !== undefined) return part
  }
  return createPart(file)
}

/** Notes which object the part is of, so that another process can continue it. */
export async function identify(part: Part, identity: Identity | undefined): Promise<void> {
  part.identity = identity
  await rm(notesOf(part.path), { force: true })
  if (identity === undefined) return
  await writePrivateFile(notesOf(part.path), JSON.stringify(identity))
}

/** Appends to the part; `bytes` counts only what is in the file. */
export async function append(part: Part, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await part.handle.write(chunk, written, chunk.length - written, part.bytes)
    written += bytesWritten
    part.bytes += bytesWritten
  }
}

/** The first bytes of the part. */
export async function firstBytes(part: Part, count: number): Promise<Buffer> {
  const { buffer, bytesRead } = await part.handle.read(Buffer.alloc(count), 0, count, 0)
  return buffer.subarray(0, bytesRead)
}

/** Turns the part into the whole file it was to become, safe from a power cut. */
export async function finishPart(part: Part, file: string): Promise<void> {
  await part.handle.sync()
  await rename(part.path, file)
  await closePart(part)
  await rm(notesOf(part.path), { force: true })
  await syncFolder(dirname(file))
}

/** Ends writing. The part stays, for a later download to continue. */
export async function closePart(part: Part): Promise<void> {
  own.delete(part.path)
  await part.handle.close()
}

/** Ends writing and removes the part: nothing of it is of use. */
export async function discardPart(part: Part): Promise<void> {
  await removePart(part.path)
  await closePart(part)
}

/** A new and empty part of `file`, private whatever the umask. */
export async function createPart(file: string): Promise<Part> {
  const path = newPath(file)
  own.add(path)
  const handle = await createPrivateFile(path)
  return { path, handle, bytes: 0, identity: undefined }
}

/** The parts in a folder that no living process is writing to. */
export async function abandonedParts(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.map((name) => join(folder, name)).filter(isAbandoned)
}

/** Removes a part and what is noted of it. */
export async function removePart(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(notesOf(path), { force: true })
}

/** What earlier downloads of `file` left, the largest first. */
async function leftParts(file: string): Promise<string[]> {
  const paths = (await abandonedParts(dirname(file))).filter((path) => dumpOf(path) === basename(file))
  const sizes = new Map(await Promise.all(paths.map(async (path) => [path, await sizeOf(path)] as const)))
  return paths.sort((one, other) => (sizes.get(other) ?? 0) - (sizes.get(one) ?? 0))
}

/** Makes a part that was left our own and opens it; undefined where another process was faster. */
async function adopt(left: string, file: string): Promise<Part | undefined> {
  const path = newPath(file)
  own.add(path)
  await rename(notesOf(left), notesOf(path)).catch(ignoreMissing)
  const renamed = await rename(left, path).then(() => true, ignoreMissing)
  if (!renamed) return undefined
  const handle = await openPrivateFile(path)
  if (handle === undefined)
    throw failure(`\`${path}\` is not a file that parity made`, 'remove it and run the same command again')
  const identity = await readNotes(path)
  // Without notes it is unknown which object these bytes belong to: they are fetched again.
  if (identity === undefined) await handle.truncate(0)
  return { path, handle, bytes: (await handle.stat()).size, identity }
}

function newPath(file: string): string {
  return `${file}.${process.pid}-${randomBytes(4).toString('hex')}.part`
}

function notesOf(part: string): string {
  return `${part}.json`
}

async function readNotes(path: string): Promise<Identity | undefined> {
  try {
    const notes: Partial<Record<keyof Identity, unknown>> = JSON.parse(await readFile(notesOf(path), 'utf8'))
    const { etag, totalBytes } = notes
    return typeof etag === 'string' && typeof totalBytes === 'number' ? { etag, totalBytes } : undefined
  } catch {
    return undefined
  }
}

function dumpOf(part: string): string | undefined {
  return partName.exec(basename(part))?.groups?.dump
}

function isAbandoned(path: string): boolean {
  const pid = partName.exec(basename(path))?.groups?.pid
  if (pid === undefined) return false
  return Number(pid) === process.pid ? !own.has(path) : !isRunning(Number(pid))
}

async function sizeOf(path: string): Promise<number> {
  return lstat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

function ignoreMissing(error: NodeJS.ErrnoException): false {
  if (error.code === 'ENOENT') return false
  throw error
}

/** A rename is only safe from a power cut once its folder is on disk. Some file systems could not be asked for that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  await handle.sync().catch(() => {})
  await handle.close()
}
