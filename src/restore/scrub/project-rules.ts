import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import type { Project } from '../../environments/environments.ts'
import { usageError } from '../../errors.ts'
import { printable } from '../../terminal/harmless.ts'
import { type ScrubRules, scrubRules } from './rules.ts'

/**
 * The rules of the project, their files as whole paths; undefined where there are none, or `--no-scrub` leaves them out.
 * Throws a usage error where it must not, and for a file that cannot be read.
 */
export function projectRules(project: Project, scrub: boolean): ScrubRules | undefined {
  const rules = scrubRules(project.configuration.restore ?? {})
  if (rules === undefined) return undefined
  if (!scrub) {
    if (rules.optional) return undefined
    throw usageError(
      '`--no-scrub` is not allowed by the configuration',
      'remove it, or set `restore.scrub.optional: true`',
    )
  }
  const files = rules.files.map((file) => resolve(project.root, file))
  for (const [index, file] of files.entries()) refuseUnreadable(file, rules.files[index] ?? file)
  return { ...rules, files }
}

/** The application by which the sessions of the files are known. */
export const fileApplication = 'parity scrub file'

function refuseUnreadable(file: string, written: string): void {
  try {
    accessSync(file, constants.R_OK)
  } catch (error) {
    throw usageError(
      `restore.scrubFiles: \`${printable(written)}\` cannot be read: ${(error as Error).message.split(',')[0]}`,
      'paths are relative to the root of the project',
    )
  }
}
