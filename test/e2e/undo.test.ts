import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, cuttingProxy, live, makeOracle, remains, type State, until } from './local-restore.ts'

let sandbox: Sandbox
let stateOf: (name?: string) => Promise<State>
const previous = `${live}__parity_previous`
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300 })
  stateOf = await makeOracle(sandbox)
  await sandbox.local.query('postgres', `COMMENT ON DATABASE ${live} IS 'Ada''s'`)
  expect(await sandbox.run(['development', 'restore', 'production', '--no-pristine'])).toMatchObject({ status: 0 })
})
afterAll(() => sandbox.stop())

beforeEach(async () => {
  if ((await stateOf()) === 'old') expect(await undo()).toMatchObject({ status: 0 })
  expect([await stateOf(), await stateOf(previous)]).toEqual(['new', 'old'])
})

const undo = (...args: string[]) => sandbox.run(['development', 'undo', ...args])
const comments = async () => {
  const rows = await sandbox.local.querySuper(
    'postgres',
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname LIKE 'acme%' ORDER BY 1`,
  )
  return rows.map(({ comment }) => String(comment).replace(/"createdAt":"[^"]*"/, '"createdAt":"…"'))
}

test('and again undo: everything goes to and fro', async () => {
  const mark =
    'made by parity, which may drop it: {"madeBy":"parity","target":"acme_development","kind":"previous","createdAt":"…"'
  expect(await comments()).toEqual(["Ada's", `${mark},"comment":"Ada's"}`])
  const done = await undo()
  expect(done).toEqual({
    status: 0,
    signal: null,
    stdout: '',
    stderr: expect.stringMatching(
      `^swap: ${live} and ${previous} change names, in one transaction\n` +
        `${live} is the database again that was replaced \\d+ seconds? ago; \`development undo\` returns to the other one\n$`,
    ),
  })
  expect([await stateOf(), await stateOf(previous), await remains(sandbox)]).toEqual(['old', 'new', []])
  expect(await undo()).toMatchObject({ status: 0 })
  expect([await stateOf(), await stateOf(previous), await remains(sandbox)]).toEqual(['new', 'old', []])
  expect(await comments()).toEqual(["Ada's", `${mark},"comment":"Ada's"}`])
})

test('a dry run says so, and does nothing', async () => {
  expect(await undo('--dry-run')).toEqual({
    status: 0,
    signal: null,
    stdout: `# swap: ${live} and ${previous} change names, in one transaction\n`,
    stderr: '',
  })
  expect(await stateOf()).toBe('new')
})

test('who is connected to one of the two is cut off, and said', async () => {
  const sessions = [live, previous].map((name) => {
    const session = sandbox.local.query(name, `SET application_name TO 'console of ${name}'; SELECT pg_sleep(600)`)
    return expect(session).rejects.toThrow('terminating connection')
  })
  const done = await undo()
  await Promise.all(sessions)
  expect([done.status, await stateOf()]).toEqual([0, 'old'])
  expect(done.stderr).toMatch(/\n {2}ended: .*console of /)
})

test.each<[what: string, words: string[], when: 'before' | 'after', outcome: [number, State]]>(
  few(1, [
    ['before COMMIT arrives', ['COMMIT'], 'before', [1, 'new']],
    ['after COMMIT has arrived', ['COMMIT'], 'after', [0, 'old']],
    ['in the middle', ['RENAME TO'], 'after', [1, 'new']],
  ]),
)('the connection breaks %s', async (_, words, when, outcome) => {
  const proxy = await cuttingProxy(sandbox, words, when)
  const { status } = await sandbox.run(['development', 'undo'], { env: { PGPORT: String(proxy.port) } })
  expect([status, await stateOf()]).toEqual(outcome)
  expect(await remains(sandbox)).toEqual([])
  proxy.close()
})

describe.each(['SIGKILL', 'SIGTERM'] as const)('%s', (signal) => {
  test.each(few(1, [0, 5, 15]))('%d ms after it began', async (milliseconds) => {
    const run = begin(sandbox, ['development', 'undo'])
    await run.line('swap: ')
    await delay(milliseconds)
    run.kill(signal)
    const end = await run.end
    const state = await stateOf()
    expect(['old', 'new']).toContain(state)
    // A signal that comes when it has said that it is done may still catch it at the door.
    const isDone = run.said().includes('returns to the other one')
    if (signal === 'SIGTERM' && !isDone) expect(end.status === 0 ? 'old' : 'new').toBe(state)
    if (isDone) expect(state).toBe('old')
    expect(await remains(sandbox)).toEqual([])
  })
})

rarely('it goes one restore back, and gets past what a killed restore left', async () => {
  expect(await undo()).toMatchObject({ status: 0 })
  const run = begin(sandbox, ['development', 'restore', 'production', '--no-pristine'])
  await run.line('tidy: ')
  run.kill('SIGKILL')
  await run.end
  await until('the server noticed', async () => {
    const sessions = await sandbox.local.querySuper(
      'postgres',
      "SELECT FROM pg_stat_activity WHERE application_name LIKE 'parity %'",
    )
    return sessions.length === 0
  })
  // The kill may come too late to leave anything: then it is put there.
  await sandbox.local.query('postgres', `CREATE DATABASE ${live}__parity_discard`).catch(() => {})
  const mark = `made by parity, which may drop it: {"madeBy":"parity","target":"${live}","kind":"discard"}`
  await sandbox.local.query('postgres', `COMMENT ON DATABASE ${live}__parity_discard IS '${mark}'`)
  const done = await undo()
  expect([done.status, await stateOf(), await remains(sandbox)]).toEqual([0, 'old', []])
  expect(done.stderr).toContain(`drop: ${live}__parity_discard, left by a run that was killed\n`)
})
