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

const postgresScheme = /^(?:postgres|postgresql|postgis|ecto)(?:\+\w+)?$/i

/** `scheme://user:password@host:port/database?parameters`, cut where libpq cuts it: at the first `@`. */
const url = /^[a-z][a-z0-9+.-]*:\/\/(?:([^@/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/is

const authority = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s

/**
 * Parses `text`: a `postgres://` URL, a connection string of libpq (`host=… dbname=…`), or the name of a database. `origin` says in
 * words where it was found, for messages (`--database`); the text itself may hold a password and is never repeated. Hence a name out of
 * a variable or a file has to be a plain word; `anyName` is for one that was typed, which may look like anything but a password.
 * Errors (2): no database named, another adapter's URL, a port or a percent sign that cannot be read, anything else than these three.
 */
export function parseConnection(text: string, origin: string, anyName = false): Connection {
  if (isUrl(text)) return withDatabase(parseUrl(text, origin), origin)
  if (/^\s*\w+\s*=/.test(text) && (!anyName || /passw?\w*\s*=/i.test(text)))
    return withDatabase(parseConninfo(text, origin), origin)
  if (/^file:/i.test(text)) refuseAdapter('sqlite', origin)
  if (!anyName && /[:=/$'"\s]/.test(text)) throw notAName(origin)
  return withDatabase({ database: text }, origin)
}

function notAName(origin: string): ParityError {
  return usageError(
    `the value of \`${origin}\` is neither a Postgres URL nor the plain name of a database`,
    'write it like `postgres://localhost/NAME`, without quotes around it',
  )
}

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE */
function parseConninfo(text: string, origin: string): ConnectionParts {
  const setting = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/gsy
  const found = [...text.matchAll(setting)]
  const length = found.reduce((sum, [whole]) => sum + whole.length, 0)
  if (text.slice(length).trim() !== '') throw notAName(origin)
  const values = Object.fromEntries(
    found.map(([, key = '', quoted, plain = '']) => [key, (quoted ?? plain).replace(/\\(.)/gs, '$1')]),
  )
  if ('hostaddr' in values || 'service' in values)
    throw usageError(
      `the value of \`${origin}\` has \`hostaddr\` or \`service\`, which may lead to another machine`,
      'name the host with `host=`',
    )
  const { host = '', port = '', user = '', password = '', dbname = '', sslmode = '' } = values
  return connectionParts({ host, port, user, password, database: dbname, sslmode }, origin)
}

/** The parts that a URL names, its parameters before its path as in libpq. Errors (2): see `parseConnection`. */
export function parseUrl(text: string, origin: string): ConnectionParts {
  const [, login = '', place = '', path = '', query = ''] = splitUrl(text, origin)
  const [user = '', password = ''] = splitOnce(login, ':')
  const [, host = '', port = ''] = place.match(authority) ?? []
  const parameters = new URLSearchParams(query.replaceAll('+', '%2B'))
  // Else what is left of a password could be taken for a host or a database, and be printed as such.
  if (`${place}${path}`.includes('@')) {
    throw unreadableUrl(origin, '`@`, `/` and `?` in a password are written `%40`, `%2F` and `%3F`')
  }
  if (parameters.has('hostaddr') || parameters.has('service')) {
    throw unreadableUrl(origin, 'name the host in the URL, without `hostaddr` and `service`')
  }
  const decode = (part: string) => decoded(part, origin)
  return connectionParts(
    {
      host: parameters.get('host') ?? decode(host.replace(/^\[(.*)\]$/s, '$1')),
      port: parameters.get('port') ?? decode(port),
      user: parameters.get('user') ?? decode(user),
      password: parameters.get('password') ?? decode(password),
      database: parameters.get('dbname') ?? decode(path),
      sslmode: parameters.get('sslmode') ?? '',
    },
    origin,
  )
}

/** The URL's login, place, path and query, when its scheme is one of Postgres. */
function splitUrl(text: string, origin: string): string[] {
  const plain = text.replace(/^jdbc:/i, '')
  const [scheme = ''] = plain.split(':')
  const match = plain.match(url)
  if (match === null || !postgresScheme.test(scheme)) refuseAdapter(scheme, origin)
  return match
}

/** Whether `text` is a URL rather than a database's name. `sqlite3:` is written without slashes. */
function isUrl(text: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|sqlite3?:|jdbc:)/i.test(text)
}

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

function decoded(text: string, origin: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unreadableUrl(origin, 'a `%` is written `%25`')
  }
}

function unreadableUrl(origin: string, hint: string): Error {
  return usageError(`the URL of \`${origin}\` cannot be read`, hint)
}

function splitOnce(text: string, separator: string): string[] {
  const index = text.indexOf(separator)
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}
