import type { TargetFacts } from '../../databases/facts.ts'
import type { HeldTarget } from '../../databases/inspect.ts'
import { swap as swapNames } from '../../databases/swap.ts'
import { printable } from '../../terminal/harmless.ts'
import type { StepDefinition } from './step.ts'

/** The incoming database takes the live name: the first step that touches it, and the one that decides. */
export const swap: StepDefinition<{ readonly facts: TargetFacts }, HeldTarget> = {
  effect: 'swap',
  decides: true,
  describe({ facts: { names, database, ours } }) {
    const [target, incoming, previous, discard] = [names.target, names.incoming, names.previous, names.discard].map(
      printable,
    )
    const renames = [
      ...(ours.previous && database ? [`${previous} becomes ${discard}`] : []),
      ...(database ? [`${target} becomes ${previous}`] : []),
      `${incoming} becomes ${target}`,
    ]
    return `swap, in one transaction: ${renames.join(', ')}`
  },
  async run({ session, facts }, _, reporter) {
    await swapNames(session, facts, reporter)
    return undefined
  },
}
