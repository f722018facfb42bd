import { harmless } from './harmless.ts'
import { report } from './report.ts'
import type { Voice, Watch } from './watch.ts'

const nothing = () => {}

/** One line a stage and no control codes; with `quiet`, what goes wrong and no more; with `verbose`, all that programs write, too. */
export function plainWatch({ verbosity }: Pick<Voice, 'verbosity'>): Watch {
  const told = verbosity !== 'quiet'
  return {
    note: told ? report.note : nothing,
    begin: ({ says, terminal }) => {
      if (told && terminal !== 'program') report.stage(says)
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
