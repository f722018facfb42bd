import type { Reporter } from '../terminal/reporter.ts'
import type { Call } from './call.ts'

/** What parity does itself, as data: `effect` names it for its handler. */
export type Effect = {
  readonly effect: string
  /** The line that a dry run prints for it, and a real run when it begins. */
  readonly description: string
  /** What to call it once it is over, where its name would say too much. */
  readonly ended?: string
  /** It asks a person on the terminal: nothing else may move there. */
  readonly asks?: boolean
  /** As of a call. */
  readonly holds?: Holds
  /** Once this is done the plan has succeeded: what fails or interrupts after it changes the outcome no more. */
  readonly decides?: boolean
  /** What else a person must know when it is interrupted, instead of the plan's own words. */
  readonly ifInterrupted?: string
}

/** One step: a call of a program, or an effect of our own. */
export type Step = CallStep | Effect

export type CallStep = {
  readonly call: Call
  /** Where the program's output goes: to the person (default), or to a log file whose path is told on failure. */
  readonly output?: { readonly log: string }
  /** What else a person must know when this step fails: the state things are left in, and the line that finishes the job. */
  readonly ifFails?: string
  /** The same for a Ctrl-C, where that leaves something else. */
  readonly ifInterrupted?: string
  /** What puts back what this call changes: it runs at the end of the plan, however that ends, once this step has begun. */
  readonly putBack?: CallStep
  /** What it leaves is worse than either end: once this has begun, signals wait and the next step is run too. */
  readonly leadsOn?: boolean
  /**
   * It runs in a separate process group, all of which ends with it, or with the first of its processes that writes its status into the
   * folder `statuses`.
   */
  readonly group?: { readonly statuses?: string }
  /** What this call began goes on elsewhere after a Ctrl-C: nothing is put back then. */
  readonly outlivesUs?: boolean
  readonly holds?: Holds
}

/**
 * When what was changed before must stay as it is, since the plan ends half way: nothing is put back after an interruption in or right
 * after this step, or also where the step fails. What would have put it back has the words for a person in its `ifFails`.
 */
type Holds = 'interrupted' | 'failed'

/** Steps in order; the first that fails ends the plan, and then `cleanup` runs whatever the reason. */
export type Plan = {
  /** Facts a person should see before anything happens. */
  readonly notes: readonly string[]
  readonly steps: readonly Step[]
  readonly cleanup: readonly Step[]
  /** What to say when all of it is done. */
  readonly done?: string
  /** What to say last when a step of ours has failed before it was decided: what is as it was. */
  readonly ifFails?: string
  /** What to say last when a signal has ended it before it was decided: what is as it was, and what to type to go on. */
  readonly ifInterrupted?: string
}

/** Performs an effect, and reports it; rejects when it failed, and soon after the signal is aborted. */
export type StepHandler = (signal: AbortSignal, reporter: Reporter) => Promise<void>

/** Who performs the effects of a plan, by name. */
export type StepHandlers = Readonly<Record<string, StepHandler>>

/**
 * What a command comes to: a plan, with who performs its own effects; `dispose` lets go of what inspecting holds. `next` is what
 * follows once the plan has run, where that depends on what it brings: another plan, or data to print; a dry run does not come to it.
 */
export type Prepared = {
  readonly plan: Plan
  readonly handlers?: StepHandlers
  readonly dispose?: () => Promise<void>
  readonly next?: () => Promise<Prepared | { readonly text: string; readonly status?: number }>
}

/** A plan of calls alone. */
export function plan(...calls: Call[]): Plan {
  return { notes: [], steps: calls.map((call) => ({ call })), cleanup: [] }
}

export function isCall(step: Step): step is CallStep {
  return 'call' in step
}

/** The steps as they go when nothing fails: at the end all is put back, the latest change first. */
export function stepsInOrder({ steps }: Plan): readonly Step[] {
  const ends = steps.flatMap((step) => (isCall(step) && step.putBack ? [step.putBack] : []))
  return [...steps, ...ends.reverse()]
}
