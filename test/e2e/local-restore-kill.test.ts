import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { few } from '../often.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, makeOracle, remains, type State, slowDownProduction } from './local-restore.ts'

/**
 * `kill -9` at every stage, and between them. Each run has to get past what the killed one before it left; where a kill came
 * after the swap, `development undo` has to bring the old database back.
 */

let sandbox: Sandbox
let stateOf: () => Promise<State>
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 500 })
  await slowDownProduction(sandbox)
  stateOf = await makeOracle(sandbox)
})
afterAll(() => sandbox.stop())

const restore = ['development', 'restore', 'production', '--no-pristine']

async function killAt(line: string, milliseconds: number): Promise<State> {
  // Whether the run before left something is a matter of chance: where that is needed, it is put there.
  if (line === 'drop: ')
    await sandbox.local.query('postgres', `CREATE DATABASE ${live}__parity_incoming`).catch(() => {})
  // A dump that a run has left in the cache, because it was killed late, is neither downloaded nor checked again.
  if (['download: ', 'check: '].includes(line))
    await rm(join(sandbox.folder, 'home/.cache/parity/acme-production'), { recursive: true, force: true })
  const run = begin(sandbox, restore)
  if (line !== '') await run.line(line)
  if (milliseconds > 0) await delay(milliseconds)
  run.kill('SIGKILL')
  await run.end
  const state = await stateOf()
  if (state === 'new') expect(await sandbox.run(['development', 'undo'])).toMatchObject({ status: 0 })
  return state
}

// A stage's line comes right before it begins, and right after the one before it was done.
describe('kill -9', () => {
  test.each<[line: string, milliseconds: number, allowed: State[]]>(
    few(5, [
      ['drop: ', 0, ['old']],
      ['load: ', 250, ['old']],
      ['finish: ', 0, ['old']],
      ['swap, ', 10, ['old', 'new']],
      ['tidy: ', 0, ['new']],
      ['check: ', 0, ['old']],
      ['drop: ', 5, ['old']],
      ['download: ', 0, ['old']],
      ['create: ', 0, ['old']],
      ['load: ', 0, ['old']],
      ['load: ', 40, ['old']],
      ['analyze: ', 0, ['old']],
      ['swap, ', 0, ['old', 'new']],
      ['tidy: ', 5, ['new']],
    ]),
  )('at %j and %d ms', async (line, milliseconds, allowed) => {
    expect(allowed).toContain(await killAt(line, milliseconds))
  })

  test('and then a restore that is left in peace', async () => {
    const done = await sandbox.run(restore)
    expect([done.status, await stateOf()]).toEqual([0, 'new'])
    expect(await remains(sandbox)).toEqual([])
  })
})
