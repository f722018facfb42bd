import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { cosmiconfigSync } from 'cosmiconfig'
import { type ParityError, usageError } from '../errors.ts'
import type { Ambient } from '../run/ambient.ts'
import { plainText, whyUnreadable } from '../run/user-file.ts'
import { searchPlaces } from './places.ts'
import { recall, remember } from './remembered.ts'
import type { ConfigurationFile } from './schema.ts'

/** The checked configuration, and where it was found. */
export type Configuration = ConfigurationFile & {
  /** Its path as a person would name it from the working directory; undefined when there is none. */
  readonly file?: string
  /** What is wrong with it, for those who go on without it. */
  readonly problem?: ParityError
}

/** A file's text, not yet parsed: parsers are loaded only where a file is. `package.json` alone is parsed at once, for its key. */
type Unparsed = { text: string }

const unparsed = (path: string, text: string): Unparsed => ({ text: textOf(path, text) })
const loaders = { noExt: unparsed, '.yaml': unparsed, '.yml': unparsed, '.json': jsonOrUnparsed }

/** The section of a `package.json`; none where it is empty. One that does not parse may have had it, and with it a protection. */
function jsonOrUnparsed(path: string, text: string): unknown {
  if (basename(path) !== 'package.json') return unparsed(path, text)
  if (!text.replaceAll('\0', '').includes('"parity"')) return {}
  const section = sectionOf(path, textOf(path, text))
  return isEmpty(section) ? {} : { parity: { text: JSON.stringify(section) } }
}

function isEmpty(section: unknown): boolean {
  if (section === null || section === undefined) return true
  return typeof section === 'object' && !Array.isArray(section) && Object.keys(section).length === 0
}

function sectionOf(path: string, text: string): unknown {
  try {
    return JSON.parse(text)?.parity
  } catch (error) {
    throw unreadable(path, `it is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function textOf(path: string, text: string): string {
  const plain = plainText(text)
  if (plain === undefined) throw unreadable(path, 'it is not UTF-8 text')
  return plain
}

/**
 * Finds, reads and checks the configuration: from `folder` upwards to `stopAt`, or the one `file` that was named outright.
 * Data only: nothing of the folder is ever executed (see bin/build/data-only-cosmiconfig.js).
 * Throws one usage error that names every problem. A place that exists and cannot be read is one: with it a protection would vanish.
 */
export async function loadConfiguration(
  { folder, cache }: Ambient,
  stopAt: string,
  file?: string,
): Promise<Configuration> {
  const found =
    file === undefined ? search(folder, stopAt) : { path: resolve(folder, file), text: readNamed(folder, file) }
  if (!found || found.text.trim() === '') return {}
  const name = nameOf(found.path, folder)
  return { ...(recall(cache, found.path, found.text) ?? (await check(found, name, cache))), file: name }
}

function nameOf(path: string, folder: string): string {
  return relative(folder, path) || basename(path)
}

async function check({ path, text }: Found, name: string, cache: string): Promise<ConfigurationFile> {
  const { parseConfiguration } = await import('./parse-configuration.ts')
  const configuration = parseConfiguration(text, name)
  await remember(cache, path, text, configuration)
  return configuration
}

type Found = { readonly path: string; readonly text: string }

/** The configuration of the nearest level that has one. Throws a usage error where that has two. */
function search(folder: string, stopAt: string, from = folder): Found | undefined {
  const [found, other] = onLevel(folder)
  if (found && other) {
    throw usageError(
      `both \`${nameOf(found.path, from)}\` and \`${nameOf(other.path, from)}\` are configurations`,
      'keep one of them, or choose one with `--config FILE`',
    )
  }
  if (found || folder === stopAt || folder === dirname(folder)) return found
  return search(dirname(folder), stopAt, from)
}

/** All configurations of a folder, by the order of the places. */
function onLevel(folder: string): Found[] {
  const places = searchPlaces.map((place) => join(folder, place))
  for (const path of places) refuseUnreadable(path)
  const options = { searchPlaces, loaders, searchStrategy: 'none', cache: false } as const
  const explorer = cosmiconfigSync('parity', options)
  const first = explorer.search(folder)
  if (!first || first.isEmpty) return []
  const others = places.slice(places.indexOf(first.filepath) + 1).filter((path) => existsSync(path))
  const found = [first, ...others.map((path) => explorer.load(path))]
  return found.flatMap((result) =>
    result && !result.isEmpty ? [{ path: result.filepath, text: (result.config as Unparsed).text }] : [],
  )
}

function refuseUnreadable(path: string): void {
  const reason = whyUnreadable(path)
  if (reason !== undefined) throw unreadable(path, reason)
}

function unreadable(path: string, reason: string) {
  return usageError(
    `the configuration file \`${relative('', path)}\` cannot be read: ${reason}`,
    'fix or remove it, or use another file with `--config FILE`',
  )
}

function readNamed(folder: string, file: string): string {
  const path = resolve(folder, file)
  const reason = whyUnreadable(path) ?? (existsSync(path) ? undefined : 'it does not exist')
  if (reason === undefined) return textOf(path, readFileSync(path, 'utf8'))
  throw usageError(
    `the configuration file \`${file}\` cannot be read: ${reason}`,
    `it was named by --config or PARITY_CONFIG; look in ${dirname(path)}`,
  )
}
