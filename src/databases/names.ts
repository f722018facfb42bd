import { createHash } from 'node:crypto'
import { failure, usageError } from '../errors.ts'
import { cutToBytes, longestName } from '../postgres/identifiers.ts'
import { printable } from '../terminal/harmless.ts'

/** What a database that parity made is for. A `copy` is a template copy that does not bear its own name yet. */
type Kind = 'incoming' | 'previous' | 'discard' | 'copy' | { readonly snapshot: string }

/** The snapshot that a restore keeps of its result, to go by when the same is restored again. One a target. */
export const pristineKind = { snapshot: 'pristine' } as const

/**
 * What the COMMENT of a database of ours says. It is the only proof that parity made a database, and the only
 * permission to drop it.
 */
export type Mark = {
  readonly madeBy: 'parity'
  /** The database under whose name a person works, for which this one was made. */
  readonly target: string
  readonly kind: Kind
  /** When it was made, ISO 8601. */
  readonly createdAt?: string
  /** Where its rows came from, in words: `acme-production b123`. */
  readonly source?: string
  /** A hash of everything that shaped it, by which a pristine snapshot is found again. */
  readonly key?: string
  /** The comment that a person gave the database, to be put back by `undo`. */
  readonly comment?: string
  /** What of the backup is not in it, as it was allowed: `index public.users_email`. */
  readonly missing?: readonly string[]
}

/** Bytes of a long snapshot's suffix that are kept, so that something of the target stays readable too. */
const longestSuffix = 36

/** How a comment of ours begins. */
export const markPrefix = 'made by parity, which may drop it: '

/**
 * The name of the database of `kind` that belongs to `target`: `acme_development__parity_incoming`. Never longer than
 * 63 bytes: a longer one is cut and given a hash of the whole, so that two long names stay two names.
 * Errors: a snapshot's name is empty or has other than letters, digits, `.`, `-` and `_` (2).
 */
export function derivedName(target: string, kind: Kind): string {
  const suffix = `__parity_${typeof kind === 'string' ? kind : `snap_${snapshotName(kind.snapshot)}`}`
  const name = withinLimit(target, suffix)
  refuseLiveName(name, target)
  return name
}

/**
 * Throws when Postgres would take `name` for `target`, its cutting to 63 bytes included. Asked before every statement
 * that drops, creates or renames a database of ours.
 */
export function refuseLiveName(name: string, target: string): void {
  if (cutToBytes(name, longestName) === cutToBytes(target, longestName)) {
    throw failure(
      `\`${printable(name)}\` is the name of the live database`,
      'this is a bug, please report it; nothing was changed',
    )
  }
}

/** The text for `COMMENT ON DATABASE` that says what `mark` says. */
export function formatMark(mark: Mark): string {
  return markPrefix + JSON.stringify(mark)
}

/** The mark that `comment` holds; undefined for no comment, a foreign one, or one that only looks like ours. */
export function parseMark(comment: string | null | undefined): Mark | undefined {
  if (!comment?.startsWith(markPrefix)) return undefined
  const {
    madeBy,
    target,
    kind,
    createdAt,
    source,
    key,
    comment: own,
    missing,
    ...others
  } = record(comment.slice(markPrefix.length))
  if (madeBy !== 'parity' || typeof target !== 'string' || target === '' || !isKind(kind)) return undefined
  if (Object.keys(others).length > 0 || ![createdAt, source, key, own].every(isOptionalText)) return undefined
  if (missing !== undefined && !isTexts(missing)) return undefined
  const list = missing === undefined ? {} : { missing }
  return { madeBy, target, kind, ...texts({ createdAt, source, key, comment: own }), ...list }
}

/**
 * Whether parity may drop `databaseName`: its comment says that parity made it for `target`, and its name is the one
 * that such a database has. The target itself never is.
 */
export function mayDrop(databaseName: string, comment: string | null | undefined, target: string): boolean {
  const mark = parseMark(comment)
  return mark?.target === target && databaseName === derivedName(target, mark.kind)
}

function snapshotName(name: string): string {
  if (isSnapshotName(name)) return name
  throw usageError(`\`${printable(name)}\` is not a valid snapshot name`, 'use letters, digits, `.`, `-` and `_`')
}

function isSnapshotName(name: string): boolean {
  return /^[\p{L}\p{N}._-]+$/u.test(name)
}

function withinLimit(target: string, suffix: string): string {
  const whole = target + suffix
  if (Buffer.byteLength(whole) <= longestName) return whole
  const end = cutToBytes(suffix, longestSuffix)
  const hash = `_${createHash('sha256').update(whole).digest('hex').slice(0, 10)}`
  return cutToBytes(target, longestName - Buffer.byteLength(hash + end)) + hash + end
}

function record(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) ? value : {}
  } catch {
    return {}
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isKind(value: unknown): value is Kind {
  if (value === 'incoming' || value === 'previous' || value === 'discard' || value === 'copy') return true
  return isRecord(value) && typeof value.snapshot === 'string' && isSnapshotName(value.snapshot)
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function texts<Key extends string>(values: Record<Key, unknown>): Partial<Record<Key, string>> {
  const kept: Partial<Record<Key, string>> = {}
  for (const key in values) {
    const value = values[key]
    if (typeof value === 'string') kept[key] = value
  }
  return kept
}
