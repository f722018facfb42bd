import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { ParityError } from '../errors.ts'
import { report } from '../terminal/report.ts'
import type { Call } from './call.ts'
import { cannotStart, mustFind } from './lookup.ts'
import { type Outcome, succeeded, success } from './outcome.ts'
import { type CallStep, isCall, type Performers, type Plan, type Step } from './plan.ts'
import { shellLine } from './print.ts'
import { environmentOf } from './replace.ts'
import { waitFor } from './wait.ts'

/** Runs the steps of a plan in order, as `execute` promises. */
export async function runSteps(plan: Plan, performers: Performers): Promise<Outcome> {
  // Whoever reads what we say may go away (`2>&1 | head`, a closed terminal): no reason to stop half way.
  process.stderr.on('error', () => {})
  const interruption = watchSignals()
  const run = { plan, performers, interruption, decided: false }
  try {
    const outcome = await runEach(run)
    if (succeeded(outcome) && plan.done) report.note(plan.done)
    return outcome
  } catch (error) {
    if (run.decided) return tellAfterwards(error)
    await cleanUp(run)
    if (interruption.received) return { signal: interruption.received }
    throw error
  } finally {
    // What is decided ends with success: a signal that comes while the last session is closed must not say otherwise.
    if (!run.decided) interruption.stop()
  }
}

type Run = {
  readonly plan: Plan
  readonly performers: Performers
  readonly interruption: Interruption
  decided: boolean
}

async function runEach(run: Run): Promise<Outcome> {
  const { plan, performers, interruption } = run
  for (const [index, step] of plan.steps.entries()) {
    if (!isCall(step) || step.output) report.stage(isCall(step) ? `run: ${step.call.program}` : step.says)
    const outcome = await runStep(step, performers, interruption)
    if (!isCall(step) && step.decides) run.decided = true
    if (run.decided || (succeeded(outcome) && interruption.received === undefined)) continue
    const end: Outcome = interruption.received ? { signal: interruption.received } : outcome
    if (isCall(step)) tellFailure(step, end, index + 1, plan.steps.length)
    await cleanUp(run)
    return end
  }
  return success
}

/** What is decided stays decided: a failure after it is worth a warning and no more. */
function tellAfterwards(error: unknown): Outcome {
  report.warning(`it is done, but afterwards: ${messageOf(error)}`)
  return success
}

async function runStep(step: Step, performers: Performers, interruption: Interruption): Promise<Outcome> {
  if (isCall(step)) return step.output ? runLogged(step.call, step.output.log, interruption) : runInTerminal(step.call)
  const perform = performers[step.effect]
  if (!perform) throw new Error(`nobody performs ${step.effect}`)
  await perform(interruption.signal)
  return success
}

/** Cleaning up is not interrupted again, and its own failure never hides the first one. */
async function cleanUp({ plan, performers }: Run): Promise<void> {
  const unhurried: Interruption = { signal: new AbortController().signal, received: undefined, stop: () => {} }
  for (const step of plan.cleanup) {
    await runStep(step, performers, unhurried).catch((error) =>
      report.warning(`could not clean up: ${messageOf(error)}`),
    )
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

type Interruption = { readonly signal: AbortSignal; received: NodeJS.Signals | undefined; readonly stop: () => void }

/** INT, TERM and HUP end the plan: the step that runs is told by the abort signal, and the plan's outcome is that signal. */
function watchSignals(): Interruption {
  const controller = new AbortController()
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const receive = (name: NodeJS.Signals) => {
    interruption.received ??= name
    controller.abort()
  }
  const interruption: Interruption = {
    signal: controller.signal,
    received: undefined,
    stop: () => {
      for (const name of names) process.off(name, receive)
    },
  }
  for (const name of names) process.on(name, receive)
  return interruption
}

function runInTerminal(call: Call): Promise<Outcome> {
  const file = mustFind(call.program)
  return waitFor(file, call, environmentOf(call, file))
}

/** Runs a program whose output goes to a log file, last lines of which are told if it fails. */
async function runLogged(call: Call, log: string, interruption: Interruption): Promise<Outcome> {
  mkdirSync(dirname(log), { recursive: true, mode: 0o700 })
  // A log that can't be written, on a full disk, fails nothing.
  const logFile = createWriteStream(log, { flags: 'a', mode: 0o600 }).on('error', () => {})
  // Its output is a pipe to us: should we be killed, its next line kills it too (SIGPIPE), and no orphan goes on writing.
  const program = mustFind(call.program)
  const child = spawn(program, call.args, { stdio: ['ignore', 'pipe', 'pipe'], env: environmentOf(call, program) })
  const last = lastLines(10)
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      logFile.write(chunk)
      last.add(chunk.toString())
    })
  }
  const kill = () => child.kill('SIGTERM')
  interruption.signal.addEventListener('abort', kill, { once: true })
  if (interruption.signal.aborted) kill()
  try {
    const outcome = await new Promise<Outcome>((resolve, reject) => {
      child.once('error', (error) => reject(cannotStart(program, error)))
      child.once('close', (status, signal) => resolve(signal ? { signal } : { status: status ?? 1 }))
    })
    if (!succeeded(outcome) && !interruption.received) {
      throw new ParityError(
        statusOf(outcome),
        `\`${call.program}\` ${ending(outcome)}:\n${last.text()}`,
        `the whole log is in ${log}`,
      )
    }
    return outcome
  } finally {
    interruption.signal.removeEventListener('abort', kill)
    logFile.end()
  }
}

function lastLines(count: number): { add(text: string): void; text(): string } {
  let kept = ''
  return {
    add: (text) => {
      kept = (kept + text)
        .split('\n')
        .slice(-count - 1)
        .join('\n')
    },
    text: () => kept.trimEnd(),
  }
}

function statusOf(outcome: Outcome): number {
  return 'status' in outcome ? outcome.status : 1
}

function ending(outcome: Outcome): string {
  return 'status' in outcome ? `failed with status ${outcome.status}` : `was ended by ${outcome.signal}`
}

function tellFailure(step: CallStep, end: Outcome, position: number, count: number): void {
  // The program was cut off in the middle of a line.
  if ('signal' in end && process.stderr.isTTY) process.stderr.write('\n')
  if (count > 1) report.error(`step ${position} of ${count} ${ending(end)}: \`${shellLine(step.call)}\``)
  const words = 'signal' in end ? (step.ifInterrupted ?? step.ifFails) : step.ifFails
  if (words) report.hint(words)
}
