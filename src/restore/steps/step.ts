import type { CallStep, Effect, Step, StepHandlers } from '../../run/plan.ts'
import type { Reporter } from '../../terminal/reporter.ts'

/**
 * A step of a plan on the local database: its line in the plan, and what it does. `Given` is what plans are made from, `Work` what the
 * steps work with.
 */
export type StepDefinition<Given, Work extends Given, Gain = never> = Pick<
  Effect,
  'effect' | 'ended' | 'asks' | 'decides'
> & {
  /** The line that a dry run prints; undefined where there is nothing to do. */
  readonly describe: (given: Given) => string | undefined
  /** Does it. What it gains is added to what the steps after it work with. */
  readonly run: (work: Work, signal: AbortSignal, reporter: Reporter) => Promise<Gain | undefined>
}

/** Programs that are run between two steps. */
type Programs<Given> = (given: Given) => readonly CallStep[]

/** The steps of a plan, in order. */
export type StepList<Given, Work extends Given> = readonly (
  | StepDefinition<Given, Work, Partial<Work>>
  | Programs<Given>
)[]

/** The steps that there is something to do for, as data. */
export function stepsOf<Given, Work extends Given>(list: StepList<Given, Work>, given: Given): Step[] {
  return list.flatMap((step): readonly Step[] => (typeof step === 'function' ? step(given) : effectOf(step, given)))
}

function effectOf<Given, Work extends Given>(
  { describe, run, ...effect }: StepDefinition<Given, Work, unknown>,
  given: Given,
): Effect[] {
  const description = describe(given)
  return description === undefined ? [] : [{ ...effect, description }]
}

/** Who runs the steps of these lists: each gets the work as the steps before left it. */
export function handlersOf<Given, Work extends Given>(list: StepList<Given, Work>, begin: Work): StepHandlers {
  let work = begin
  const definitions = list.flatMap((step) => (typeof step === 'function' ? [] : [step]))
  return Object.fromEntries(
    definitions.map(({ effect, run }) => [
      effect,
      async (signal, reporter) => {
        work = { ...work, ...(await run(work, signal, reporter)) }
      },
    ]),
  )
}
