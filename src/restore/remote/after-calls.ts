import { relative, resolve } from 'node:path'
import type { AfterStep } from '../../environments/schema-environment.ts'
import { psqlFile, restartDynos, runOnDyno } from '../../heroku/calls.ts'
import type { Call } from '../../run/call.ts'
import { splitWords } from '../../run/split-words.ts'

type AfterPlace = {
  /** The setting that the steps come from, for messages. */
  readonly setting: string
  /** Files are named from the root of the project, and the calls run in `folder`. */
  readonly root: string
  readonly folder: string
  /** A file for PSQLRC that makes psql stop at the first error. */
  readonly psqlrc: string
  /** Whether a dyno can have our terminal. */
  readonly hasTerminal: boolean
}

/** The steps as calls. Throws a usage error for a command that needs a shell. */
export function afterCalls(
  app: string,
  database: string | undefined,
  steps: readonly AfterStep[],
  { setting, root, folder, psqlrc, hasTerminal }: AfterPlace,
): Call[] {
  return steps.map(({ psql, run }, index) => {
    if (psql !== undefined) {
      return { ...psqlFile(app, relative(folder, resolve(root, psql)), database), env: { PSQLRC: psqlrc } }
    }
    if (run === undefined) return restartDynos(app)
    return runOnDyno(app, [], splitWords(run, `${setting}[${index}].run`), hasTerminal)
  })
}
