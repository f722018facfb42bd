import { dropOurs } from '../../databases/drop.ts'
import type { HeldTarget } from '../../databases/inspect.ts'
import type { Snapshot } from '../../databases/ours.ts'
import type { Plan } from '../../run/plan.ts'
import { printable } from '../../terminal/harmless.ts'
import { type StepDefinition, stepsOf } from '../steps/step.ts'
import { ageOf, sizeOf } from './describe.ts'

/** What the plan of a deletion is made from. */
type Deletion = { readonly snapshot: Snapshot; readonly now: Date }

const drop: StepDefinition<Deletion, Deletion & HeldTarget> = {
  effect: 'delete',
  decides: true,
  describe({ snapshot: { name, database, mark }, now }) {
    const what = `the snapshot ${name} of ${printable(mark.target)}${ageOf({ mark }, now)}${sizeOf(database)}`
    return `drop: ${printable(database.name)}, ${what}`
  },
  async run({ session, snapshot, facts: { names, server } }) {
    await dropOurs(session, snapshot.database.name, names.target, server.major)
    return undefined
  },
}

export const deleteSteps = [drop]

/** The plan of `development backups:delete NAME`. */
export function planDelete(deletion: Deletion): Plan {
  return {
    notes: [],
    steps: stepsOf(deleteSteps, deletion),
    cleanup: [],
    done: `the snapshot ${deletion.snapshot.name} is gone`,
  }
}
