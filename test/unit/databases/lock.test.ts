import { expect, test, vi } from 'vitest'
import { applicationName, lockTarget } from '../../../src/databases/lock.ts'
import type { Session } from '../../../src/postgres/server.ts'

/** A session that answers with these rows, one question after the other, and keeps what it was asked. */
function answering(...answers: object[][]): { session: Session; asked: (readonly unknown[])[] } {
  const asked: (readonly unknown[])[] = []
  const query = async <Row extends object>(_sql: string, values: readonly unknown[] = []) => {
    asked.push(values)
    return (answers.shift() ?? []) as Row[]
  }
  return { session: { pid: 1, query, close: async () => {} }, asked }
}

test('a lock that is free is taken', async () => {
  const { session, asked } = answering([{ locked: true }])
  await lockTarget(session, 'acme')
  expect(asked).toEqual([[0x70617269, expect.any(Number)]])
})

test('the same name has the same key, another has another; each fits the 32 bits of an advisory lock', async () => {
  const keys = []
  for (const name of ['acme', 'acme', 'acme_development', 'ü'.repeat(31)]) {
    const { session, asked } = answering([{ locked: true }])
    await lockTarget(session, name)
    keys.push(Number(asked[0]?.[1]))
  }
  expect(keys[0]).toBe(keys[1])
  expect(new Set(keys).size).toBe(3)
  for (const key of keys) expect(key).toBe(key | 0)
})

test('who holds it is named; its key is looked up as the unsigned number that pg_locks shows', async () => {
  const holder = { application: 'parity restore, process 7', since: '12:00:00' }
  const { session, asked } = answering([{ locked: false }], [holder])
  await expect(lockTarget(session, 'ac\nme', () => true)).rejects.toMatchObject({
    status: 1,
    message: 'another parity process is working on ac\\nme: parity restore, process 7, since 12:00:00',
    hint: 'wait for it to finish, then run this again',
  })
  expect(Number(asked[1]?.[1])).toBe(Number(asked[0]?.[1]) >>> 0)
})

test('a holder that ended meanwhile', async () => {
  const { session } = answering([{ locked: false }], [])
  await expect(lockTarget(session, 'acme')).rejects.toThrow(
    'another parity process is working on acme: it ended just now',
  )
})

test('one that was killed is waited for: the server is still busy with its last statement', async () => {
  const holder = { application: 'parity restore, process 7', since: '12:00:00' }
  const { session, asked } = answering([{ locked: false }], [holder], [{ locked: true }])
  await lockTarget(session, 'acme', () => false)
  expect(asked).toHaveLength(3)
})

test('it is waited for however the clock of the machine is set meanwhile', async () => {
  const holder = { application: 'parity restore, process 7', since: '12:00:00' }
  const { session } = answering([{ locked: false }], [holder], [{ locked: true }])
  let days = 0
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => ++days * 86_400_000)
  await lockTarget(session, 'acme', () => false)
  clock.mockRestore()
})

test('what others see of our sessions', () => {
  expect(applicationName('restore')).toBe(`parity restore, process ${process.pid}`)
})
