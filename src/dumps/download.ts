import { dirname } from 'node:path'
import { failure, type ParityError } from '../errors.ts'
import type { HttpReply, Transport } from '../heroku/http.ts'
import { backoff, type Pause, pause } from '../heroku/retry.ts'
import { size } from '../terminal/units.ts'
import { asInterruption, Expired, Interruption } from './interruption.ts'
import { append, closePart, createPart, discardPart, finishPart, identify, openPart, type Part } from './part.ts'
import { judgeAnswer, nextByte, rangeHeaders, redirected } from './storage.ts'
import { isArchive, notAnArchive, UselessDump } from './useless-dump.ts'

export type Download = {
  /** Asks Heroku for a fresh presigned URL: once, and again whenever one has expired. */
  readonly sign: () => Promise<string>
  /** Where the whole dump will be. Its folder has to be there. */
  readonly file: string
  /** What Heroku says of its size. Only for showing progress: the storage knows better, and what it says is checked. */
  readonly expectedBytes?: number
  /** What to do where the storage has no such dump; it is asked of Heroku's backups if omitted. */
  readonly hintIfMissing?: string
  readonly transport: Transport
  readonly signal: AbortSignal
  /** How long no byte may come before the connection counts as lost, in milliseconds. */
  readonly stallMilliseconds?: number
  /** Names the growing file once the storage has answered: what it holds by then (bytes) is of the right object. */
  readonly onStart?: (part: string, bytesSoFar: number) => void
  /** So many bytes are in the file by now: a reader may read that far. */
  readonly onProgress?: (bytesSoFar: number, totalBytes: number | undefined) => void
  /** All bytes are there. The part becomes the dump once this resolves; it is kept as it is, or discarded for a `UselessDump`, if it rejects. */
  readonly onWhole?: () => Promise<void>
  /** Waits between two tries. */
  readonly pause?: Pause
}

const maximumRedirects = 5
/** Tries in a row that bring no byte. One that brings some is no failure: it is a slow line. */
const maximumFruitless = 5
const maximumSignatures = 3
const longestWait = 60_000

/**
 * Downloads a dump to disk, with constant memory. A broken connection is continued where it broke, in this run or a later one,
 * as long as the storage still has the same object; an expired URL is signed again. Only what is whole gets the name `file`.
 *
 * Returns the size in bytes and how many of them an earlier run had fetched. Throws a failure that never names the URL, or the
 * signal's reason; what came so far is kept unless it is no archive.
 */
export async function downloadDump(
  download: Download,
): Promise<{ readonly bytes: number; readonly resumedFrom: number }> {
  const part = await openPart(download.file)
  const session: Session = {
    ...download,
    part,
    url: undefined,
    received: 0,
    fruitless: 0,
    signatures: 0,
    resumedFrom: undefined,
  }
  try {
    await fetchWhole(session)
    await download.onWhole?.()
    await finishPart(session.part, download.file)
    return { bytes: session.part.bytes, resumedFrom: session.resumedFrom ?? 0 }
  } catch (error) {
    if (error instanceof UselessDump) await discardPart(session.part)
    else await closePart(session.part)
    throw explained(session, error)
  }
}

type Session = Download & {
  part: Part
  /** The signed URL in use: a secret. */
  url: URL | undefined
  /** Bytes that came in the current try. */
  received: number
  fruitless: number
  signatures: number
  /** Bytes that an earlier run had fetched; undefined until the storage has answered, and a reader may begin. */
  resumedFrom: number | undefined
}

/** Asks until the whole object is in the part. */
async function fetchWhole(session: Session): Promise<void> {
  for (;;) {
    session.received = 0
    try {
      return await fetchRest(session)
    } catch (error) {
      session.signal.throwIfAborted()
      await recover(session, error)
    }
  }
}

/** Gets ready for another try, or throws what a person should read. */
async function recover(session: Session, error: unknown): Promise<void> {
  if (session.received > 0) session.signatures = 0
  if (error instanceof Expired) return signAgain(session, error)
  const interruption = asInterruption(error)
  if (interruption === undefined) throw error
  session.fruitless = session.received > 0 ? 0 : session.fruitless + 1
  const milliseconds = interruption.retryAfter ?? backoff(session.fruitless)
  if (session.fruitless >= maximumFruitless || milliseconds > longestWait) throw stopped(session, interruption)
  await (session.pause ?? pause)(milliseconds, session.signal)
}

function signAgain(session: Session, { status }: Expired): void {
  session.url = undefined
  if (session.signatures < maximumSignatures) return
  throw failure(
    `the backup storage refused a fresh URL: status ${status}`,
    '`heroku pg:backups` shows whether the backup still exists',
  )
}

function stopped(session: Session, { reason }: Interruption): ParityError {
  return failure(`the download stopped ${progress(session)}: ${reason}`, 'run the same command again to resume')
}

function progress({ part, expectedBytes }: Session): string {
  const total = part.identity?.totalBytes ?? expectedBytes
  return total === undefined ? `after ${size(part.bytes)}` : `at ${size(part.bytes)} of ${size(total)}`
}

/** One request for what is missing; returns when the part is whole. */
async function fetchRest(session: Session): Promise<void> {
  const start = nextByte(session.part)
  const reply = await ask(session, start)
  const total = await receive(session, reply, start).finally(reply.discard)
  const { bytes } = session.part
  if (total !== undefined && bytes > total) await restart(session)
  if (total !== undefined && bytes !== total)
    throw new Interruption(`${size(total)} were promised and ${size(bytes)} came`)
  if (!(await isArchive(session.part))) throw notAnArchive()
}

async function ask(session: Session, start: number): Promise<HttpReply> {
  let url = await signedUrl(session)
  for (let redirects = 0; redirects <= maximumRedirects; redirects += 1) {
    const reply = await session.transport(url, {
      method: 'GET',
      headers: { 'accept-encoding': 'identity', ...rangeHeaders(session.part, start) },
      signal: session.signal,
      idleMilliseconds: session.stallMilliseconds ?? 60_000,
    })
    const location = reply.status >= 300 && reply.status < 400 ? reply.header('location') : undefined
    if (location === undefined) return reply
    reply.discard()
    url = redirected(url, location)
  }
  throw failure('too many redirects from the backup storage', 'try again in a few minutes')
}

async function signedUrl(session: Session): Promise<URL> {
  if (session.url !== undefined) return session.url
  const text = await session.sign()
  session.signatures += 1
  // The error that `new URL` throws would show the text, which is a secret.
  if (!URL.canParse(text)) throw failure('Heroku returned no usable URL for the backup', 'try again in a few minutes')
  session.url = new URL(text)
  return session.url
}

async function receive(session: Session, reply: HttpReply, start: number): Promise<number | undefined> {
  const total = await accept(session, reply, start)
  begin(session)
  await store(session, reply, total)
  return total
}

/** Makes the part ready for the body of this answer. Returns how many bytes the whole object has, if that is said. */
async function accept(session: Session, reply: HttpReply, start: number): Promise<number | undefined> {
  const answer = judgeAnswer(reply, session.part, start)
  switch (answer.kind) {
    case 'rest':
      session.part.bytes = start
      return answer.totalBytes
    case 'whole':
      if (session.part.bytes > 0) await restart(session)
      await identify(session.part, answer.identity)
      return answer.totalBytes
    case 'changed':
      await restart(session)
      throw new Interruption(answer.reason)
    case 'expired':
      throw new Expired(reply.status)
    case 'busy':
      throw new Interruption(answer.reason, answer.retryAfter)
    case 'refused':
      throw failure(
        `the backup storage answered ${reply.status}`,
        session.hintIfMissing ?? '`heroku pg:backups` shows whether the backup still exists',
      )
  }
}

/** The storage has answered with what belongs to the part: a reader may begin. */
function begin(session: Session): void {
  if (session.resumedFrom !== undefined) return
  const { path, bytes } = session.part
  session.resumedFrom = bytes
  session.onStart?.(path, bytes)
}

/**
 * The bytes downloaded so far are unusable. Before reading may have begun, a new part replaces them; after that this run fails, and the
 * next one starts from zero.
 */
async function restart(session: Session): Promise<void> {
  if (session.resumedFrom !== undefined)
    throw new UselessDump(
      'the download must start over: the backup storage no longer has the same bytes',
      'run it again',
    )
  await discardPart(session.part)
  session.part = await createPart(session.file)
}

async function store(session: Session, reply: HttpReply, total: number | undefined): Promise<void> {
  const { part } = session
  let known = false
  for await (const chunk of reply.body) {
    await append(part, chunk)
    session.received += chunk.length
    known ||= await isArchive(part)
    if (known) session.onProgress?.(part.bytes, total ?? session.expectedBytes)
  }
}

/** A full disk keeps what came: with some space freed, the next run goes on. */
function explained(session: Session, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return failure(
    `the disk of \`${dirname(session.file)}\` is full: the download stopped ${progress(session)}`,
    'free some space and run the same command again to resume',
  )
}
