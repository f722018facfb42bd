import type { Snapshot } from '../../databases/ours.ts'
import type { CachedDump } from '../../dumps/cache.ts'
import { dumpRow } from '../../dumps/listing.ts'
import { printable } from '../../terminal/harmless.ts'
import { table } from '../../terminal/table.ts'
import { age, size } from '../../terminal/units.ts'

/** Both lists, for people. */
export function backupTables(
  { target, missing }: { readonly target: string; readonly missing: readonly string[] },
  snapshots: readonly Snapshot[],
  dumps: readonly CachedDump[],
  now: Date,
): string {
  return [
    ...(missing.length > 0 ? [`${printable(target)} is ${without(missing)}`] : []),
    `snapshots of ${printable(target)}${snapshots.length === 0 ? ': none' : ''}`,
    ...indented(snapshots.map((snapshot) => snapshotRow(snapshot, now))),
    `dumps in the cache${dumps.length === 0 ? ': none' : ''}`,
    ...indented(dumps.map((dump) => dumpRow(dump, now))),
  ].join('\n')
}

function indented(rows: string[][]): string[] {
  return rows.length === 0 ? [] : [table(rows.map(([first = '', ...rest]) => [`  ${first}`, ...rest]))]
}

function snapshotRow({ name, database, mark }: Snapshot, now: Date): string[] {
  const made = mark.createdAt === undefined ? 'of unknown age' : `${age(new Date(mark.createdAt), now)} old`
  const from = `of ${printable(mark.source ?? mark.target)}`
  const rest = mark.missing ? `, ${without(mark.missing)}` : ''
  return [name, made, database.size === null ? '' : size(database.size), `${from}${rest}`]
}

function without(missing: readonly string[]): string {
  return `without ${missing.map(printable).join(', ')}`
}

export function snapshotData({ name, database, mark }: Snapshot): Record<string, unknown> {
  return {
    name,
    database: database.name,
    createdAt: mark.createdAt ?? null,
    bytes: database.size,
    source: mark.source ?? null,
    missing: mark.missing ?? [],
  }
}
