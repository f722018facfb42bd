import type { Variables } from '../heroku/hosts.ts'
export type Download = {
  /** Asks Heroku for a fresh presigned URL; called again when one has expired. */
  readonly sign: () => Promise<string>
  /** Where the whole dump goes, in a folder of the cache. */
  readonly file: string
  readonly expectedBytes?: number
  readonly environment: Variables
  readonly signal: AbortSignal
  /** How long no byte may come before the connection counts as lost, in ms (60 000). */
  readonly stallMilliseconds?: number
  /** The file that grows, named before the first byte is asked for: what a streaming load reads. */
  readonly onStart?: (part: string, bytesSoFar: number) => void
  /** Bytes that are in the file by now: a reader may read that far. */
  readonly onProgress?: (bytesSoFar: number, totalBytes: number | undefined) => void
  /** What came so far was of another object and is gone; `part` is a new, empty file. A streaming load has to begin again. */
  readonly onRestart?: (part: string) => void
  readonly pause?: (milliseconds: number, signal?: AbortSignal) => Promise<void>
}
export async function downloadDump(_download: Download): Promise<{ readonly bytes: number; readonly resumedFrom: number }> { throw new Error('stub') }
