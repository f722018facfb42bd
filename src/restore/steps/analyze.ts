import { applicationName } from '../../databases/lock.ts'
import { onDatabase } from '../../postgres/catalog.ts'
import { cancellable, withSession } from '../../postgres/server.ts'
import { printable } from '../../terminal/harmless.ts'
import type { RestoreStep } from './restoring.ts'

/** Without statistics the first queries of a new database are slow. */
export const analyze: RestoreStep = {
  effect: 'analyze',
  describe: ({ facts: { names } }) => `analyze: ${printable(names.incoming)}`,
  async run({ facts: { connection, names } }, signal) {
    const incoming = onDatabase(connection, names.incoming)
    await withSession(incoming, applicationName('analyze'), (session) =>
      cancellable(incoming, session, signal, () => session.query('ANALYZE')),
    )
    return undefined
  },
}
