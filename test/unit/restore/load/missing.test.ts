import { describe, expect, test } from 'vitest'
import type { TocEntry } from '../../../../src/postgres/archive.ts'
import {
  decisive,
  fixFor,
  isNamed,
  nameOf,
  namesIn,
  refusalOf,
  wordOf,
  wordsFor,
} from '../../../../src/restore/load/missing.ts'
import { lineAgain } from '../../../../src/restore/request.ts'
import { options } from '../sample.ts'

function entry(dumpId: number, what: string, more: Partial<TocEntry> = {}): TocEntry {
  const [, description = '', tag = ''] = what.match(/^(.*?): (.*)$/s) ?? []
  return {
    ...{ dumpId, tableOid: 0, oid: 0, tag, description, section: 'post-data', definition: '', dropStatement: '' },
    ...{ copyStatement: '', namespace: 'public', owner: 'ada', dependencies: [], hasData: false },
    ...more,
  }
}

const index = entry(7, 'INDEX: by_name', { definition: 'CREATE INDEX by_name ON public.people (f(name));\n' })
const other = entry(8, 'INDEX: by_age', { definition: 'CREATE INDEX by_age ON public.people (age);\n' })
const table = entry(9, 'TABLE: people', { definition: 'CREATE TABLE public.people (\n    name text\n);\n' })
const error = (said: string, command: string, dumpId?: number) => ({
  dumpId,
  text: `could not execute query: ${said}\nCommand was: ${command}`,
})

describe('refusalOf', () => {
  const all = [index, other, table]
  const refused = (...words: Parameters<typeof error>) => refusalOf(error(...words), all)

  test('an index, by its command', () => {
    const said = 'ERROR:  function f(text) does not exist\nLINE 1: …\nCONTEXT:  SQL function "g" during inlining'
    expect(refused(said, index.definition.trim(), 7)).toEqual({
      entry: index,
      reason: 'function f(text) does not exist',
      text: said,
    })
  })
  test('with several jobs another entry may have been named last', () =>
    expect(refused('ERROR:  x', index.definition.trim(), 8)?.entry).toBe(index))
  test('a long command is cut', () => expect(refused('ERROR:  x', 'CREATE INDEX by_n...')?.entry).toBe(index))
  test('one that could be several is not guessed', () =>
    expect(refused('ERROR:  x', 'CREATE INDEX by_...')).toBeUndefined())
  test('but the named one fits', () => expect(refused('ERROR:  x', 'CREATE INDEX by_...', 8)?.entry).toBe(other))
  test('in any language', () =>
    expect(refused('FEHLER:  gibt es nicht', index.definition.trim(), 7)?.reason).toBe('gibt es nicht'))
  test('a function that only what holds no rows needs', () => {
    const routine = entry(10, 'FUNCTION: f(text)', { definition: 'CREATE FUNCTION public.f(t text) …;\n' })
    const failed = error('ERROR:  x', routine.definition.trim(), 10)
    const view = entry(11, 'VIEW: v', { dependencies: [10] })
    const caller = entry(12, 'FUNCTION: g(text)', { dependencies: [10] })
    const row = { ...table, dependencies: [12] }
    const among = (...others: TocEntry[]) => refusalOf(failed, [routine], [routine, ...others])?.entry
    expect(among(view, caller, table)).toBe(routine)
    expect(among(view, caller, row)).toBeUndefined()
  })
  test.each([
    ['a table is never dispensable', 'ERROR:  x', table.definition.trim()],
    ['the server went away', 'server closed the connection unexpectedly', index.definition.trim()],
    ['the server is stopped', 'FATAL:  terminating connection', index.definition.trim()],
    ['a full disk', 'ERROR:  could not extend file "base/1": No space left on device', index.definition.trim()],
    ['a cancelled statement', 'ERROR:  canceling statement due to user request', index.definition.trim()],
    ['an unknown command', 'ERROR:  x', 'SET x = 1;'],
  ])('%s', (_, said, command) => expect(refused(said, command, 7)).toBeUndefined())
})

test('what belongs to something that is missing is not asked for by itself', () => {
  const refusals = [
    index,
    entry(10, 'COMMENT: INDEX by_name', { dependencies: [7] }),
    entry(11, 'INDEX ATTACH: by_name', { dependencies: [7] }),
    entry(12, 'INDEX ATTACH: elsewhere', { dependencies: [99] }),
  ].map((entry) => ({ entry, reason: 'x', text: 'x' }))
  expect(decisive(refusals).map((one) => one.entry.dumpId)).toEqual([7, 12])
})

describe('names', () => {
  const key = entry(20, 'FK CONSTRAINT: orders orders_user', { namespace: 'shop' })
  test.each<[entry: TocEntry, name: string, is: boolean]>([
    [index, 'by_name', true],
    [index, 'public.by_name', true],
    [index, '"by_name"', true],
    [index, 'other.by_name', false],
    [index, 'by_*', false],
    [index, 'BY_NAME', false],
    [key, 'orders_user', true],
    [key, 'orders.orders_user', true],
    [key, 'shop.orders.orders_user', true],
    [key, '"shop"."orders"."orders_user"', true],
    [key, 'orders', false],
    [key, 'shop.orders', false],
  ])('%# %s', (one, name, is) => expect(isNamed(one, ['nothing', name])).toBe(is))

  test.each<[entry: TocEntry, name: string, words: string]>([
    [index, 'public.by_name', 'index public.by_name'],
    [key, 'shop.orders.orders_user', 'foreign key shop.orders.orders_user'],
    [entry(1, 'VIEW: v'), 'public.v', 'view public.v'],
    [entry(1, 'MATERIALIZED VIEW DATA: v'), 'public.v', 'rows of the materialized view public.v'],
    [entry(1, 'TRIGGER: odd table t'), 'public.odd table.t', 'trigger public.odd table.t'],
  ])('%# %s', (one, name, words) => expect([nameOf(one), wordsFor(one)]).toEqual([name, words]))

  test.each([
    [['a', 'public.b']],
    [['a,b', 'c']],
    [['say "x"', 'odd table.t']],
  ])('%j in one word, and back', (names) => {
    expect(namesIn(wordOf(names)).every((name, place) => isNamed(entry(1, `INDEX: ${names[place]}`), [name]))).toBe(
      true,
    )
    expect(namesIn(wordOf(names))).toHaveLength(names.length)
  })
})

describe('fixFor', () => {
  const functions = [
    entry(30, 'FUNCTION: f(integer, text)', { namespace: 'reports' }),
    entry(31, 'FUNCTION: plain(text)'),
  ]
  const fix = (text: string) => fixFor({ entry: index, reason: '', text }, functions)
  test.each([
    [
      'CONTEXT:  PL/pgSQL function reports.f(integer,text) line 1 at RETURN',
      'ALTER FUNCTION reports.f(integer, text) SET search_path = reports, public',
    ],
    ['CONTEXT:  SQL function "plain" during inlining', 'ALTER FUNCTION public.plain(text) SET search_path = public'],
    ['CONTEXT:  SQL function "of_an_extension" during startup', undefined],
    ['nothing', undefined],
  ])('%s', (text, statement) => expect(fix(text)).toBe(statement))
})

test('the line that goes on: what was typed, without a password', () => {
  const typed = { ...options.request, backup: 'b1', keep: false, allowMissing: ['a'], pgRestore: ['--no-comments'] }
  expect(lineAgain(typed, ['public.b', 'a'])).toBe(
    'development restore production --no-keep --backup b1 --allow-missing a,public.b -- --no-comments',
  )
  expect(lineAgain({ ...options.request, source: undefined, url: 'https://x/?secret' }, ["it's"])).toBe(
    "development restore --url URL --allow-missing 'it'\\''s'",
  )
  expect(lineAgain({ ...options.request, database: 'postgres://ada:secret@localhost/x' }, ['b'])).toBe(
    'development restore production --database URL --allow-missing b',
  )
})
