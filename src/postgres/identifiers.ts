import { usageError } from '../errors.ts'
import { printable } from '../terminal/harmless.ts'

/**
 * Bytes that Postgres keeps of a name; it cuts the rest off in silence.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
 */
export const longestName = 63

/** The first bytes of `text`, at most `limit` of them, never ending inside a character. */
export function cutToBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= limit) return text
  let end = limit
  // 10xxxxxx is a byte inside a UTF-8 character: go back to where that character begins.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

/** `name` as an SQL identifier: always quoted, so that every character and every case is kept. */
export function quoteIdentifier(name: string): string {
  refuseNul(name)
  return `"${name.replaceAll('"', '""')}"`
}

/** `text` as an SQL string that means the same whatever `standard_conforming_strings` is on the server. */
export function quoteLiteral(text: string): string {
  refuseNul(text)
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? ` E${quoted}` : quoted
}

function refuseNul(text: string): void {
  if (text.includes('\0')) throw usageError(`\`${printable(text)}\` contains a NUL character`)
}
