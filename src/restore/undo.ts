import type { TargetFacts } from '../databases/facts.ts'
import type { HeldTarget } from '../databases/inspect.ts'
import { swapBack } from '../databases/swap.ts'
import type { Plan } from '../run/plan.ts'
import { printable } from '../terminal/harmless.ts'
import { age } from '../terminal/units.ts'
import { dropLeftovers } from './steps/drop-leftovers.ts'
import { type StepDefinition, stepsOf } from './steps/step.ts'

/** Target and previous database change names, in one transaction. */
const undo: StepDefinition<{ readonly facts: TargetFacts }, HeldTarget> = {
  effect: 'undo',
  decides: true,
  describe({ facts: { names } }) {
    return `swap: ${printable(names.target)} and ${printable(names.previous)} change names, in one transaction`
  },
  async run({ session, facts }, _, reporter) {
    await swapBack(session, facts, reporter)
    return undefined
  },
}

/** The names change by way of the third one, which a killed run may have left taken. */
export const undoSteps = [dropLeftovers, undo]

/** The plan of `development undo`. */
export function planUndo(facts: TargetFacts): Plan {
  const replacedAt = facts.ours.previous?.mark?.createdAt
  const when = replacedAt === undefined ? 'before' : `${age(new Date(replacedAt), facts.now)} ago`
  return {
    notes: [],
    steps: stepsOf(undoSteps, { facts }),
    cleanup: [],
    done: `${printable(facts.names.target)} is the database again that was replaced ${when}; \`development undo\` returns to the other one`,
    ifInterrupted: `${printable(facts.names.target)} is as it was`,
  }
}
