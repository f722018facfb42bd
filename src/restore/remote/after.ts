import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HerokuEnvironment, Project } from '../../environments/environments.ts'
import { usageError } from '../../errors.ts'
import type { Call } from '../../run/call.ts'
import { afterCalls } from './after-calls.ts'

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
  return afterCalls(app, database, after, { ...project, setting, psqlrc, hasTerminal: project.ambient.hasTerminal })
}

async function refuseMissing({ root }: Project, setting: string, file: string): Promise<void> {
  const path = resolve(root, file)
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) throw usageError(`${setting} names \`${file}\`, which does not exist`, `expected it at ${path}`)
}
