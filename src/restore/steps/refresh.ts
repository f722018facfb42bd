import { setTimeout as delay } from 'node:timers/promises'
import { onDatabase } from '../../postgres/catalog.ts'
import { qualified, type TableName } from '../../postgres/columns.ts'
import type { Session } from '../../postgres/server.ts'
import { printable } from '../../terminal/harmless.ts'
import type { RestoreFacts } from '../facts.ts'
import { searchEverywhere } from '../load/search-path.ts'
import { withoutEventTriggers } from '../scrub/event-triggers.ts'
import type { ScrubRules } from '../scrub/rules.ts'
import type { Changes, RestoreStep } from './restoring.ts'
import { countChanges, fileApplication, inIncoming } from './scrub.ts'

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

/** Rewrites the tables that files of the project changed since `before`, and what else holds copies of old values. */
async function refreshIncoming(
  { connection, names, server }: RestoreFacts,
  rules: ScrubRules,
  before: Changes,
  signal: AbortSignal,
): Promise<void> {
  await inIncoming(onDatabase(connection, names.incoming), signal, async (session) => {
    if (rules.files.length > 0) await rewriteChanged(session, before, server.major, signal)
    await searchEverywhere(session)
    await withoutEventTriggers(session, () => refreshViews(session))
  })
}

/** Old values of rows that the files changed would stay in the server's files. */
async function rewriteChanged(
  session: Session,
  before: Changes,
  serverMajor: number,
  signal: AbortSignal,
): Promise<void> {
  await endOfFiles(session, signal)
  const now = await countChanges(session, serverMajor)
  for (const [table, changes] of now) {
    signal.throwIfAborted()
    if (changes !== before.get(table)) await session.query(`VACUUM FULL ${table}`)
  }
}

/** psql does not wait for the end of its session, and what that did is counted at its very end. */
async function endOfFiles(session: Session, signal: AbortSignal): Promise<void> {
  const isThere = () =>
    session.query('SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1', [
      fileApplication,
    ])
  while ((await isThere()).length > 0) await delay(10, undefined, { signal })
}

/** Materialized views hold copies of rows. They are refreshed in an order in which none reads from one that is yet to be. */
async function refreshViews(session: Session): Promise<void> {
  const views = await session.query<TableName>(`
    WITH RECURSIVE reads AS (
      SELECT DISTINCT r.ev_class AS reader, d.refobjid AS source
        FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
       WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class),
    layers AS (
      SELECT oid AS view, 0 AS layer FROM pg_class WHERE relkind = 'm'
      UNION
      SELECT reader, layer + 1 FROM layers JOIN reads ON source = view)
    SELECT n.nspname AS schema, c.relname AS name
      FROM layers JOIN pg_class c ON c.oid = view JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'm' AND c.relispopulated GROUP BY 1, 2 ORDER BY max(layer)`)
  for (const view of views) await session.query(`REFRESH MATERIALIZED VIEW ${qualified(view)}`)
}
