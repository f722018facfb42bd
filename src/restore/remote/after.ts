import { stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HerokuEnvironment, Project } from '../../environments/environments.ts'
import type { AfterStep } from '../../environments/schema.ts'
import { usageError } from '../../errors.ts'
import { psqlFile, restartDynos, runOnDyno } from '../../heroku/calls.ts'
import type { Call } from '../../run/call.ts'
import { splitWords } from '../../run/words.ts'

/**
 * What `environments.NAME.restore.after` wants to be done to the app once `database` is filled (its main one if omitted), as calls.
 * Throws a usage error for what could not be done then: that is looked at now, and not when it is too late.
 */
export async function readAfter(
  project: Project,
  { name, app, after = [] }: HerokuEnvironment,
  database: string | undefined,
): Promise<Call[]> {
  const setting = `${project.configuration.file}: environments.${name}.restore.after`
  if (database !== undefined && after.some(({ run }) => run !== undefined))
    throw usageError(
      `${setting} has a \`run\`, which works on the main database of ${app}, not on ${database}`,
      'use `psql: FILE`, or remove `--to-db`',
    )
  for (const { psql } of after) if (psql !== undefined) await refuseMissing(project, setting, psql)
  // psql goes on after an error unless told otherwise, and `heroku pg:psql --file` has no option for that; psql reads this file.
  const psqlrc = fileURLToPath(new URL('../stop-at-errors.psqlrc', import.meta.url))
  return afterCalls(app, database, after, { ...project, setting, psqlrc })
}

async function refuseMissing({ root }: Project, setting: string, file: string): Promise<void> {
  const path = resolve(root, file)
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) throw usageError(`${setting} names \`${file}\`, which does not exist`, `expected it at ${path}`)
}

type AfterPlace = {
  /** The setting that the steps come from, for messages. */
  readonly setting: string
  /** Files are named from the root of the project, and the calls run in `folder`. */
  readonly root: string
  readonly folder: string
  /** A file for PSQLRC that makes psql stop at the first error. */
  readonly psqlrc: string
}

/** The steps as calls. Throws a usage error for a command that needs a shell. */
export function afterCalls(
  app: string,
  database: string | undefined,
  steps: readonly AfterStep[],
  { setting, root, folder, psqlrc }: AfterPlace,
): Call[] {
  return steps.map(({ psql, run }, index) => {
    if (psql !== undefined) {
      return { ...psqlFile(app, relative(folder, resolve(root, psql)), database), env: { PSQLRC: psqlrc } }
    }
    return run === undefined ? restartDynos(app) : runOnDyno(app, [], splitWords(run, `${setting}[${index}].run`))
  })
}
