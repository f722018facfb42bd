import { usageError } from '../errors.ts'
import { type Connection, type ConnectionParts, connectionParts, withDatabase } from '../postgres/connection.ts'
import { isPostgresAdapter, refuseAdapter } from '../postgres/connection-adapter.ts'
import { parseParts, refuseDollar } from '../postgres/connection-text.ts'
import { type Entry, type EntryQuestion, scalarText } from './rails-entry.ts'
import type { Tree } from './ruby-yaml.ts'

type Question = EntryQuestion & {
  readonly environment: NodeJS.ProcessEnv
  readonly originOf: (variable: string) => string
  /** The variable that is not set where the setting on `line` came to nothing. */
  readonly missingAt: (line: number) => string | undefined
  readonly unset: (line: number, variable: string) => Error
}

/** A connection; `variable` is the one whose URL named the database, undefined where the file did. */
export type RailsConnection = { readonly connection: Connection; readonly variable?: string }

/**
 * Where ActiveRecord's adapter for Postgres would connect for `entry`. Its `url`, or that of the variable for it, wins over the keys,
 * and what the URL leaves open the keys fill.
 * Errors (2): another adapter, no database named, a setting that cannot be read.
 */
export function railsConnection(entry: Entry, question: Question): RailsConnection {
  const { file, textOf } = question
  const settings = writer(entry.settings, question)
  const text = (key: string) => scalarText(settings.get(key), key, file, textOf)
  const given = urlOf(entry, settings, question)
  const parts = given === undefined ? {} : parseParts(given.url, given.origin)
  const adapter = given === undefined ? text('adapter') : undefined
  if (adapter !== undefined && !isPostgresAdapter(adapter)) refuseAdapter(adapter, file)
  for (const key of ['hostaddr', 'service']) {
    if (text(key) === undefined) continue
    throw usageError(`\`${file}\` has \`${key}\`, which may lead to another machine`, 'name the host with `host`')
  }
  const whole = { ...keys(parts, text, file), ...parts }
  if (whole.database === undefined) throwMissing(settings, question)
  const connection = withDatabase(whole, file)
  return given?.variable === undefined || parts.database === undefined
    ? { connection }
    : { connection, variable: given.variable }
}

/** What the keys say where the URL says nothing: `username` before libpq's own `user`, `database` before `dbname`. */
function keys(given: ConnectionParts, text: (key: string) => string | undefined, file: string): ConnectionParts {
  const of = (part: keyof ConnectionParts, ...names: string[]) => {
    if (given[part] !== undefined) return ''
    for (const name of names) {
      const value = text(name)
      if (value !== undefined) return value
    }
    return ''
  }
  const host = of('host', 'host')
  const port = of('port', 'port')
  const database = of('database', 'database', 'dbname')
  refuseDollar([host, port, database], file)
  const user = of('user', 'username', 'user')
  const password = of('password', 'password')
  return connectionParts({ host, port, user, password, database, sslmode: of('sslmode', 'sslmode') }, file)
}

type Given = { readonly url: string; readonly origin: string; readonly variable?: string }

/** The entry's own `url`, or that of a variable where it has none. An empty variable is how a shell takes one away. */
function urlOf(entry: Entry, settings: ReadonlyMap<string, Tree>, question: Question): Given | undefined {
  const { file, environment, textOf, originOf } = question
  if (settings.has('url')) {
    const url = scalarText(settings.get('url'), 'url', file, textOf)
    if (url === '') throw usageError(`the \`url\` in \`${file}\` is empty`, 'remove it, or set the variable it uses')
    return url === undefined ? undefined : { url, origin: file }
  }
  const variable = variableFor(entry.name, environment)
  const url = variable === undefined ? undefined : environment[variable]
  return variable === undefined || url === undefined ? undefined : { url, origin: originOf(variable), variable }
}

/** The variable that names the database of the entry `name`, as ActiveRecord looks for it; undefined where none is set. */
export function variableFor(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const variables = [`${name.toUpperCase()}_DATABASE_URL`, ...(name === 'primary' ? ['DATABASE_URL'] : [])]
  return variables.find((variable) => environment[variable])
}

/** With Makara what is written goes to the connection whose role is master. */
function writer(settings: ReadonlyMap<string, Tree>, { file, textOf }: Question): ReadonlyMap<string, Tree> {
  const makara = settings.get('makara')
  const connections = makara?.kind === 'map' ? makara.entries.get('connections') : undefined
  if (connections?.kind !== 'list') return settings
  const master = connections.items.find((item) => {
    const role = item.kind === 'map' ? scalarText(item.entries.get('role'), 'role', file, textOf) : undefined
    return role === 'master' || role === 'primary'
  })
  return master?.kind === 'map' ? new Map([...settings, ...master.entries]) : settings
}

function throwMissing(settings: ReadonlyMap<string, Tree>, { missingAt, unset }: Question): void {
  for (const key of ['database', 'dbname', 'url']) {
    const line = settings.get(key)?.line
    const variable = line === undefined ? undefined : missingAt(line)
    if (line !== undefined && variable !== undefined) throw unset(line, variable)
  }
}
