import { ParityError } from '../errors.ts'
import { openReporter } from '../terminal/open-reporter.ts'
import { alsoKept, type PlanReporter, type ReportStyle, type Stage } from '../terminal/reporter.ts'
import type { Call } from './call.ts'
import { runGroup } from './group.ts'
import { runLogged } from './logged.ts'
import { mustFind } from './lookup.ts'
import { type Outcome, succeeded, success } from './outcome.ts'
import { PlanOutput } from './output.ts'
import { type CallStep, isCall, type Plan, type Step, type StepHandlers, stepsInOrder } from './plan.ts'
import { shellLine } from './print.ts'
import { environmentOf } from './replace.ts'
import { waitFor } from './wait.ts'
import { type Interruption, watchSignals } from './watch-signals.ts'

/** Runs the steps of a plan in order, as `execute` promises, and reports them as `style` says. */
export async function runSteps(
  plan: Plan,
  handlers: StepHandlers,
  style: ReportStyle = { json: false, verbosity: 'normal' },
): Promise<Outcome> {
  const output = new PlanOutput()
  const interruption = watchSignals(output)
  const reporter = alsoKept(await openReporter(style), (text) => output.note(text))
  const run: Run = { plan, handlers, interruption, reporter, output, json: style.json, decided: false, toPutBack: [] }
  try {
    for (const note of plan.notes) reporter.note(note)
    const outcome = await runEach(run)
    if (succeeded(outcome) && plan.done) reporter.done(plan.done)
    if ('signal' in outcome) tellLast(run, outcome.signal)
    return outcome
  } catch (error) {
    if (run.decided) return tellAfterwards(run, error)
    await cleanUp(run)
    if (interruption.received === undefined) throw withLastLine(run, error)
    tellLast(run, interruption.received)
    return { signal: interruption.received }
  } finally {
    // What is decided ends with success: a signal that comes while the last session is closed must not say otherwise.
    if (!run.decided) interruption.stop()
  }
}

type Run = {
  readonly plan: Plan
  readonly handlers: StepHandlers
  readonly interruption: Interruption
  readonly reporter: PlanReporter
  readonly output: PlanOutput
  /** Stdout is for events, and for nothing else. */
  readonly json: boolean
  decided: boolean
  /** The step that was begun last. */
  current?: Step
  /** What has to run yet, however the plan ends; the latest change first. */
  toPutBack: CallStep[]
}

async function runEach(run: Run): Promise<Outcome> {
  const { interruption } = run
  for (const step of stepsInOrder(run.plan)) {
    run.current = step
    notePutBack(run, step)
    const outcome = await runStep(run, step).catch((error: unknown) => {
      hold(run, step)
      throw error
    })
    if (!isCall(step) && step.decides) run.decided = interruption.isLast = true
    if (run.decided || (succeeded(outcome) && interruption.received === undefined)) continue
    if (mustLeadOn(run, step, outcome)) {
      run.reporter.warning(step.ifInterrupted ?? 'interrupted; the next step is run all the same')
      continue
    }
    const end: Outcome = interruption.received ? { signal: interruption.received } : outcome
    if (isCall(step)) tellEnd(run, step, outcome, end)
    hold(run, step, outcome)
    await cleanUp(run)
    return end
  }
  return success
}

/** A status is no proof that nothing happened where the program was killed, or lost the terminal that it wrote to. */
function mustLeadOn({ output }: Run, step: Step, outcome: Outcome): step is CallStep {
  return isCall(step) && step.leadsOn === true && (succeeded(outcome) || 'signal' in outcome || output.isLost)
}

/** From now on what this step changes has to be put back; once that has its turn, not any more. */
function notePutBack(run: Run, step: Step): void {
  run.toPutBack = run.toPutBack.filter((other) => other !== step)
  if (isCall(step) && step.putBack) run.toPutBack.unshift(step.putBack)
}

/** What must not be put back where the plan ends here stays as it is, and a person is told; without an outcome the step has failed. */
function hold(run: Run, { holds }: Step, outcome?: Outcome): void {
  const fails = holds === 'failed' && !(outcome && succeeded(outcome))
  if (holds === undefined || !(fails || run.interruption.received)) return
  for (const { ifFails } of run.toPutBack) if (ifFails) run.reporter.hint(ifFails)
  run.toPutBack = []
}

/** What is decided stays decided: a failure after it is worth a warning and no more. */
function tellAfterwards({ reporter }: Run, error: unknown): Outcome {
  reporter.warning(`the restore is complete, but cleaning up failed: ${messageOf(error)}`)
  return success
}

/** Runs a step as a stage that can be watched. */
async function runStep(run: Run, step: Step): Promise<Outcome> {
  const { reporter } = run
  reporter.begin(stageOf(step))
  try {
    const outcome = await runQuietly(run, step)
    reporter.end(succeeded(outcome) ? 'done' : 'failed')
    return outcome
  } catch (error) {
    reporter.end('failed')
    throw error
  }
}

async function runQuietly(run: Run, step: Step): Promise<Outcome> {
  if (isCall(step)) return step.output ? runToLog(run, step.call, step.output.log) : runInTerminal(run, step)
  const perform = run.handlers[step.effect]
  if (!perform) throw new Error(`no handler for ${step.effect}`)
  await perform(run.interruption.signal, run.reporter)
  return success
}

function stageOf(step: Step): Stage {
  if (isCall(step))
    return step.output
      ? { name: 'run', description: `run: ${step.call.program}`, terminal: 'ours' }
      : { name: 'run', description: `run: ${shellLine(step.call)}`, terminal: 'program' }
  const { effect, description, ended, asks } = step
  return { name: effect, description, ...(ended === undefined ? {} : { ended }), terminal: asks ? 'question' : 'ours' }
}

/**
 * Cleaning up is not interrupted by the signal that brought it about, and its own failure never hides the first one. A later signal
 * ends us at once: the next run finds what is left.
 */
async function cleanUp(run: Run): Promise<void> {
  const { plan, toPutBack, reporter } = run
  const unhurried: Interruption = {
    signal: new AbortController().signal,
    received: undefined,
    isLast: true,
    stop: () => {},
  }
  run.interruption.isLast = true
  for (const step of [...toPutBack, ...plan.cleanup]) {
    const failed = await runQuietly({ ...run, interruption: unhurried }, step).then(endOfCleaning, messageOf)
    if (failed === undefined) continue
    reporter.warning(`could not clean up: ${failed}`)
    if (isCall(step) && step.ifFails) reporter.hint(step.ifFails)
  }
}

function endOfCleaning(outcome: Outcome): string | undefined {
  return succeeded(outcome) ? undefined : `it ${ending(outcome)}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** With our terminal, as long as that is there; when the output has no reader any more, the program must not notice. */
function runInTerminal({ json, output, reporter }: Run, { call, leadsOn = false, group }: CallStep): Promise<Outcome> {
  const file = mustFind(call.program)
  if (group) return runGroup(file, call, environmentOf(call, file), group.statuses, reporter.error)
  const own = json ? 'stderr' : 'stdout'
  return waitFor(file, call, environmentOf(call, file), {
    ...(output.isTerminal(own) ? (json ? { stdout: 'stderr' as const } : {}) : { stdout: output.sink(own) }),
    ...(output.isTerminal('stderr') ? {} : { stderr: output.sink('stderr') }),
    noInput: output.isLost,
    detached: leadsOn,
  })
}

/** Runs a program whose output goes to a log file; the last lines of its errors are told if it fails. */
async function runToLog({ interruption, reporter }: Run, call: Call, log: string): Promise<Outcome> {
  const { outcome, stderr } = await runLogged(call, { log, signal: interruption.signal, echo: reporter.log })
  if (succeeded(outcome) || interruption.received) return outcome
  const last = stderr.trimEnd().split('\n').slice(-10).join('\n')
  throw new ParityError(
    statusOf(outcome),
    `\`${call.program}\` ${ending(outcome)}:\n${last}`,
    `the whole log is in ${log}`,
  )
}

function statusOf(outcome: Outcome): number {
  return 'status' in outcome ? outcome.status : 1
}

function ending(outcome: Outcome): string {
  return 'status' in outcome ? `failed with status ${outcome.status}` : `was ended by ${outcome.signal}`
}

/** Reports why the plan ends with this call, and leaves alone what goes on without us. */
function tellEnd(run: Run, step: CallStep, outcome: Outcome, end: Outcome): void {
  const steps = stepsInOrder(run.plan)
  const position = steps.indexOf(step) + 1
  if (succeeded(outcome)) {
    tellInterruption(run, position, steps.length)
    return
  }
  tellFailure(run, step, end, position, steps.length)
  if (step.outlivesUs && 'signal' in end) run.toPutBack = []
}

/** The signal came between two steps: what ran is done, and nothing else begins. */
function tellInterruption({ plan: { steps, done: words }, reporter }: Run, done: number, count: number): void {
  if (done === count && words !== undefined) {
    reporter.done(words)
    return
  }
  reporter.error(`interrupted after step ${done} of ${count}`)
  const left = steps.slice(done).filter(isCall)
  if (left.length > 0) reporter.hint(`not run: ${left.map(({ call }) => shellLine(call)).join(' && ')}`)
}

function tellFailure({ reporter, plan }: Run, step: CallStep, end: Outcome, position: number, count: number): void {
  // The program was cut off in the middle of a line.
  if ('signal' in end && process.stderr.isTTY) process.stderr.write('\n')
  if (count > 1) reporter.error(`step ${position} of ${count} ${ending(end)}: \`${shellLine(step.call)}\``)
  const words = 'signal' in end ? (step.ifInterrupted ?? (plan.ifInterrupted ? undefined : step.ifFails)) : step.ifFails
  if (words) reporter.hint(words)
}

/** The error of a step, with how things are in a last line; the step that decides says that itself. */
function withLastLine({ current, plan: { ifFails } }: Run, error: unknown): unknown {
  if (ifFails === undefined || !(error instanceof ParityError)) return error
  if (current && !isCall(current) && current.decides) return error
  return new ParityError(error.status, error.message, error.hint ? `${error.hint}\n${ifFails}` : ifFails)
}

/** The last line after a signal, once all is cleaned up: how things are, unless the step that was begun last has told it. */
function tellLast({ current, plan, reporter }: Run, signal: NodeJS.Signals): void {
  const told = current && isCall(current)
  const words = told && current.ifInterrupted ? undefined : (current?.ifInterrupted ?? plan.ifInterrupted)
  if (words === undefined) return
  if (!told) reporter.error(`interrupted by ${signal}`)
  reporter.hint(words)
}
