import { dropLeftovers as drop } from '../../databases/drop.ts'
import type { TargetFacts } from '../../databases/facts.ts'
import type { HeldTarget } from '../../databases/inspect.ts'
import { printable } from '../../terminal/harmless.ts'
import type { StepDefinition } from './step.ts'

/** Drops the databases beside the target that a killed run left. */
export const dropLeftovers: StepDefinition<{ readonly facts: TargetFacts }, HeldTarget> = {
  effect: 'drop leftovers',
  describe({ facts: { ours } }) {
    const names = [ours.incoming, ours.copy, ours.discard].flatMap((database) =>
      database ? [printable(database.name)] : [],
    )
    return names.length === 0 ? undefined : `drop: ${names.join(' and ')}, left by a run that was killed`
  },
  async run(held) {
    await drop(held)
    return undefined
  },
}
