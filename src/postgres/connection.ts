import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { ParityError, usageError } from '../errors.ts'
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

/** Parts from texts, where an empty one means that nothing was said. Errors (2): the port is no port. */
export function connectionParts(
  texts: Readonly<Partial<Record<keyof Connection, string>>>,
  origin: string,
): ConnectionParts {
  const { port, ...others } = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''))
  return port === undefined ? others : { ...others, port: parsePort(port, origin) }
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

/**
 * Throws when `connection` leads to another machine: a restore must not reach a server because a variable was left
 * over. `allowHosts` are names that the configuration calls ours (`db` inside a container).
 */
export function refuseForeignHost(connection: Connection, allowHosts: readonly string[]): void {
  const { host } = connection
  if (host === undefined || isThisMachine(host)) return
  if (allowHosts.some((allowed) => allowed.toLowerCase() === host.toLowerCase())) return
  throw usageError(
    `${describeConnection(connection)} is not on this machine`,
    `if \`${printable(host)}\` is yours to overwrite, add it to \`development.allowHosts\` in the configuration`,
  )
}

/**
 * Throws because parity can't restore into the database of another adapter.
 * `adapter` as it is written where it was found, `origin` where that was.
 */
export function refuseAdapter(adapter: string, origin: string): never {
  throw new OtherAdapter(adapter, origin)
}

/** The local database is not one of Postgres (status 2). */
export class OtherAdapter extends ParityError {
  constructor(
    /** As it is written where it was found: `sqlite3`. */
    readonly adapter: string,
    /** Where that was: `config/database.yml`. */
    readonly origin: string,
  ) {
    super(
      2,
      `\`${origin}\` uses \`${printable(adapter)}\`, but a Heroku Postgres backup can only be restored into Postgres`,
      'use Postgres in development too; `parity check` reports this as a tools gap',
    )
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

function isThisMachine(host: string): boolean {
  if (isSocket(host) || host.toLowerCase() === 'localhost') return true
  if (isIPv4(host)) return loopback.check(host)
  return isIPv6(host) && loopback.check(host, 'ipv6')
}

/** libpq takes a leading `/` for the folder of a socket, a leading `@` for an abstract one. */
function isSocket(host: string): boolean {
  return /^[/@]/.test(host)
}

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
