import type { Files } from '../facts.ts'

/** A version of a language that a file names. */
export type Pin = { readonly language: string; readonly version: string; readonly file: string }

type Reader = { readonly language: string; readonly file: string; readonly read: (text: string) => string | undefined }

const line = (pattern: RegExp) => (text: string) => pattern.exec(text)?.[1]
/** A tool of `.tool-versions`, by its names there: https://asdf-vm.com/manage/configuration.html */
const tool = (names: string) => line(new RegExp(`^(?:${names})[ \\t]+(\\d\\S*)`, 'm'))

/**
 * Who says the version of what. The first that names one decides, in the order of Heroku's buildpacks: those of Ruby and Go read the
 * file of the package manager, that of Node nothing but `engines`, that of Python `.python-version` before `runtime.txt`.
 */
const readers: readonly Reader[] = [
  { language: 'Ruby', file: 'Gemfile', read: line(/^\s*ruby[\s(]+['"](?:~>\s*)?(\d[^'"]*)['"]/m) },
  { language: 'Ruby', file: '.ruby-version', read: line(/^\s*(?:ruby-)?(\d\S*)/) },
  { language: 'Ruby', file: '.tool-versions', read: tool('ruby') },
  { language: 'Node', file: 'package.json', read: engine },
  { language: 'Node', file: '.node-version', read: line(/^\s*v?(\d\S*)/) },
  { language: 'Node', file: '.nvmrc', read: line(/^\s*v?(\d\S*)/) },
  { language: 'Node', file: '.tool-versions', read: tool('nodejs|node') },
  { language: 'Python', file: '.python-version', read: line(/^\s*(?:python-)?(\d\S*)/m) },
  { language: 'Python', file: 'runtime.txt', read: line(/^\s*python-(\d\S*)/) },
  { language: 'Python', file: '.tool-versions', read: tool('python') },
  { language: 'Go', file: 'go.mod', read: line(/^go (\d\S*)/m) },
  { language: 'Go', file: '.tool-versions', read: tool('golang|go') },
]

/** Every version of a language that the files name, the deciding one of each language first. */
export function languagePins(files: Files): Pin[] {
  return readers.flatMap(({ language, file, read }) => {
    const version = read(files[file] ?? '')
    return version === undefined ? [] : [{ language, version, file }]
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

/**
 * Whether two versions can be the same one, as far as both are told: `3.3` and `3.3.6` can, `20.x` and `20.11.1` too. Ranges with
 * more in them (`>=20 <23`) are not judged.
 */
export function compatible(one: string, other: string): boolean {
  const [a, b] = [parts(one), parts(other)]
  if (a === undefined || b === undefined) return true
  return a.slice(0, b.length).every((part, index) => part === b[index])
}

function parts(version: string): string[] | undefined {
  const [, prefix = '', numbers = ''] = /^([~^]?)\s*(\d+(?:\.\d+)*)(?:\.[x*])*$/.exec(version) ?? []
  if (numbers === '') return undefined
  const all = numbers.split('.')
  return prefix === '^' ? all.slice(0, 1) : prefix === '~' ? all.slice(0, 2) : all
}

/** `engines.node` of a package.json. */
function engine(text: string): string | undefined {
  try {
    const node: unknown = JSON.parse(text).engines?.node
    return typeof node === 'string' ? node.trim() : undefined
  } catch {
    return undefined
  }
}
