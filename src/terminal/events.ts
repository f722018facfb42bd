import { harmlessJson } from './harmless.ts'
import { report } from './report.ts'
import type { PlanReporter, ReportStyle } from './reporter.ts'

/** One event, a line of JSON on stdout: its name, then what belongs to it. Sizes are bytes, times ISO 8601. */
export function tellEvent(event: string, about: object): void {
  process.stdout.write(`${harmlessJson(JSON.stringify({ event, at: new Date().toISOString(), ...about }))}\n`)
}

/** Milliseconds from one event of progress to the next. */
const pace = 200

/** Everything as events on stdout; on stderr is what goes wrong, and nothing else. */
export function eventReporter({ verbosity }: Pick<ReportStyle, 'verbosity'>): PlanReporter {
  let stage = ''
  let toldAt = Number.NEGATIVE_INFINITY
  return {
    note: (text) => tellEvent('note', { text }),
    begin: ({ name, description }) => {
      stage = name
      toldAt = Number.NEGATIVE_INFINITY
      tellEvent('begin', { stage, text: description })
    },
    end: (how) => tellEvent('end', { stage, how }),
    progress: (progress) => {
      if (performance.now() - toldAt < pace) return
      toldAt = performance.now()
      tellEvent('progress', { stage, ...progress })
    },
    aside: (text) => tellEvent('aside', { stage, text }),
    log: verbosity === 'verbose' ? (text) => tellEvent('log', { stage, text }) : () => {},
    warning: (text) => {
      tellEvent('warning', { text })
      report.warning(text)
    },
    error: (text) => {
      tellEvent('error', { text })
      report.error(text)
    },
    hint: (text) => {
      tellEvent('hint', { text })
      report.hint(text)
    },
    done: (text) => tellEvent('done', { text }),
  }
}
