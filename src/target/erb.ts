import { dirname } from 'node:path'
import { call } from '../run/call.ts'
import { capture } from '../run/capture.ts'
import { lookup } from '../run/lookup.ts'

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

/** What an expression comes to: a text, `nil` (undefined), or the variable that `ENV.fetch` misses. */
type Value = { readonly text: string | undefined } | { readonly unset: string }

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
  const ruby = lookup('ruby', environment.PATH)
  if (ruby === undefined) return undefined
  const script = 'print ERB.new(File.read(ARGV[0]), trim_mode: "-").result'
  const evaluate = { ...call(ruby, '-rerb', '-e', script, path), env: environment as Record<string, string> }
  const { status, stdout, stderr } = await capture(evaluate, dirname(dirname(path)), AbortSignal.timeout(30_000))
  if (status !== 0) throw new Error(stderr)
  return stdout
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

/** The number, from 1, of the line in `text` that holds the character at `index`. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
