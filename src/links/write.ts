import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { failure } from '../errors.ts'

/** Writes a program that everybody may run, whole or not at all. Throws a failure where the folder can't be written. */
export async function writeProgram(path: string, text: string): Promise<void> {
  const part = `${path}.${process.pid}`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(part, text, { flag: 'wx' })
    await chmod(part, 0o755)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true }).catch(() => {})
    throw unwritable(path, error)
  }
}

/** Removes a file. Throws a failure where the folder can't be written. */
export async function removeProgram(path: string): Promise<void> {
  await rm(path).catch((error) => Promise.reject(unwritable(path, error)))
}

function unwritable(path: string, error: unknown) {
  const reason = error instanceof Error ? error.message : String(error)
  return failure(`cannot change \`${path}\`: ${reason}`, '`--dir FOLDER` chooses another folder')
}
