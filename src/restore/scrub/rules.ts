import type { ConfigurationFile } from '../../environments/schema.ts'
import { type Preset, presets } from './presets.ts'

/** What becomes of a column's values: one of the eight presets, or what an SQL expression says. */
export type Rule = { readonly preset: Preset } | { readonly sql: string }

/** The rules for a table as it was named: `users` is every table of that name, `public.users` that one. */
export type TableRules = { readonly table: string; readonly columns: Readonly<Record<string, Rule>> }

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

type Configured = NonNullable<ConfigurationFile['restore']>
type Settings = Partial<Pick<ScrubRules, 'strict' | 'optional' | 'keep' | 'personal'>>
type Tables = Readonly<Record<string, Readonly<Record<string, string | null>>>>

/** The configured rules; undefined where nothing is to be scrubbed. */
export function scrubRules({ scrub, scrubFiles = [], scrubFile }: Configured): ScrubRules | undefined {
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
