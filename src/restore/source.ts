import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ensureFreeSpace, findDump, listDumps, prepareDumpFile, prepareUrlFile } from '../dumps/cache.ts'
import type { Download } from '../dumps/download.ts'
import { type DumpUrl, idOfUrl, signOnce } from '../dumps/dump-url.ts'
import type { HerokuEnvironment } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { failure, usageError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { backupUrl, findBackup, listBackups, newestCompleted, runningCapture } from '../heroku/backups.ts'
import type { Variables } from '../heroku/hosts.ts'
import { createTransport } from '../heroku/http.ts'
import type { Transfer } from '../heroku/transfers.ts'
import { formatBytes, formatVersionOf } from '../postgres/archive.ts'
import { printable } from '../terminal/harmless.ts'
import { isArriving, type Source } from './facts.ts'
import type { SourceWords } from './name-source.ts'

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
      `\`${typedAs({ name })} backups\` lists the others`,
    )
  if (id !== undefined)
    throw usageError(
      `${app} has no backup ${id}`,
      /^\d+$/.test(id) && findBackup(transfers, `b${id.padStart(3, '0')}`)
        ? `\`--backup b${id.padStart(3, '0')}\``
        : `\`${typedAs({ name })} backups\` lists them`,
    )
  const of = fromDatabase === undefined ? '' : ` of ${fromDatabase}`
  throw failure(
    `${app} has no completed backup${of}${running ? `; ${running.id} is being captured now` : ''}`,
    fromDatabase === undefined
      ? `\`${typedAs({ name })} backup\` makes one`
      : `\`${typedAs({ name })} backup ${fromDatabase}\` makes one, if \`${typedAs({ name })} pg:info\` lists that database`,
  )
}

/** A backup as a source of a local restore: where its dump is or will be, with enough room for it. */
export async function backupSource(
  api: Api,
  environment: HerokuEnvironment,
  words: Pick<SourceWords, 'backup' | 'fromDatabase'>,
  cache: string,
): Promise<Source> {
  const { backup, running } = await chooseBackup(api, environment, words)
  const file = await prepareDumpFile(cache, environment.app, backup.id)
  const cached = await findDump(cache, environment.app, backup)
  if (!cached && backup.sizeBytes !== undefined) await ensureFreeSpace(dirname(file), backup.sizeBytes)
  return { kind: 'backup', environment: environment.name, app: environment.app, backup, running, cached, file }
}

/** The newest dump of the environment's app that is in the cache already, without asking Heroku. Throws where there is none. */
export async function cachedSource({ name, app }: HerokuEnvironment, cache: string): Promise<Source> {
  const [cached] = await listDumps(cache, app)
  if (!cached) throw failure(`no cached dump of ${app} was found`, `\`development restore ${name}\` downloads one`)
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

/** A dump file as a source. Throws a usage error where it cannot be read. */
export async function fileSource(path: string): Promise<Source> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile())
    throw usageError(`no file \`${printable(path)}\``, '`--file` expects a dump made by `pg_dump --format=custom`')
  return { kind: 'file', file: path, bytes: found.size }
}

/** A dump behind an address as a source: it is downloaded anew each time, for who knows what lies there by then. */
export async function urlSource(url: DumpUrl, cache: string): Promise<Source> {
  const file = await prepareUrlFile(cache, idOfUrl(url))
  return { kind: 'file', file, bytes: undefined, from: url }
}

/** From where a dump is downloaded. */
export type DumpOrigin = Pick<Download, 'sign' | 'transport' | 'expectedBytes' | 'hintIfMissing'>

/**
 * From where a source is downloaded; undefined where its dump is here. The same URL and connection serve the look at the first bytes and
 * the beginning of the download.
 */
export function dumpOrigin(api: Api, source: Source, env: Variables): DumpOrigin | undefined {
  if (!isArriving(source)) return undefined
  const transport = createTransport(env)
  if (source.kind === 'backup') {
    const { app, backup } = source
    const size = backup.sizeBytes === undefined ? {} : { expectedBytes: backup.sizeBytes }
    return { sign: onceForTwo(() => backupUrl(api, app, backup.num)), transport, ...size }
  }
  if (!source.from) throw new Error('a file is not downloaded')
  const hintIfMissing = `look whether \`${source.from.shown}\` is still there`
  return { sign: onceForTwo(signOnce(source.from)), transport, hintIfMissing }
}

/** Signs for the first and the second call together, and then for each. */
function onceForTwo(sign: () => Promise<string>): () => Promise<string> {
  let first: Promise<string> | undefined
  let calls = 0
  return () => {
    calls += 1
    if (calls > 2) return sign()
    first ??= sign()
    return first
  }
}

/**
 * The archive format of a source (`1.14`), from its first bytes: from the file, or by a request for just these, so that a
 * pg_restore that is too old is told before anything is downloaded. undefined where they can't be had: the check reads them again.
 * Errors (1): a format that parity doesn't know.
 */
export async function archiveVersion(source: Source, origin: DumpOrigin | undefined): Promise<string | undefined> {
  const bytes = origin ? await firstBytesAt(origin) : await firstBytesOf(source.file)
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
async function firstBytesAt({ sign, transport }: DumpOrigin): Promise<Buffer> {
  const url = await sign()
  try {
    const reply = await transport(new URL(url), {
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
