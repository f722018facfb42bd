import type { Files } from '../facts.ts'
import { type Dialect, overlap, rangeOf } from './ranges.ts'

/** A version of a language that a file names. */
export type Pin = {
  readonly language: string
  /** As written. */
  readonly version: string
  /** What that means; undefined where it is not understood. */
  readonly range: string | undefined
  readonly file: string
  /** The line that names it, counted from 1. */
  readonly line: number
}

/** Where a version stands in a text. */
type Found = { readonly version: string; readonly at: number }
type Read = (text: string, files?: Files) => Found | undefined
type Reader = { readonly language: string; readonly file: string; readonly read: Read; readonly dialect?: Dialect }

/** The group of an expression that has to match once: of two matches it is unknown which one counts. */
const once =
  (pattern: RegExp): Read =>
  (text) => {
    const all = [...text.matchAll(new RegExp(pattern.source, `${pattern.flags.replace('g', '')}gd`))]
    const [found] = all
    const [, version] = found ?? []
    if (version === undefined || new Set(all.map(([, other]) => other)).size > 1) return undefined
    return { version, at: found?.indices?.[1]?.[0] ?? 0 }
  }

/** A tool of `.tool-versions`, by its names there, without the vendor: https://asdf-vm.com/manage/configuration.html */
const tool = (names: string) => once(new RegExp(`^(?:${names})[ \\t]+(?:[a-z]+-)?(\\d[\\w.+-]*)`, 'm'))

/** A tool of `mise.toml`: https://mise.jdx.dev/configuration.html */
const mise = (names: string) =>
  once(
    new RegExp(
      `^"?(?:${names})"?\\s*=\\s*(?:\\[\\s*|\\{[^}\\n]*version\\s*=\\s*)?["'](?:[a-z]+-)?(\\d[\\w.+-]*)["']`,
      'm',
    ),
  )

/** The names of Node's long-term releases, as nvm takes them: https://nodejs.org/en/about/previous-releases */
const codenames: Readonly<Record<string, string>> = {
  gallium: '16',
  hydrogen: '18',
  iron: '20',
  jod: '22',
  krypton: '24',
}

const nodeFile: Read = (text) => {
  const found = once(/^\s*(?:v?(\d[\w.+-]*)|lts\/(?:[a-z]+))\s*$/m)(text)
  const name = /^\s*lts\/([a-z]+)/m.exec(text)
  const version = codenames[name?.[1] ?? '']
  return found ?? (name && version ? { version, at: name.index } : undefined)
}

/** The text at some keys of a JSON file; where it stands is where the last key is. */
const json =
  (...paths: readonly (readonly string[])[]): Read =>
  (text) => {
    for (const path of paths) {
      const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], parsed(text))
      if (typeof value === 'string' && value.trim() !== '')
        return { version: value.trim(), at: Math.max(text.lastIndexOf(`"${path.at(-1)}"`), 0) }
    }
    return undefined
  }

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `ruby "~> 3.3", ">= 3.3.2"`; `ruby file: ".ruby-version"` is that file. A Gemfile that boots two ways names two, and none is taken. */
const gemfile: Read = (text, files) => {
  const named = /^[ \t]*ruby[\s(]+file:\s*['"]([^'"]+)['"]/m.exec(text)
  if (named) {
    const version = rubyFile(files?.[named[1] ?? ''] ?? '')?.version
    return version === undefined ? undefined : { version, at: named.index }
  }
  const found = once(/^\s*ruby[\s(]+((?:['"][^'"\n]*\d[^'"\n]*['"],?\s*)+)/m)(text)
  return found && { version: found.version.replace(/['"]/g, '').replace(/,?\s*$/, ''), at: found.at }
}

const rubyFile: Read = once(/^\s*(?:ruby-)?(\d[\w.+-]*)/)

/**
 * Who says the version of what. The first that names one decides, as in Heroku's buildpacks:
 * Ruby: what Bundler locked, https://devcenter.heroku.com/articles/ruby-versions
 * Node: `engines` alone, https://devcenter.heroku.com/articles/nodejs-support
 * Python: runtime.txt, .python-version, Pipfile.lock: `lib/python_version.sh` of heroku/heroku-buildpack-python
 * Go: the comment, then go.mod, https://devcenter.heroku.com/articles/go-support
 * PHP: composer.json and its lock, https://devcenter.heroku.com/articles/php-support
 * Java: https://devcenter.heroku.com/articles/java-support
 */
const readers: readonly Reader[] = [
  { language: 'Ruby', file: 'Gemfile.lock', read: once(/^RUBY VERSION\n\s+ruby (\d[\w.]*?)(?:p-?\d+)?$/m) },
  { language: 'Ruby', file: 'Gemfile', read: gemfile, dialect: 'ruby' },
  { language: 'Ruby', file: '.ruby-version', read: rubyFile },
  { language: 'Ruby', file: '.tool-versions', read: tool('ruby') },
  ...miseFiles('Ruby', 'ruby'),
  { language: 'Node', file: 'package.json', read: json(['engines', 'node'], ['volta', 'node']) },
  { language: 'Node', file: '.node-version', read: nodeFile },
  { language: 'Node', file: '.nvmrc', read: nodeFile },
  { language: 'Node', file: '.tool-versions', read: tool('nodejs|node') },
  ...miseFiles('Node', 'node|nodejs'),
  { language: 'Python', file: 'runtime.txt', read: once(/^\s*python-(\d[\w.+-]*)/) },
  { language: 'Python', file: '.python-version', read: once(/^\s*(?:python-)?(\d[\w.+-]*)\s*$/m) },
  {
    language: 'Python',
    file: 'Pipfile.lock',
    read: json(['_meta', 'requires', 'python_full_version'], ['_meta', 'requires', 'python_version']),
  },
  { language: 'Python', file: '.tool-versions', read: tool('python') },
  ...miseFiles('Python', 'python'),
  {
    language: 'Python',
    file: 'pyproject.toml',
    read: once(/^requires-python\s*=\s*["']([^"'\n]+)["']/m),
    dialect: 'python',
  },
  { language: 'Go', file: 'go.mod', read: goMod },
  { language: 'Go', file: '.tool-versions', read: tool('golang|go') },
  ...miseFiles('Go', 'go|golang'),
  { language: 'Elixir', file: 'elixir_buildpack.config', read: once(/^\s*elixir_version\s*=\s*["']?v?(\d[\w.-]*)/m) },
  { language: 'Elixir', file: '.tool-versions', read: tool('elixir') },
  ...miseFiles('Elixir', 'elixir'),
  { language: 'Elixir', file: 'mix.exs', read: once(/^\s*elixir:\s*"([^"\n]+)"/m), dialect: 'ruby' },
  { language: 'Erlang', file: 'elixir_buildpack.config', read: once(/^\s*erlang_version\s*=\s*["']?(\d[\w.-]*)/m) },
  { language: 'Erlang', file: '.tool-versions', read: tool('erlang') },
  ...miseFiles('Erlang', 'erlang'),
  {
    language: 'Java',
    file: 'system.properties',
    read: once(/^\s*java\.runtime\.version\s*=\s*(?:[a-z]+-)?(?:1\.(?=8))?(\d[\w.]*)/m),
  },
  { language: 'Java', file: '.java-version', read: once(/^\s*(?:[a-z]+-)?(?:1\.(?=8))?(\d[\w.]*)/) },
  { language: 'Java', file: '.sdkmanrc', read: once(/^java=(\d[\w.]*)/m) },
  { language: 'Java', file: '.tool-versions', read: tool('java') },
  ...miseFiles('Java', 'java'),
  { language: 'PHP', file: 'composer.lock', read: json(['platform', 'php']), dialect: 'php' },
  { language: 'PHP', file: 'composer.json', read: json(['require', 'php']), dialect: 'php' },
  { language: 'PHP', file: '.tool-versions', read: tool('php') },
  ...miseFiles('PHP', 'php'),
]

function miseFiles(language: string, names: string): Reader[] {
  return ['mise.toml', '.mise.toml'].map((file) => ({ language, file, read: mise(names) }))
}

/** The comment for the buildpack, then the toolchain, then the version of the language. */
function goMod(text: string): Found | undefined {
  const patterns = [/^\/\/ \+heroku goVersion go(\d[\w.]*)/m, /^toolchain go(\d[\w.]*)/m, /^go (\d[\w.]*)/m]
  return patterns.map((pattern) => once(pattern)(text)).find((found) => found !== undefined)
}

/** Every version of a language that the files name, the deciding one of each language first. */
export function languagePins(files: Files): Pin[] {
  return readers.flatMap(({ language, file, read, dialect }) => {
    const text = files[file] ?? ''
    const found = read(text, files)
    if (found === undefined) return []
    const { version, at } = found
    return [{ language, version, range: rangeOf(version, dialect), file, line: text.slice(0, at).split('\n').length }]
  })
}

/** The version that decides, by language. */
export function languages(files: Files): Map<string, Pin> {
  return new Map(
    languagePins(files)
      .reverse()
      .map((pin) => [pin.language, pin]),
  )
}

/** Whether two pins can mean the same version, as far as both are understood: `3.3` and `3.3.6` can, `~> 3.3.0` and `3.3.6` too. */
export function compatible(one: Pick<Pin, 'range'>, other: Pick<Pin, 'range'>): boolean {
  return overlap(one.range, other.range)
}
