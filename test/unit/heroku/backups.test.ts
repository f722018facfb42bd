import { describe, expect, test } from 'vitest'
import { findBackup, newestCompleted, runningCapture } from '../../../src/heroku/backups.ts'
import { readTransfers } from '../../../src/heroku/transfers.ts'

/** A transfer as the data API lists it. */
function listed(num: number, changes: Record<string, unknown> = {}) {
  return {
    uuid: `uuid-${num}`,
    num,
    from_type: 'pg_dump',
    from_name: 'DATABASE',
    to_type: 'gof3r',
    to_name: 'BACKUP',
    options: {},
    source_bytes: 5000,
    processed_bytes: 1000 + num,
    succeeded: true,
    schedule: null,
    created_at: '2025-01-31 12:00:00 +0000',
    started_at: '2025-01-31 12:00:01 +0000',
    finished_at: '2025-01-31 12:05:00 +0000',
    canceled_at: null,
    ...changes,
  }
}

const running = { succeeded: null, finished_at: null }
const ids = (...transfers: unknown[]) => readTransfers(transfers).map(({ id }) => id)

test('a backup, whole', () => {
  expect(readTransfers([listed(7)])).toEqual([
    {
      id: 'b007',
      uuid: 'uuid-7',
      num: 7,
      kind: 'backup',
      database: 'DATABASE',
      createdAt: new Date('2025-01-31T12:00:00Z'),
      finishedAt: new Date('2025-01-31T12:05:00Z'),
      sizeBytes: 1007,
      databaseBytes: 5000,
      succeeded: true,
      running: false,
      scheduled: false,
    },
  ])
})

test.each<[Record<string, unknown>, string, string]>([
  [{}, 'b001', 'backup'],
  [{ schedule: { uuid: 'x' } }, 'a001', 'backup'],
  [{ from_type: 'gof3r', to_type: 'pg_restore' }, 'r001', 'restore'],
  [{ to_type: 'pg_restore' }, 'c001', 'copy'],
  [{ options: { pgbackups_name: 'b012' } }, 'ob012', 'backup'],
  [{ num: 1234 }, 'b1234', 'backup'],
])('named and sorted as the CLI does: %j is %s, a %s', (changes, id, kind) => {
  expect(readTransfers([listed(1, changes)])).toMatchObject([{ id, kind }])
})

describe('the answer is read with tolerance', () => {
  test('what has no number or no date is left out', () => {
    expect(ids(listed(1), null, 'text', {}, listed(2, { created_at: 'soon' }), listed(3, { num: '3' }))).toEqual([
      'b001',
    ])
  })

  test('fields that are missing are unknown', () => {
    expect(readTransfers([{ num: 1, created_at: '2025-01-31T12:00:00Z' }])).toMatchObject([
      { id: 'b001', uuid: '', database: undefined, sizeBytes: undefined, succeeded: false, running: true },
    ])
  })

  test('what is no list holds nothing', () => {
    expect(readTransfers({ message: 'hello' })).toEqual([])
  })

  test('time zones count', () => {
    expect(readTransfers([listed(1, { created_at: '2025-01-31 12:00:00 +0200' })])[0]?.createdAt.toISOString()).toBe(
      '2025-01-31T10:00:00.000Z',
    )
  })
})

describe('the newest completed backup', () => {
  const newest = (transfers: unknown[], database?: string) => newestCompleted(readTransfers(transfers), database)?.id

  test.each<[string, unknown[], string | undefined]>([
    ['of none', [], undefined],
    [
      'is the newest, in whatever order they come',
      [listed(2, { created_at: '2025-02-01 00:00:00 +0000' }), listed(1)],
      'b002',
    ],
    ['in the same second the counter decides', [listed(10), listed(9)], 'b010'],
    ['is not one that runs', [listed(1), listed(2, running)], 'b001'],
    ['is not one that failed', [listed(1), listed(2, { succeeded: false })], 'b001'],
    ['is not a restore', [listed(1), listed(2, { from_type: 'gof3r', to_type: 'pg_restore' })], 'b001'],
    ['may be a scheduled one', [listed(1), listed(2, { schedule: { uuid: 'x' } })], 'a002'],
  ])('%s', (_, transfers, expected) => {
    expect(newest(transfers)).toBe(expected)
  })

  test.each([
    'PINK',
    'pink',
    'HEROKU_POSTGRESQL_PINK',
    'HEROKU_POSTGRESQL_PINK_URL',
  ])('of the database %s', (database) => {
    const transfers = [listed(1, { from_name: 'HEROKU_POSTGRESQL_PINK' }), listed(2)]
    expect(newest(transfers, database)).toBe('b001')
    expect(newest([listed(1, { from_name: 'PINK' }), listed(2)], database)).toBe('b001')
    expect(newest([listed(2)], database)).toBeUndefined()
  })
})

describe('the running capture', () => {
  const capture = (...transfers: unknown[]) => runningCapture(readTransfers(transfers))?.id

  test('is one that has not ended', () => expect(capture(listed(1), listed(2, running))).toBe('b002'))
  test('may still be waiting', () => expect(capture(listed(1, { ...running, started_at: null }))).toBe('b001'))
  test('was not cancelled', () =>
    expect(capture(listed(1, { ...running, canceled_at: '2025-01-31 12:01:00 +0000' }))).toBeUndefined())
  test('is no restore', () => expect(capture(listed(1, { ...running, to_type: 'pg_restore' }))).toBeUndefined())
})

describe('a backup by its id', () => {
  const transfers = readTransfers([
    listed(1),
    listed(2, { schedule: { uuid: 'x' } }),
    listed(3, { to_type: 'pg_restore' }),
    listed(4, { options: { pgbackups_name: 'b009' } }),
  ])

  test.each([
    ['b001', 'b001'],
    ['b1', 'b001'],
    ['a002', 'a002'],
    ['b002', 'a002'],
    ['ob009', 'ob009'],
    ['b003', undefined],
    ['c003', undefined],
    ['b099', undefined],
    ['1', undefined],
    ['', undefined],
  ])('%s is %s', (id, expected) => {
    expect(findBackup(transfers, id)?.id).toBe(expected)
  })
})
