import type { DatabaseFacts } from '../postgres/catalog.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.ts'
import { readLiveComment, writeLiveComment } from './missing.ts'
import { formatMark, type Mark, refuseLiveName } from './names.ts'

/** Statements on whole databases, as text. Each name that is created or dropped is first held against the live one. */

export function createDatabase(
  name: string,
  target: string,
  encoding: string,
  like: DatabaseFacts | undefined,
): string {
  refuseLiveName(name, target)
  const options = ['TEMPLATE template0', `ENCODING ${quoteLiteral(encoding)}`, ...(like ? likeness(like) : [])]
  return `CREATE DATABASE ${quoteIdentifier(name)} ${options.join(' ')}`
}

function likeness(like: DatabaseFacts): string[] {
  // Unnamed, it would be template0's, which a server that was made with ICU has from there.
  const provider = like.localeProvider === null ? [] : [`LOCALE_PROVIDER ${like.localeProvider}`, ...localeOf(like)]
  return [
    `OWNER ${quoteIdentifier(like.owner)}`,
    ...provider,
    `LC_COLLATE ${quoteLiteral(like.collate)}`,
    `LC_CTYPE ${quoteLiteral(like.ctype)}`,
    // To name the default one takes a privilege that an ordinary role lacks.
    ...(like.tablespace === 'pg_default' ? [] : [`TABLESPACE ${quoteIdentifier(like.tablespace)}`]),
  ]
}

function localeOf({ localeProvider, locale, icuRules }: DatabaseFacts): string[] {
  const word = localeProvider === 'icu' ? 'ICU_LOCALE' : 'BUILTIN_LOCALE'
  return [
    ...(locale === null ? [] : [`${word} ${quoteLiteral(locale)}`]),
    ...(icuRules === null ? [] : [`ICU_RULES ${quoteLiteral(icuRules)}`]),
  ]
}

/**
 * A limit that no one sets, and that limits nothing ("pari"). A copy is full from its first instant and gets its comment an instant
 * later: until then this, which comes with its creation, shows that parity made it.
 */
export const copyStamp = 0x70617269

/**
 * A template copy of the database `from`, to which no session may be connected. Its files are copied whole (Postgres < 15 knows no other
 * way): 300 MB took 1.1 s like that and 3.2 s through the log, few MB the same either way.
 */
export function copyDatabase(name: string, from: string, target: string, owner: string, serverMajor: number): string {
  refuseLiveName(name, target)
  const strategy = serverMajor >= 15 ? ' STRATEGY FILE_COPY' : ''
  return `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE ${quoteIdentifier(from)} OWNER ${quoteIdentifier(owner)}${strategy} CONNECTION LIMIT ${copyStamp}`
}

/** Takes the stamp off a copy that has its mark. */
export function removeStamp(name: string): string {
  return `ALTER DATABASE ${quoteIdentifier(name)} CONNECTION LIMIT -1`
}

/**
 * Gives a copy the name that it was made for, to be run in one transaction: under that name there is never a copy that is not
 * complete and marked. What bears the name already (`replaces`) becomes the discard.
 */
export function publishStatements(copy: string, to: string, mark: Mark, discard: string, replaces: boolean): string[] {
  const { target } = mark
  return [
    ...(replaces
      ? [renameDatabase(to, discard), markDatabase(discard, { madeBy: 'parity', target, kind: 'discard' })]
      : []),
    renameDatabase(copy, to),
    markDatabase(to, mark),
  ]
}

/**
 * Lets names be looked for in `schemas` too: what an extension brings (`=` of citext) is not found in a separate schema, and
 * `heroku_ext` is no part of the archive that would say so (thoughtbot/parity issue 200).
 */
export function searchAlso(database: string, schemas: readonly string[]): string {
  const path = ['$user', 'public', ...schemas].map(quoteLiteral).join(', ')
  return `ALTER DATABASE ${quoteIdentifier(database)} SET search_path TO ${path}`
}

/** What people set on the target, for the database that will take its name. Not at its creation: a setting may forbid to write. */
export function carryOver(name: string, like: DatabaseFacts): string[] {
  const database = quoteIdentifier(name)
  return [
    ...(like.connectionLimit === -1 ? [] : [`ALTER DATABASE ${database} CONNECTION LIMIT ${like.connectionLimit}`]),
    ...like.settings.map(({ role, setting }) => alterSetting(database, role, setting)),
    ...(like.grants === null ? [] : grants(database, like.grants)),
  ]
}

function alterSetting(database: string, role: string | null, setting: string): string {
  const [name = '', ...rest] = setting.split('=')
  const who =
    role === null ? `ALTER DATABASE ${database}` : `ALTER ROLE ${quoteIdentifier(role)} IN DATABASE ${database}`
  return `${who} SET ${name.split('.').map(quoteIdentifier).join('.')} TO ${settingValue(name, rest.join('='))}`
}

/** Lists of names are kept as `"$user", public`: quoted as one they would be one name. The same six as in pg_dump's `variable_is_guc_list_quote`. */
const nameLists = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]

function settingValue(name: string, value: string): string {
  if (!nameLists.includes(name.toLowerCase())) return quoteLiteral(value)
  const items = [...value.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(
    ([, quoted, plain]) => plain ?? quoted?.replaceAll('""', '"') ?? '',
  )
  return items.length === 0 ? quoteLiteral('') : items.map(quoteLiteral).join(', ')
}

function grants(database: string, list: NonNullable<DatabaseFacts['grants']>): string[] {
  return [
    `REVOKE ALL ON DATABASE ${database} FROM public`,
    ...list.map(
      ({ grantee, privilege, grantable }) =>
        `GRANT ${privilege} ON DATABASE ${database} TO ${grantee}${grantable ? ' WITH GRANT OPTION' : ''}`,
    ),
  ]
}

function renameDatabase(from: string, to: string): string {
  return `ALTER DATABASE ${quoteIdentifier(from)} RENAME TO ${quoteIdentifier(to)}`
}

/** Puts parity's mark on a database: the proof, later, that it may be dropped. */
export function markDatabase(name: string, mark: Mark): string {
  return commentOnDatabase(name, formatMark(mark))
}

function commentOnDatabase(name: string, comment: string | null): string {
  return `COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${comment === null ? 'NULL' : quoteLiteral(comment)}`
}

/** Postgres ≥ 13 ends the sessions on it in the same statement. */
export function dropDatabase(name: string, target: string, serverMajor: number): string {
  refuseLiveName(name, target)
  return `DROP DATABASE ${quoteIdentifier(name)}${serverMajor >= 13 ? ' WITH (FORCE)' : ''}`
}

/**
 * The swap, to be run in one transaction: several renames in it are one atomic change. The mark leaves the new live database,
 * which bears the target's own comment from then on, with what is missing in it, and goes to the one that is kept.
 */
export function swapStatements(names: SwapNames, facts: SwapFacts): string[] {
  const { target, incoming, previous, discard } = names
  return [
    ...(facts.hasPrevious
      ? [renameDatabase(previous, discard), markDatabase(discard, { madeBy: 'parity', target, kind: 'discard' })]
      : []),
    ...(facts.hasTarget ? [renameDatabase(target, previous), markDatabase(previous, previousMark(target, facts))] : []),
    renameDatabase(incoming, target),
    commentOnDatabase(target, writeLiveComment({ ...readLiveComment(facts.comment), missing: facts.missing })),
  ]
}

/** `development undo`: target and previous change names; the third name is only passed through. */
export function undoStatements(
  names: SwapNames,
  facts: { comment: string | null; previousComment: string | null; at: string },
): string[] {
  const { target, previous, discard } = names
  return [
    renameDatabase(target, discard),
    renameDatabase(previous, target),
    renameDatabase(discard, previous),
    commentOnDatabase(target, facts.previousComment),
    markDatabase(previous, previousMark(target, facts)),
  ]
}

export type SwapNames = {
  readonly target: string
  readonly incoming: string
  readonly previous: string
  readonly discard: string
}
type SwapFacts = {
  readonly hasTarget: boolean
  readonly hasPrevious: boolean
  /** The comment of the target. */
  readonly comment: string | null
  /** What the incoming database lacks. */
  readonly missing: readonly string[]
  /** Now, ISO 8601. */
  readonly at: string
}

function previousMark(target: string, { comment, at }: Pick<SwapFacts, 'comment' | 'at'>): Mark {
  return { madeBy: 'parity', target, kind: 'previous', createdAt: at, ...(comment === null ? {} : { comment }) }
}
