import type { TocEntry } from '../../postgres/archive.ts'

/** `entry` as `pg_restore --list` prints it, which is also what `--use-list` reads. */
function tocLine({ dumpId, tableOid, oid, description, namespace, tag, owner }: TocEntry): string {
  const [schema, name, role] = [namespace ?? '-', tag, owner].map((text) => text.replace(/[\n\r]/g, ' '))
  return `${dumpId}; ${tableOid} ${oid} ${description} ${schema} ${name} ${role}`
}

/** Text for `pg_restore --use-list`, which restores these entries and in this order. */
export function useList(entries: readonly TocEntry[]): string {
  return entries.map((entry) => `${tocLine(entry)}\n`).join('')
}

/** Whether pg_restore takes `entry` from a list: session settings it always applies, the database itself never. */
export function isListed({ description }: TocEntry): boolean {
  return !['ENCODING', 'STDSTRINGS', 'SEARCHPATH', 'DATABASE', 'DATABASE PROPERTIES'].includes(description)
}
