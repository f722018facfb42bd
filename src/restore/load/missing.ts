import type { TocEntry } from '../../postgres/archive.ts'
import type { RestoreError } from './classify.ts'

/** An entry of the archive that Postgres refused, and its words. */
export type Refusal = { readonly entry: TocEntry; readonly reason: string; readonly text: string }

/** What holds no rows: a database is of use without it. */
const dispensable = [
  ...[
    'INDEX',
    'CONSTRAINT',
    'FK CONSTRAINT',
    'CHECK CONSTRAINT',
    'VIEW',
    'MATERIALIZED VIEW',
    'MATERIALIZED VIEW DATA',
  ],
  ...['RULE', 'TRIGGER', 'STATISTICS'],
]

/** What only says something of another entry, and comes and goes with it. */
const attributes = ['COMMENT', 'INDEX ATTACH']

/** What holds no rows itself, while something that does may need it: a default, a check, a type. */
const routines = ['FUNCTION', 'PROCEDURE']

/**
 * The entry of `entries` that an error is about, if a database is of use without it. Several jobs write into one log: the entry that
 * is named last need not be the one that failed, so the command has to fit too. `kept` are all that are restored.
 */
export function refusalOf(
  error: RestoreError,
  entries: readonly TocEntry[],
  kept: readonly TocEntry[] = entries,
): Refusal | undefined {
  const { dumpId, text } = error
  const [, said = '', command = ''] = /^could not execute query: ([\s\S]*?)\nCommand was: ([\s\S]*)$/.exec(text) ?? []
  if (command === '' || isOfTheServer(said)) return undefined
  // pg_restore shows the first 124 bytes of a command.
  const begin = command.replace(/\ufffd?\.\.\.$/, '').trim()
  const fitting = entries.filter(({ definition }) => definition.trim().startsWith(begin))
  const entry = fitting.find((one) => one.dumpId === dumpId) ?? (fitting.length === 1 ? fitting[0] : undefined)
  if (!entry || !isDispensable(entry, kept)) return undefined
  const [first = ''] = said.split('\n')
  return { entry, reason: first.replace(/^\p{Lu}+: {2}/u, ''), text: said }
}

/** Whether a database is of use without an entry, and without all that needs it. */
function isDispensable(entry: TocEntry, kept: readonly TocEntry[]): boolean {
  if (!routines.includes(entry.description)) return [...dispensable, ...attributes].includes(entry.description)
  return kept.every((other) => !other.dependencies.includes(entry.dumpId) || isDispensable(other, kept))
}

/** Whether the server is in trouble itself, so that the next statement would fail as well. */
function isOfTheServer(said: string): boolean {
  return (
    /^(?:FATAL|PANIC|server closed|no connection|SSL |could not (?:receive|send))/.test(said) ||
    /server closed the connection|No space left|out of memory|shared memory|canceling statement|could not (?:extend|write|open|create|fsync) file/.test(
      said,
    )
  )
}

/** Those of `refusals` that a person has to decide on: not what only belongs to another one of them. */
export function decisive(refusals: readonly Refusal[]): Refusal[] {
  const gone = new Set(refusals.map(({ entry }) => entry.dumpId))
  return refusals.filter(
    ({ entry }) => !attributes.includes(entry.description) || !entry.dependencies.some((id) => gone.has(id)),
  )
}

/** Whether one of `names` is that of `entry`: `users_email`, `public.users_email`, for a constraint also behind its table. */
export function isNamed(entry: TocEntry, names: readonly string[]): boolean {
  return names.some((name) => namesOf(entry).includes(unquoted(name)))
}

/** `public.users_email`, as it is to be named; a key is named behind its table. */
export function nameOf({ namespace, tag, description }: TocEntry): string {
  const parts = namespace === undefined ? [] : [namespace]
  return [...parts, ...partsOf(tag, description)].join('.')
}

/** `index public.users_email`, for people. */
export function wordsFor(entry: TocEntry): string {
  return `${kindOf(entry)} ${nameOf(entry)}`
}

function kindOf({ description }: TocEntry): string {
  const kinds: Readonly<Record<string, string>> = {
    'FK CONSTRAINT': 'foreign key',
    'CHECK CONSTRAINT': 'constraint',
    'MATERIALIZED VIEW DATA': 'rows of the materialized view',
    'INDEX ATTACH': 'index',
  }
  return kinds[description] ?? description.toLowerCase()
}

function namesOf({ namespace = '', tag, description }: TocEntry): string[] {
  const parts = partsOf(tag, description)
  return [...parts.map((_, index) => parts.slice(index)), [namespace, ...parts]].map((path) => path.join('.'))
}

/** pg_dump tags what belongs to a table `table name`; where the table's own name has a blank, the last one counts. */
function partsOf(tag: string, description: string): string[] {
  if (!/CONSTRAINT$|^(?:RULE|TRIGGER)$/.test(description)) return [tag]
  const [, table = '', name = tag] = /^(.*) (.+)$/s.exec(tag) ?? []
  return table === '' ? [name] : [table, name]
}

/** `"Odd".name` is `Odd.name`. */
function unquoted(name: string): string {
  return name.replace(/"((?:[^"]|"")*)"/g, (_, inner: string) => inner.replaceAll('""', '"'))
}

/** Names as they are typed in one word: separated by commas, one with a comma in double quotes. */
export function namesIn(text: string): string[] {
  return (text.match(/(?:"(?:[^"]|"")*"|[^",])+/g) ?? []).map((name) => name.trim()).filter(Boolean)
}

/** The word that `namesIn` reads back. */
export function wordOf(names: readonly string[]): string {
  return names.map((name) => (/[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(',')
}

/** The statement in production that helps with a refusal, as far as its words name a function; undefined where they don't. */
export function fixFor({ text }: Refusal, entries: readonly TocEntry[]): string | undefined {
  const [, plpgsql] = /PL\/pgSQL function ([^\n]+?\([^)\n]*\)) (?:line|while)/.exec(text) ?? []
  const [, sql] = /SQL function "([^"\n]+)"/.exec(text) ?? []
  const own = entries.filter(({ description }) => description === 'FUNCTION')
  const found = own.find(({ tag, namespace = '' }) =>
    plpgsql === undefined
      ? sql !== undefined && tag.startsWith(`${sql}(`)
      : [tag, `${namespace}.${tag}`].map(comparable).includes(comparable(plpgsql)),
  )
  if (!found) return undefined
  const { namespace = 'public', tag } = found
  return `ALTER FUNCTION ${namespace}.${tag} SET search_path = ${namespace === 'public' ? '' : `${namespace}, `}public`
}

/** pg_dump names arguments by `name type` nowhere in a tag, and puts blanks behind commas, as the server does or not. */
function comparable(signature: string): string {
  return signature.replaceAll(' ', '')
}
