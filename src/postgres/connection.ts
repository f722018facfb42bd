import { isIPv6 } from 'node:net'
import { usageError } from '../errors.ts'
import { printable } from '../terminal/harmless.ts'
import { longestName } from './identifiers.ts'

/** Where a database is and as whom to go there. What is left open is libpq's default. */
export type Connection = {
  /** A host's name, its address, or the folder of a Unix socket (begins with `/`). */
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly database: string
  readonly sslmode?: string
}

/** The same before it is known whether a database is named at all. */
export type ConnectionParts = Omit<Connection, 'database'> & { readonly database?: string }

/** Parts from texts, where an empty one means that nothing was said. Errors (2): the port is no port, the `sslmode` unknown. */
export function connectionParts(
  texts: Readonly<Partial<Record<keyof Connection, string>>>,
  origin: string,
): ConnectionParts {
  const { port, sslmode, ...others } = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''))
  return {
    ...others,
    ...(port === undefined ? {} : { port: parsePort(port, origin) }),
    ...(sslmode === undefined ? {} : { sslmode: parseSslmode(sslmode, origin) }),
  }
}

/**
 * `parts` as a whole connection.
 * Errors (2): no database, or a name longer than the 63 bytes that Postgres keeps of it.
 */
export function withDatabase(parts: ConnectionParts, origin: string): Connection {
  const database = parts.database ?? ''
  if (database === '') {
    throw usageError(`\`${origin}\` names no database`, 'use a name, or a URL such as `postgres://localhost/NAME`')
  }
  if (Buffer.byteLength(database) > longestName) {
    throw usageError(
      `the database name of \`${origin}\` has ${Buffer.byteLength(database)} bytes, Postgres keeps ${longestName}`,
      'use a shorter name',
    )
  }
  return { ...parts, database }
}

/**
 * `parts` with what they leave open taken from libpq's variables of the caller's environment, as `psql` would.
 * Errors (2): `PGSERVICE` or `PGHOSTADDR` is set (libpq prefers them over the host that we pass, so the connection could
 * reach a server that was not checked), or `PGPORT` is no port.
 */
export function fillFromEnvironment(connection: Connection, environment: NodeJS.ProcessEnv): Connection {
  // Seen with libpq 15: an empty PGHOSTADDR is none, an empty PGSERVICE is a service of that name.
  const elsewhere =
    environment.PGSERVICE !== undefined ? 'PGSERVICE' : environment.PGHOSTADDR ? 'PGHOSTADDR' : undefined
  if (elsewhere !== undefined) {
    throw usageError(
      `\`${elsewhere}\` is set and could lead to another server`,
      `unset it (\`unset ${elsewhere}\`) and say where the database is with \`--database\``,
    )
  }
  const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGSSLMODE } = environment
  const open = connectionParts(
    {
      host: PGHOST ?? '',
      port: PGPORT ?? '',
      user: PGUSER ?? '',
      password: PGPASSWORD ?? '',
      sslmode: PGSSLMODE ?? '',
    },
    'PGPORT',
  )
  return { ...open, ...connection }
}

/** `connection` as variables that libpq reads; the password apart, since it is secret. */
export function connectionEnvironment(connection: Connection): {
  env: Record<string, string>
  secrets: Record<string, string>
} {
  const { host, port, user, password, database, sslmode } = connection
  return {
    env: {
      ...(host === undefined ? {} : { PGHOST: host }),
      ...(port === undefined ? {} : { PGPORT: String(port) }),
      ...(user === undefined ? {} : { PGUSER: user }),
      PGDATABASE: database,
      ...(sslmode === undefined ? {} : { PGSSLMODE: sslmode }),
    },
    secrets: password === undefined ? {} : { PGPASSWORD: password },
  }
}

/** `connection` for a person, without its password: `acme_development on localhost:5432`. */
export function describeConnection({ host, port, database }: Connection): string {
  const number = port === undefined ? '' : `:${port}`
  return `${printable(database)} on ${describeHost(host)}${number}`
}

/**
 * A connection string for `pg_restore --dbname`, which would take a database's name with a `=` in it for one.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE
 */
export function conninfo(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}='${value.replace(/['\\]/g, '\\$&')}'`)
    .join(' ')
}

/** libpq takes a leading `/` for the folder of a socket, a leading `@` for an abstract one. */
export function isSocket(host: string): boolean {
  return /^[/@]/.test(host)
}

/** `host` for a person: `localhost`, `the socket in /tmp`, `[::1]`. */
function describeHost(host: string | undefined): string {
  if (host === undefined) return 'the local socket'
  if (isSocket(host)) return `the socket in ${printable(host)}`
  return isIPv6(host) ? `[${host}]` : printable(host)
}

function parsePort(text: string, origin: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port >= 1 && port <= 65_535) return port
  throw usageError(`the port of \`${origin}\` should be a number from 1 to 65535`, 'Postgres usually listens on 5432')
}

/** https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS */
const sslmodes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']

/** node-postgres has its own mode, encrypted without a check of the certificate: what libpq calls `require`. */
function parseSslmode(text: string, origin: string): string {
  const mode = text === 'no-verify' ? 'require' : text
  if (sslmodes.includes(mode)) return mode
  throw usageError(
    `the \`sslmode\` of \`${origin}\` is not one of Postgres`,
    `use one of ${sslmodes.map((known) => `\`${known}\``).join(', ')}`,
  )
}
