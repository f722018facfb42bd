import { onDatabase } from '../../postgres/catalog.ts'
import { connectionEnvironment } from '../../postgres/connection.ts'
import { connectionUrl } from '../../postgres/connection-url.ts'
import type { CallStep } from '../../run/plan.ts'
import { printable } from '../../terminal/harmless.ts'
import { nameOfFile, type RestoreFacts } from '../facts.ts'
import type { Restoring } from './restoring.ts'

/** The commands of `restore.after`, on the incoming database. */
export function after({ facts, options }: Restoring): CallStep[] {
  return options.after.map((words) => commandOf(facts, words, options.folder))
}

/** A command of the project on the incoming database: both ways to name it lead there, so none can reach the live one. */
function commandOf(facts: RestoreFacts, words: readonly string[], folder: string | undefined): CallStep {
  const incoming = onDatabase(facts.connection, facts.names.incoming)
  const { env, secrets } = connectionEnvironment(incoming)
  const [program = '', ...args] = words
  const url = connectionUrl(incoming)
  const { source } = facts
  const parity = {
    PARITY_SOURCE: source.kind === 'backup' ? source.environment : nameOfFile(source),
    PARITY_TARGET: facts.names.target,
    PARITY_BACKUP: source.kind === 'backup' ? source.backup.id : nameOfFile(source),
  }
  const hasPassword = incoming.password !== undefined
  return {
    call: {
      program,
      args,
      env: { ...env, ...parity, ...(hasPassword ? {} : { DATABASE_URL: url }) },
      secrets: { ...secrets, ...(hasPassword ? { DATABASE_URL: url } : {}) },
      ...(folder === undefined ? {} : { folder }),
    },
    ifFails: `${printable(facts.names.target)} is as it was; the command is one of \`restore.after\` in the configuration`,
  }
}
