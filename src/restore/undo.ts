import { refuseWhatMustFail, type TargetFacts } from '../databases/facts.ts'
import { type HeldTarget, prepareOnTarget, type TargetOptions } from '../databases/inspect.ts'
import { swapBack } from '../databases/swap.ts'
import type { Project } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { Plan, Prepared } from '../run/plan.ts'
import { printable } from '../terminal/harmless.ts'
import { dropLeftovers } from './steps/drop-leftovers.ts'
import { handlersOf, type StepDefinition, stepsOf } from './steps/step.ts'

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
const undoSteps = [dropLeftovers, undo]

/** `development undo`: everything read and checked, nothing changed. A dry run takes no lock. */
export async function prepareUndo(project: Project, options: TargetOptions, dryRun: boolean): Promise<Prepared> {
  return prepareOnTarget(project, options, 'undo', dryRun, async (held) => {
    const { facts } = held
    refuseWhatMustFail(facts, 1)
    if (!facts.ours.previous || !facts.database) {
      throw usageError(
        `no previous database of ${printable(facts.names.target)} was found`,
        '`development restore SOURCE` keeps one',
      )
    }
    return { plan: planUndo(facts), handlers: handlersOf(undoSteps, held) }
  })
}

/** The plan of `development undo`. */
export function planUndo(facts: TargetFacts): Plan {
  const [target, previous] = [printable(facts.names.target), printable(facts.names.previous)]
  return {
    notes: [],
    steps: stepsOf(undoSteps, { facts }),
    cleanup: [],
    done: `${target} and ${previous} have changed places; \`development undo\` changes them back`,
  }
}
