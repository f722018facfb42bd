import { expect, test } from 'vitest'
import type { Archive, Section, TocEntry } from '../../../../src/postgres/archive.ts'
import { loadPlan } from '../../../../src/restore/load/order.ts'

const sectionOf: Record<string, Section> = {
  'TABLE DATA': 'data',
  BLOBS: 'data',
  'BLOB METADATA': 'data',
  'SEQUENCE SET': 'data',
  INDEX: 'post-data',
  STATISTICS: 'post-data',
  CONSTRAINT: 'post-data',
  'FK CONSTRAINT': 'post-data',
  'INDEX ATTACH': 'post-data',
  TRIGGER: 'post-data',
  'MATERIALIZED VIEW DATA': 'post-data',
  'ROW SECURITY': 'post-data',
  POLICY: 'post-data',
  COMMENT: 'none',
}

/** An archive of entries such as `5 INDEX by_name < 1 2`: number, kind, name, and the numbers of what it needs. */
function archiveOf(...lines: string[]): Archive {
  const entries = lines.map((line, index): TocEntry => {
    const [, dumpId, description = '', tag = '', needs = ''] = /^(\d+) ([A-Z ]+) (\S+)(?: < (.*))?$/.exec(line) ?? []
    const dependencies = needs.split(' ').filter(Boolean).map(Number)
    return {
      ...{ dumpId: Number(dumpId), tableOid: 0, oid: index, tag, description, dependencies, owner: 'ada' },
      ...{ definition: '', dropStatement: '', copyStatement: '' },
      section: sectionOf[description] ?? 'pre-data',
      hasData: description === 'TABLE DATA' || description === 'BLOBS',
    }
  })
  return {
    ...{ formatVersion: '1.14', compression: 'gzip', createdAt: new Date(0), databaseName: 'acme', serverMajor: 15 },
    ...{ serverVersion: '15.1', dumpVersion: '15.1', encoding: 'UTF8', dataStart: 0, integerSize: 4 },
    entries,
  }
}

/** A plan as numbers: before; rows with constraints and indexes; last. */
function plan(archive: Archive, kept: readonly TocEntry[] = archive.entries) {
  const { before, rows, unwanted, last, policies } = loadPlan(archive, kept)
  const ids = (entries: readonly TocEntry[]) => entries.map(({ dumpId }) => dumpId).join(' ')
  return {
    before: ids(before),
    rows: [...rows].map(([id, { constraints, indexes }]) => `${id}: ${ids(constraints)} | ${ids(indexes)}`),
    unwanted: [...unwanted],
    last: ids(last),
    ...(policies.length > 0 ? { policies: ids(policies) } : {}),
  }
}

test('large objects are made before they are filled, though Postgres 17 and newer have both in the data section', () => {
  expect(plan(archiveOf('1 BLOB METADATA 4711..4712', '2 BLOBS 4711..4712 < 1', '3 COMMENT 4711 < 1'))).toEqual({
    before: '1',
    rows: ['2:  | '],
    unwanted: [],
    last: '3',
  })
})

test('indexes and constraints of one table follow its rows, all else comes last, in the archive’s order', () => {
  const archive = archiveOf(
    '1 TABLE users',
    '2 COMMENT users < 1',
    '3 TABLE articles',
    '4 TABLE DATA users < 1',
    '5 TABLE DATA articles < 3',
    '6 BLOBS BLOBS',
    '7 SEQUENCE SET users_id_seq',
    '8 CONSTRAINT users_pkey < 1',
    '9 INDEX by_email < 1',
    '10 COMMENT by_email < 9',
    '11 INDEX by_title < 3',
    '12 TRIGGER note < 1',
    '13 FK CONSTRAINT articles_user < 3 1 8',
  )
  expect(plan(archive)).toEqual({
    before: '1 2 3',
    rows: ['4: 8 | 9', '5:  | 11', '6:  | '],
    unwanted: [],
    last: '7 10 12 13',
  })
})

test.each<[what: string, index: string, others: string[]]>([
  ['of a table whose rows are not in the archive', '9 INDEX i < 2', ['2 TABLE parent']],
  ['of a materialized view', '9 INDEX i < 2', ['2 MATERIALIZED VIEW sums']],
  ['that also needs another table', '9 INDEX i < 1 2', ['2 TABLE other']],
  ['that calls a function of the archive', '9 INDEX i < 1 2', ['2 FUNCTION nap']],
  ['that needs another index', '9 INDEX i < 1 8', ['8 INDEX parent < 1']],
])('an index %s comes last', (_, index, others) => {
  const archive = archiveOf('1 TABLE users', ...others, '3 TABLE DATA users < 1', index)
  expect(plan(archive).last.split(' ')).toContain('9')
})

test('a table is all there when no index of it comes later, and no statistics of several columns', () => {
  const archive = archiveOf(
    ...['1 TABLE users', '2 TABLE articles', '3 TABLE events', '4 FUNCTION nap'],
    ...['5 TABLE DATA users < 1', '6 TABLE DATA articles < 2', '7 TABLE DATA events < 3'],
    ...['8 INDEX by_email < 1', '9 INDEX by_nap < 2 4', '10 STATISTICS pairs < 3', '11 TRIGGER note < 1'],
  )
  const { rows } = loadPlan(archive, archive.entries)
  expect([...rows].map(([id, { isAll }]) => [id, isAll])).toEqual([
    [5, true],
    [6, false],
    [7, false],
  ])
})

test('what is left out is in no list; its rows are known, to be read over', () => {
  const archive = archiveOf('1 TABLE a', '2 TABLE b', '3 TABLE DATA a < 1', '4 TABLE DATA b < 2', '5 INDEX i < 2')
  const kept = archive.entries.filter(({ dumpId }) => dumpId !== 4)
  expect(plan(archive, kept)).toEqual({ before: '1 2', rows: ['3:  | '], unwanted: [4], last: '5' })
})

test('an archive of nothing', () => {
  expect(plan(archiveOf())).toEqual({ before: '', rows: [], unwanted: [], last: '' })
})

test('what hides rows comes when nothing has to see them any more', () => {
  const archive = archiveOf(
    '1 TABLE users',
    '2 TABLE DATA users < 1',
    '3 CONSTRAINT users_pkey < 1',
    '4 ROW SECURITY users < 1',
    '5 POLICY few < 1',
    '6 COMMENT few < 5',
    '7 FK CONSTRAINT friend < 1 3',
    '8 MATERIALIZED VIEW DATA names < 1',
  )
  expect(plan(archive)).toEqual({ before: '1', rows: ['2: 3 | '], unwanted: [], last: '7 8', policies: '4 5 6' })
})
