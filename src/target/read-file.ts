import { readFile } from 'node:fs/promises'
import { usageError } from '../errors.ts'

/** The text of the file at `path`; undefined where there is none. Errors (2): it cannot be read. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if ('code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw usageError(`\`${path}\` cannot be read`, error.message)
  }
}
