import { relative } from 'node:path'
import { onDatabase } from '../../postgres/catalog.ts'
import { clientProgram } from '../../postgres/clients.ts'
import { connectionEnvironment } from '../../postgres/connection.ts'
import type { CallStep } from '../../run/plan.ts'
import { printable } from '../../terminal/harmless.ts'
import type { RestoreFacts } from '../facts.ts'
import { refreshIncoming, scrubIncoming } from '../scrub/incoming.ts'
import { fileApplication } from '../scrub/project-rules.ts'
import type { ScrubRules } from '../scrub/rules.ts'
import type { RestoreStep, Restoring } from './restoring.ts'

/** Scrubs the incoming database by the rules of the configuration. */
export const scrub: RestoreStep = {
  effect: 'scrub',
  describe({ facts: { names }, options: { scrub: rules } }) {
    return rules && `scrub: ${printable(names.incoming)}: ${inWords(rules)}`
  },
  async run({ facts, options: { scrub: rules }, cache }, signal, reporter) {
    return rules && { changes: await scrubIncoming(facts, rules, cache, signal, reporter) }
  },
}

/** The project's own files of SQL, after our rules. */
export function scrubFiles({ facts, options: { scrub: rules, log } }: Restoring): CallStep[] {
  return (rules?.files ?? []).map((file) => fileStep(facts, file, log))
}

/** What still shows the old values. */
export const refresh: RestoreStep = {
  effect: 'refresh',
  describe({ facts: { names }, options: { scrub: rules } }) {
    if (rules === undefined) return undefined
    const rest = rules.files.length > 0 ? ', and rewrite the tables that the files changed' : ''
    return `refresh: materialized views of ${printable(names.incoming)}${rest}`
  },
  async run({ facts, options: { scrub: rules }, changes }, signal) {
    if (rules) await refreshIncoming(facts, rules, changes, signal)
    return undefined
  },
}

function inWords({ tables, strict }: ScrubRules): string {
  const words = tables.map(({ table, columns }) => printable(`${table} (${Object.keys(columns).join(', ')})`))
  return (
    [...words, ...(strict ? ['every column that looks personal is scrubbed or kept on purpose'] : [])].join(', ') ||
    'no rules, files only'
  )
}

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
