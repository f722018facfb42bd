import { constants } from 'node:os'
import { ParityError } from './errors.ts'
import { keepCompiled } from './run/compile-cache.ts'
import { endWith, type Outcome } from './run/outcome.ts'

/**
 * Runs what the arguments of this process say and sets its exit status: the only catch, and the only mapping from error to status.
 * `environment` is the one that the bin's name means; `parity` has none and takes it as its first word.
 */
export async function main(environment?: string): Promise<void> {
  keepCompiled()
  const argv = process.argv.slice(2)
  endWith(await outcomeOf(argv, environment), (signal) => constants.signals[signal])
}

async function outcomeOf(argv: readonly string[], environment: string | undefined): Promise<Outcome> {
  try {
    const { dispatch } = await import('./dispatch.ts')
    return await dispatch(argv, environment)
  } catch (error) {
    return tell(error)
  }
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
