import ora, { type Ora } from 'ora'
import { harmless } from './harmless.ts'
import { type Progress, progressWords, rate, recent, type Sample } from './progress.ts'
import { report } from './report.ts'
import type { PlanReporter, Stage } from './reporter.ts'
import { duration } from './units.ts'
import { isColourless } from './variables.ts'

/** A stage that took at least so long says how long, in milliseconds. */
const worthTelling = 1_000

/** Columns of the narrowest terminal that we draw for: a smaller number, or none, is not believed (0 makes ora count for ever). */
const leastColumns = 20

/** Our terminal, with a width that can be divided by. */
const screen: NodeJS.WriteStream = Object.create(process.stderr, {
  columns: { get: () => Math.max(process.stderr.columns || 80, leastColumns) },
})

/** The stage that is on the screen. */
type Line = {
  readonly stage: Stage
  readonly spinner: Ora
  readonly since: number
  /** What it had to say by the way: shown below it when it is over. */
  readonly asides: string[]
  samples: readonly Sample[]
  progress: Progress
}

/** For a terminal: the stage that runs is one line that lives; when it is over, its name and its figures stay on the screen. */
export function liveReporter(): PlanReporter {
  let line: Line | undefined
  return {
    note: report.note,
    begin: (stage) => {
      if (stage.terminal === 'ours') line = show(stage)
      else if (stage.terminal === 'question') report.stage(stage.description)
    },
    end: (how) => {
      if (line) finish(line, how)
      line = undefined
    },
    progress: (progress) => {
      if (line) advance(line, progress)
    },
    aside: (text) => {
      if (line) line.asides.push(text)
      else report.stage(`  ${text}`)
    },
    log: () => {},
    warning: report.warning,
    error: report.error,
    hint: report.hint,
    done: report.note,
  }
}

/** The terminal's keys are not taken from it, and the cursor stays: a run that is killed leaves it as it was. */
function show(stage: Stage): Line {
  const spinner = ora({
    stream: screen,
    discardStdin: false,
    hideCursor: false,
    text: fitting(stage.description),
    ...(isColourless() ? { color: false } : {}),
  })
  return { stage, spinner: spinner.start(), since: performance.now(), asides: [], samples: [], progress: {} }
}

function advance(line: Line, progress: Progress): void {
  const now = performance.now()
  line.progress = progress
  if (progress.bytes !== undefined) line.samples = recent([...line.samples, { at: now, bytes: progress.bytes }])
  line.spinner.text = fitting(`${line.stage.name}: ${progressWords(progress, rate(line.samples, now))}`)
}

function finish({ stage, spinner, since, asides, progress }: Line, how: 'done' | 'failed'): void {
  const taken = performance.now() - since
  const figures = [progressWords(progress), ...(taken < worthTelling ? [] : [duration(taken)])].filter(Boolean)
  const text = [stage.ended ?? stage.name, ...(figures.length > 0 ? [figures.join(', ')] : [])].join(': ')
  if (how === 'done') spinner.succeed(text)
  else spinner.fail(text)
  for (const aside of asides) report.stage(`  ${aside}`)
}

/** Cut to one line of the terminal, with room for the spinner. */
function fitting(words: string): string {
  const text = harmless(words)
  const room = screen.columns - 4
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`
}
