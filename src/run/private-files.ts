import { closeSync, constants, type Dirent, fstatSync, openSync, promises, readFileSync, type Stats } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { failure, type ParityError } from '../errors.ts'

/*
 * Files and folders that hold production's rows, or secrets: readable for our user only, whatever the umask; a link in the place of one, or
 * something of somebody else's, is never used: who made it could read what we write there, or choose what we read.
 */

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_WRONLY } = constants

/** Makes `folder`, and those above it down from `top`. Throws a failure for a link, or a folder of somebody else's. */
export async function makePrivateFolder(folder: string, top = folder): Promise<void> {
  await promises.mkdir(dirname(top), { recursive: true, mode: 0o700 })
  await makeOne(top)
  const names = relative(top, folder).split(sep).filter(Boolean)
  for (const [index] of names.entries()) await makeOne(join(top, ...names.slice(0, index + 1)))
}

async function makeOne(folder: string): Promise<void> {
  await promises.mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const facts = await promises.lstat(folder)
  if (!facts.isDirectory()) throw notOurs(folder, 'is not a folder')
  if (!isOwn(facts)) throw notOurs(folder, 'belongs to somebody else')
  if ((facts.mode & 0o777) !== 0o700) await promises.chmod(folder, 0o700)
}

/** Takes away what others may do with a file or a folder of ours. Throws a failure for a link, or for what is somebody else's. */
export async function takeFromOthers(path: string): Promise<void> {
  const handle = await promises.open(path, O_RDONLY | O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ELOOP' ? notOurs(path, 'is a link') : error
  })
  try {
    const facts = await handle.stat()
    if (!isOwn(facts)) throw notOurs(path, 'belongs to somebody else')
    await handle.chmod(facts.mode & 0o700)
  } finally {
    await handle.close()
  }
}

/** What a folder of ours holds; nothing where there is no such folder. Throws a failure for a link. */
export async function listPrivateFolder(folder: string): Promise<Dirent[]> {
  const facts = await promises.lstat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (facts === undefined) return []
  if (!facts.isDirectory()) throw notOurs(folder, 'is not a folder')
  return promises.readdir(folder, { withFileTypes: true })
}

/** A new file, to be read and written. Rejects with EEXIST where there is something of that name. */
export async function createPrivateFile(path: string): Promise<promises.FileHandle> {
  const handle = await promises.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  await handle.chmod(0o600)
  return handle
}

/** A new file with that text or those bytes. Rejects with EEXIST where there is something of that name. */
export async function writePrivateFile(path: string, text: string | Uint8Array): Promise<void> {
  const handle = await createPrivateFile(path)
  await handle.writeFile(text).finally(() => handle.close())
}

/** Opens a file of ours, to be read and changed; undefined where that is a link, has a second name, or belongs to somebody else. */
export async function openPrivateFile(path: string): Promise<promises.FileHandle | undefined> {
  const handle = await promises.open(path, O_RDWR | O_NOFOLLOW).catch(() => undefined)
  const facts = await handle?.stat()
  if (facts?.isFile() && facts.nlink === 1 && isOwn(facts)) return handle
  await handle?.close()
  return undefined
}

/** The facts of a file of ours; a failure where it is a link, or belongs to somebody else. */
export async function privateFacts(path: string): Promise<Stats> {
  const facts = await promises.lstat(path)
  if (!facts.isFile()) throw notOurs(path, 'is not a file')
  if (!isOwn(facts)) throw notOurs(path, 'belongs to somebody else')
  return facts
}

/** The text of a file of ours; a failure where it is a link, or belongs to somebody else. */
export async function readPrivateFile(path: string): Promise<string> {
  await privateFacts(path)
  const handle = await promises.open(path, O_RDONLY | O_NOFOLLOW)
  return handle.readFile('utf8').finally(() => handle.close())
}

/** The same at once, on the way that must be short; throws whatever is in the way. */
export function readPrivateFileNow(path: string): string {
  const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW)
  try {
    if (!isOwn(fstatSync(descriptor))) throw notOurs(path, 'belongs to somebody else')
    return readFileSync(descriptor, 'utf8')
  } finally {
    closeSync(descriptor)
  }
}

/** The descriptor of a file that is appended to, or made; undefined where it can't be written. Throws a failure for a link. */
export function appendPrivately(path: string): number | undefined {
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw notOurs(path, 'is a link')
    return undefined
  }
}

function notOurs(path: string, reason: string): ParityError {
  return failure(`\`${path}\` ${reason}`, 'remove it, or point `XDG_CACHE_HOME` elsewhere')
}

/** On Windows, where users have no number, every file counts as ours. */
function isOwn({ uid }: Stats): boolean {
  return uid === (process.getuid?.() ?? uid)
}
