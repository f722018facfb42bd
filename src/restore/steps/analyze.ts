import { applicationName } from '../../databases/lock.ts'
import { onDatabase } from '../../postgres/catalog.ts'
import { cancellable, type Session, withSession } from '../../postgres/server.ts'
import { printable } from '../../terminal/harmless.ts'
import type { RestoreStep } from './restoring.ts'

/** Without statistics the first queries of a new database are slow. */
export const analyze: RestoreStep = {
  effect: 'analyze',
  describe: ({ facts: { names } }) => `analyze: ${printable(names.incoming)}`,
  async run({ facts: { connection, names } }, signal) {
    const incoming = onDatabase(connection, names.incoming)
    await withSession(incoming, applicationName('analyze'), (session) =>
      cancellable(incoming, session, signal, () => analyzeAll(session)),
    )
    return undefined
  },
}

/** The statistics of a table with a foreign table among its partitions or heirs are made by a query to that one's server. */
const tables = `
  WITH RECURSIVE elsewhere AS (
    SELECT oid FROM pg_class WHERE relkind = 'f'
     UNION SELECT inhparent FROM pg_inherits JOIN elsewhere ON oid = inhrelid)
  SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent IN (SELECT oid FROM elsewhere)) AS some_elsewhere,
         (SELECT string_agg(oid::regclass::text, ', ') FROM pg_class
           WHERE relkind IN ('r', 'm', 'p') AND oid NOT IN (SELECT oid FROM elsewhere)
             AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)) AS here`

/** Never asks another server: an archive in a foreign table may be out of reach from here, and is production's. */
async function analyzeAll(session: Session): Promise<void> {
  const [row] = await session.query<{ some_elsewhere: boolean; here: string | null }>(tables)
  if (!row?.some_elsewhere) await session.query('ANALYZE')
  else if (row.here) await session.query(`ANALYZE ${row.here}`)
}
