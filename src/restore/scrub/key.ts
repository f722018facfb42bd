import { randomBytes } from 'node:crypto'
import { link, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makePrivateFolder, readPrivateFile, writePrivateFile } from '../../run/private-files.ts'

/**
 * The key of the presets' hash: made once for this machine, and kept in our cache where only its owner reads it. With it the same
 * value becomes the same in every restore; without it no one can test whether a guess ("is bob@example.org in there?") is right.
 */
export async function scrubKey(cache: string): Promise<string> {
  const file = join(cache, '_scrub.key')
  const draft = `${file}.${randomBytes(4).toString('hex')}`
  await makePrivateFolder(cache)
  try {
    await writePrivateFile(draft, randomBytes(32).toString('hex'))
    // Under its name there is never a half of it; and a second process uses the key of the first.
    await link(draft, file).catch(ifThereAlready)
  } finally {
    await rm(draft, { force: true })
  }
  return readPrivateFile(file)
}

function ifThereAlready(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
