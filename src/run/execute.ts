import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { ParityError } from '../errors.ts'
import { report } from '../terminal/report.ts'
import type { Call } from './call.ts'
import { mustFind } from './lookup.ts'
import { type Outcome, succeeded, success } from './outcome.ts'
import { type CallStep, type Effect, isCall, type Plan, type Step } from './plan.ts'
import { shellLine } from './print.ts'
import { environmentOf, replaceBy, waitFor } from './replace.ts'

/** Performs an effect of our own; rejects when it failed, and soon after `signal` is aborted. */
export type Perform<E extends Effect> = (effect: E, signal: AbortSignal) => Promise<void>

/**
 * Runs a plan: every program is looked up before the first step, steps go in order, the first failure ends it, `cleanup` runs
 * after a failure or an interruption. Returns the outcome of the failing step, or success. A plan of one call becomes that call.
 */
export async function execute<E extends Effect>(plan: Plan<E>, perform?: Perform<E>): Promise<Outcome> {
  for (const step of [...plan.steps, ...plan.cleanup]) if (isCall(step)) mustFind(step.call.program)
  for (const note of plan.notes) report.note(note)
  const [only, ...others] = plan.steps
  if (only && others.length === 0 && isPlainCall(only)) return replaceBy(only.call)
  return runSteps(plan, perform)
}

function isPlainCall(step: Step): step is CallStep {
  return isCall(step) && !step.output && !step.ifFails && !step.ifInterrupted
}

async function runSteps<E extends Effect>(plan: Plan<E>, perform?: Perform<E>): Promise<Outcome> {
  const interruption = watchSignals()
  try {
    for (const [index, step] of plan.steps.entries()) {
      const outcome = await runStep(step, interruption, perform)
      if (succeeded(outcome) && interruption.received === undefined) continue
      const end: Outcome = interruption.received ? { signal: interruption.received } : outcome
      if (isCall(step)) tellFailure(step, end, index + 1, plan.steps.length)
      await cleanUp(plan, perform)
      return end
    }
    return success
  } catch (error) {
    await cleanUp(plan, perform)
    if (interruption.received) return { signal: interruption.received }
    throw error
  } finally {
    interruption.stop()
  }
}

function runStep<E extends Effect>(step: Step<E>, interruption: Interruption, perform?: Perform<E>): Promise<Outcome> {
  if (isCall(step)) return step.output ? runLogged(step.call, step.output.log, interruption) : runInTerminal(step.call)
  if (!perform) throw new Error(`nobody performs ${step.effect}`)
  return perform(step, interruption.signal).then(() => success)
}

/** Cleaning up is not interrupted again, and its own failure never hides the first one. */
async function cleanUp<E extends Effect>(plan: Plan<E>, perform?: Perform<E>): Promise<void> {
  const unhurried: Interruption = { signal: new AbortController().signal, received: undefined, stop: () => {} }
  for (const step of plan.cleanup) {
    try {
      await runStep(step, unhurried, perform)
    } catch (error) {
      report.warning(`could not clean up: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
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
  return waitFor(file, call.args, environmentOf(call, file))
}

/** Runs a program whose output goes to a log file, last lines of which are told if it fails. */
async function runLogged(call: Call, log: string, interruption: Interruption): Promise<Outcome> {
  mkdirSync(dirname(log), { recursive: true, mode: 0o700 })
  const logFile = createWriteStream(log, { flags: 'a', mode: 0o600 })
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
      child.once('error', reject)
      child.once('close', (status, signal) => resolve(signal ? { signal } : { status: status ?? 1 }))
    })
    if (!succeeded(outcome) && !interruption.received) {
      throw new ParityError(statusOf(outcome), `\`${call.program}\` ${ending(outcome)}:\n${last.text()}`, `the whole log is in ${log}`)
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
      kept = (kept + text).split('\n').slice(-count - 1).join('\n')
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
  if (count > 1) report.error(`step ${position} of ${count} ${ending(end)}: \`${shellLine(step.call)}\``)
  const words = 'signal' in end ? (step.ifInterrupted ?? step.ifFails) : step.ifFails
  if (words) report.hint(words)
}

