import { parseDocument, visit } from 'yaml'
import { usageError } from '../errors.ts'
import {
  type Connection,
  type ConnectionParts,
  connectionParts,
  refuseAdapter,
  withDatabase,
} from '../postgres/connection.ts'
import { parseUrl } from '../postgres/connection-text.ts'
import { printable } from '../terminal/harmless.ts'
import { lineAt, type OpenExpression, type Rendered, type RubyErb, renderErb, rubyErb } from './erb.ts'

/** The ways to name a database that need no `config/database.yml`. */
export const otherWays =
  'name the database with `--database URL`, as `development.database` in the configuration, or in `DATABASE_URL`'

type DatabaseYml = {
  readonly path: string
  /** What messages call the file: `config/database.yml`. */
  readonly name: string
  readonly text: string
  readonly environment: NodeJS.ProcessEnv
  /** Which of several databases; undefined for the first one. */
  readonly entry?: string | undefined
}

type Settings = Readonly<Record<string, string>>
type Outcome = { readonly connection: Connection } | { readonly needsRuby: OpenExpression }

/** YAML as Ruby reads it. */
const dialect = { version: '1.1', merge: true } as const

/** The settings that say where the database is; ERB in any other need not be evaluated. */
const meaningful = ['adapter', 'url', 'database', 'host', 'port', 'username', 'password', 'socket', 'sslmode']

const adapters = ['postgresql', 'postgis', 'postgres']

/**
 * The connection that a Rails `config/database.yml` gives its `development`. Of several databases it is `primary`, else
 * the first; never a replica or one with `database_tasks: false`. ERB that only looks up variables needs no Ruby, and
 * ERB of other environments is never in the way.
 * Errors (2): the file cannot be parsed, has no such database or no name for it, has another adapter, needs a variable
 * that is not set, or has ERB for a Ruby that is not there.
 */
export async function readDatabaseYml(file: DatabaseYml, ruby: RubyErb = rubyErb): Promise<Connection> {
  const outcome = withoutRuby(file)
  if ('connection' in outcome) return outcome.connection
  const text = await evaluatedByRuby(file, ruby)
  if (text === undefined) throw needsRuby(file.name, outcome.needsRuby)
  return toConnection(developmentSettings(parseYaml(text, file.name), file), file.name)
}

function withoutRuby(file: DatabaseYml): Outcome {
  const rendered = renderErb(file.text, file.environment)
  const shaping = rendered.open.find(({ statement }) => statement) ?? brokenBy(rendered)
  if (shaping !== undefined) return { needsRuby: shaping }
  const settings = developmentSettings(parseYaml(rendered.text, file.name), file)
  const used = rendered.open.filter(({ placeholder }) =>
    Object.values(settings).some((text) => text.includes(placeholder)),
  )
  for (const { unset, line } of used) if (unset !== undefined) throw unsetVariable(file.name, line, unset)
  const [hard] = used
  return hard === undefined ? { connection: toConnection(settings, file.name) } : { needsRuby: hard }
}

/** The expression too hard for us that stands where YAML wants more than a value. */
function brokenBy(rendered: Rendered): OpenExpression | undefined {
  const hard = rendered.open.find(({ unset }) => unset === undefined)
  return hard !== undefined && parseDocument(rendered.text, dialect).errors.length > 0 ? hard : undefined
}

async function evaluatedByRuby(file: DatabaseYml, ruby: RubyErb): Promise<string | undefined> {
  try {
    return await ruby(file.path, file.environment)
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    const [line = ''] = said.trim().split('\n')
    throw usageError(`\`ruby\` cannot evaluate \`${file.name}\`: ${printable(line)}`, otherWays)
  }
}

function parseYaml(text: string, name: string): unknown {
  const document = parseDocument(text, dialect)
  const [problem] = document.errors
  if (problem !== undefined) throw unreadable(name, ` line ${problem.linePos?.[0].line ?? 1}`, problem.message)
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return
      throw unreadable(
        name,
        ` line ${lineAt(text, alias.range?.[0] ?? 0)}`,
        `there is no \`&${alias.source}\` before it`,
      )
    },
  })
  try {
    return document.toJS()
  } catch (error) {
    throw unreadable(name, '', error instanceof Error ? error.message : String(error))
  }
}

function developmentSettings(content: unknown, file: DatabaseYml): Settings {
  const development = entries(content).development
  if (!isMap(development)) throw usageError(`\`${file.name}\` has no \`development\``, otherWays)
  const databases = Object.entries(entries(development)).filter(([, value]) => isMap(value))
  const single = ['database', 'url', 'adapter'].some((key) => key in entries(development)) || databases.length === 0
  return texts(single ? onlyDatabase(development, file) : chooseDatabase(databases, file))
}

function onlyDatabase(development: unknown, { entry = 'primary', name }: DatabaseYml): unknown {
  if (entry === 'primary') return development
  throw usageError(`\`${name}\` has no database \`${printable(entry)}\``, 'it has only one: leave `--db` out')
}

function chooseDatabase(databases: readonly (readonly [string, unknown])[], { entry, name }: DatabaseYml): unknown {
  const usable = databases.filter(([, settings]) => isOurs(entries(settings)))
  const [, chosen] =
    usable.find(([key]) => key === (entry ?? 'primary')) ?? (entry === undefined ? usable[0] : undefined) ?? []
  if (chosen !== undefined) return chosen
  const names = usable.map(([key]) => `\`${printable(key)}\``).join(', ')
  throw usageError(
    entry === undefined
      ? `\`development\` in \`${name}\` has only replicas and databases without \`database_tasks\``
      : `\`${name}\` has no database \`${printable(entry)}\` that parity may write to`,
    names === ''
      ? otherWays
      : `choose one of ${names}; replicas and those with \`database_tasks: false\` are left alone`,
  )
}

/** Rails itself never makes or drops a replica, nor one with `database_tasks: false`. */
function isOurs(settings: Readonly<Record<string, unknown>>): boolean {
  return settings.replica !== true && settings.database_tasks !== false
}

/** As in Rails the URL wins over the settings beside it. */
function toConnection(settings: Settings, origin: string): Connection {
  const { url = '', adapter = '', database = '', socket = '', host = socketFolder(socket) } = settings
  if (adapter !== '' && !adapters.includes(adapter)) refuseAdapter(adapter, origin)
  const { port = '', username = '', password = '', sslmode = '' } = settings
  const parts: ConnectionParts = connectionParts({ host, port, user: username, password, database, sslmode }, origin)
  return withDatabase({ ...parts, ...(url === '' ? {} : parseUrl(url, origin)) }, origin)
}

/** libpq wants the folder; some write the path of the socket itself. */
function socketFolder(socket: string): string {
  return socket.replace(/\/\.s\.PGSQL\.\d+$/, '')
}

/** A map's entries, with keys that are written as Ruby's symbols (`:database`) told by their names. */
function entries(value: unknown): Record<string, unknown> {
  if (!isMap(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.replace(/^:/, ''), entry]))
}

function texts(settings: unknown): Settings {
  const scalars = Object.entries(entries(settings)).filter(
    ([key, value]) => meaningful.includes(key) && ['string', 'number'].includes(typeof value),
  )
  return Object.fromEntries(scalars.map(([key, value]) => [key, String(value)]))
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function needsRuby(name: string, { line, code }: OpenExpression): Error {
  return usageError(
    `\`${name}\` line ${line} needs \`ruby\`, which is not on PATH, for \`${printable(code)}\``,
    otherWays,
  )
}

function unsetVariable(name: string, line: number, variable: string): Error {
  return usageError(
    `\`${name}\` line ${line} needs the variable \`${variable}\`, which is not set`,
    `set \`${variable}\`, also in \`.env\`, or ${otherWays}`,
  )
}

function unreadable(name: string, place: string, problem: string): Error {
  const [first = ''] = problem.split(/ at line|\n/)
  return usageError(`\`${name}\`${place} cannot be parsed: ${printable(first)}`, otherWays)
}
