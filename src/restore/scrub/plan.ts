import {
  type ColumnFacts,
  type ForeignKeyFacts,
  familyOf,
  isSameTable,
  pathOf,
  qualified,
  type TableFacts,
  type TableName,
} from '../../postgres/columns.ts'
import { quoteIdentifier } from '../../postgres/identifiers.ts'
import { printable } from '../../terminal/harmless.ts'
import { findOverlooked } from './personal.ts'
import { type Expression, hash, narrowest, presetExpression, type Room, roomOf } from './presets.ts'
import { type Chosen, chooseColumns, find, type ScrubRules, tiesOf } from './rules.ts'

/** Statements in their order; each is its own transaction, since the database is not in use yet. */
export type ScrubPlan = {
  readonly before: readonly string[]
  readonly tables: readonly { readonly table: TableName; readonly statements: readonly string[] }[]
  readonly after: readonly string[]
}

/** A column with the SQL of its new value. */
type Scrubbed = { readonly table: TableFacts; readonly column: ColumnFacts; readonly expression: Expression }

/** What scrubs these tables by these rules, or every problem that the rules have with them. */
export function planScrub(
  rules: ScrubRules,
  tables: readonly TableFacts[],
): ScrubPlan | { readonly problems: readonly string[] } {
  const { chosen, problems } = chooseColumns(rules, tables)
  const results = chosen.map((one) => express(one, chosen, tables))
  const all = [
    ...problems,
    ...results.filter((result) => typeof result === 'string'),
    ...(rules.strict ? findOverlooked(rules, tables, chosen) : []),
  ]
  if (all.length > 0) return { problems: all }
  return scrubStatements(
    results.filter((result) => typeof result !== 'string'),
    tables,
  )
}

/** The new value of a column, in SQL; or the problem with it. */
function express(one: Chosen, chosen: readonly Chosen[], tables: readonly TableFacts[]): Scrubbed | string {
  const { table, column, rule, written } = one
  // On a separate line: an expression that ends in a comment must not swallow the bracket.
  if ('sql' in rule) return { table, column, expression: { sql: `(${rule.sql}\n)`, usesRank: false } }
  const { preset } = rule
  if (preset === 'null') {
    if (column.isRequired) return `${written}: the preset \`null\` can't be, the column is NOT NULL`
    return { table, column, expression: { sql: 'NULL', usesRank: false } }
  }
  const tied = tiedTo(one, chosen, tables)
  if (typeof tied === 'string') return `${written}: ${tied}`
  const room = narrowest(tied.map(({ table, column }) => roomIn(table, column, tables)))
  const expression = presetExpression(preset, column.name, room, rankOf(table, column))
  if (typeof expression === 'string')
    return `${written}: the preset \`${preset}\` ${expression}, and the type is ${column.type}: write an SQL expression instead`
  if (expression.usesRank && tied.length > 1)
    return `${written}: the preset \`${preset}\` has no values for its type, ${column.type}, that are unique and that a foreign key finds again`
  return { table, column, expression }
}

/** This column and the scrubbed ones that foreign keys tie to it, at any remove; or why they can't be kept alike. */
function tiedTo(one: Chosen, chosen: readonly Chosen[], tables: readonly TableFacts[]): Chosen[] | string {
  const tied = [one]
  for (const { table, column, rule } of tied) {
    for (const tie of tiesOf(table, column.name, tables)) {
      const other = find(chosen, tie.table, tie.column)
      const isAlike = other && 'preset' in other.rule && 'preset' in rule && other.rule.preset === rule.preset
      if (isAlike && !tied.includes(other)) tied.push(other)
      // The values of an expression are its author's to keep alike; the server looks at them in the end.
      if (isAlike || !tie.isReferenced || (other && 'sql' in other.rule)) continue
      return `it refers to ${printable(`${pathOf(tie.table)}.${tie.column}`)}, which is not scrubbed alike: name that column, and this one follows`
    }
  }
  return tied
}

function roomIn(table: TableFacts, column: ColumnFacts, tables: readonly TableFacts[]): Room {
  const isUnique = familyOf(table, tables).some(({ indexes }) =>
    indexes.some((index) => index.isUnique && index.columns.includes(column.name)),
  )
  return roomOf(column, isUnique)
}

/**
 * One UPDATE a table. Foreign keys and unique indexes on the scrubbed columns, and every index that nothing leans on, go before it
 * and come back after: an index is built many times faster than it is kept up, two values may pass each other on the way to their
 * places, and the server itself proves in the end that everything holds. No trigger, rule or policy meddles. Each table is then written anew, because the old
 * values would stay in the server's files otherwise.
 */
function scrubStatements(scrubbed: readonly Scrubbed[], tables: readonly TableFacts[]): ScrubPlan {
  const works = [...new Set(scrubbed.map(({ table }) => table))].map((table): Work => {
    const columns = scrubbed.filter((one) => one.table === table)
    const family = familyOf(table, tables)
    return { table, columns, family, indexes: family.flatMap((member) => indexesOn(member, columns)) }
  })
  const keys = foreignKeysOn(works, tables)
  const policies = works.length === 0 ? [] : tables.flatMap(policiesOf)
  return {
    before: [
      ...policies.map(({ off }) => off),
      ...keys.map(({ table, key }) => `ALTER TABLE ${qualified(table)} DROP CONSTRAINT ${quoteIdentifier(key.name)}`),
    ],
    tables: works.map((work) => ({
      table: { schema: work.table.schema, name: work.table.name },
      statements: scrubTable(work),
    })),
    after: [...keys.flatMap(({ key }) => key.create), ...policies.map(({ on }) => on)],
  }
}

/** How the expression of a column writes its rank. */
function rankOf(table: TableFacts, column: ColumnFacts): string {
  return `parity_ranks.rank_${table.columns.indexOf(column) + 1}`
}

type Work = {
  readonly table: TableFacts
  readonly columns: readonly Scrubbed[]
  readonly family: readonly TableFacts[]
  readonly indexes: readonly Index[]
}

type Index = {
  readonly table: TableName
  readonly name: string
  readonly drop: string
  readonly create: readonly string[]
}

type Switch = { readonly off: string; readonly on: string }

function scrubTable({ table, columns, family, indexes }: Work): string[] {
  const hooks = family.flatMap(hooksOf)
  return [
    ...indexes.map(({ drop }) => drop),
    ...hooks.map(({ off }) => off),
    update(table, columns),
    ...hooks.map(({ on }) => on),
    ...family.filter(({ kind }) => kind === 'table').map((member) => `VACUUM FULL ${qualified(member)}`),
    ...indexes.flatMap(({ create }) => create),
  ]
}

/** Where ranks are asked for, the rows are numbered in the order of the hash, which says nothing about them. */
function update(table: TableFacts, columns: readonly Scrubbed[]): string {
  const name = qualified(table)
  const assignments = columns.map(({ column, expression }) => `${quoteIdentifier(column.name)} = ${expression.sql}`)
  const ranks = columns
    .filter(({ expression }) => expression.usesRank)
    .map(({ column }) => {
      const order = `${hash(column.name, roomOf(column, true))}, ${quoteIdentifier(column.name)}`
      return `row_number() OVER (ORDER BY ${order}) AS ${rankOf(table, column).replace('parity_ranks.', '')}`
    })
  const lines = [`UPDATE ${name} SET`, assignments.map((assignment) => `  ${assignment}`).join(',\n')]
  if (ranks.length === 0) return lines.join('\n')
  return [
    ...lines,
    `FROM (SELECT tableoid AS parity_part, ctid AS parity_place, ${ranks.join(', ')} FROM ${name}) parity_ranks`,
    `WHERE parity_part = ${name}.tableoid AND parity_place = ${name}.ctid`,
  ].join('\n')
}

/** The indexes that go for a while. An UPDATE would add to all of them, of whichever columns they are. */
function indexesOn(table: TableFacts, columns: readonly Scrubbed[]): Index[] {
  const isTouched = (names: readonly string[]) => columns.some(({ column }) => names.includes(column.name))
  return table.indexes
    .filter(({ columns, isUnique, constraint }) => isTouched(columns) || (!isUnique && constraint === null))
    .map(({ name, constraint, create }) => ({
      table,
      name,
      create,
      drop:
        constraint === null
          ? `DROP INDEX ${qualified({ schema: table.schema, name })}`
          : `ALTER TABLE ${qualified(table)} DROP CONSTRAINT ${quoteIdentifier(constraint)}`,
    }))
}

/** The foreign keys from or to a column that changes, and those that lean on an index which is dropped for a while. */
function foreignKeysOn(
  works: readonly Work[],
  tables: readonly TableFacts[],
): { table: TableFacts; key: ForeignKeyFacts }[] {
  const changes = (table: TableName, names: readonly string[]) =>
    works.some(
      ({ columns, family }) =>
        family.some((member) => isSameTable(member, table)) &&
        columns.some(({ column }) => names.includes(column.name)),
    )
  const isDropped = ({ references, index }: ForeignKeyFacts) =>
    works.some(({ indexes }) => indexes.some(({ table, name }) => name === index && isSameTable(table, references)))
  const isTouched = (table: TableName, key: ForeignKeyFacts) =>
    changes(table, key.columns) || changes(key.references, key.references.columns) || isDropped(key)
  return tables.flatMap((table) =>
    table.foreignKeys.filter((key) => isTouched(table, key)).map((key) => ({ table, key })),
  )
}

/** What would have a say in an UPDATE, switched off and on again. */
function hooksOf(table: TableFacts): Switch[] {
  const alter = `ALTER TABLE ${qualified(table)}`
  return table.hooks.map(({ kind, name, always }) => {
    const what = `${kind.toUpperCase()} ${quoteIdentifier(name)}`
    return { off: `${alter} DISABLE ${what}`, on: `${alter} ENABLE ${always ? 'ALWAYS ' : ''}${what}` }
  })
}

/** Policies that bind the owner too would hide rows, from an UPDATE as from the proof of a foreign key. */
function policiesOf(table: TableFacts): Switch[] {
  const force = 'FORCE ROW LEVEL SECURITY'
  const alter = `ALTER TABLE ${qualified(table)}`
  return table.forcesRowSecurity ? [{ off: `${alter} NO ${force}`, on: `${alter} ${force}` }] : []
}
