import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The key of the presets' hash: made once for this machine, and kept in our cache where only its owner reads it. With it the same
 * value becomes the same in every restore; without it nobody can test whether a guess ("is bob@example.org in there?") is right.
 */
export async function scrubKey(cache: string): Promise<string> {
  const file = join(cache, '_scrub.key')
  await mkdir(cache, { recursive: true, mode: 0o700 })
  // Whoever comes second uses the key of the first.
  await writeFile(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' }).catch(ifThereAlready)
  return readFile(file, 'utf8')
}

function ifThereAlready(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
