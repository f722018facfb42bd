import { ParityError } from '../errors.ts'
import { type Archive, parseArchive } from '../postgres/archive.ts'
import { type Download, downloadDump } from './download.ts'
import { GrowingFile } from './growing-file.ts'
import { UselessDump } from './useless-dump.ts'

/** A dump that can be read from now on, be it there already or still arriving. */
export type Dump = {
  /** What to read. */
  readonly file: GrowingFile
  /** Calls back whenever more has arrived, in bytes. */
  watch(onProgress: (bytes: number, totalBytes: number | undefined) => void): void
  /**
   * All of it was read and is good: it becomes a dump in the cache. Returns the bytes that an earlier run had fetched. Throws what
   * ended the download.
   */
  accept(): Promise<{ readonly resumedFrom: number }>
  /** Stops the download. The bytes received are kept for a later run, unless `reason` is a `UselessDump`. */
  stop(reason: Error): Promise<void>
}

/** A dump that is in a file of `bytes` bytes. */
export function dumpInFile(path: string, bytes: number): Dump {
  const file = new GrowingFile(path, bytes)
  file.end()
  return {
    file,
    watch: () => {},
    accept: async () => ({ resumedFrom: 0 }),
    stop: async (reason) => file.fail(reason),
  }
}

/** Begins to download; returns as soon as there is a file to read from. Throws what a download throws. */
export async function startDownload(download: Download): Promise<Dump> {
  const verdict = promiseWithWays<void>()
  const started = promiseWithWays<GrowingFile>()
  const stopping = new AbortController()
  const signal = AbortSignal.any([download.signal, stopping.signal])
  signal.addEventListener('abort', () => verdict.reject(signal.reason), { once: true })
  let file: GrowingFile | undefined
  let onProgress: Parameters<Dump['watch']>[0] = () => {}
  let latest: Parameters<typeof onProgress> | undefined
  const done = downloadDump({
    ...download,
    signal,
    onStart: (part, bytes) => {
      file = new GrowingFile(part, bytes)
      started.resolve(file)
    },
    onProgress: (bytes, totalBytes) => {
      file?.grow(bytes)
      latest = [bytes, totalBytes]
      onProgress(...latest)
    },
    onWhole: () => {
      file?.end()
      return verdict.promise
    },
  })
  done.catch((error) => {
    file?.fail(error)
    started.reject(error)
  })
  verdict.promise.catch(() => {})
  return {
    file: await started.promise,
    watch: (listener) => {
      onProgress = listener
      if (latest) listener(...latest)
    },
    accept: () => {
      verdict.resolve()
      return done
    },
    stop: async (reason) => {
      stopping.abort(reason)
      await done.catch(() => {})
    },
  }
}

/** Bytes that are read at first: enough for the whole table of contents of most archives. */
const firstRead = 65_536

/**
 * Waits for header and table of contents. Throws `UselessDump` where what arrived is no archive that can be read; `what` names it then.
 */
export async function readHead(
  file: GrowingFile,
  what: string,
): Promise<{ readonly archive: Archive; readonly head: Buffer }> {
  let head: Buffer = Buffer.alloc(0)
  for (;;) {
    const more = await file.read(head.length, Buffer.allocUnsafe(Math.max(firstRead, head.length)))
    if (more.length === 0)
      throw new UselessDump(`${what} ends after ${head.length} bytes, inside its table of contents`)
    head = Buffer.concat([head, more])
    const archive = parsed(head, what)
    if ('entries' in archive) return { archive, head: head.subarray(0, archive.dataStart) }
  }
}

function parsed(head: Buffer, what: string): ReturnType<typeof parseArchive> {
  try {
    return parseArchive(head, what)
  } catch (error) {
    throw error instanceof ParityError ? new UselessDump(error.message, error.hint) : error
  }
}

function promiseWithWays<T>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (reason: unknown) => void
} {
  let ways: { resolve: (value: T) => void; reject: (reason: unknown) => void } | undefined
  const promise = new Promise<T>((resolve, reject) => {
    ways = { resolve, reject }
  })
  if (!ways) throw new Error('a promise calls back at once')
  return { promise, ...ways }
}
