import { failure } from '../errors.ts'
import type { Outcome } from '../run/outcome.ts'

/** Prints text for people, broken between words where a terminal is narrower. Throws a failure for a full device. */
export async function printText(text: string, status = 0): Promise<Outcome> {
  const { columns, isTTY } = process.stdout
  if (!isTTY || !(columns > 0)) return print(text, status)
  const { fitted } = await import('../terminal/fit.ts')
  return print(fitted(text, columns), status)
}

/** Prints lines for `sh`; only comments are broken where a terminal is narrower. Throws a failure for a full device. */
export async function printLines(text: string): Promise<Outcome> {
  const { columns, isTTY } = process.stdout
  if (!isTTY || !(columns > 0)) return print(text)
  const { fittedComments } = await import('../terminal/fit.ts')
  return print(fittedComments(text, columns))
}

/** Prints data. A reader that has gone away ends us by SIGPIPE, as it ends `git log`. Throws a failure for a full device. */
export function print(text: string, status = 0): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    process.stdout.once('error', () => {})
    process.stdout.write(`${text}\n`, (error) => {
      if (!error) resolve({ status })
      else if ('code' in error && error.code === 'EPIPE') resolve({ signal: 'SIGPIPE' })
      else reject(failure(`cannot write to stdout: ${error.message}`, 'free some space, or write elsewhere'))
    })
  })
}
