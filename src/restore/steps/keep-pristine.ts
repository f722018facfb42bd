import { derivedName, pristineKind } from '../../databases/names.ts'
import { printable } from '../../terminal/harmless.ts'
import { originOf } from '../facts.ts'
import { keepPristine as keep } from '../snapshots/pristine.ts'
import type { RestoreStep } from './restoring.ts'

/** Keeps a copy of what was restored, to go by when the same is restored again. */
export const keepPristine: RestoreStep = {
  effect: 'keep pristine',
  describe({ facts: { names }, options: { pristine } }) {
    if (pristine === undefined) return undefined
    const name = printable(derivedName(names.target, pristineKind))
    return `pristine: ${printable(names.incoming)} is copied as ${name} if there is room`
  },
  async run(work, signal, reporter) {
    await keep(work, work.options.pristine, originOf(work.facts.source), signal, reporter)
    return undefined
  },
}
