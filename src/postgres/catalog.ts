import type { Connection } from './connection.ts'
import type { Session } from './server.ts'

/** A database as the server's catalogue has it, with all that a copy in its place must have too. */
export type DatabaseFacts = {
  readonly name: string
  readonly oid: number
  readonly owner: string
  /** Whether our role owns it, directly or as a member: the right to rename it. */
  readonly isOurs: boolean
  readonly encoding: string
  readonly collate: string
  readonly ctype: string
  /** `libc`, `icu` or `builtin`; null before Postgres 15, which knows no other than libc and no word for it. */
  readonly localeProvider: string | null
  /** Of providers other than libc. */
  readonly locale: string | null
  readonly icuRules: string | null
  readonly tablespace: string
  /** -1 for none. */
  readonly connectionLimit: number
  readonly comment: string | null
  /** `ALTER DATABASE … SET`: each `name=value`, with the role it is for (null: all). */
  readonly settings: readonly { readonly role: string | null; readonly setting: string }[]
  /** null where nothing was ever granted or revoked: the defaults. */
  readonly grants:
    | readonly { readonly grantee: string; readonly privilege: string; readonly grantable: boolean }[]
    | null
  readonly preparedTransactions: number
  /** Bytes. */
  readonly size: number | null
}

/** Somebody who is connected to a database. */
export type ClientSession = {
  readonly pid: number
  readonly user: string
  readonly application: string
  /** Whether our role may end the session. */
  readonly mayTerminate: boolean
}

/** What the server is and what our role may do on it. */
export type ServerFacts = {
  readonly version: string
  readonly major: number
  readonly role: { readonly name: string; readonly superuser: boolean; readonly createDatabase: boolean }
  /** Sessions that may still be opened by our role. */
  readonly freeConnections: number
  /** Its data directory where our role may know it. */
  readonly dataDirectory: string | null
  readonly extensions: readonly { readonly name: string; readonly trusted: boolean; readonly superuserOnly: boolean }[]
}

/** Asks what the server is and what our role may do. Changes nothing. */
export async function readServer(session: Session): Promise<ServerFacts> {
  const [row] = await session.query<{
    version: string
    number: number
    name: string
    superuser: boolean
    createdb: boolean
    free: number
    reads_settings: boolean
  }>(`
    SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
           rolname AS name, rolsuper AS superuser, rolcreatedb OR rolsuper AS createdb,
           least(
             current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true)::int, 0)
               - (SELECT count(*) FROM pg_stat_activity
                   WHERE coalesce(backend_type, 'client backend') = 'client backend' AND datid IS NOT NULL),
             CASE WHEN rolconnlimit < 0 THEN 100000
                  ELSE rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) END
           )::int AS free,
           rolsuper OR pg_has_role('pg_read_all_settings', 'USAGE') AS reads_settings
      FROM pg_roles WHERE rolname = current_user`)
  if (!row) throw new Error('the server does not know its own user')
  const [directory] = row.reads_settings
    ? await session.query<{ path: string }>("SELECT current_setting('data_directory') AS path")
    : []
  return {
    version: row.version,
    major: Math.floor(row.number / 10_000),
    role: { name: row.name, superuser: row.superuser, createDatabase: row.createdb },
    freeConnections: row.free,
    dataDirectory: directory?.path ?? null,
    extensions: await readExtensions(session, row.number),
  }
}

/** `trusted` came with Postgres 13: before that only a superuser creates most extensions. */
async function readExtensions(session: Session, versionNumber: number): Promise<ServerFacts['extensions']> {
  const trusted = versionNumber >= 130_000 ? 'bool_or(v.trusted)' : 'false'
  return session.query(`
    SELECT v.name, ${trusted} AS trusted, bool_and(v.superuser) AS "superuserOnly"
      FROM pg_available_extension_versions v JOIN pg_available_extensions e ON e.name = v.name AND e.default_version = v.version
     GROUP BY v.name ORDER BY v.name`)
}

/** The database `name`, or undefined. Changes nothing. */
export async function readDatabase(session: Session, name: string): Promise<DatabaseFacts | undefined> {
  const [number] = await session.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::int AS version",
  )
  const { provider, locale, rules } = localeColumns(number?.version ?? 0)
  const [row] = await session.query<DatabaseFacts>(
    `SELECT d.datname AS name, d.oid::int8::float8 AS oid, pg_get_userbyid(d.datdba) AS owner, pg_has_role(d.datdba, 'USAGE') AS "isOurs",
            pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
            ${provider} AS "localeProvider", ${locale} AS locale, ${rules} AS "icuRules",
            t.spcname AS tablespace, d.datconnlimit AS "connectionLimit", shobj_description(d.oid, 'pg_database') AS comment,
            (SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'setting', s.setting)), '[]')
               FROM (SELECT setrole, unnest(setconfig) AS setting FROM pg_db_role_setting WHERE setdatabase = d.oid) s
               LEFT JOIN pg_roles r ON r.oid = s.setrole) AS settings,
            CASE WHEN d.datacl IS NULL THEN NULL ELSE
              (SELECT coalesce(json_agg(json_build_object('grantee', CASE WHEN a.grantee = 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                                                          'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
                 FROM aclexplode(d.datacl) a) END AS grants,
            (SELECT count(*)::int FROM pg_prepared_xacts p WHERE p.database = d.datname) AS "preparedTransactions",
            CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid)::float8 END AS size
       FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
      WHERE d.datname = $1`,
    [name],
  )
  return row
}

/** Providers came with Postgres 15; their locale changed its column with 17, rules came with 16. */
function localeColumns(version: number): { provider: string; locale: string; rules: string } {
  const provider =
    version >= 150_000 ? "CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END" : 'NULL'
  const locale = version >= 170_000 ? 'd.datlocale' : version >= 150_000 ? 'd.daticulocale' : 'NULL'
  return { provider, locale, rules: version >= 160_000 ? 'd.daticurules' : 'NULL' }
}

/**
 * Who is connected to the databases `names` just now, we ourselves left out. Of other roles' sessions an ordinary role is not told
 * what kind they are.
 */
export async function readClientSessions(session: Session, names: readonly string[]): Promise<ClientSession[]> {
  return session.query<ClientSession>(
    `SELECT a.pid, a.usename AS user, a.application_name AS application,
            me.rolsuper OR (NOT r.rolsuper AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))) AS "mayTerminate"
       FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid, pg_roles me
      WHERE me.rolname = current_user AND a.datname = ANY($1) AND a.pid <> pg_backend_pid()
        AND coalesce(a.backend_type, 'client backend') = 'client backend'
      ORDER BY a.pid`,
    [names],
  )
}

/** Ends the sessions on `names` that our role may end, and says whose they were. */
export async function terminateSessions(session: Session, names: readonly string[]): Promise<ClientSession[]> {
  const sessions = (await readClientSessions(session, names)).filter((session) => session.mayTerminate)
  const pids = sessions.map((session) => session.pid)
  const ended =
    pids.length === 0
      ? []
      : await session.query<{ pid: number; ended: boolean }>(
          'SELECT pid, pg_terminate_backend(pid) AS ended FROM unnest($1::int[]) AS pid',
          [pids],
        )
  return sessions.filter((session) => ended.some(({ pid, ended }) => ended && pid === session.pid))
}

/** The database to be connected to for work on whole databases: `postgres`, else `template1`; locks are taken there too, so it must be the same for everybody. */
export const maintenanceDatabases = ['postgres', 'template1'] as const

/** The same server, another database. */
export function onDatabase(connection: Connection, database: string): Connection {
  return { ...connection, database }
}
