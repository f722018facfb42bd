import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { failure } from '../errors.ts'

type Options = {
  /** Whether a file that is there may go. */
  readonly overwrite: boolean
  /** `0o755` for a program. */
  readonly mode?: number
}

/** Writes a file of the user's, whole or not at all. Throws a failure where that can't be, or where one is there that must stay. */
export async function writeUserFile(path: string, text: string, { overwrite, mode = 0o644 }: Options): Promise<void> {
  const part = `${path}.${process.pid}`
  try {
    if (!overwrite) return await writeFile(path, text, { flag: 'wx', mode })
    await mkdir(dirname(path), { recursive: true })
    await writeFile(part, text, { flag: 'wx' })
    await chmod(part, mode)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true }).catch(() => {})
    throw unwritable(path, error)
  }
}

/** Removes a file of the user's. Throws a failure where that can't be. */
export async function removeUserFile(path: string): Promise<void> {
  await rm(path).catch((error) => Promise.reject(unwritable(path, error)))
}

function unwritable(path: string, error: unknown) {
  const reason = error instanceof Error ? error.message.replace(/^\w+: |, .*$/g, '') : String(error)
  return failure(`cannot change \`${path}\`: ${reason}`, 'look at who owns its folder, and whether the disk is full')
}
