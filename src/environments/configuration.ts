import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { cosmiconfigSync } from 'cosmiconfig'
import { usageError } from '../errors.ts'
import { recall, remember } from './remembered.ts'
import type { ConfigurationFile } from './schema.ts'

/** The checked configuration, and where it was found. */
export type Configuration = ConfigurationFile & {
  /** Its path as a person would name it from the working directory; undefined when there is none. */
  readonly file?: string
}

const searchPlaces = [
  'package.json',
  '.parityrc',
  '.parityrc.json',
  '.parityrc.yaml',
  '.parityrc.yml',
  '.config/parityrc',
  '.config/parityrc.json',
  '.config/parityrc.yaml',
  '.config/parityrc.yml',
  'parity.config.json',
  'parity.config.yaml',
  'parity.config.yml',
]

/** A file's text, not yet parsed: parsers are loaded only where a file is. `package.json` alone is parsed at once, for its key. */
type Unparsed = { text: string }

const unparsed = (_path: string, text: string): Unparsed => ({ text })
const loaders = { noExt: unparsed, '.yaml': unparsed, '.yml': unparsed, '.json': jsonOrUnparsed }

function jsonOrUnparsed(path: string, text: string): unknown {
  if (basename(path) !== 'package.json') return { text }
  try {
    const section = JSON.parse(text)?.parity
    return section === undefined ? {} : { parity: { text: JSON.stringify(section) } }
  } catch {
    return {} // npm will tell better than we can
  }
}

/**
 * Finds, reads and checks the configuration: from `folder` upwards to `stopAt`, or the one `file` that was named outright.
 * Data only: nothing of the folder is ever executed (see test/build/data-only-cosmiconfig.js).
 * Throws one usage error that names every problem.
 */
export async function loadConfiguration(folder: string, stopAt: string, file?: string): Promise<Configuration> {
  const found =
    file === undefined ? search(folder, stopAt) : { path: resolve(folder, file), text: readNamed(folder, file) }
  if (!found || found.text.trim() === '') return {}
  const name = relative(folder, found.path) || basename(found.path)
  return { ...(recall(found.path, found.text) ?? (await check(found, name))), file: name }
}

async function check({ path, text }: { path: string; text: string }, name: string): Promise<ConfigurationFile> {
  const { parseConfiguration } = await import('./parse-configuration.ts')
  const configuration = parseConfiguration(text, name)
  await remember(path, text, configuration)
  return configuration
}

function search(folder: string, stopAt: string): { path: string; text: string } | undefined {
  const explorer = cosmiconfigSync('parity', { searchPlaces, loaders, stopDir: stopAt, cache: false })
  const found = readable(() => {
    refuseForbidden(folder, stopAt)
    return explorer.search(folder)
  })
  if (!found || found.isEmpty) return undefined
  return { path: found.filepath, text: (found.config as Unparsed).text }
}

/** cosmiconfig passes over files that this user may not read: a protected environment would lose its protection unsaid. */
function refuseForbidden(folder: string, stopAt: string): void {
  for (const file of searchPlaces.map((place) => join(folder, place)))
    if (existsSync(file)) accessSync(file, constants.R_OK)
  if (folder !== stopAt && folder !== dirname(folder)) refuseForbidden(dirname(folder), stopAt)
}

/** A file that is there and can't be read (another's, a link to itself) must not be passed over. */
function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Error && 'path' in error)) throw error
    throw usageError(
      `the configuration file \`${error.path}\` can't be read: ${error.message.split(',')[0]}`,
      'mend or remove it, or name another one with `--config FILE`',
    )
  }
}

function readNamed(folder: string, file: string): string {
  try {
    return readFileSync(resolve(folder, file), 'utf8')
  } catch {
    throw usageError(
      `the configuration file \`${file}\` can't be read`,
      `it was named by --config or PARITY_CONFIG; look in ${dirname(resolve(folder, file))}`,
    )
  }
}
