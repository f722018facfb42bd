import { canDraw } from './open-reporter.ts'
import { beforeWriting } from './report.ts'

/** How long nothing is said, in milliseconds since the command was typed: a shorter wait is none. */
const patience = 400

/** What begins to be waited for later has this long, in milliseconds. */
const least = 100

/**
 * Waits for `work`; on a terminal with a line that says for what, and that is gone before anything else is written or the work is done. It
 * is shown after a moment, or at once for work that takes long anyway: what is loaded for it keeps timers waiting.
 */
export async function whileWaiting<T>(what: string, work: () => Promise<T>, takesLong = false): Promise<T> {
  if (!canDraw()) return work()
  let isShown = false
  const show = () => {
    isShown = true
    process.stderr.write(`waiting for ${what} …`)
  }
  const clear = () => {
    clearTimeout(timer)
    if (isShown) process.stderr.write('\r\x1b[K')
    isShown = false
  }
  const timer = takesLong ? undefined : setTimeout(show, Math.max(patience - performance.now(), least))
  beforeWriting(clear)
  if (takesLong) show()
  return work().finally(clear)
}
