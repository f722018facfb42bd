import { carryOverSettings } from '../../databases/carry-over.ts'
import { applicationName } from '../../databases/lock.ts'
import { refuseLiveName } from '../../databases/names.ts'
import { onDatabase } from '../../postgres/catalog.ts'
import { type Session, withSession } from '../../postgres/server.ts'
import { printable } from '../../terminal/harmless.ts'
import type { RestoreStep } from './restoring.ts'

/** Gives the incoming database what people set on the target. Rows are written first: one of the settings may forbid it. */
export const finish: RestoreStep = {
  effect: 'finish',
  describe({ facts: { names } }) {
    return `finish: ${printable(names.incoming)} takes over the settings of ${printable(names.target)}; ar_internal_metadata is set to development where it exists`
  },
  async run({ session, facts: { names, database, connection } }, _, reporter) {
    refuseLiveName(names.incoming, names.target)
    await withSession(onDatabase(connection, names.incoming), applicationName('finish'), markAsDevelopment)
    if (database) await carryOverSettings(session, names.incoming, database, reporter)
    return undefined
  },
}

/** Rails keeps in this table which environment a database is of, and refuses to drop one that says production. Never made here. */
async function markAsDevelopment(incoming: Session): Promise<void> {
  const [row] = await incoming.query<{ there: boolean }>(
    "SELECT to_regclass('public.ar_internal_metadata') IS NOT NULL AS there",
  )
  if (row?.there)
    await incoming.query("UPDATE public.ar_internal_metadata SET value = 'development' WHERE key = 'environment'")
}
