import type { Archive, TocEntry } from '../../postgres/archive.ts'
import { isListed } from './list.ts'
import { tableMatcher } from './table-patterns.ts'
import { isEverywhere, unwantedReason } from './unwanted.ts'

type AvailableExtension = {
  readonly name: string
  /** Whether a role that may create schemas in the database may create it without being superuser (Postgres ≥ 13). */
  readonly trusted: boolean
  /** Whether creating it takes a superuser where it is not trusted; left out, it does. */
  readonly superuserOnly?: boolean
}

/** What the server that restores is asked before. */
type SelectionFacts = {
  readonly availableExtensions: readonly AvailableExtension[]
  readonly roleIsSuperuser: boolean
  /** Schemas that the new database has already, beside `public`. */
  readonly existingSchemas?: readonly string[]
  /** `--skip-extension`: left out with everything that needs them. */
  readonly skipExtensions: readonly string[]
  /** `restore.excludeTableData`: patterns of tables that stay without rows. */
  readonly excludeTableData?: readonly string[]
}

/** An extension that the archive can't do without and that can't be created here. */
type Problem = {
  readonly name: string
  readonly why: string
  /** `TABLE public.users` */
  readonly neededBy: readonly string[]
}

/** What a person wanted to do without. */
type Lost = {
  readonly extension: string
  /** `table public.items with its rows` */
  readonly objects: readonly string[]
}

type LeftOut = { readonly entry: TocEntry; readonly reason: string }

export type Selection = {
  readonly leftOut: readonly LeftOut[]
  /** What is restored, in the archive's order. */
  readonly kept: readonly TocEntry[]
  /** Schemas that kept extensions go into and that the archive does not make itself. */
  readonly schemasToCreate: readonly string[]
  readonly extensionsLeftOut: readonly string[]
  /** Skipped extensions that something needs, with all that leaves with them. */
  readonly lost: readonly Lost[]
  /** Tables that `restore.excludeTableData` leaves empty: `public.events`. */
  readonly tablesWithoutRows: readonly string[]
  /** Those of its patterns that name no table with rows. */
  readonly patternsWithoutTable: readonly string[]
  readonly problems: readonly Problem[]
}

/**
 * Decides what of `archive` a local database gets: not Heroku's own platform, nothing that subscribes to production,
 * nothing that the role may not create. An extension that can't be created here is left out, unless something in the
 * archive needs it: then it is a problem, or, when it is to be skipped, leaves together with what needs it.
 */
export function selectEntries({ entries }: Archive, facts: SelectionFacts): Selection {
  const unwanted = entries.flatMap((entry) => because(entry, unwantedReason(entry, facts.roleIsSuperuser)))
  const wanted = without(entries, unwanted)
  const missing = wanted.flatMap((entry) => missingExtension(entry, wanted, facts))
  const [problems, dispensable] = partition(missing, ({ needed, skipped }) => needed.length > 0 && !skipped)
  const objects = [...unwanted, ...dispensable.flatMap(leftOutWith)]
  const losses = dispensable.filter(({ needed }) => needed.length > 0)
  const gone = new Set(losses.flatMap(({ extension, dependents }) => [extension, ...dependents]))
  const patterns = facts.excludeTableData ?? []
  const rows = rowsOf(patterns, entries)
  const leftOut = once([...objects, ...attributesOf(objects, entries), ...rows])
  const kept = without(entries, leftOut).filter(isListed)
  return {
    leftOut,
    kept,
    schemasToCreate: missingSchemas(kept, facts.existingSchemas ?? []),
    extensionsLeftOut: leftOut.flatMap(({ entry }) => (isExtension(entry) && !gone.has(entry) ? [entry.tag] : [])),
    lost: losses.map(lostWith),
    tablesWithoutRows: rows.map(({ entry }) => `${entry.namespace}.${entry.tag}`),
    patternsWithoutTable: patterns.filter((pattern) => rowsOf([pattern], entries).length === 0),
    problems: problems.map(({ extension, reason, needed }) => ({
      name: extension.tag,
      why: reason,
      neededBy: needed.map(describeEntry),
    })),
  }
}

/** An extension that can't be created here or is to be skipped. */
type MissingExtension = {
  readonly extension: TocEntry
  readonly reason: string
  readonly skipped: boolean
  readonly dependents: readonly TocEntry[]
  /** Those of the dependents that a person would miss. */
  readonly needed: readonly TocEntry[]
}

function isExtension(entry: TocEntry): boolean {
  return entry.description === 'EXTENSION' && !isEverywhere(entry)
}

/** Whether `entry` only says something about another entry, so that it can be left out. */
function isAttribute({ description }: TocEntry): boolean {
  return ['COMMENT', 'ACL', 'SECURITY LABEL'].includes(description)
}

/** `entry` as an extension that is missing here, in a list; an empty one for all else. */
function missingExtension(entry: TocEntry, wanted: readonly TocEntry[], facts: SelectionFacts): MissingExtension[] {
  const skipped = facts.skipExtensions.includes(entry.tag)
  const reason = skipped ? 'is to be skipped' : whyNotCreatable(entry.tag, facts)
  if (!isExtension(entry) || reason === undefined) return []
  const dependents = dependentsOf(entry, wanted)
  const needed = dependents.filter((dependent) => !isAttribute(dependent) && !isExtension(dependent))
  return [{ extension: entry, reason, skipped, dependents, needed }]
}

function whyNotCreatable(name: string, facts: SelectionFacts): string | undefined {
  const available = facts.availableExtensions.find((extension) => extension.name === name)
  if (available === undefined) return 'is not installed on this server'
  const { trusted, superuserOnly = true } = available
  return facts.roleIsSuperuser || trusted || !superuserOnly ? undefined : 'only a superuser may create it'
}

/**
 * Everything in `entries` that needs `entry`, at any remove. pg_dump names an extension as what a table needs, although
 * in the catalog the table needs a type and only that the extension.
 */
function dependentsOf(entry: TocEntry, entries: readonly TocEntry[]): TocEntry[] {
  const reached = new Set([entry.dumpId])
  const dependents = new Set<TocEntry>()
  // Archives are sorted so that nearly everything follows what it needs: seldom more than two rounds.
  for (let before = -1; before < dependents.size; ) {
    before = dependents.size
    for (const candidate of entries) {
      const needs = candidate.dependencies.some((id) => reached.has(id)) || isMappingOf(candidate, dependents)
      if (reached.has(candidate.dumpId) || !needs) continue
      reached.add(candidate.dumpId)
      dependents.add(candidate)
    }
  }
  return entries.filter((candidate) => dependents.has(candidate))
}

/** pg_dump notes of no user mapping that it needs its server; its tag is `USER MAPPING ada SERVER archive`. */
function isMappingOf({ description, tag }: TocEntry, servers: ReadonlySet<TocEntry>): boolean {
  if (description !== 'USER MAPPING') return false
  return [...servers].some((server) => server.description === 'SERVER' && tag.endsWith(` SERVER ${server.tag}`))
}

function leftOutWith({ extension, reason, dependents }: MissingExtension): LeftOut[] {
  const needs = `needs the extension \`${extension.tag}\``
  return [{ entry: extension, reason }, ...dependents.map((entry) => ({ entry, reason: needs }))]
}

function lostWith({ extension, dependents }: MissingExtension): Lost {
  const withRows = new Set(
    dependents.flatMap(({ description, dependencies }) => (description === 'TABLE DATA' ? dependencies : [])),
  )
  const objects = dependents
    .filter((entry) => !isAttribute(entry) && !isPart(entry))
    .map((entry) => {
      const rows = withRows.has(entry.dumpId) ? ' with its rows' : ''
      return `${entry.description.toLowerCase()} ${pathOf(entry).replace(`${entry.description} `, '')}${rows}`
    })
  return { extension: extension.tag, objects }
}

/** Whether `entry` goes without saying where what it belongs to is named. */
function isPart({ description }: TocEntry): boolean {
  return /(?: DATA| SET| OWNED BY| ATTACH|^DEFAULT|^ROW SECURITY)$/.test(description)
}

function attributesOf(objects: readonly LeftOut[], entries: readonly TocEntry[]): LeftOut[] {
  // What is in every database already keeps the comment that a person wrote.
  const ids = new Set(objects.flatMap(({ entry }) => (isEverywhere(entry) ? [] : [entry.dumpId])))
  return entries
    .filter((entry) => isAttribute(entry) && entry.dependencies.some((id) => ids.has(id)))
    .map((entry) => ({ entry, reason: 'belongs to something that is left out' }))
}

function because(entry: TocEntry, reason: string | undefined): LeftOut[] {
  return reason === undefined ? [] : [{ entry, reason }]
}

/** Each entry with the first of its reasons. */
function once(leftOut: readonly LeftOut[]): LeftOut[] {
  const first = new Map(leftOut.toReversed().map((one) => [one.entry, one]))
  return leftOut.filter((one) => first.get(one.entry) === one)
}

function without(entries: readonly TocEntry[], leftOut: readonly LeftOut[]): TocEntry[] {
  const gone = new Set(leftOut.map(({ entry }) => entry))
  return entries.filter((entry) => !gone.has(entry))
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}

/** The rows of the tables that the patterns name. */
function rowsOf(patterns: readonly string[], entries: readonly TocEntry[]): LeftOut[] {
  const isMeant = patterns.map(tableMatcher)
  return entries
    .filter((entry) => entry.description === 'TABLE DATA' && isMeant.some((matches) => matches(entry)))
    .map((entry) => ({ entry, reason: 'is in `restore.excludeTableData`' }))
}

function missingSchemas(kept: readonly TocEntry[], existing: readonly string[]): string[] {
  const made = kept.filter(({ description }) => description === 'SCHEMA').map(({ tag }) => tag)
  const there = new Set(['public', 'pg_catalog', ...existing, ...made])
  const named = kept.filter(isExtension).flatMap(({ definition }) => schemaOf(definition))
  return [...new Set(named)].filter((schema) => !there.has(schema))
}

/** The schema in `CREATE EXTENSION citext WITH SCHEMA heroku_ext`, in a list. */
function schemaOf(definition: string): string[] {
  const [, quoted, plain] = definition.match(/\bWITH SCHEMA (?:"((?:[^"]|"")+)"|([^\s;"]+))/) ?? []
  const schema = quoted?.replaceAll('""', '"') ?? plain
  return schema === undefined ? [] : [schema]
}

function describeEntry(entry: TocEntry): string {
  return `${entry.description} ${pathOf(entry)}`
}

function pathOf({ namespace, tag }: TocEntry): string {
  return `${namespace === undefined ? '' : `${namespace}.`}${tag}`
}
