import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { dropReplaced, replacedNames } from '../../databases/drop.ts'
import { pruneDumps } from '../../dumps/cache.ts'
import { removeOldLogs } from '../../run/logs.ts'
import type { RestoreStep } from './restoring.ts'

/** After the swap: drops what was replaced, old dumps and logs. What fails here is told and changes nothing. */
export const tidy: RestoreStep = {
  effect: 'tidy',
  describe({ facts, options: { keep } }) {
    const replaced = replacedNames(facts, keep)
    return replaced.length === 0
      ? 'tidy: remove old dumps from the cache'
      : `tidy: drop ${replaced.join(' and ')}, and remove old dumps from the cache`
  },
  async run({ session, facts, options, cache }) {
    const { source } = facts
    await dropReplaced({ session, facts }, options.keep)
    await rm(options.log, { force: true })
    await removeOldLogs(dirname(options.log), options.now.getTime())
    if (source.kind === 'file' && source.from) await rm(source.file, { force: true })
    if (source.kind === 'backup') await pruneDumps(cache, source.app, { keep: options.keepDumps, inUse: source.file })
    return undefined
  },
}
