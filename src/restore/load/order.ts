import type { Archive, Section, TocEntry } from '../../postgres/archive.ts'

/** What an archive's rows bring with them once they are in. */
export type Rows = {
  readonly entry: TocEntry
  /** Primary keys and the like: each takes its table for itself, so they are made one after the other. */
  readonly constraints: readonly TocEntry[]
  /** May be built side by side. */
  readonly indexes: readonly TocEntry[]
  /** Whether nothing that statistics are made of comes later: an index on an expression, or statistics of several columns. */
  readonly isAll: boolean
}

/** The entries of an archive in the order in which they can be restored while its rows are still arriving. */
export type LoadPlan = {
  /** Schemas, types, functions, tables, large objects without what is in them. */
  readonly before: readonly TocEntry[]
  /** What has data in the file and is wanted, by dump id. */
  readonly rows: ReadonlyMap<number, Rows>
  /** Dump ids of what has data in the file that is excluded. */
  readonly unwanted: ReadonlySet<number>
  /** All that needs several tables, or whose time does not matter: foreign keys, triggers, materialized views, sequences. */
  readonly last: readonly TocEntry[]
  /** What hides rows, from an owner who is no superuser too: a foreign key or a materialized view could not see them any more. */
  readonly policies: readonly TocEntry[]
  /** The very last: they would fire at all that is made after them. */
  readonly eventTriggers: readonly TocEntry[]
}

/** Divides what is to be restored of `archive`. `kept` are those entries, in the archive's order. */
export function loadPlan(archive: Archive, kept: readonly TocEntry[]): LoadPlan {
  const section = sections(archive.entries)
  // Since Postgres 17 large objects are made in the data section, in an entry before those that fill them.
  const isBefore = ({ dumpId, description }: TocEntry) =>
    section.get(dumpId) === 'pre-data' || description === 'BLOB METADATA'
  const byId = new Map(kept.map((entry) => [entry.dumpId, entry]))
  const withData = kept.filter(hasRows)
  const tables = new Map(withData.flatMap((rows) => rows.dependencies.map((table) => [table, rows.dumpId] as const)))
  const early = new Map<number, TocEntry[]>()
  const last: TocEntry[] = []
  const policies: TocEntry[] = []
  const eventTriggers: TocEntry[] = []
  for (const entry of kept) {
    if (isAbout(entry, byId, ['EVENT TRIGGER'])) {
      eventTriggers.push(entry)
      continue
    }
    if (isBefore(entry) || hasRows(entry)) continue
    const rows = rowsThatSuffice(entry, tables, byId, section)
    if (isAbout(entry, byId, ['POLICY', 'ROW SECURITY'])) policies.push(entry)
    else if (rows === undefined) last.push(entry)
    else early.set(rows, [...(early.get(rows) ?? []), entry])
  }
  return {
    before: kept.filter((entry) => isBefore(entry) && !eventTriggers.includes(entry)),
    rows: new Map(withData.map((entry) => [entry.dumpId, rowsWith(entry, early.get(entry.dumpId) ?? [], last)])),
    unwanted: new Set(
      archive.entries.flatMap((entry) => (hasRows(entry) && !byId.has(entry.dumpId) ? [entry.dumpId] : [])),
    ),
    last,
    policies,
    eventTriggers,
  }
}

function rowsWith(entry: TocEntry, early: readonly TocEntry[], last: readonly TocEntry[]): Rows {
  const isIndex = ({ description }: TocEntry) => description === 'INDEX'
  const comesLater = ({ description, dependencies }: TocEntry) =>
    ['INDEX', 'STATISTICS'].includes(description) && dependencies.some((id) => entry.dependencies.includes(id))
  return {
    entry,
    constraints: early.filter((one) => !isIndex(one)),
    indexes: early.filter(isIndex),
    isAll: !last.some(comesLater),
  }
}

/** Comments and the like have no section of their own: as for pg_restore, they are of the one they stand in. */
function sections(entries: readonly TocEntry[]): Map<number, Section> {
  let current: Section = 'pre-data'
  return new Map(
    entries.map(({ dumpId, section }) => {
      if (section !== 'none') current = section
      return [dumpId, current]
    }),
  )
}

function hasRows({ hasData }: TocEntry): boolean {
  return hasData
}

/**
 * The dump id of the only rows that `entry` needs; undefined for what needs others too, or is no index and no constraint on
 * one table. An index that calls a function of the archive has to wait as well: what the function reads is unknown.
 */
function rowsThatSuffice(
  { description, dependencies }: TocEntry,
  tables: ReadonlyMap<number, number>,
  byId: ReadonlyMap<number, TocEntry>,
  section: ReadonlyMap<number, Section>,
): number | undefined {
  if (description !== 'INDEX' && description !== 'CONSTRAINT') return undefined
  const needed = dependencies.flatMap((id) => byId.get(id) ?? [])
  const areSimple = needed.every((entry) => section.get(entry.dumpId) === 'pre-data' && !isOpaque(entry))
  const relations = needed.filter((entry) => /\b(?:TABLE|VIEW)$/.test(entry.description))
  const [relation, ...others] = relations
  return areSimple && relation && others.length === 0 ? tables.get(relation.dumpId) : undefined
}

/** Whether `entry` is one of `kinds`, or what is said of one. */
function isAbout(
  { description, dependencies }: TocEntry,
  byId: ReadonlyMap<number, TocEntry>,
  kinds: readonly string[],
): boolean {
  if (kinds.includes(description)) return true
  return description === 'COMMENT' && dependencies.some((id) => kinds.includes(byId.get(id)?.description ?? ''))
}

/** Whether what it reads can't be told. */
function isOpaque({ description }: TocEntry): boolean {
  return /^(?:FUNCTION|PROCEDURE|AGGREGATE|OPERATOR|OPERATOR CLASS|OPERATOR FAMILY)$/.test(description)
}
