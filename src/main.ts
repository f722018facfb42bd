import { constants } from 'node:os'
import { dispatch } from './dispatch.ts'
import { ParityError } from './errors.ts'
import { readAmbient } from './run/ambient.ts'
import { endWith, type Outcome } from './run/outcome.ts'

/**
 * Runs what the arguments of this process say and sets its exit status: the only catch, and the only mapping from error to status.
 * `environment` is the one that the bin's name means; `parity` has none and takes it as its first word.
 */
export async function main(environment?: string): Promise<void> {
  endWith(
    await dispatch(process.argv.slice(2), environment, readAmbient()).catch(tell),
    (signal) => constants.signals[signal],
  )
}

async function tell(error: unknown): Promise<Outcome> {
  const { report } = await import('./terminal/report.ts')
  if (error instanceof ParityError) {
    report.error(error.message)
    if (error.hint) report.hint(error.hint)
    return { status: error.status }
  }
  report.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
  report.hint(`this is a bug in heroku-parity ${PARITY_VERSION}: please report it with the lines above`)
  return { status: 1 }
}
