import { usageError } from '../errors.ts'
import { printable } from '../terminal/harmless.ts'
import { otherWays } from './other-ways.ts'
import { rubyScalar } from './ruby-scalar.ts'
import type { Tree, TreeMap, TreeScalar } from './ruby-yaml.ts'

/** One database of `development`. */
export type Entry = { readonly name: string; readonly settings: ReadonlyMap<string, Tree> }

export type EntryQuestion = {
  /** What messages call the file: `config/database.yml`. */
  readonly file: string
  /** Which of several databases; undefined for the default. */
  readonly wanted: string | undefined
  /** The text of a scalar; throws where that is not known yet. */
  readonly textOf: (scalar: TreeScalar) => string
}

/**
 * The database of `development` that is the default, or the one that is wanted, with the settings of `shared`; undefined where
 * `development` has none.
 * Errors (2): none of that name, or it is a replica or one without `database_tasks`, which Rails itself never makes or drops.
 */
export function chooseEntry(content: Tree | undefined, question: EntryQuestion): Entry | undefined {
  const entries = developmentEntries(content, question)
  if (entries === undefined || entries.length === 0) return undefined
  const { file, wanted } = question
  const [only] = entries
  if (only !== undefined && entries.length === 1 && only.single && wanted !== undefined && wanted !== 'primary')
    throw usageError(`\`${file}\` has no database \`${printable(wanted)}\``, 'it has only one: leave `--db` out')
  const primary = entries.find(({ name }) => name === 'primary')
  if (wanted === undefined && primary !== undefined) {
    if (isOurs(primary, question)) return primary
    throw only?.single ? nothingOurs(file, '') : notPrimary(file, namesOf(entries, question))
  }
  const chosen =
    wanted === undefined
      ? entries.find((entry) => isOurs(entry, question))
      : entries.find((entry) => entry.name === wanted && isOurs(entry, question))
  if (chosen !== undefined) return chosen
  const names = namesOf(entries, question)
  throw wanted === undefined ? nothingOurs(file, names) : notThere(file, wanted, names)
}

type Found = Entry & { /** It stands under `development` itself, without a name. */ readonly single: boolean }

/** As railties' `database_configuration` merges them, and ActiveRecord's `DatabaseConfigurations` distinguishes them. */
function developmentEntries(content: Tree | undefined, { file, textOf }: EntryQuestion): Found[] | undefined {
  const top = content?.kind === 'map' ? content.entries : new Map<string, Tree>()
  const development = top.get('development')
  const shared = mapOf(top.get('shared'))
  if (development?.kind === 'scalar') {
    const url = scalarText(development, 'development', file, textOf)
    if (url === undefined) return undefined
    if (!/^[a-z][a-z0-9+.-]*:/i.test(url))
      throw usageError(`\`development\` in \`${file}\` is neither a list of settings nor a URL`, otherWays)
    const line = development.line
    const settings = new Map<string, Tree>([['url', { kind: 'scalar', text: url, plain: false, line }]])
    return [{ name: 'primary', single: true, settings: over(settings, shared) }]
  }
  if (development?.kind !== 'map') return undefined
  if (!hasOnlyMaps(development)) return [{ name: 'primary', single: true, settings: over(development.entries, shared) }]
  const sharedByName = shared !== undefined && hasOnlyMaps(shared)
  return [...development.entries].map(([name, settings]) => ({
    name,
    single: false,
    settings: over(mapOf(settings)?.entries, sharedByName ? mapOf(shared.entries.get(name)) : shared),
  }))
}

function mapOf(tree: Tree | undefined): TreeMap | undefined {
  return tree?.kind === 'map' ? tree : undefined
}

function hasOnlyMaps(map: TreeMap): boolean {
  return [...map.entries.values()].every(({ kind }) => kind === 'map')
}

function over(settings: ReadonlyMap<string, Tree> | undefined, shared: TreeMap | undefined): ReadonlyMap<string, Tree> {
  return new Map([...(shared?.entries ?? []), ...(settings ?? [])])
}

function isOurs({ settings }: Entry, { textOf }: EntryQuestion): boolean {
  return !isTrue(settings.get('replica'), false, textOf) && isTrue(settings.get('database_tasks'), true, textOf)
}

/** Whether Ruby takes it for true: all but `false` and nothing, also the text "false". */
function isTrue(tree: Tree | undefined, otherwise: boolean, textOf: EntryQuestion['textOf']): boolean {
  if (tree === undefined) return otherwise
  if (tree.kind !== 'scalar') return true
  const text = textOf(tree)
  const scalar = tree.plain ? rubyScalar(text) : undefined
  return scalar?.kind === 'truth' ? scalar.value : scalar?.kind !== 'nil'
}

/**
 * What Ruby reads as `key`; undefined for nothing.
 * Errors (2): it is no text for Ruby, or another one than stands there.
 */
export function scalarText(
  tree: Tree | undefined,
  key: string,
  file: string,
  textOf: EntryQuestion['textOf'],
): string | undefined {
  if (tree === undefined) return undefined
  const text = tree.kind === 'scalar' ? textOf(tree) : ''
  const scalar = tree.kind !== 'scalar' ? undefined : tree.plain ? rubyScalar(text) : ({ kind: 'text', text } as const)
  if (scalar?.kind === 'nil') return undefined
  if (scalar?.kind === 'text') return scalar.text
  throw usageError(
    `\`${file}\` line ${tree.line}: Ruby reads this \`${key}\` as something other than the text that stands there`,
    'put it in quotes',
  )
}

function namesOf(entries: readonly Entry[], question: EntryQuestion): string {
  const ours = entries.filter((entry) => isOurs(entry, question))
  return ours.map(({ name }) => `\`${printable(name)}\``).join(', ')
}

function notPrimary(file: string, names: string): Error {
  return usageError(
    `\`primary\` in \`${file}\` is a replica, or has \`database_tasks: false\``,
    names === '' ? otherWays : `choose one of ${names} with \`--db\``,
  )
}

function nothingOurs(file: string, names: string): Error {
  return refused(`\`development\` in \`${file}\` has only replicas and databases without \`database_tasks\``, names)
}

function notThere(file: string, wanted: string, names: string): Error {
  return refused(`\`${file}\` has no database \`${printable(wanted)}\` that parity may write to`, names)
}

function refused(message: string, names: string): Error {
  return usageError(
    message,
    names === ''
      ? otherWays
      : `choose one of ${names}; replicas and those with \`database_tasks: false\` are left alone`,
  )
}
