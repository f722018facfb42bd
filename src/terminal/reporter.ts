import type { Progress } from './progress.ts'

/** How much a person wants to see, and whether it is for a program to read. */
export type ReportStyle = { readonly json: boolean; readonly verbosity: 'quiet' | 'normal' | 'verbose' }

/** A stage of a plan, as it is shown. */
export type Stage = {
  /** A word for it: `download`, `load`. */
  readonly name: string
  /** What it does, in a line. */
  readonly description: string
  /** What to call it once it is over, if not by its name. */
  readonly ended?: string
  /** Whose the terminal is meanwhile: a program's that runs there, a question's, or ours. */
  readonly terminal: 'program' | 'question' | 'ours'
}

/** What a stage can tell while it goes on. */
export type Reporter = {
  /** How far it has come, as often as it likes. */
  progress(progress: Progress): void
  /** Something that a person should know of what it found or did. */
  aside(text: string): void
  warning(text: string): void
  /** The output of a program that runs in the background: for those who asked for all of it. */
  log(text: string): void
}

/** Who shows a plan while it runs. */
export type PlanReporter = Reporter & {
  note(text: string): void
  begin(stage: Stage): void
  /** The stage that was begun last is over. */
  end(how: 'done' | 'failed'): void
  error(text: string): void
  hint(text: string): void
  done(text: string): void
}

/** The same reporter; `keep` is given every line too. */
export function alsoKept(reporter: PlanReporter, keep: (text: string) => void): PlanReporter {
  const both =
    (tell: (text: string) => void, mark = '') =>
    (text: string) => {
      tell(text)
      keep(mark + text)
    }
  return {
    ...reporter,
    begin: (stage) => {
      reporter.begin(stage)
      keep(stage.description)
    },
    note: both(reporter.note),
    aside: both(reporter.aside, '  '),
    warning: both(reporter.warning, 'warning: '),
    error: both(reporter.error),
    hint: both(reporter.hint),
    done: both(reporter.done),
  }
}
