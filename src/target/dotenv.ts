import { join } from 'node:path'
import { type ParityError, usageError } from '../errors.ts'
import { type Expanded, expansions } from './dotenv-expand.ts'
import { type Assignment, parseDotenv } from './dotenv-syntax.ts'
import { readIfThere } from './read-file.ts'

/** What the dotenv files of a project say. */
export type Dotenv = {
  readonly values: Readonly<Record<string, string>>
  /** The file that says so, by the variable's name. */
  readonly origins: Readonly<Record<string, string>>
  /** Why a variable cannot be told, by its name. */
  readonly refused: Readonly<Record<string, ParityError>>
  /** Files that are there, but that no tool of the project reads. */
  readonly unread: readonly string[]
}

type Way = keyof typeof expansions

/** The files that a tool reads, the one that wins first, and how it replaces variables in them. */
type Tool = { readonly way: Way; readonly files: readonly string[] }

const candidates = ['.env.development.local', '.env.local', '.env.development', '.env'] as const

const tools = {
  rails: { way: 'gem', files: candidates },
  ruby: { way: 'gem', files: ['.env'] },
  next: { way: 'next', files: candidates },
  // https://vite.dev/guide/env-and-mode: a file for a mode wins over a general one.
  vite: { way: 'vite', files: ['.env.development.local', '.env.development', '.env.local', '.env'] },
  laravel: { way: 'braces', files: ['.env'] },
} as const satisfies Record<string, Tool>

/** Where nothing says which tool it is, the value has to be the same for all of them. */
const unknown: readonly Tool[] = (['gem', 'vite', 'braces', 'literal'] as const).map((way) => ({
  way,
  files: ['.env'],
}))

/**
 * The dotenv files in `folder` as the project's own tool reads them: dotenv-rails, Next, Vite, Laravel. Without one of these only
 * `.env` counts. `environment` is what was set before, and wins.
 * Errors (2): a file cannot be read.
 */
export async function readDotenv(folder: string, environment: NodeJS.ProcessEnv): Promise<Dotenv> {
  const known = await toolsOf(folder)
  const lines = new Map<string, Assignment[]>()
  for (const file of candidates) {
    const text = await readIfThere(join(folder, file))
    if (text !== undefined) lines.set(file, parseDotenv(text, file))
  }
  const used = known.length === 0 ? unknown : known
  const readings = used.map(({ way, files }) => {
    const read = files.flatMap((file) => lines.get(file) ?? [])
    return { way, winners: winners(files, lines), values: expansions[way](inOrder(files, lines), environment), read }
  })
  const names = [...new Set(readings.flatMap(({ read }) => read.map(({ name }) => name)))]
  const values: Record<string, string> = {}
  const origins: Record<string, string> = {}
  const refused: Record<string, ParityError> = {}
  for (const name of names) {
    const found = readings.map(({ way, winners, values }) => ({
      way,
      line: winners.get(name),
      value: values.get(name),
    }))
    const line = found.find((one) => one.line !== undefined)?.line
    if (line === undefined) continue
    const value = agreed(found, line, known.length > 0)
    origins[name] = line.file
    if (typeof value === 'string') values[name] = value
    else refused[name] = value
  }
  const files = used.flatMap((tool) => [...tool.files])
  return { values, origins, refused, unread: [...lines.keys()].filter((file) => !files.includes(file)) }
}

type Reading = {
  readonly way: Way
  readonly line: Assignment | undefined
  readonly value: Expanded | undefined
}

/** The value that all tools of the project give to a variable, or why there is none. */
function agreed(readings: readonly Reading[], line: Assignment, toolIsKnown: boolean): string | ParityError {
  const ours = toolIsKnown ? readings : readings.filter(({ way }) => way !== 'vite' || line.quote !== "'")
  const usable = toolIsKnown ? ours : ours.filter(({ value }) => value !== undefined && !leavesVariable(value.value))
  const [first, ...others] = usable.length === 0 ? ours : usable
  const problem = [first, ...others].find((reading) => reading?.value?.problem !== undefined)?.value?.problem
  if (problem !== undefined) return refusal(line, `has ${problem}, which parity does not read`)
  // dotenv-expand never sees the quotes: it replaces what was quoted to stay.
  const quoted = toolIsKnown && line.quote === "'" && ['next', 'vite'].includes(first?.way ?? '')
  const value = first?.value?.value ?? ''
  if (quoted && value !== line.value) return refusal(line, 'has a `$` that is replaced in spite of the single quotes')
  if (!toolIsKnown && line.cut) return differing(line)
  if (others.some((other) => other.value?.value !== value)) return differing(line)
  const [missing] = first?.value?.missing ?? []
  if (missing === undefined) return value
  return usageError(
    `\`${line.file}\` line ${line.line} needs the variable \`${missing}\`, which is not set`,
    `set \`${missing}\`, also in \`.env\`; a \`$\` that is meant is written \`%24\` in a URL`,
  )
}

/** Whether a `$` is left where it is never meant: before a name in braces, or in the host, port or name of a URL. */
function leavesVariable(value: string): boolean {
  if (/\$\{\w+\}/.test(value)) return true
  const [, rest] = value.match(/^[a-z][a-z0-9+.-]*:\/\/(?:.*@)?([^?]*)/is) ?? []
  return rest?.includes('$') ?? false
}

function differing(line: Assignment): ParityError {
  return refusal(line, 'is read differently by different tools')
}

function refusal({ file, line, name }: Assignment, what: string): ParityError {
  return usageError(
    `\`${file}\` line ${line}: the value of \`${name}\` ${what}`,
    'in a URL write `%24` for `$`, `%23` for `#` and `%5C` for a backslash; else name the database with `--database`',
  )
}

function inOrder(files: readonly string[], lines: ReadonlyMap<string, Assignment[]>): Assignment[][] {
  return files.map((file) => lines.get(file) ?? [])
}

/** The line that counts for each variable: in the first file that has it, the last one. */
function winners(files: readonly string[], lines: ReadonlyMap<string, Assignment[]>): Map<string, Assignment> {
  const found = new Map<string, Assignment>()
  for (const assignments of inOrder(files, lines).toReversed())
    for (const line of assignments) found.set(line.name, line)
  return found
}

/** The tools in `folder` that read dotenv files; none where that is not known. A framework's own wins over its front end's. */
async function toolsOf(folder: string): Promise<Tool[]> {
  const gems = `${(await readIfThere(join(folder, 'Gemfile'))) ?? ''}\n${(await readIfThere(join(folder, 'Gemfile.lock'))) ?? ''}`
  if (/^\s*gem\s*\(?\s*["']dotenv-rails["']|^\s+dotenv-rails\b|^\s*gem\b.*dotenv\/rails/m.test(gems))
    return [tools.rails]
  if (/^\s*gem\s*\(?\s*["']dotenv["']/m.test(gems)) return [tools.ruby]
  if ((await readIfThere(join(folder, 'artisan'))) !== undefined) return [tools.laravel]
  const packages = dependenciesOf((await readIfThere(join(folder, 'package.json'))) ?? '')
  return (['next', 'vite'] as const).filter((name) => packages.includes(name)).map((name) => tools[name])
}

function dependenciesOf(text: string): string[] {
  try {
    const { dependencies, devDependencies } = JSON.parse(text) ?? {}
    return Object.keys({ ...dependencies, ...devDependencies })
  } catch {
    return []
  }
}
