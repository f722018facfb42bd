import { expect, test } from 'vitest'
import type { Api } from '../../../src/heroku/api.ts'
import { completedBackups, findCaptured } from '../../../src/restore/fresh.ts'

const production = { kind: 'heroku', name: 'production', app: 'acme-production', origin: '' } as const
const [done, running] = [{ succeeded: true, finished_at: '2025-01-31 12:05:00 +0000' }, { succeeded: null }]

function listed(num: number, changes: object) {
  const ends = { from_type: 'pg_dump', to_type: 'gof3r' }
  return { uuid: `uuid-${num}`, num, ...ends, created_at: '2025-01-31 12:00:00 +0000', ...changes }
}

/** An API that knows these transfers. */
function answering(transfers: readonly unknown[]): Api {
  return {
    get: async () => transfers,
    post: () => Promise.reject(new Error('nothing is changed')),
    remaining: () => undefined,
  }
}

async function found(before: readonly unknown[], after: readonly unknown[]): Promise<string> {
  const known = await completedBackups(answering(before), 'acme-production')
  return findCaptured(answering(after), production, known).then(
    ({ id }) => id,
    ({ message, hint }) => `${message}\n${hint}`,
  )
}

test('the one backup that was not complete before', async () => {
  expect(await found([listed(1, done)], [listed(1, done), listed(2, done)])).toBe('b002')
  expect(await found([], [listed(1, done), listed(2, running), listed(3, { ...done, to_type: 'pg_restore' })])).toBe(
    'b001',
  )
})

test('two may be of two databases', async () => {
  expect(await found([listed(1, running)], [listed(1, done), listed(2, done)])).toBe(
    'b001 and b002 of acme-production were completed at the same time\n`--backup b001` instead of `--fresh` takes one',
  )
})

test('none', async () => {
  expect(await found([listed(1, done)], [listed(1, done), listed(2, { ...done, succeeded: false })])).toBe(
    'no new backup of acme-production was found\n`production backups` lists the backups; the backups of a shared database belong to its own app',
  )
})
