import type { Session } from '../../postgres/server.ts'

/**
 * Lets names without a schema be found in every schema, behind those where they are found already: `public` first, as in production,
 * where it mostly is the only one. From Postgres 17 on indexes and refreshes have an empty path whatever is set:
 * https://www.postgresql.org/docs/17/release-17.html#RELEASE-17-MIGRATION
 */
export async function searchEverywhere(session: Session): Promise<void> {
  await session.query(`
    SELECT set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''),
             string_agg(quote_ident(nspname), ', ' ORDER BY nspname <> 'public', oid)), false)
      FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'`)
}
