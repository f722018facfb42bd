import { canDraw } from './open-reporter.ts'
import { beforeWriting } from './report.ts'

/** How long nothing is said, in milliseconds since the command was typed: a shorter wait is none. */
const patience = 400

/** What begins to be waited for later has this long, in milliseconds. */
const least = 100

/**
 * Waits for `work`; on a terminal, and after a moment, with a line that says for what, and that is gone before anything else is written
 * or the work is done.
 */
export async function whileWaiting<T>(what: string, work: Promise<T>): Promise<T> {
  if (!canDraw()) return work
  let isShown = false
  const clear = () => {
    clearTimeout(timer)
    if (isShown) process.stderr.write('\r\x1b[K')
    isShown = false
  }
  const timer = setTimeout(
    () => {
      isShown = true
      process.stderr.write(`waiting for ${what} …`)
    },
    Math.max(patience - performance.now(), least),
  )
  beforeWriting(clear)
  return work.finally(clear)
}
