import { harmless } from './harmless.ts'
import { report } from './report.ts'
import type { PlanReporter, ReportStyle } from './reporter.ts'

const nothing = () => {}

/** One line a stage and no control codes; with `quiet`, what goes wrong and no more; with `verbose`, all that programs write, too. */
export function plainReporter({ verbosity }: Pick<ReportStyle, 'verbosity'>): PlanReporter {
  const told = verbosity !== 'quiet'
  return {
    note: told ? report.note : nothing,
    begin: ({ description, terminal }) => {
      if (told && terminal !== 'program') report.stage(description)
    },
    end: nothing,
    progress: nothing,
    aside: told ? (text) => report.stage(`  ${text}`) : nothing,
    log: verbosity === 'verbose' ? (text) => void process.stderr.write(harmless(text)) : nothing,
    warning: report.warning,
    error: report.error,
    hint: report.hint,
    done: told ? report.note : nothing,
  }
}
