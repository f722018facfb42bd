import { chmod, lstat, mkdir } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { failure, type ParityError } from '../errors.ts'

/**
 * Makes `folder`, and those above it down from `top`, for our user only, whatever the umask. A link in the place of one, or a folder
 * of somebody else's, is never used: who made it could read what we write there. Throws a failure that says which it is.
 */
export async function makePrivateFolder(folder: string, top = folder): Promise<void> {
  await mkdir(dirname(top), { recursive: true, mode: 0o700 })
  await makeOne(top)
  const names = relative(top, folder).split(sep).filter(Boolean)
  for (const [index] of names.entries()) await makeOne(join(top, ...names.slice(0, index + 1)))
}

async function makeOne(folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const facts = await lstat(folder)
  if (!facts.isDirectory()) throw notOurs(folder, 'is not a folder')
  if (!isOwn(facts.uid)) throw notOurs(folder, 'belongs to somebody else')
  if ((facts.mode & 0o777) !== 0o700) await chmod(folder, 0o700)
}

/** The failure for something in our cache that is not what we put there. */
export function notOurs(path: string, reason: string): ParityError {
  return failure(`\`${path}\` ${reason}`, 'remove it, or point `XDG_CACHE_HOME` elsewhere')
}

/** Whether a file or folder of that user is ours. */
export function isOwn(uid: number): boolean {
  return uid === (process.getuid?.() ?? uid)
}
