import { type ParityError, usageError } from '../errors.ts'
import { type Connection, type ConnectionParts, connectionParts, withDatabase } from './connection.ts'
import { isPostgresScheme, refuseAdapter } from './connection-adapter.ts'

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
  return withDatabase(parseParts(text, origin, anyName), origin)
}

/** The same where the database may be named elsewhere. */
export function parseParts(text: string, origin: string, anyName = false): ConnectionParts {
  if (/^file:/i.test(text)) refuseAdapter('sqlite', origin)
  if (isUrl(text)) return parseUrl(text, origin, anyName)
  if (/^\s*\w+\s*=/.test(text) && (!anyName || /passw?\w*\s*=/i.test(text))) return parseConninfo(text, origin)
  if (!anyName && /[:=/$'"`\\\s]/.test(text)) throw notAName(origin)
  return text === '' ? {} : { database: text }
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
  refuseDollar([host, port, dbname], origin)
  return connectionParts({ host, port, user, password, database: dbname, sslmode }, origin)
}

/** The parts that a URL names, its parameters before its path as in libpq. Errors (2): see `parseConnection`. */
function parseUrl(text: string, origin: string, anyName = false): ConnectionParts {
  const [, login = '', place = '', path = '', query = ''] = splitUrl(text, origin)
  const [user = '', password = ''] = splitOnce(login, ':')
  const [, host = '', port = ''] = place.match(authority) ?? []
  const parameters = new URLSearchParams(query.replaceAll('+', '%2B'))
  refuseBrokenPassword(`${place}${path}`, query, text, origin)
  if (parameters.has('hostaddr') || parameters.has('service')) {
    throw unreadableUrl(origin, 'name the host in the URL, without `hostaddr` and `service`')
  }
  if (!anyName) refuseDollar([place, path, ...rawValues(query, ['host', 'port', 'dbname'])], origin)
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

/**
 * Else what is left of a password could be taken for a host or a database, and be printed as such. Only libpq takes a `#` for
 * a character like others, the parsers of Ruby, Python and Node cut there.
 */
function refuseBrokenPassword(beforeQuery: string, query: string, text: string, origin: string): void {
  const stray = query
    .split('&')
    .some((pair) => pair.includes('@') && !/^(?:user|password|application_name|options)=/.test(pair))
  if (!beforeQuery.includes('@') && !stray && !text.includes('#')) return
  throw unreadableUrl(origin, '`@`, `/`, `?` and `#` in a password are written `%40`, `%2F`, `%3F` and `%23`')
}

/** What stands behind the names of `query`, as it is written there. */
function rawValues(query: string, names: readonly string[]): string[] {
  const pairs = query.split('&').map((pair) => splitOnce(pair, '='))
  return pairs.filter(([name = '']) => names.includes(name)).map(([, value = '']) => value)
}

/** Errors (2): a host, port or name has a `$`, which none ever has: it is a variable that was not replaced. */
export function refuseDollar(parts: readonly string[], origin: string): void {
  if (!parts.some((part) => part.includes('$'))) return
  throw usageError(
    `the value of \`${origin}\` has a \`$\` in the host, port or name: a variable that was not replaced`,
    'write its value there',
  )
}

/** The URL's login, place, path and query, when its scheme is one of Postgres. */
function splitUrl(text: string, origin: string): string[] {
  const plain = text.replace(/^jdbc:/i, '')
  const [scheme = ''] = plain.split(':')
  const match = plain.match(url)
  if (match === null || !isPostgresScheme(scheme)) refuseAdapter(scheme, origin)
  return match
}

/** Whether `text` is a URL rather than a database's name. `sqlite3:` is written without slashes. */
function isUrl(text: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|sqlite3?:|jdbc:)/i.test(text)
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
