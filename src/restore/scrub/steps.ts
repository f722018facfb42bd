import { accessSync, constants } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { Project } from '../../environments/environments.ts'
import { usageError } from '../../errors.ts'
import { onDatabase } from '../../postgres/catalog.ts'
import { clientProgram } from '../../postgres/clients.ts'
import { connectionEnvironment } from '../../postgres/connection.ts'
import type { CallStep, Effect, Step } from '../../run/plan.ts'
import { printable } from '../../terminal/harmless.ts'
import type { RestoreFacts } from '../facts.ts'
import { type ScrubRules, scrubRules } from './rules.ts'

/**
 * The rules of the project, their files as whole paths; undefined where there are none, or `--no-scrub` leaves them out.
 * Throws a usage error where it must not, and for a file that can't be read.
 */
export function projectRules(project: Project, scrub: boolean): ScrubRules | undefined {
  const rules = scrubRules(project.configuration.restore ?? {})
  if (rules === undefined) return undefined
  if (!scrub) {
    if (rules.optional) return undefined
    throw usageError(
      '`--no-scrub` would bring unscrubbed rows to this machine, and the configuration does not allow that',
      'leave it out, or set `restore.scrub.optional: true`',
    )
  }
  const files = rules.files.map((file) => resolve(project.root, file))
  for (const [index, file] of files.entries()) refuseUnreadable(file, rules.files[index] ?? file)
  return { ...rules, files }
}

/** What scrubs the incoming database: our rules, then the project's files, and then what still shows the old values. */
export function scrubSteps(facts: RestoreFacts, rules: ScrubRules | undefined, log: string): Step[] {
  if (rules === undefined) return []
  const incoming = printable(facts.names.incoming)
  const rest = rules.files.length > 0 ? ', and what the files changed is written anew' : ''
  return [
    own('scrub', `scrub: ${incoming}: ${inWords(rules)}`),
    ...rules.files.map((file) => fileStep(facts, file, log)),
    own('refresh', `refresh: materialized views of ${incoming}${rest}`),
  ]
}

function own(effect: 'scrub' | 'refresh', description: string): Effect {
  return { effect, description }
}

function inWords({ tables, strict }: ScrubRules): string {
  const words = tables.map(({ table, columns }) => printable(`${table} (${Object.keys(columns).join(', ')})`))
  return (
    [...words, ...(strict ? ['no column that looks personal is overlooked'] : [])].join(', ') || 'no rules, files only'
  )
}

/** The application by which the sessions of the files are known. */
export const fileApplication = 'parity scrub file'

function fileStep({ client, connection, names }: RestoreFacts, file: string, log: string): CallStep {
  const { env, secrets } = connectionEnvironment(onDatabase(connection, names.incoming))
  return {
    call: {
      program: clientProgram(client, 'psql'),
      // Terse: a detail would show the row that a statement failed on.
      args: ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--set', 'VERBOSITY=terse', '--file', file],
      env: { ...env, PGAPPNAME: fileApplication },
      secrets,
    },
    output: { log },
    ifFails: `${printable(names.target)} is as it was; ${printable(relative('', file))} is one of \`restore.scrubFiles\` in the configuration`,
  }
}

function refuseUnreadable(file: string, written: string): void {
  try {
    accessSync(file, constants.R_OK)
  } catch (error) {
    throw usageError(
      `restore.scrubFiles: \`${printable(written)}\` can't be read: ${(error as Error).message.split(',')[0]}`,
      'paths begin at the root of the project',
    )
  }
}
