import { refuseWhatMustFail } from '../databases/facts.ts'
import { prepareOnTarget, type TargetOptions } from '../databases/inspect.ts'
import type { Project } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { Prepared } from '../run/plan.ts'
import { printable } from '../terminal/harmless.ts'
import { handlersOf } from './steps/step.ts'
import { planUndo, undoSteps } from './undo.ts'

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
