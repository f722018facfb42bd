import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type DumpUrl, isWebAddress, readDumpUrl, shownAddress } from '../dumps/dump-url.ts'
import { allEnvironments, type HerokuEnvironment, type Project, tryEnvironment } from '../environments/environments.ts'
import { suggest } from '../environments/suggest.ts'
import { typedAs } from '../environments/typed.ts'
import { usageError } from '../errors.ts'
import { printable } from '../terminal/harmless.ts'

/** What a person said of where the rows come from. */
export type SourceWords = {
  readonly word: string | undefined
  readonly file: string | undefined
  /** `b123` */
  readonly backup: string | undefined
  /** An attachment of the source's app, `PINK`. */
  readonly fromDatabase: string | undefined
  /** Capture a backup of the source first, and take that. */
  readonly fresh: boolean
  /** An address of a dump: a secret. */
  readonly url: string | undefined
}

/** What `restore` can take its rows from: an environment on Heroku, this machine, a dump file or one behind an address, a snapshot. */
export type NamedSource =
  | { readonly kind: 'heroku'; readonly environment: HerokuEnvironment }
  | { readonly kind: 'local' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: DumpUrl }
  | { readonly kind: 'snapshot'; readonly name: string }

/**
 * Understands the words. `target` is the name of the environment to be restored; `snapshots` asks for those of the local database, a
 * source too, only when the words mean nothing by themselves, and answers undefined where there is no database that could have any.
 * Throws a usage error for no source, an unknown one, or two.
 */
export async function nameSource(
  project: Project,
  words: SourceWords,
  target: string,
  snapshots: () => Promise<readonly string[] | undefined>,
): Promise<NamedSource> {
  const plain = nameWithoutLooking(project, words, target)
  if (plain) return checked(plain, words)
  const names = await snapshots()
  const name = names?.find((name) => name === words.word)
  const named: NamedSource | undefined =
    name === undefined ? await fileNamed(project, words) : { kind: 'snapshot', name }
  if (!named) throw unknownSource(project, words, target, names)
  return checked(named, words)
}

function checked(named: NamedSource, words: SourceWords): NamedSource {
  if (named.kind !== 'heroku') refuseBackupWords(words)
  refuseContradiction(words)
  return named
}

/** What says which backup of an app would be ignored in silence beside any other source. */
function refuseBackupWords(words: SourceWords): void {
  const [option] = backupWords(words)
  if (option === undefined) return
  const [source] = sourceWords(words)
  const [name = ''] = option.split(' ')
  throw usageError(`\`${name}\` needs an environment on Heroku; \`${source}\` is not one`, `leave \`${name}\` out`)
}

/** A backup named by its id is of one database, and is no new one. */
function refuseContradiction(words: SourceWords): void {
  const [first, second] = backupWords(words)
  if (words.backup === undefined || second === undefined) return
  throw usageError(`both \`${first}\` and \`${second}\` choose a backup`, 'use one of them')
}

/** The options that say which backup, as they were typed. */
function backupWords({ backup, fromDatabase, fresh }: SourceWords): string[] {
  return [
    ...(backup === undefined ? [] : [`--backup ${backup}`]),
    ...(fromDatabase === undefined ? [] : [`--from-db ${fromDatabase}`]),
    ...(fresh ? ['--fresh'] : []),
  ]
}

/** What names a source, as it was typed, but for the secret part of an address. */
function sourceWords({ word, file, url }: SourceWords): string[] {
  return [
    ...(word === undefined ? [] : [isWebAddress(word) ? shownAddress(word) : word]),
    ...(file === undefined ? [] : [`--file ${file}`]),
    ...(url === undefined ? [] : [`--url ${shownAddress(url)}`]),
  ]
}

/** What the words mean without a look at any file or database. */
function nameWithoutLooking(project: Project, words: SourceWords, target: string): NamedSource | undefined {
  const { word, file, url } = words
  const [first, second] = sourceWords(words)
  if (second !== undefined) throw usageError(`both \`${first}\` and \`${second}\` name a source`, 'use one of them')
  if (file !== undefined) return { kind: 'file', path: resolve(project.folder, file) }
  const address = url ?? (word !== undefined && isWebAddress(word) ? word : undefined)
  if (address !== undefined) return { kind: 'url', url: readDumpUrl(address) }
  if (word === undefined)
    throw usageError(
      `\`${typedAs({ name: target })} restore\` needs a source`,
      `one of: ${lines(target, possibleSources(project, target)).join(', ')}`,
    )
  const environment = tryEnvironment(project, word)
  if (!environment) return undefined
  return environment.kind === 'local' ? { kind: 'local' } : { kind: 'heroku', environment }
}

async function fileNamed(project: Project, { word = '' }: SourceWords): Promise<NamedSource | undefined> {
  const path = resolve(project.folder, word)
  return (await isFile(path)) ? { kind: 'file', path } : undefined
}

/** `snapshots` where they were looked at. */
function unknownSource(project: Project, { word = '' }: SourceWords, target: string, snapshots?: readonly string[]) {
  const names = [...possibleSources(project, target), ...(snapshots ?? [])]
  const meant = suggest(word, names)
  const kinds = snapshots ? 'environment, no snapshot and no file' : 'environment and no file'
  const sources = lines(target, [...names.filter((name) => name === meant), ...names])
  return usageError(
    `there is no ${kinds} \`${printable(word)}\`${meant ? `, did you mean \`${meant}\`?` : ''}`,
    `one of: ${sources.join(', ')}`,
  )
}

/** What could stand for the source, the environment that the target's `from` names first. */
function possibleSources(project: Project, target: string): string[] {
  const configured = project.configuration.environments?.[target]
  const usual = typeof configured === 'object' ? configured.from : undefined
  const others = allEnvironments(project)
    .filter(({ kind, name }) => kind === 'heroku' && name !== target)
    .map(({ name }) => name)
  const here = tryEnvironment(project, target)?.kind === 'local'
  return [...others.filter((name) => name === usual), ...others, here ? '--file db.dump' : 'development']
}

/** The lines with these sources, each once. */
function lines(target: string, sources: readonly string[]): string[] {
  return [...new Set(sources)].map((word) => `\`${typedAs({ name: target })} restore ${word}\``)
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
