import { table } from '../terminal/table.ts'
import { age, size } from '../terminal/units.ts'
import type { CachedDump } from './cache.ts'

export function cacheData(folder: string, dumps: readonly CachedDump[]): Record<string, unknown> {
  return { folder, totalBytes: totalOf(dumps), dumps: dumps.map(dumpData) }
}

export function dumpData({ app, file, bytes, backup }: CachedDump): Record<string, unknown> {
  return { app, backup: backup.id, createdAt: backup.createdAt.toISOString(), bytes, file }
}

/** The dumps for people: by app, the newest first, and what they come to. */
export function dumpTable(folder: string, dumps: readonly CachedDump[], now: Date): string {
  if (dumps.length === 0) return `no dump is in ${folder}`
  const byApp = [...dumps].sort((one, other) => one.app.localeCompare(other.app))
  return `${table(byApp.map((dump) => dumpRow(dump, now)))}\n${countOfDumps(dumps.length)}, ${size(totalOf(dumps))}`
}

export function dumpRow({ app, file, bytes, backup }: CachedDump, now: Date): string[] {
  return [app, backup.id, `${age(backup.createdAt, now)} old`, size(bytes), file]
}

export function totalOf(dumps: readonly CachedDump[]): number {
  return dumps.reduce((sum, { bytes }) => sum + bytes, 0)
}

export function countOfDumps(dumps: number): string {
  return `${dumps} ${dumps === 1 ? 'dump' : 'dumps'}`
}
