import { constants } from 'node:os'
import { ParityError } from './errors.ts'
import { readAmbient, readVariables } from './run/ambient.ts'
import { keepCompiled } from './run/compile-cache.ts'
import { endWith, type Outcome } from './run/outcome.ts'
import { heedVariables } from './terminal/variables.ts'

/**
 * Runs what the arguments of this process say and sets its exit status: the only catch, and the only mapping from error to status.
 * `environment` is the one that the bin's name means; `parity` has none and takes it as its first word.
 */
export async function main(environment?: string): Promise<void> {
  await run(environment).then(end, fail)
}

async function run(environment: string | undefined): Promise<Outcome> {
  heedVariables(readVariables())
  const ambient = readAmbient()
  keepCompiled(ambient.cache)
  const { dispatch } = await import('./dispatch/dispatch.ts')
  return dispatch(process.argv.slice(2), environment, ambient)
}

function end(outcome: Outcome): void {
  endWith(outcome, (signal) => constants.signals[signal])
}

/** Also one of the start's own bundle, which has its own class. */
function isUnderstood(error: unknown): error is ParityError {
  return error instanceof Error && error.name === ParityError.name
}

/** Ends this process with what an error says. */
export async function fail(error: unknown): Promise<void> {
  heedVariables(readVariables())
  const { report } = await import('./terminal/report.ts')
  if (isUnderstood(error)) {
    report.error(error.message)
    if (error.hint) report.hint(error.hint)
    return end({ status: error.status })
  }
  report.error(error instanceof Error ? (error.stack ?? error.message) : String(error))
  report.hint(`this is a bug in heroku-parity ${PARITY_VERSION}: please report it with the lines above`)
  end({ status: 1 })
}
