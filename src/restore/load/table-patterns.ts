import { wildcards } from '../../environments/wildcards.ts'
import type { TocEntry } from '../../postgres/archive.ts'

/**
 * What a pattern such as `audit_*` or `public.event?` means, as for pg_dump: without a schema, in any; small letters unless quoted.
 * https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-PATTERNS
 */
export function tableMatcher(pattern: string): (table: Pick<TocEntry, 'namespace' | 'tag'>) => boolean {
  const parts = pattern.match(/(?:"(?:[^"]|"")*"|[^".])+/g) ?? []
  const [name, schema] = parts.toReversed().map((part) => new RegExp(`^${partExpression(part)}$`, 'su'))
  return ({ namespace = '', tag }) => name?.test(tag) === true && (schema === undefined || schema.test(namespace))
}

function partExpression(part: string): string {
  const pieces = part.match(/"(?:[^"]|"")*"|[^"]+/g) ?? []
  return pieces
    .map((piece) => (piece.startsWith('"') ? literal(unquoted(piece)) : wildcards(piece.toLowerCase(), true)))
    .join('')
}

function unquoted(piece: string): string {
  return piece.slice(1, -1).replaceAll('""', '"')
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
