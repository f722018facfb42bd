import { duration, size } from './units.ts'

/** How far a stage has come: what is known of it so far. Bytes are bytes; `counts` is of what the stage works through. */
export type Progress = {
  readonly bytes?: number
  readonly totalBytes?: number
  readonly counts?: readonly Count[]
}

/** So many of so many: `what` is `tables`, `indexes and keys`. */
export type Count = { readonly what: string; readonly done: number; readonly total: number }

/** So many bytes had come at a moment, in milliseconds of any clock that never jumps. */
export type Sample = { readonly at: number; readonly bytes: number }

/** How far back a rate looks, in milliseconds. */
const span = 5_000

/** What of the samples still counts at the newest one: those of the last few seconds, and one before them. */
export function recent(samples: readonly Sample[]): readonly Sample[] {
  const newest = samples.at(-1)
  if (!newest) return samples
  const first = samples.findIndex(({ at }) => newest.at - at < span)
  return samples.slice(Math.max(first - 1, 0))
}

/** Bytes a second over the samples, up to `now`; undefined before there is anything to tell it from. */
export function rate(samples: readonly Sample[], now: number): number | undefined {
  const [first] = samples
  const last = samples.at(-1)
  if (!first || !last || now - first.at < 500) return undefined
  return ((last.bytes - first.bytes) * 1000) / (now - first.at)
}

/** `45 MB of 118 MB, 8.1 MB/s, 9 seconds left, 4 of 9 tables`: as much of it as is known. */
export function progressWords(progress: Progress, bytesPerSecond?: number): string {
  const counts = (progress.counts ?? []).filter(({ total }) => total > 0)
  return [...byteWords(progress, bytesPerSecond), ...counts.map(countWords)].join(', ')
}

function countWords({ what, done, total }: Count): string {
  return done === total ? `${total} ${what}` : `${done} of ${total} ${what}`
}

function byteWords({ bytes, totalBytes }: Progress, bytesPerSecond: number | undefined): string[] {
  if (bytes === undefined) return []
  if (totalBytes !== undefined && bytes >= totalBytes) return [size(totalBytes)]
  const left = totalBytes !== undefined && bytesPerSecond ? ((totalBytes - bytes) * 1000) / bytesPerSecond : undefined
  return [
    totalBytes === undefined ? size(bytes) : `${size(bytes)} of ${size(totalBytes)}`,
    ...(bytesPerSecond === undefined ? [] : [`${size(Math.round(bytesPerSecond))}/s`]),
    ...(left === undefined ? [] : [`${duration(left + 999)} left`]),
  ]
}
