import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import pg from 'pg'
import { failure, ParityError } from '../errors.ts'
import { type Connection, describeConnection } from './connection.ts'

/** A session on the server, for questions and for what changes whole databases; bulk data never goes through it. */
export type Session = {
  /** The server process behind it. */
  readonly pid: number
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}

/**
 * The connection as libpq would make it where host or user is left open: the socket of this machine, the user of this login.
 * Asked once, so that our own sessions and every program we start go to the same server.
 */
export function reach(connection: Connection): Connection {
  const port = connection.port ?? 5432
  const user = connection.user ?? userInfo().username
  const socket = ['/var/run/postgresql', '/tmp'].find((folder) => existsSync(`${folder}/.s.PGSQL.${port}`))
  return { ...connection, host: connection.host ?? socket ?? 'localhost', port, user }
}

/**
 * Opens a session. `application` is what others read of us in `pg_stat_activity`.
 * Throws a failure that names the server and what it said; never the password.
 */
export async function connect(connection: Connection, application: string): Promise<Session> {
  const { host, port, user, password, database, sslmode } = reach(connection)
  const client = new pg.Client({
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    database,
    application_name: application,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    ssl: sslOf(sslmode),
  })
  // A lost connection also fails the query that waits, or the next one: that is where it is told.
  client.on('error', () => {})
  try {
    await client.connect()
    const [row] = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows
    return sessionOf(client, row?.pid ?? 0)
  } catch (error) {
    throw unreachable(connection, error)
  }
}

/** Runs `work` on a session that is closed afterwards, whatever happens. */
export async function withSession<T>(
  connection: Connection,
  application: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connect(connection, application)
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** Whether the connection of a session still stands. */
export async function answers(session: Session): Promise<boolean> {
  return session.query('SELECT 1').then(
    () => true,
    () => false,
  )
}

/** Runs `work` so that an abort cancels the statement that the session is busy with, which then fails. */
export async function cancellable<T>(
  connection: Connection,
  session: Session,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const cancel = () => {
    withSession(connection, 'parity cancel', (other) =>
      other.query('SELECT pg_cancel_backend($1)', [session.pid]),
    ).catch(() => {})
  }
  signal.throwIfAborted()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await work()
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** The code of a server's error, such as `42501`; undefined for errors that are none of its. https://www.postgresql.org/docs/current/errcodes-appendix.html */
export function sqlState(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** The server refused a statement, or the connection to it broke; `code` is its SQLSTATE, where it gave one. */
export class ServerError extends ParityError {
  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(1, message, code === undefined ? 'check with `pg_isready` whether Postgres still runs' : undefined)
  }
}

function refused(error: unknown): ServerError {
  const said = error instanceof Error ? error.message : String(error)
  const code = sqlState(error)
  return new ServerError(
    code === undefined ? `the connection to Postgres broke: ${said}` : `Postgres refused: ${said}`,
    code,
  )
}

function sessionOf(client: pg.Client, pid: number): Session {
  return {
    pid,
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) => {
      // Without values it goes by the simple protocol, which statements on whole databases need.
      const question = values.length > 0 ? client.query<Row>(sql, [...values]) : client.query<Row>(sql)
      const result = await question.catch((error) => Promise.reject(refused(error)))
      return result.rows
    },
    close: () => client.end().catch(() => {}),
  }
}

/** Without a word of it, no encryption on the way to this machine; `require` encrypts without asking who is there, as in libpq. */
function sslOf(mode: string | undefined): boolean | { rejectUnauthorized: boolean } {
  if (mode === 'require') return { rejectUnauthorized: false }
  return mode?.startsWith('verify') ? { rejectUnauthorized: true } : false
}

function unreachable(connection: Connection, error: unknown): ParityError {
  const said = error instanceof AggregateError ? error.errors[0] : error
  const reason = said instanceof Error ? said.message : String(said)
  return failure(`cannot connect to ${describeConnection(reach(connection))}: ${reason}`, hintOf(error))
}

function hintOf(error: unknown): string {
  if (sqlState(error)?.startsWith('28'))
    return 'the server refused user or password: look at what names the database, `parity` reads the same places as your app'
  return 'check with `pg_isready`; `brew services start postgresql` or `sudo service postgresql start` starts Postgres'
}
