import { startDownload } from '../../dumps/stream.ts'
import { printable } from '../../terminal/harmless.ts'
import { size } from '../../terminal/units.ts'
import { isArriving, nameOfFile, type Source } from '../facts.ts'
import type { RestoreStep } from './restoring.ts'

/** Begins to download. It goes on in the background, while what has arrived is loaded. */
export const download: RestoreStep = {
  effect: 'download',
  ended: 'download begun',
  describe({ facts: { source } }) {
    return isArriving(source) ? `download: ${whatArrives(source)} to ${printable(source.file)}` : undefined
  },
  async run({ facts: { source }, origin }, signal) {
    if (!origin) throw new Error('there is nothing to download')
    return { dump: await startDownload({ ...origin, file: source.file, signal }) }
  },
}

function whatArrives(source: Source): string {
  if (source.kind === 'file') return nameOfFile(source)
  const { backup, app } = source
  return `backup ${backup.id} of ${app}${backup.sizeBytes === undefined ? '' : ` (${size(backup.sizeBytes)})`}`
}
