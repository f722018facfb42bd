import type { ReportStyle } from '../terminal/reporter.ts'
import { mustFind } from './lookup.ts'
import type { Outcome } from './outcome.ts'
import { type CallStep, isCall, type Plan, type Step, type StepHandlers, stepsInOrder } from './plan.ts'
import { replaceBy } from './replace.ts'

/**
 * Runs a plan: every program is looked up before the first step, steps go in order, the first failure ends it, and then `cleanup`
 * runs. Returns the outcome of the failing step, or success. A plan of one call becomes that call, unless `voice` wants it watched.
 */
export async function execute(plan: Plan, handlers: StepHandlers = {}, style?: ReportStyle): Promise<Outcome> {
  for (const step of [...stepsInOrder(plan), ...plan.cleanup]) if (isCall(step)) mustFind(step.call.program)
  const [only, ...others] = stepsInOrder(plan)
  if (only && others.length === 0 && isPlainCall(only) && style === undefined) {
    if (plan.notes.length > 0) await tell(plan.notes)
    return replaceBy(only.call)
  }
  const { runSteps } = await import('./steps.ts')
  return runSteps(plan, handlers, style)
}

function isPlainCall(step: Step): step is CallStep {
  return (
    isCall(step) &&
    !step.output &&
    !step.group &&
    !step.ifFails &&
    !step.ifInterrupted &&
    step.call.folder === undefined
  )
}

/** Loaded only where there is something to say: a single call has nothing. */
async function tell(notes: readonly string[]): Promise<void> {
  const { report } = await import('../terminal/report.ts')
  for (const note of notes) report.note(note)
}
