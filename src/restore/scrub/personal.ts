import { wildcards } from '../../environments/wildcards.ts'
import { type ColumnFacts, familyOf, pathOf, type TableFacts, type TableName } from '../../postgres/columns.ts'
import { printable } from '../../terminal/harmless.ts'
import { judgeNames } from './judge-names.ts'
import { type Preset, presetExpression, roomOf } from './presets.ts'
import { type Chosen, find, type ScrubRules } from './rules.ts'

/** A problem for each column that looks personal and that no rule decides, with the two lines of which one is to be added. */
export function findOverlooked(rules: ScrubRules, tables: readonly TableFacts[], chosen: readonly Chosen[]): string[] {
  const parts = new Map(chosen.flatMap(({ table }) => familyOf(table, tables).map((part) => [part, table])))
  return tables
    .filter(({ kind, isPartition }) => !isPartition && (kind === 'table' || kind === 'partitioned table'))
    .flatMap((table) => {
      const judged = judgeNames(table)
      return table.columns.flatMap((column) => {
        const isNamed = rules.personal.some((pattern) => isMeant(pattern, table, column.name))
        const preset = isNamed ? 'text' : judged.get(column.name)
        const isScrubbed = find(chosen, parts.get(table) ?? table, column.name) ?? find(chosen, table, column.name)
        const isKept = rules.keep.some((pattern) => isMeant(pattern, table, column.name))
        return preset === undefined || isScrubbed || isKept ? [] : [question(table, column, preset)]
      })
    })
}

function question(table: TableFacts, column: ColumnFacts, preset: Preset): string {
  const name = table.schema === 'public' ? table.name : pathOf(table)
  const fits = typeof presetExpression(preset, column.name, roomOf(column, false), '1') === 'object'
  const fallback = column.isRequired ? "'an SQL expression'" : 'null'
  const rule = fits && preset !== 'null' ? preset : fallback
  return [
    `${printable(`${pathOf(table)}.${column.name}`)} looks personal; below \`restore.scrub\` add one of`,
    `  ${yamlWord(name)}: { ${yamlWord(column.name)}: ${rule} }`,
    `  keep: [${yamlWord(`${name}.${column.name}`)}]`,
  ].join('\n')
}

/** A word as YAML reads it back. */
function yamlWord(word: string): string {
  const isSafe = /^[a-z_][\w.]*$/i.test(word) && !/^(null|true|false|yes|no|on|off|y|n)$/i.test(word)
  return isSafe ? word : JSON.stringify(word)
}

/**
 * Whether `pattern` means the column: `email`, `users.email` or `public.users.email`, `*` standing for any characters. Case is
 * Postgres's, which matters.
 */
function isMeant(pattern: string, { schema, name }: TableName, column: string): boolean {
  const meant = new RegExp(`^${wildcards(pattern)}$`, 's')
  return [column, `${name}.${column}`, `${schema}.${name}.${column}`].some((path) => meant.test(path))
}
