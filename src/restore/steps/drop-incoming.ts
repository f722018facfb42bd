import { dropUnfinished } from '../../databases/drop.ts'
import type { TargetFacts } from '../../databases/facts.ts'
import type { HeldTarget } from '../../databases/inspect.ts'
import type { Dump } from '../../dumps/stream.ts'
import { failure } from '../../errors.ts'
import { printable } from '../../terminal/harmless.ts'
import type { StepDefinition } from './step.ts'

/** Cleans up after a plan that did not succeed: a download ends, and the incoming database goes. */
export const dropIncoming: StepDefinition<
  { readonly facts: TargetFacts },
  HeldTarget & { readonly dump?: Dump | undefined }
> = {
  effect: 'drop incoming',
  describe: ({ facts: { names } }) => `drop: ${printable(names.incoming)}, if it is there`,
  async run({ session, facts, dump }) {
    await dump?.stop(failure('the restore has ended'))
    await dropUnfinished({ session, facts }, 'incoming')
    return undefined
  },
}
