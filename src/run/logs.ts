import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** How long the log of a restore that failed can be read, in milliseconds. */
const kept = 7 * 86_400_000

/** Removes the logs in `folder` of restores that failed, or were killed, more than a week before `now` (ms since 1970). */
export async function removeOldLogs(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const log = join(folder, name)
    const facts = await stat(log).catch(() => undefined)
    if (facts && now - facts.mtimeMs > kept) await rm(log, { force: true })
  }
}
