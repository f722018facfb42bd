import { usageError } from '../errors.ts'
import { parseConnection } from '../postgres/connection-text.ts'
import { printable } from '../terminal/harmless.ts'
import { type OpenExpression, type Rendered, type RubyErb, renderErb, rubyErb, tolerantErb } from './erb.ts'
import { otherWays } from './other-ways.ts'
import { type RailsConnection, railsConnection, variableFor } from './rails-connection.ts'
import { chooseEntry } from './rails-entry.ts'
import { parseYaml, type Tree, type TreeScalar, UnreadableYaml } from './ruby-yaml.ts'

type DatabaseYml = {
  readonly path: string
  /** What messages call the file: `config/database.yml`. */
  readonly name: string
  readonly text: string
  readonly environment: NodeJS.ProcessEnv
  /** Which of several databases; undefined for the default. */
  readonly entry?: string | undefined
  /** What messages call the place where a variable is set. */
  readonly originOf: (variable: string) => string
}

/**
 * The connection that Rails would make for `development`: the keys of a `config/database.yml` and its `shared`, with `DATABASE_URL` over
 * them. Of several databases it is `primary`, else the first; never a replica or one with `database_tasks: false`. ERB that only looks up
 * variables needs no Ruby, and ERB of other settings and other environments is never in the way.
 * Errors (2): the file cannot be parsed, has no such database or no name for it, has another adapter, needs a variable
 * that is not set, or has ERB for a Ruby that is not there.
 */
export async function readDatabaseYml(file: DatabaseYml, ruby: RubyErb = rubyErb): Promise<RailsConnection> {
  try {
    return await read({ ...file, text: withoutOtherEnvironments(file.text) }, ruby)
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    const variable = variableFor('primary', file.environment)
    if (variable === undefined || (file.entry ?? 'primary') !== 'primary') throw error.told
    return { connection: parseConnection(file.environment[variable] ?? '', file.originOf(variable)), variable }
  }
}

async function read(file: DatabaseYml, ruby: RubyErb): Promise<RailsConnection> {
  let rendered = renderErb(file.text, file.environment)
  const shaping = rendered.open.find(({ statement }) => statement) ?? brokenBy(rendered)
  let whole = shaping !== undefined
  if (shaping !== undefined) rendered = await renderedByRuby(file, rendered, shaping, ruby)
  for (;;) {
    const outcome = attempt(rendered, file)
    if ('connection' in outcome) return outcome
    const { open } = outcome
    if (open.unset !== undefined) throw unsetVariable(file.name, open.line, open.unset)
    if (whole) throw new Unreadable(rubyFailed(file.name, `line ${open.line}: \`${printable(open.code)}\``))
    if (rendered.assigned) {
      rendered = await renderedByRuby(file, rendered, open, ruby)
      whole = true
    } else {
      const value = await askRuby(file, `<%= ${open.code} %>`, open, ruby)
      rendered = { ...rendered, text: rendered.text.replaceAll(open.placeholder, () => value) }
    }
  }
}

/** The whole file as Ruby renders it; a placeholder stands where an expression fails. */
async function renderedByRuby(
  file: DatabaseYml,
  rendered: Rendered,
  needed: OpenExpression,
  ruby: RubyErb,
): Promise<Rendered> {
  return { ...rendered, text: await askRuby(file, tolerantErb(file.text, rendered.open), needed, ruby), missing: [] }
}

/** What it comes to, or the expression that is needed for it and not known yet. */
function attempt(rendered: Rendered, file: DatabaseYml): RailsConnection | { readonly open: OpenExpression } {
  const { name, environment } = file
  const textOf = ({ text }: TreeScalar) => {
    const open = rendered.open.find(({ placeholder }) => text.includes(placeholder))
    if (open !== undefined) throw new NotKnown(open)
    return text
  }
  const question = {
    file: name,
    wanted: file.entry,
    environment,
    originOf: file.originOf,
    textOf,
    missingAt: (line: number) => rendered.missing.find((missing) => missing.line === line)?.name,
    unset: (line: number, variable: string) => unsetVariable(name, line, variable),
  }
  try {
    const entry = chooseEntry(parsed(rendered.text, name), question) ?? fromVariable(file)
    if (entry === undefined) throw usageError(`\`${name}\` has no \`development\``, otherWays)
    return railsConnection(entry, question)
  } catch (error) {
    if (error instanceof NotKnown) return { open: error.open }
    throw error
  }
}

/** Where `development` has no database, ActiveRecord takes the variable's alone. */
function fromVariable({ entry = 'primary', environment }: DatabaseYml) {
  const usable = entry === 'primary' && variableFor('primary', environment) !== undefined
  return usable ? { name: 'primary', settings: new Map<string, Tree>() } : undefined
}

class NotKnown extends Error {
  constructor(readonly open: OpenExpression) {
    super()
  }
}

/** The file cannot be read: with a `DATABASE_URL` it need not be. */
class Unreadable extends Error {
  constructor(readonly told: Error) {
    super()
  }
}

/**
 * `text` without the environments that have ERB, are not `development`, and share nothing with it by an anchor. Their lines stay, empty,
 * for the messages.
 */
function withoutOtherEnvironments(text: string): string {
  const sections = text.split(/^(?=:?["']?[\w.-]+["']?[ \t]*:)/m)
  return sections
    .map((section) => {
      const [, name = ''] = section.match(/^:?["']?([\w.-]+)/) ?? []
      const needed = ['', 'development', 'shared'].includes(name) || /&\w/.test(section.replace(/&&/g, ''))
      return needed || !section.includes('<%') || !isClosed(section) ? section : section.replace(/[^\n]+/g, '')
    })
    .join('')
}

/** Whether nothing else begins in it, and every tag, and every `if` or block in a tag, ends where it began. */
function isClosed(section: string): boolean {
  const count = (pattern: RegExp) => section.match(pattern)?.length ?? 0
  const opened = count(/<%-?\s*(?:if|unless|case|while|until|for|begin)\b/g) + count(/\bdo\s*(?:\|[^|]*\|\s*)?-?%>/g)
  const assigned = count(/<%-?\s*[a-z_]\w*\s*=[^=~]/g) + count(/\b(?:require|load)\b/g)
  if (/^[^\s#]/m.test(section.slice(1).replace(/^.*/, ''))) return false
  return opened === count(/<%-?\s*end\b/g) && count(/<%/g) === count(/%>/g) && assigned === 0
}

/** The expression too hard for us that stands where YAML wants more than a value. */
function brokenBy(rendered: Rendered): OpenExpression | undefined {
  const hard = rendered.open.find(({ unset }) => unset === undefined)
  if (hard === undefined) return undefined
  try {
    parseYaml(rendered.text)
    return undefined
  } catch {
    return hard
  }
}

async function askRuby(file: DatabaseYml, template: string, open: OpenExpression, ruby: RubyErb): Promise<string> {
  let text: string | undefined
  try {
    text = await ruby(file.path, template, file.environment)
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    const [line = ''] = said
      .replace(/^Error: /, '')
      .replace(/^\(erb\):\d+:in [`'][^']*': /, '')
      .trim()
      .split('\n')
    throw new Unreadable(rubyFailed(file.name, `line ${open.line}: ${printable(line)}`))
  }
  if (text === undefined) throw new Unreadable(needsRuby(file.name, open))
  return text
}

function parsed(text: string, name: string): Tree | undefined {
  try {
    return parseYaml(text)
  } catch (error) {
    if (!(error instanceof UnreadableYaml)) throw error
    const [first = ''] = error.message.split(/ at line|\n/)
    throw new Unreadable(usageError(`\`${name}\` line ${error.line} cannot be parsed: ${printable(first)}`, otherWays))
  }
}

function rubyFailed(name: string, what: string): Error {
  return usageError(`\`ruby\` cannot evaluate \`${name}\` ${what}`, otherWays)
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
