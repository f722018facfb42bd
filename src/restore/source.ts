import { open, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { allEnvironments, type HerokuEnvironment, type Project, tryEnvironment } from '../environments/environments.ts'
import { suggest } from '../environments/suggest.ts'
import { failure, usageError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import {
  backupUrl,
  findBackup,
  listBackups,
  newestCompleted,
  runningCapture,
  type Transfer,
} from '../heroku/backups.ts'
import { createTransport } from '../heroku/http.ts'
import { formatBytes, formatVersionOf } from '../postgres/archive.ts'
import { printable } from '../postgres/names.ts'
import { cacheFolder } from '../run/cache-folder.ts'
import { ensureFreeSpace, findDump, listDumps, prepareDumpFile, prepareUrlFile } from './cache.ts'
import type { Download } from './download/download.ts'
import { type DumpUrl, idOfUrl, isWebAddress, readDumpUrl, shownAddress, signOnce } from './download/dump-url.ts'
import { isArriving, type Source } from './facts.ts'

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

/** What `restore` can take its rows from: an environment on Heroku, this machine, a dump file, or one behind an address. */
export type NamedSource =
  | { readonly kind: 'heroku'; readonly environment: HerokuEnvironment }
  | { readonly kind: 'local' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: DumpUrl }

/**
 * Understands the words without asking anybody. `target` is the name of the environment to be restored.
 * Throws a usage error for no source, an unknown one, or two.
 */
export async function nameSource(project: Project, words: SourceWords, target: string): Promise<NamedSource> {
  const named = nameWithoutLooking(project, words, target) ?? (await fileNamed(project, words))
  if (!named) throw unknownSource(project, words, target)
  return checked(named, words)
}

/**
 * The same where a snapshot of the local database is a source too. They are asked for only when the words mean nothing by themselves;
 * undefined: there is no database that could have any.
 */
export async function nameLocalSource(
  project: Project,
  words: SourceWords,
  target: string,
  snapshots: () => Promise<readonly string[] | undefined>,
): Promise<NamedSource | { readonly kind: 'snapshot'; readonly name: string }> {
  const plain = nameWithoutLooking(project, words, target)
  if (plain) return checked(plain, words)
  const names = await snapshots()
  const name = names?.find((name) => name === words.word)
  const named = name === undefined ? await fileNamed(project, words) : ({ kind: 'snapshot', name } as const)
  if (!named) throw unknownSource(project, words, target, names)
  return checked(named, words)
}

function checked<Named extends { readonly kind: string }>(named: Named, words: SourceWords): Named {
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
  throw usageError(`\`${name}\` goes with an environment on Heroku, and \`${source}\` is none`, `leave \`${name}\` out`)
}

/** A backup of its own id is of one database, and is no new one. */
function refuseContradiction(words: SourceWords): void {
  const [first, second] = backupWords(words)
  if (words.backup === undefined || second === undefined) return
  throw usageError(`both \`${first}\` and \`${second}\` say which backup`, 'leave one of them out')
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
  if (second !== undefined)
    throw usageError(`both \`${first}\` and \`${second}\` name a source`, 'leave one of them out')
  if (file !== undefined) return { kind: 'file', path: resolve(project.folder, file) }
  const address = url ?? (word !== undefined && isWebAddress(word) ? word : undefined)
  if (address !== undefined) return { kind: 'url', url: readDumpUrl(address) }
  if (word === undefined)
    throw usageError(`\`${target} restore\` needs a source`, `one of: ${possibleSources(project, target).join(', ')}`)
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
  const environments = allEnvironments(project).map(({ name }) => name)
  const meant = suggest(word, [...environments, ...(snapshots ?? [])])
  const kinds = snapshots ? 'environment, no snapshot and no file' : 'environment and no file'
  const sources = [
    ...possibleSources(project, target),
    ...(snapshots ?? []).map((name) => `\`${target} restore ${name}\``),
  ]
  return usageError(
    `there is no ${kinds} \`${printable(word)}\`${meant ? `, did you mean \`${meant}\`?` : ''}`,
    `one of: ${sources.join(', ')}`,
  )
}

/** What could be typed instead, the environment that the target's `from` names first. */
function possibleSources(project: Project, target: string): string[] {
  const configured = project.configuration.environments?.[target]
  const usual = typeof configured === 'object' ? configured.from : undefined
  const others = allEnvironments(project)
    .filter(({ kind, name }) => kind === 'heroku' && name !== target)
    .map(({ name }) => name)
  const here = tryEnvironment(project, target)?.kind === 'local'
  const words = new Set([
    ...others.filter((name) => name === usual),
    ...others,
    here ? '--file db.dump' : 'development',
  ])
  return [...words].map((word) => `\`${target} restore ${word}\``)
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

/** The backup that a person means, and one that is being captured now. Throws where there is none that is complete. */
export async function chooseBackup(
  api: Api,
  { name, app }: HerokuEnvironment,
  { backup: id, fromDatabase }: Pick<SourceWords, 'backup' | 'fromDatabase'>,
): Promise<{ backup: Transfer; running: Transfer | undefined }> {
  const transfers = await listBackups(api, app)
  const running = runningCapture(transfers, fromDatabase)
  const backup = id === undefined ? newestCompleted(transfers, fromDatabase) : findBackup(transfers, id)
  const usable = backup?.succeeded && backup.finishedAt ? backup : undefined
  if (usable) return { backup: usable, running }
  if (backup)
    throw failure(
      `backup ${id} of ${app} ${backup.running ? 'is still being captured' : 'did not succeed'}`,
      `\`${name} pg:backups\` lists the others`,
    )
  if (id !== undefined) throw usageError(`${app} has no backup ${id}`, `\`${name} pg:backups\` lists them`)
  const of = fromDatabase === undefined ? '' : ` of ${fromDatabase}`
  throw failure(
    `${app} has no completed backup${of}${running ? `; ${running.id} is being captured just now` : ''}`,
    `\`${name} backup\` makes one`,
  )
}

/** A backup as a source of a local restore: where its dump is or will be, with enough room for it. */
export async function backupSource(
  api: Api,
  environment: HerokuEnvironment,
  words: Pick<SourceWords, 'backup' | 'fromDatabase'>,
): Promise<Source> {
  const { backup, running } = await chooseBackup(api, environment, words)
  const cache = cacheFolder(process.env, homedir())
  const file = await prepareDumpFile(cache, environment.app, backup.id)
  const cached = await findDump(cache, environment.app, backup)
  if (!cached && backup.sizeBytes !== undefined) await ensureFreeSpace(dirname(file), backup.sizeBytes)
  return { kind: 'backup', environment: environment.name, app: environment.app, backup, running, cached, file }
}

/** The newest dump of the environment's app that is in the cache already, without asking Heroku. Throws where there is none. */
export async function cachedSource({ name, app }: HerokuEnvironment): Promise<Source> {
  const [cached] = await listDumps(cacheFolder(process.env, homedir()), app)
  if (!cached) throw failure(`no dump of ${app} is in the cache`, `\`development restore ${name}\` downloads one`)
  const { id, uuid, createdAt, sizeBytes } = cached.backup
  const backup = {
    id,
    uuid,
    createdAt,
    sizeBytes,
    num: Number(id.slice(1)),
    finishedAt: createdAt,
    databaseBytes: undefined,
  }
  return { kind: 'backup', environment: name, app, backup, running: undefined, cached, file: cached.file }
}

/** A dump file as a source. Throws a usage error where it can't be read. */
export async function fileSource(path: string): Promise<Source> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile())
    throw usageError(`there is no file \`${path}\``, '`--file` takes a dump made by `pg_dump --format=custom`')
  return { kind: 'file', file: path, bytes: found.size }
}

/** A dump behind an address as a source: it is downloaded anew each time, for who knows what lies there by then. */
export async function urlSource(url: DumpUrl): Promise<Source> {
  const file = await prepareUrlFile(cacheFolder(process.env, homedir()), idOfUrl(url))
  return { kind: 'file', file, bytes: undefined, from: url }
}

/** From where a source is downloaded, for `downloadDump`. */
export function whereToDownload(api: Api, source: Source): Pick<Download, 'sign' | 'expectedBytes' | 'hintIfMissing'> {
  if (source.kind === 'backup') {
    const { app, backup } = source
    const size = backup.sizeBytes === undefined ? {} : { expectedBytes: backup.sizeBytes }
    return { sign: () => backupUrl(api, app, backup.num), ...size }
  }
  if (!source.from) throw new Error('a file is not downloaded')
  return { sign: signOnce(source.from), hintIfMissing: `look whether \`${source.from.shown}\` is still there` }
}

/**
 * The archive format of a source (`1.14`), from its first bytes: from the file, or by a request for just these, so that a
 * pg_restore that is too old is told before anything is downloaded. undefined where they can't be had: the check reads them again.
 * Errors (1): a format that parity doesn't know.
 */
export async function archiveVersion(api: Api, source: Source): Promise<string | undefined> {
  const bytes = isArriving(source)
    ? await firstBytesAt(await whereToDownload(api, source).sign())
    : await firstBytesOf(source.file)
  return formatVersionOf(bytes, source.kind === 'file' ? `\`${source.file}\`` : 'the backup')
}

async function firstBytesOf(file: string): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(formatBytes), 0, formatBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** Any trouble here is the download's to tell, which tries again and knows the words. */
async function firstBytesAt(url: string): Promise<Buffer> {
  try {
    const reply = await createTransport(process.env)(new URL(url), {
      method: 'GET',
      headers: { range: `bytes=0-${formatBytes - 1}`, 'accept-encoding': 'identity' },
      idleMilliseconds: 10_000,
    })
    if (reply.status === 206) return Buffer.from(await reply.text(), 'latin1')
    await reply.discard()
  } catch {
    // told by the download
  }
  return Buffer.alloc(0)
}
