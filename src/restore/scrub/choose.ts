import { suggest } from '../../environments/suggest.ts'
import {
  type ColumnFacts,
  familyOf,
  isSameTable,
  pathOf,
  type TableFacts,
  type TableName,
} from '../../postgres/columns.ts'
import { printable } from '../../terminal/harmless.ts'
import { presets } from './presets.ts'
import type { Rule, ScrubRules, TableRules } from './rules.ts'

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
