import { type ColumnFacts, familyOf, pathOf, type TableFacts } from '../../postgres/columns.ts'
import { printable } from '../../terminal/harmless.ts'
import { type Chosen, chooseColumns, find, tiesOf } from './choose.ts'
import { findOverlooked } from './personal.ts'
import { narrowest, presetExpression, type Room, roomOf } from './presets.ts'
import type { ScrubRules } from './rules.ts'
import { rankOf, type Scrubbed, type ScrubPlan, scrubStatements } from './statements.ts'

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
