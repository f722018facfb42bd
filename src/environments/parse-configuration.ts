import * as v from 'valibot'
import { type Document, LineCounter, parseDocument, visit } from 'yaml'
import { usageError } from '../errors.ts'
import { herokuCommand } from '../passthrough/passthrough.ts'
import { reservedNames } from './names.ts'
import { type ConfigurationFile, configurationSchema } from './schema.ts'
import { suggest } from './suggest.ts'

/**
 * Reads `text` (YAML, of which JSON is a part) into a checked configuration.
 * Throws one usage error with a line for every problem: syntax with file and line, the rest with file, path and what was expected.
 */
export function parseConfiguration(text: string, file: string): ConfigurationFile {
  const written = parseYaml(text, file) ?? {}
  const data = withoutEmptySections(withoutExtensionKeys(written))
  const result = v.safeParse(configurationSchema, data)
  const problems = [...(result.issues ?? []).flatMap(tell), ...nameProblems(written), ...commandProblems(written)]
  if (problems.length > 0 || !result.success) {
    const lines = problems.map((problem) => `${file}: ${problem}`)
    throw usageError(lines.join('\n'), 'see .parityrc.example for all keys; `--config FILE` uses another file')
  }
  return result.output
}

function parseYaml(text: string, file: string): unknown {
  const lineCounter = new LineCounter()
  // Keys are names: `01` is not 1. And a map is a map: tags such as !!omap and !!set would make something else of it.
  const options = { merge: true, prettyErrors: true, stringKeys: true, resolveKnownTags: false } as const
  const document = parseDocument(text, { ...options, lineCounter })
  const problem = document.errors[0] ?? wrongAlias(document)
  try {
    if (!problem) return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error))
  }
  const [what = ''] = problem.message.split(/ at line |:\n|; please/)
  throw unreadable(`${file}:${lineCounter.linePos(problem.pos[0]).line}`, what)
}

type YamlProblem = { readonly message: string; readonly pos: readonly [number, number] }

/** An alias without its anchor, or within it, is not a syntax error to the library. */
function wrongAlias(document: Document.Parsed): YamlProblem | undefined {
  let problem: YamlProblem | undefined
  visit(document, {
    Alias(_, alias, ancestors) {
      const meant = alias.resolve(document)
      if (meant !== undefined && !ancestors.includes(meant)) return
      const message = meant ? `\`&${alias.source}\` contains itself` : `there is no \`&${alias.source}\` before it`
      problem = { message, pos: [alias.range?.[0] ?? 0, 0] }
      return visit.BREAK
    },
  })
  return problem
}

function unreadable(where: string, what: string) {
  return usageError(`${where}: ${lowerFirst(what)}`, 'fix the line, or use another file with `--config FILE`')
}

/** Keys that begin with `x-` belong to the user: a place for YAML anchors. */
const isExtension = (key: string) => key.startsWith('x-')

/** Keys that the schema library leaves out of every map, without a word. */
const ofEveryObject = ['__proto__', 'prototype', 'constructor']

function withoutExtensionKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExtensionKeys)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key]) => !isExtension(key))
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutExtensionKeys(inner)]))
}

/** `environments:` with nothing below it is a section that is yet to be written. */
function withoutEmptySections(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data
  return Object.fromEntries(Object.entries(data).filter(([, section]) => section !== null))
}

function nameProblems(data: unknown): string[] {
  const environments = (data as { environments?: unknown } | null)?.environments
  if (typeof environments !== 'object' || environments === null) return []
  // To the schema library a list is a map of 0, 1, …
  if (Array.isArray(environments))
    return [`environments should be a map of names to apps, got ${printed(environments)}`]
  return Object.entries(environments).flatMap(([name, environment]) => {
    if (isExtension(name) && typeof environment === 'object' && environment !== null && 'app' in environment)
      return [`environments.${name} would be ignored: keys that begin with \`x-\` are not read, choose another name`]
    if (isExtension(name)) return []
    if (ofEveryObject.includes(name)) return [`environments.${name} is reserved, choose another name`]
    if (reservedNames.has(name))
      return [`environments.${name} is reserved: \`${name}\` is a command of parity, choose another name`]
    return /^\w[\w-]*$/.test(name) ? [] : [`environments.${name} should be a name of letters, digits, - and _`]
  })
}

/** A command of the project must not take the name of another one: `production ps` stays Heroku's. */
function commandProblems(data: unknown): string[] {
  const commands = (data as { commands?: unknown } | null)?.commands
  if (typeof commands !== 'object' || commands === null || Array.isArray(commands)) return []
  return Object.keys(commands).flatMap((name) => {
    if (isExtension(name) || name === 'console' || name === 'migrate') return []
    if (reservedNames.has(name))
      return [`commands.${name} is reserved: \`${name}\` is a command of parity, choose another name`]
    if (herokuCommand(name) !== undefined)
      return [`commands.${name} is reserved: \`${name}\` is a command of Heroku, choose another name`]
    return /^[a-z][\w:-]*$/i.test(name) ? [] : [`commands.${name} should be a name of letters, digits, -, _ and :`]
  })
}

/** One line for an issue; a failed choice is told by the branch that came furthest. */
function tell(issue: v.BaseIssue<unknown>): string[] {
  const inner = (issue.issues ?? []).filter((sub) => (sub.path?.length ?? 0) > 0)
  if (inner.length > 0) return inner.flatMap((sub) => tell(withPath(sub, issue)))
  const path = (issue.path ?? []).map((item) => String(item.key))
  if (issue.type === 'strict_object' && issue.expected === 'never') return unknownKeys(path.slice(0, -1), issue)
  return [`${path.join('.') || 'the file'} should be ${issue.message}, got ${printed(issue.input)}`]
}

function withPath(sub: v.BaseIssue<unknown>, parent: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const above = parent.path ?? []
  const own = sub.path ?? []
  return own.length >= above.length && above.every((item, at) => item.key === own[at]?.key)
    ? sub
    : { ...sub, path: [...above, ...own] as never }
}

/** The schema library reports only the first unknown key of a map, and takes a list for a map of 0, 1, … */
function unknownKeys(path: string[], issue: v.BaseIssue<unknown>): string[] {
  const map = issue.path?.at(-1)?.input ?? {}
  if (Array.isArray(map)) return [`${path.join('.') || 'the file'} should be a map, got ${printed(map)}`]
  const known = knownKeys(configurationSchema, path)
  return Object.keys(map)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = suggest(key, known)
      return `unknown key ${[...path, key].join('.')}${meant ? `, did you mean \`${meant}\`?` : ''}`
    })
}

type SchemaNode = {
  entries?: Record<string, unknown>
  value?: unknown
  item?: unknown
  wrapped?: unknown
  pipe?: readonly unknown[]
  options?: readonly unknown[]
}

/** The keys that the schema knows at a path, looking through optional values, pipes and choices; any key of a map or list leads on. */
function knownKeys(schema: unknown, path: string[]): string[] {
  const node = (schema ?? {}) as SchemaNode
  if (node.wrapped) return knownKeys(node.wrapped, path)
  if (node.options) return node.options.flatMap((option) => knownKeys(option, path))
  const [first, ...rest] = path
  if (node.entries) return first === undefined ? Object.keys(node.entries) : knownKeys(node.entries[first], rest)
  if (node.value && first !== undefined) return knownKeys(node.value, rest)
  if (node.item && first !== undefined) return knownKeys(node.item, rest)
  return node.pipe?.[0] && node.pipe[0] !== schema ? knownKeys(node.pipe[0], path) : []
}

/** A value as it was written, but for passwords: those in URLs, in connection strings of libpq, and under a key that says so. */
function printed(input: unknown): string {
  if (input === undefined) return 'nothing'
  return JSON.stringify(input, (key, value) => (/passw/i.test(key) ? '…' : value))
    .replace(/(:\/\/[^:@/"]*:)[^@/"]*@/g, '$1…@')
    .replace(/(passw\w*\s*=\s*)('[^']*'|[^\s"]+)/gi, '$1…')
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
