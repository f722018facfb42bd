import type { Archive, TocEntry } from '../../postgres/archive.ts'
import { isListed } from './list.ts'
import { tableMatcher } from './table-patterns.ts'

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

type LeftOut = { readonly entry: TocEntry; readonly reason: string }

export type Selection = {
  readonly leftOut: readonly LeftOut[]
  /** What is restored, in the archive's order. */
  readonly kept: readonly TocEntry[]
  /** Schemas that kept extensions go into and that the archive does not make itself. */
  readonly schemasToCreate: readonly string[]
  readonly extensionsLeftOut: readonly string[]
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
  const patterns = facts.excludeTableData ?? []
  const rows = rowsOf(patterns, entries)
  const leftOut = once([...objects, ...attributesOf(objects, entries), ...rows])
  const kept = without(entries, leftOut).filter(isListed)
  return {
    leftOut,
    kept,
    schemasToCreate: missingSchemas(kept, facts.existingSchemas ?? []),
    extensionsLeftOut: leftOut.flatMap(({ entry }) => (isExtension(entry) ? [entry.tag] : [])),
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

/** What Heroku installs into every database, besides its schema `_heroku`. */
const platformTriggers = ['extension_before_drop', 'log_create_ext', 'log_drop_ext', 'validate_extension']

const inPlatform = 'belongs to the platform of Heroku'

/** Why an entry is never restored, whatever depends on it; undefined for all that is wanted. */
function unwantedReason(entry: TocEntry, roleIsSuperuser: boolean): string | undefined {
  const { description, tag, namespace, definition } = entry
  if (namespace === '_heroku' || (description === 'SCHEMA' && tag === '_heroku')) return inPlatform
  if (description === 'EVENT TRIGGER') {
    if (platformTriggers.includes(tag) || callsPlatform(definition)) return inPlatform
    return roleIsSuperuser ? undefined : 'only a superuser may create an event trigger'
  }
  if (description.startsWith('SUBSCRIPTION')) return 'would make this database subscribe to another server'
  if (description.startsWith('PUBLICATION')) return roleIsSuperuser ? undefined : superuserPublication(entry)
  // Since Postgres 18 a dump may hold them, by functions that older servers lack.
  if (description === 'STATISTICS DATA') return 'ANALYZE makes statistics anew'
  if (description === 'COMMENT' && /^EXTENSION /.test(tag)) return 'only the owner of an extension may comment on it'
  return isEverywhere(entry) ? 'is in every database already' : undefined
}

/** https://www.postgresql.org/docs/current/sql-createpublication.html#SQL-CREATEPUBLICATION-NOTES */
function superuserPublication({ description, definition }: TocEntry): string | undefined {
  const whole = description === 'PUBLICATION TABLES IN SCHEMA' || /\bFOR ALL TABLES\b/.test(definition)
  return whole ? 'only a superuser may publish all tables' : undefined
}

function callsPlatform(definition: string): boolean {
  return /\bEXECUTE (?:FUNCTION|PROCEDURE) "?_heroku"?\./.test(definition)
}

function isEverywhere(entry: TocEntry): boolean {
  return isPlpgsql(entry) || ['SCHEMA public', 'COMMENT SCHEMA public'].includes(`${entry.description} ${entry.tag}`)
}

function isPlpgsql({ description, tag }: TocEntry): boolean {
  return description === 'EXTENSION' && tag === 'plpgsql'
}

function isExtension(entry: TocEntry): boolean {
  return entry.description === 'EXTENSION' && !isPlpgsql(entry)
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
      if (reached.has(candidate.dumpId) || !candidate.dependencies.some((id) => reached.has(id))) continue
      reached.add(candidate.dumpId)
      dependents.add(candidate)
    }
  }
  return entries.filter((candidate) => dependents.has(candidate))
}

function leftOutWith({ extension, reason, dependents }: MissingExtension): LeftOut[] {
  const needs = `needs the extension \`${extension.tag}\``
  return [{ entry: extension, reason }, ...dependents.map((entry) => ({ entry, reason: needs }))]
}

function attributesOf(objects: readonly LeftOut[], entries: readonly TocEntry[]): LeftOut[] {
  const ids = new Set(objects.map(({ entry }) => entry.dumpId))
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

function describeEntry({ description, namespace, tag }: TocEntry): string {
  return `${description} ${namespace === undefined ? '' : `${namespace}.`}${tag}`
}
