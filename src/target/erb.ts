import { dirname } from 'node:path'
import { call } from '../run/call.ts'
import { capture } from '../run/capture.ts'
import { lookup } from '../run/lookup.ts'
import { assign, evaluate, newScope } from './erb-expression.ts'

/**
 * Evaluates the ERB `template` of the file at `path`; undefined where there is no Ruby on PATH. Rejects when Ruby fails.
 */
export type RubyErb = (path: string, template: string, environment: NodeJS.ProcessEnv) => Promise<string | undefined>

/** A text with its ERB evaluated. What `open` lists could not be: a placeholder stands there, harmless where unused. */
export type Rendered = {
  readonly text: string
  readonly open: readonly OpenExpression[]
  /** Whether `<% name = … %>` takes a Ruby: what uses the name then does too. */
  readonly assigned: boolean
  /** The variables that are not set where an expression came to nothing, by the line of `text`. */
  readonly missing: readonly { readonly line: number; readonly name: string }[]
}

export type OpenExpression = {
  readonly placeholder: string
  /** Of the file as it is written. */
  readonly line: number
  readonly code: string
  /** The variable that it looks up and that is not set; undefined for code that is more than a look-up. */
  readonly unset?: string
  /** `<% if … %>` has no value but shapes the file: nothing around it can be trusted. */
  readonly statement: boolean
}

const tags = /<%%|<%([#=-]?)(.*?)(-?)%>(\n?)/gs

/**
 * `text` with those expressions evaluated that look up variables and need no Ruby (see `evaluate`), what is assigned by
 * `<% name = … %>` in them, and comments (`<%# … %>`) taken out.
 */
export function renderErb(text: string, environment: NodeJS.ProcessEnv): Rendered {
  const open: OpenExpression[] = []
  const missing: { line: number; name: string }[] = []
  const scope = newScope(environment)
  let assigned = false
  let rendered = ''
  let done = 0
  for (const { 0: tag, 1: kind, 2: source = '', 3: trim, 4: newline = '', index } of text.matchAll(tags)) {
    rendered += text.slice(done, index)
    done = index + tag.length
    const code = source.trim()
    const rest = trim === '-' ? '' : newline
    if (tag === '<%%') rendered += '<%'
    else if (kind === '#' || code.startsWith('#')) rendered += newline
    else if (kind !== '=' && assign(code, scope)) rendered += rest
    else if (kind !== '=' && isPlainAssignment(code)) {
      assigned = true
      rendered += rest
    } else {
      const value = kind === '=' ? evaluate(code, scope) : undefined
      if (value !== undefined && 'text' in value) {
        if (value.text === '')
          missing.push(...value.missing.map((name) => ({ line: lineAt(rendered, rendered.length), name })))
        rendered += value.text + rest
      } else {
        const placeholder = placeholderOf(open.length)
        open.push({ placeholder, line: lineAt(text, index), code, statement: kind !== '=', ...value })
        rendered += placeholder + rest
      }
    }
  }
  return { text: rendered + text.slice(done), open, assigned, missing }
}

/** Whether `code` only gives a value to a name: no `ENV["X"] = …` in it, no block that goes on in another tag. */
function isPlainAssignment(code: string): boolean {
  return /^[a-z_]\w*\s*=(?![=~>])/.test(code) && !/\]\s*=(?!=)|\b(?:do|if|unless|case|begin|require|load)\b/.test(code)
}

/** Characters for private use: YAML allows them, and no configuration has them. */
function placeholderOf(index: number): string {
  return `\uE000${index}\uE001`
}

/** `text` with every expression that fails giving the placeholder that it has in `open`. */
export function tolerantErb(text: string, open: readonly OpenExpression[]): string {
  let index = 0
  return text.replace(tags, (tag: string, kind: string | undefined, source: string, trim: string, newline: string) => {
    if (tag === '<%%' || kind === '#') return tag
    const known = open[index]
    if (known === undefined || known.code !== source.trim() || known.statement !== (kind !== '=')) return tag
    index++
    if (known.statement) return tag
    return `<%= begin; ${source}\n; rescue Exception; "${known.placeholder}"; end ${trim}%>${newline}`
  })
}

/** What Rails and ActiveSupport bring that a `config/database.yml` may use. */
const prelude = `
require "erb"
require "json"
require "pathname"
class Object
  def blank?; respond_to?(:empty?) ? !!empty? : !self; end
  def present?; !blank?; end
  def presence; self if present?; end
end
class String
  def blank?; strip.empty?; end
end
module Rails
  class Name < String
    def method_missing(name, *rest); name.to_s.end_with?("?") ? self == name.to_s.chomp("?") : super; end
    def respond_to_missing?(name, all = false); name.to_s.end_with?("?") || super; end
  end
  def self.env; Name.new("development"); end
  def self.root; Pathname.new(Dir.pwd); end
end
$stdout.sync = true
out = $stdout.dup
$stdout.reopen($stderr)
out.print ERB.new(ENV.delete("PARITY_ERB"), trim_mode: "-").result(TOPLEVEL_BINDING.dup)
`

/** Runs `ruby` on PATH in the project's folder, for at most 30 seconds; the template, which may hold a password, is in no argument. */
export async function rubyErb(
  path: string,
  template: string,
  environment: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const ruby = lookup('ruby', environment.PATH)
  if (ruby === undefined) return undefined
  const evaluate = {
    ...call(ruby, '-e', prelude),
    env: environment as Record<string, string>,
    secrets: { PARITY_ERB: template },
  }
  const { status, stdout, stderr } = await capture(evaluate, dirname(dirname(path)), AbortSignal.timeout(30_000))
  if (status !== 0) throw new Error(stderr)
  return stdout
}

/** The number, from 1, of the line in `text` that holds the character at `index`. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
