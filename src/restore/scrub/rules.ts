import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import type { Project } from '../../environments/environments.ts'
import type { ConfigurationFile } from '../../environments/schema.ts'
import { suggest } from '../../environments/suggest.ts'
import { usageError } from '../../errors.ts'
import {
  type ColumnFacts,
  familyOf,
  isSameTable,
  pathOf,
  type TableFacts,
  type TableName,
} from '../../postgres/columns.ts'
import { printable } from '../../terminal/harmless.ts'
import { type Preset, presets } from './presets.ts'

/** What becomes of a column's values: one of the eight presets, or what an SQL expression says. */
type Rule = { readonly preset: Preset } | { readonly sql: string }

/** The rules for a table as it was named: `users` is every table of that name, `public.users` that one. */
type TableRules = { readonly table: string; readonly columns: Readonly<Record<string, Rule>> }

/** All of `restore.scrub` and `restore.scrubFiles`. */
export type ScrubRules = {
  readonly tables: readonly TableRules[]
  /** SQL files, as they were named: seen from the project's root. */
  readonly files: readonly string[]
  /** Whether every column that looks personal has to be scrubbed or kept on purpose. */
  readonly strict: boolean
  /** Whether `--no-scrub` may leave it out. */
  readonly optional: boolean
  /** Patterns of columns that may stay as they are. */
  readonly keep: readonly string[]
  /** Patterns of columns that look personal, beside the listed words. */
  readonly personal: readonly string[]
}

/**
 * The rules of the project, their files as whole paths; undefined where there are none, or `--no-scrub` leaves them out.
 * Throws a usage error where it must not, and for a file that cannot be read.
 */
export function projectRules(
  { root, configuration }: Pick<Project, 'root' | 'configuration'>,
  scrub: boolean,
): ScrubRules | undefined {
  const rules = scrubRules(configuration.restore ?? {})
  if (rules === undefined) return undefined
  if (!scrub) {
    if (rules.optional) return undefined
    throw usageError(
      '`--no-scrub` is not allowed by the configuration',
      'remove it, or set `restore.scrub.optional: true`',
    )
  }
  const files = rules.files.map((file) => resolve(root, file))
  for (const [index, file] of files.entries()) refuseUnreadable(file, rules.files[index] ?? file)
  return { ...rules, files }
}

type Configured = NonNullable<ConfigurationFile['restore']>
type Settings = Partial<Pick<ScrubRules, 'strict' | 'optional' | 'keep' | 'personal'>>
type Tables = Readonly<Record<string, Readonly<Record<string, string | null>>>>

/** The configured rules; undefined where nothing is to be scrubbed. */
function scrubRules({ scrub, scrubFiles = [], scrubFile }: Configured): ScrubRules | undefined {
  // The four words are settings, every other key is a table: the schema has seen to it, its type can't say it.
  const { strict = false, optional = false, keep = [], personal = [], ...others } = (scrub ?? {}) as Settings
  const tables = Object.entries(others as Tables).map(([table, columns]) => ({ table, columns: rulesOf(columns) }))
  const files = [...scrubFiles, ...(scrubFile === undefined ? [] : [scrubFile])]
  const isIdle = tables.length === 0 && files.length === 0 && !strict
  return isIdle ? undefined : { tables, files, strict, optional, keep, personal }
}

function rulesOf(columns: Tables[string]): Record<string, Rule> {
  return Object.fromEntries(Object.entries(columns).map(([column, written]) => [column, ruleOf(written)]))
}

/** One of the eight words is a preset, anything else is SQL. YAML reads a bare `null` as no value at all. */
function ruleOf(written: string | null): Rule {
  const preset = presets.find((word) => word === (written ?? 'null'))
  return preset === undefined ? { sql: written ?? '' } : { preset }
}

function refuseUnreadable(file: string, written: string): void {
  try {
    accessSync(file, constants.R_OK)
  } catch (error) {
    throw usageError(
      `restore.scrubFiles: \`${printable(written)}\` cannot be read: ${(error as Error).message.split(',')[0]}`,
      'paths are relative to the root of the project',
    )
  }
}

/** A column that is scrubbed, by its own rule or by that of the column it refers to. */
export type Chosen = {
  readonly table: TableFacts
  readonly column: ColumnFacts
  readonly rule: Rule
  /** Where in the configuration the rule is, for messages: `restore.scrub.users.email`. */
  readonly written: string
}

/** The columns that the rules mean, and what can't be meant. A rule for `public.users` goes before one for every `users`. */
export function chooseColumns(
  { tables: rules }: ScrubRules,
  tables: readonly TableFacts[],
): { chosen: Chosen[]; problems: string[] } {
  const isExact = ({ table: name }: TableRules) => tables.some((table) => pathOf(table) === name)
  const inOrder = [...rules.filter(isExact), ...rules.filter((rule) => !isExact(rule))]
  const results = inOrder.flatMap((rule) => chooseIn(rule, tables))
  const chosen: Chosen[] = []
  for (const one of results) if (typeof one !== 'string' && !find(chosen, one.table, one.column.name)) chosen.push(one)
  return { chosen: withFollowers(chosen, tables), problems: results.filter((one) => typeof one === 'string') }
}

/** The chosen column of that name, if it is one. */
export function find(chosen: readonly Chosen[], table: TableName, column: string): Chosen | undefined {
  return chosen.find((one) => one.column.name === column && isSameTable(one.table, table))
}

/** Columns that a foreign key ties to this one: those it refers to, and those that refer to it. */
export function tiesOf(
  table: TableFacts,
  column: string,
  tables: readonly TableFacts[],
): { table: TableName; column: string; isReferenced: boolean }[] {
  const referenced = table.foreignKeys.flatMap(({ columns, references }) =>
    references.columns.flatMap((name, index) =>
      columns[index] === column ? [{ table: references, column: name, isReferenced: true }] : [],
    ),
  )
  return [...referenced, ...referrers(table, column, tables).map((other) => ({ ...other, isReferenced: false }))]
}

function chooseIn({ table: name, columns }: TableRules, tables: readonly TableFacts[]): (Chosen | string)[] {
  const path = `restore.scrub.${printable(name)}`
  const meant = tables.filter((table) => table.name === name || pathOf(table) === name)
  if (meant.length === 0) {
    const known = tables.flatMap((table) => [table.name, pathOf(table)])
    return [`${path}: there is no such table${didYouMean(name, known)}`]
  }
  return meant.flatMap((table) => {
    const why = whyNotTable(table, tables)
    if (why !== undefined) return [`${path}: ${why}`]
    return Object.entries(columns).map(([column, rule]) =>
      chooseColumn(table, column, rule, `${path}.${printable(column)}`),
    )
  })
}

function whyNotTable(table: TableFacts, tables: readonly TableFacts[]): string | undefined {
  const what = `${printable(pathOf(table))} is a ${table.kind}`
  if (table.kind === 'view') return `${what}: scrub the tables that it reads`
  if (table.kind === 'materialized view') return `${what}, and refreshed afterwards: scrub the tables that it reads`
  if (familyOf(table, tables).some(({ kind }) => kind === 'foreign table')) {
    return `${what}${table.kind === 'foreign table' ? '' : ' with a foreign table among its own'}: rows on another server are left alone`
  }
  if (table.isPartition && table.parent)
    return `${printable(pathOf(table))} is a partition: scrub ${printable(pathOf(table.parent))}`
  return undefined
}

function chooseColumn(table: TableFacts, name: string, rule: Rule, written: string): Chosen | string {
  const column = table.columns.find((column) => column.name === name)
  const names = table.columns.map(({ name }) => name)
  if (column === undefined)
    return `${written}: ${printable(pathOf(table))} has no such column${didYouMean(name, names)}`
  const why = whyNotColumn(column, rule, names)
  return why === undefined ? { table, column, rule, written } : `${written}: ${why}`
}

function whyNotColumn(column: ColumnFacts, rule: Rule, names: readonly string[]): string | undefined {
  if (column.isGenerated) return 'the column is generated from others: scrub those'
  if (column.isIdentity) return 'the column is an identity that Postgres always generates'
  if (column.isPartitionKey) return 'the column decides which partition a row is in, and has to stay'
  if ('preset' in rule) return undefined
  // A lonely word is mostly meant for a preset. Where it is SQL after all (`current_date`), it is a column or resembles none.
  const meant = /^\w+$/.test(rule.sql) && !names.includes(rule.sql) ? suggest(rule.sql, presets) : undefined
  return meant && `\`${rule.sql}\` is no preset and no column, did you mean \`${meant}\`?`
}

/** Columns that refer to a scrubbed one, at any remove, and have no rule of their own: the foreign key wants them alike. */
function withFollowers(chosen: readonly Chosen[], tables: readonly TableFacts[]): Chosen[] {
  const all = [...chosen]
  for (const { table: leader, column, rule, written } of all) {
    if ('sql' in rule) continue
    for (const { table, column: name } of referrers(leader, column.name, tables)) {
      const follower = table.columns.find((column) => column.name === name)
      if (!follower || find(all, table, name)) continue
      const path = printable(`${pathOf(table)}.${name}`)
      all.push({ table, column: follower, rule, written: `${written}, which ${path} refers to` })
    }
  }
  return all
}

function referrers(
  to: TableName,
  column: string,
  tables: readonly TableFacts[],
): { table: TableFacts; column: string }[] {
  return tables.flatMap((table) =>
    table.foreignKeys
      .filter(({ references }) => isSameTable(references, to))
      .flatMap(({ columns, references }) =>
        columns.flatMap((name, index) => (references.columns[index] === column ? [{ table, column: name }] : [])),
      ),
  )
}

function didYouMean(word: string, known: readonly string[]): string {
  const meant = suggest(word, known)
  return meant === undefined ? '' : `, did you mean \`${printable(meant)}\`?`
}
