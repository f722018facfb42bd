import { printable } from '../../terminal/harmless.ts'
import { readContents, tellLeftOut } from '../contents.ts'
import { isArriving } from '../facts.ts'
import { forgetUseless, openedDump, type RestoreStep } from './restoring.ts'

/** Reads what a dump that arrives holds, before anything is made. A file that is here was read while inspecting. */
export const check: RestoreStep = {
  effect: 'check',
  describe({ facts: { source } }) {
    return isArriving(source)
      ? `check: ${printable(source.file)} is an archive that this server can restore`
      : undefined
  },
  async run({ facts, options, dump }, _, reporter) {
    const contents = await forgetUseless(openedDump(dump), ({ file }) =>
      readContents(file, 'the backup', facts.server, options),
    )
    tellLeftOut(contents, reporter)
    return { contents }
  },
}
