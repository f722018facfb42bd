/**
 * The source of a regular expression that means a pattern of the configuration: `*` stands for any characters, and where the pattern
 * is one of `pg_dump`, `?` for a single one.
 */
export function wildcards(pattern: string, single = false): string {
  const literal = pattern.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replaceAll('\\*', '.*')
  return single ? literal.replaceAll('\\?', '.') : literal
}
