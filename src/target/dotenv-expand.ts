import type { Assignment } from './dotenv-syntax.ts'

/** What a tool makes of a line; `missing` are variables that it looked up and that are not set. */
export type Expanded = { readonly value: string; readonly missing: readonly string[]; readonly problem?: string }

type Variables = Readonly<Record<string, string | undefined>>

/** All lines of the files that a tool reads, the file that wins first, and the variables that were set before. */
type Expand = (files: readonly (readonly Assignment[])[], environment: Variables) => ReadonlyMap<string, Expanded>

/** Reads the value of one line; `known` are the variables of the environment and of what was read before it. */
type Reader = (assignment: Assignment, known: Variables, own: Variables) => Expanded

/** The gem `dotenv`: https://github.com/bkeepers/dotenv/blob/v3.1.4/lib/dotenv/parser.rb and substitutions/variable.rb */
const readAsGem: Reader = ({ value, quote }, known) => {
  if (quote === "'") return { value, missing: [] }
  if (quote === '`') return { value: '', missing: [], problem: 'backquotes' }
  if (/(?<!\\)\$\(/.test(value)) return { value, missing: [], problem: 'a command in `$(…)`' }
  if (/(?<!\\)\$\{\w*[^\w}]/.test(value)) return { value, missing: [], problem: 'an expression in braces' }
  // Releases of the gem differ on a backslash without quotes.
  if (quote === '' && /\\(?!\$)/.test(value)) return { value, missing: [], problem: 'a backslash without quotes' }
  const missing: string[] = []
  const lines = quote === '"' ? withLineBreaks(value) : value
  const expanded = lines
    .replace(/\\([^$])/g, '$1')
    .replace(/(\\)?\$(?!\()\{?([A-Z0-9_]+)?\}?/gi, (whole, escaped: string | undefined, name: string | undefined) => {
      if (escaped !== undefined) return whole.slice(1)
      if (name === undefined) return whole
      if (known[name] === undefined) missing.push(name)
      return known[name] ?? ''
    })
  return { value: expanded, missing }
}

/** `dotenv-expand` 10, which is in @next/env: https://github.com/motdotla/dotenv-expand/blob/v10.0.0/lib/main.js */
const readAsNext: Reader = ({ value, quote }, known, own) => {
  const missing = new Set<string>()
  let result = npmValue(value, quote)
  // Each round replaces one; a variable that names itself would never end.
  for (let round = 0; round < 100; round++) {
    const last = [...result.matchAll(/(?<!\\)\$/g)].at(-1)
    const match = last && result.slice(last.index).match(/(?<!\\)\$\{?(\w+)(?::-([^}\\]*))?\}?/)
    if (match === undefined || match === null) break
    const [group, name = '', fallback] = match
    const found = known[name] || fallback || own[name]
    if (found === undefined || round === 99) missing.add(name)
    result = result.replace(group, () => found ?? '')
  }
  return { value: result.replaceAll('\\$', '$'), missing: [...missing] }
}

/** `dotenv-expand` 11 and 12, which are in Vite: https://github.com/motdotla/dotenv-expand/blob/v12.0.3/lib/main.js */
const readAsVite: Reader = ({ value, quote }, known) => {
  const missing = new Set<string>()
  const seen = new Set<string>()
  let result = npmValue(value, quote)
  for (let round = 0; round < 100; round++) {
    const match = result.match(/(?<!\\)\$\{([^{}]+)\}|(?<!\\)\$([A-Za-z_]\w*)/)
    if (match === null) break
    seen.add(result)
    const [template, braced, bare = ''] = match
    const expression = braced ?? bare
    const [splitter = ''] = expression.match(/:\+|\+|:-|-/) ?? []
    const [name = '', ...rest] = splitter === '' ? [expression] : expression.split(splitter)
    const other = rest.join(splitter)
    const alternative = splitter.endsWith('+')
    const set = known[name]
    if (set === undefined && splitter === '') missing.add(name)
    const fallback = alternative && !set ? '' : other
    const found = alternative || !set || seen.has(set) ? fallback : set
    result = result.replace(template, () => found)
  }
  return { value: result.replaceAll('\\$', '$'), missing: [...missing] }
}

/** What python-dotenv and Laravel's phpdotenv have in common: `${NAME}` only. */
const readBraces: Reader = ({ value, quote }, known) => {
  if (quote === "'") return { value, missing: [] }
  const missing: string[] = []
  const lines = quote === '"' ? withLineBreaks(value).replace(/\\(["\\$])/g, '$1') : value
  const expanded = lines.replace(/(?<!\\)\$\{([\w.]+)\}/g, (_, name: string) => {
    if (known[name] === undefined) missing.push(name)
    return known[name] ?? ''
  })
  return { value: expanded, missing }
}

const readLiterally: Reader = ({ value, quote }) => ({
  value: quote === '"' ? withLineBreaks(value) : value,
  missing: [],
})

function npmValue(value: string, quote: string): string {
  return quote === '"' ? withLineBreaks(value) : value
}

function withLineBreaks(value: string): string {
  return value.replaceAll('\\n', '\n').replaceAll('\\r', '\r')
}

/** File after file, each seeing what those before it set; the first that names a variable wins. */
function fileByFile(read: Reader): Expand {
  return (files, environment) => {
    const all = new Map<string, Expanded>()
    const known: Record<string, string | undefined> = { ...environment }
    for (const lines of files) {
      const own = Object.fromEntries(lines.map(({ name, value, quote }) => [name, npmValue(value, quote)]))
      const found = new Map<string, Expanded>()
      const before = { ...known }
      for (const line of lines) {
        const value = read(line, known, own)
        found.set(line.name, value)
        if (before[line.name] === undefined) known[line.name] = value.value
        own[line.name] = value.value
      }
      for (const [name, value] of found) if (!all.has(name)) all.set(name, value)
    }
    return all
  }
}

/** Next gives to a line the variables of the files before it first, and its own file's, wherever they stand, last. */
const asNext: Expand = (files, environment) => {
  const all = new Map<string, Expanded>()
  const known: Record<string, string | undefined> = { ...environment }
  for (const lines of files) {
    const last = new Map(lines.map((line) => [line.name, line]))
    const own: Record<string, string> = Object.fromEntries(
      [...last].map(([name, { value, quote }]) => [name, npmValue(value, quote)]),
    )
    const found = [...last].map(([name, line]) => {
      const set = known[name]
      const value = set === undefined ? readAsNext(line, known, own) : { value: set, missing: [] }
      own[name] = value.value
      return [name, value] as const
    })
    for (const [name, value] of found) {
      if (!all.has(name)) all.set(name, value)
      known[name] ??= value.value
    }
  }
  return all
}

/** Vite merges the files first, in the order of their names' first appearance, and replaces then. */
const asVite: Expand = (files, environment) => {
  const merged = new Map<string, Assignment>()
  for (const lines of files.toReversed()) for (const line of lines) merged.set(line.name, line)
  const all = new Map<string, Expanded>()
  const running: Record<string, string> = {}
  for (const [name, line] of merged) {
    const value = readAsVite(line, { ...running, ...environment }, {})
    all.set(name, value)
    running[name] = value.value
  }
  return all
}

/** The tools that are known, and what others do: nothing is replaced, or only what stands in braces. */
export const expansions = {
  gem: fileByFile(readAsGem),
  next: asNext,
  vite: asVite,
  braces: fileByFile(readBraces),
  literal: fileByFile(readLiterally),
} as const satisfies Record<string, Expand>
