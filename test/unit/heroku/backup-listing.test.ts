import { expect, test } from 'vitest'
import { backupData, backupTable } from '../../../src/heroku/backup-listing.ts'
import type { Transfer } from '../../../src/heroku/transfers.ts'

const now = new Date('2026-02-03T12:00:00Z')
const backup = (num: number, createdAt: string, more: Partial<Transfer> = {}): Transfer => ({
  id: `b00${num}`,
  uuid: `uuid-${num}`,
  num,
  kind: 'backup',
  database: 'DATABASE',
  createdAt: new Date(createdAt),
  finishedAt: new Date(createdAt),
  sizeBytes: 118 * 1024 * 1024,
  databaseBytes: 500,
  succeeded: true,
  running: false,
  scheduled: false,
  ...more,
})
const all = [
  backup(1, '2026-01-01T12:00:00Z', { sizeBytes: 2048, database: 'HEROKU_POSTGRESQL_PINK' }),
  backup(2, '2026-02-02T12:00:00Z', { succeeded: false }),
  backup(3, '2026-02-03T09:00:00Z', { id: 'a003', scheduled: true }),
  backup(4, '2026-02-03T11:59:50Z', { succeeded: false, running: true, finishedAt: undefined, sizeBytes: undefined }),
]

test('the newest first, each with its age and size, and what is of no use said', () => {
  expect(backupTable('acme', all, now)).toBe(`backups of acme
  b004  10 seconds old          DATABASE                being captured
  a003  3 hours old     118 MB  DATABASE
  b002  24 hours old    118 MB  DATABASE                failed
  b001  33 days old     2 kB    HEROKU_POSTGRESQL_PINK`)
  expect(backupTable('acme', [], now)).toBe('backups of acme: none')
})

test('as data', () => {
  const [newest, scheduled, failed] = backupData(all)
  expect(newest).toEqual({
    id: 'b004',
    createdAt: '2026-02-03T11:59:50.000Z',
    finishedAt: null,
    bytes: null,
    databaseBytes: 500,
    database: 'DATABASE',
    scheduled: false,
    status: 'running',
  })
  expect([scheduled, failed]).toMatchObject([
    { id: 'a003', scheduled: true, status: 'completed' },
    { id: 'b002', status: 'failed' },
  ])
})
