import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { parseDocument, visit } from 'yaml'
import { usageError } from '../errors.ts'
import {
  type Connection,
  type ConnectionParts,
  connectionParts,
  parseUrl,
  refuseAdapter,
  withDatabase,
} from './connection.ts'
import { printable } from './names.ts'

/** The ways to name a database that need no `config/database.yml`. */
export const otherWays =
  'name the database with `--database URL`, as `development.database` in the configuration, or in `DATABASE_URL`'

export type DatabaseYml = {
  readonly path: string
  /** What messages call the file: `config/database.yml`. */
  readonly name: string
  readonly text: string
  readonly environment: NodeJS.ProcessEnv
  /** Which of several databases; undefined for the first one. */
  readonly entry?: string | undefined
}

/** Evaluates the ERB of the file at `path`; undefined where there is no Ruby on PATH. Rejects when Ruby fails. */
export type RubyErb = (path: string, environment: NodeJS.ProcessEnv) => Promise<string | undefined>

/** A text with its ERB evaluated. What `open` lists could not be: a placeholder stands there, harmless where unused. */
export type Rendered = { readonly text: string; readonly open: readonly OpenExpression[] }

export type OpenExpression = {
  readonly placeholder: string
  readonly line: number
  readonly code: string
  /** The variable that it looks up and that is not set; undefined for code that is more than a look-up. */
  readonly unset?: string
  /** `<% if … %>` has no value but shapes the file: nothing around it can be trusted. */
  readonly statement: boolean
}

type Settings = Readonly<Record<string, string>>
type Outcome = { readonly connection: Connection } | { readonly needsRuby: OpenExpression }
/** What an expression comes to: a text, `nil` (undefined), or the variable that `ENV.fetch` misses. */
type Value = { readonly text: string | undefined } | { readonly unset: string }

/** YAML as Ruby reads it. */
const dialect = { version: '1.1', merge: true } as const

/** The settings that say where the database is; ERB in any other need not be evaluated. */
const meaningful = ['adapter', 'url', 'database', 'host', 'port', 'username', 'password', 'socket', 'sslmode']

const adapters = ['postgresql', 'postgis', 'postgres']

/**
 * The connection that a Rails `config/database.yml` gives its `development`. Of several databases it is `primary`, else
 * the first; never a replica or one with `database_tasks: false`. ERB that only looks up variables needs no Ruby, and
 * ERB of other environments is never in the way.
 * Errors (2): the file can't be parsed, has no such database or no name for it, has another adapter, needs a variable
 * that is not set, or has ERB for a Ruby that is not there.
 */
export async function readDatabaseYml(file: DatabaseYml, ruby: RubyErb = rubyErb): Promise<Connection> {
  const outcome = withoutRuby(file)
  if ('connection' in outcome) return outcome.connection
  const text = await evaluatedByRuby(file, ruby)
  if (text === undefined) throw needsRuby(file.name, outcome.needsRuby)
  return toConnection(developmentSettings(parseYaml(text, file.name), file), file.name)
}

/**
 * `text` with `<%= ENV["X"] %>`, `<%= ENV.fetch("X", "d") %>`, `<%= ENV.fetch("X") { "d" } %>` and chains of them with
 * `||` evaluated as Ruby would, and comments (`<%# … %>`) taken out.
 */
export function renderErb(text: string, environment: NodeJS.ProcessEnv): Rendered {
  const open: OpenExpression[] = []
  const rendered = text.replace(
    /<%%|<%([#=-]?)(.*?)(-?)%>(\n?)/gs,
    (tag, kind: string | undefined, source: string, trim: string, newline: string, start: number) => {
      if (tag === '<%%') return '<%'
      const code = source.trim()
      if (kind === '#' || code.startsWith('#')) return newline
      const value = kind === '=' ? evaluate(code, environment) : undefined
      const rest = trim === '-' ? '' : newline
      if (value !== undefined && 'text' in value) return (value.text ?? '') + rest
      // Characters for private use: YAML allows them, and no configuration has them.
      const placeholder = `\uE000${open.length}\uE001`
      open.push({ placeholder, line: lineAt(text, start), code, statement: kind !== '=', ...value })
      return placeholder + rest
    },
  )
  return { text: rendered, open }
}

/** Runs `ruby` on PATH with the path as an argument, for at most 30 seconds. */
export async function rubyErb(path: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const script = 'print ERB.new(File.read(ARGV[0]), trim_mode: "-").result'
  try {
    const options = { cwd: dirname(dirname(path)), env: environment, timeout: 30_000 }
    return (await promisify(execFile)('ruby', ['-rerb', '-e', script, path], options)).stdout
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
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
    throw usageError(`\`ruby\` can't evaluate \`${file.name}\`: ${printable(line)}`, otherWays)
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

/** What `code` comes to, or undefined when that takes a Ruby. */
function evaluate(code: string, environment: NodeJS.ProcessEnv): Value | undefined {
  const tokens = tokenize(code)
  const value = takeExpression(tokens, environment)
  return tokens.length === 0 ? value : undefined
}

/** The words of `code`; what is none of ours comes letter by letter, which no expression takes. */
function tokenize(code: string): string[] {
  const token =
    /ENV\b|\.fetch\b|nil\b|\|\||[[\](){},]|"(?:[^"\\#]|#(?!\{)|\\["\\])*"|'(?:[^'\\]|\\['\\])*'|\d+(?:\.\d+)?|\S/g
  return code.match(token) ?? []
}

function takeExpression(tokens: string[], environment: NodeJS.ProcessEnv): Value | undefined {
  let value = takeOperand(tokens, environment)
  while (value !== undefined && take(tokens, '||')) {
    const other = takeOperand(tokens, environment)
    if (other === undefined) return undefined
    if ('text' in value && value.text === undefined) value = other
  }
  return value
}

function takeOperand(tokens: string[], environment: NodeJS.ProcessEnv): Value | undefined {
  const token = tokens.shift() ?? ''
  if (token === 'ENV') return take(tokens, '.fetch') ? takeFetch(tokens, environment) : takeIndex(tokens, environment)
  if (token === 'nil') return { text: undefined }
  if (/^\d/.test(token)) return { text: token }
  if (/^(".*"|'.*')$/s.test(token)) return { text: token.slice(1, -1).replace(/\\(.)/gs, '$1') }
  return undefined
}

/** `["X"]` */
function takeIndex(tokens: string[], environment: NodeJS.ProcessEnv): Value | undefined {
  if (!take(tokens, '[')) return undefined
  const name = takeName(tokens, environment)
  return name !== undefined && take(tokens, ']') ? { text: environment[name] } : undefined
}

/** `("X")`, `("X", default)`, `("X") { default }` */
function takeFetch(tokens: string[], environment: NodeJS.ProcessEnv): Value | undefined {
  if (!take(tokens, '(')) return undefined
  const name = takeName(tokens, environment)
  if (name === undefined) return undefined
  let otherwise: Value | undefined = { unset: name }
  if (take(tokens, ',')) otherwise = takeExpression(tokens, environment)
  if (!take(tokens, ')')) return undefined
  if (take(tokens, '{')) {
    otherwise = takeExpression(tokens, environment)
    if (!take(tokens, '}')) return undefined
  }
  const text = environment[name]
  return text === undefined || otherwise === undefined ? otherwise : { text }
}

function takeName(tokens: string[], environment: NodeJS.ProcessEnv): string | undefined {
  const value = takeOperand(tokens, environment)
  return value !== undefined && 'text' in value ? value.text : undefined
}

function take(tokens: string[], expected: string): boolean {
  if (tokens[0] !== expected) return false
  tokens.shift()
  return true
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

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
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
  return usageError(`\`${name}\`${place} can't be parsed: ${printable(first)}`, otherWays)
}
