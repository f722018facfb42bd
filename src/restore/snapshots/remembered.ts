import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makePrivateFolder, readPrivateFile, writePrivateFile } from '../../run/private-files.ts'

/*
 * The names of snapshots as they were last seen, by the root of the project: for completion, which asks no server.
 */

/** Keeps the names. A cache that can't be had is no failure. */
export async function rememberSnapshots(cache: string, root: string, names: readonly string[]): Promise<void> {
  const place = placeIn(cache)
  const part = `${place}.${process.pid}`
  try {
    const all = { ...(await readAll(cache)), [root]: names }
    await makePrivateFolder(cache)
    await writePrivateFile(part, JSON.stringify(all))
    await rename(part, place)
  } catch {
    await rm(part, { force: true }).catch(() => {})
  }
}

/** The names that were kept last; none where nothing was. */
export async function recallSnapshots(cache: string, root: string): Promise<string[]> {
  const names = (await readAll(cache))[root]
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

async function readAll(cache: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readPrivateFile(placeIn(cache)))
  } catch {
    return {}
  }
}

function placeIn(cache: string): string {
  return join(cache, '_snapshots.json')
}
