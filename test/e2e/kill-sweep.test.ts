import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { often, rarely } from '../often.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, makeOracle, remains, type State, until } from './local-restore.ts'

/**
 * `kill -9` at 100 instants, in `npm run test:all` alone: four of five spread over the whole run, from its first millisecond past its
 * last, the fifth in or after the swap. At every instant the database under its name is the old one or the new one, whole; and a restore
 * that follows works, without any cleaning up before it, and leaves nothing behind.
 */

let sandbox: Sandbox
let stateOf: (name?: string) => Promise<State>
/** How long a run takes here, in milliseconds. */
let length: number
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300 })
  stateOf = await makeOracle(sandbox)
  await superuser(`CREATE DATABASE the_old_one TEMPLATE ${live} OWNER developer`)
  const start = performance.now()
  expect(await sandbox.run(restore, { env: { XDG_CACHE_HOME: cacheOf(0) } })).toMatchObject({ status: 0 })
  length = performance.now() - start
  await putBackOld()
})
afterAll(() => sandbox.stop())

const restore = ['development', 'restore', 'production', '--no-pristine']
const superuser = (sql: string) => sandbox.local.querySuper('postgres', sql)

async function putBackOld(): Promise<void> {
  await superuser(`DROP DATABASE ${live} WITH (FORCE)`)
  await superuser(`CREATE DATABASE ${live} TEMPLATE the_old_one OWNER developer`)
}

/** Two runs share a cache: the second goes on with what the first one left of its download. */
const cacheOf = (run: number) => join(sandbox.folder, 'home', `cache-${Math.ceil(run / 2)}`)

/** Kills a run at that instant, and returns which database bears the name once the server is done with what it was asked. */
async function killed(run: number, untilThen: (run: ReturnType<typeof begin>) => Promise<void>): Promise<State> {
  // Every other one also keeps a pristine copy, which would spare the next its load.
  await superuser(`DROP DATABASE IF EXISTS ${live}__parity_snap_pristine`)
  const running = begin(sandbox, run % 2 === 0 ? restore : restore.slice(0, 3), { XDG_CACHE_HOME: cacheOf(run) })
  await untilThen(running)
  running.kill('SIGKILL')
  await running.end
  const sessions = "SELECT FROM pg_stat_activity WHERE application_name LIKE 'parity restore%'"
  await until('the end of its sessions', async () => (await superuser(sessions)).length === 0)
  return stateOf()
}

/** The restore after a kill: it works, and leaves neither databases nor sessions, programs or files. */
async function nextRestore(run: number): Promise<void> {
  const cache = cacheOf(run)
  const { status, stderr } = await sandbox.run(restore, { env: { XDG_CACHE_HOME: cache } })
  expect([status, await stateOf(), await remains(sandbox)], stderr).toEqual([0, 'new', []])
  const files = (name: string) => (existsSync(join(cache, name)) ? readdirSync(join(cache, name)).sort() : [])
  expect([files('parity/acme-production'), files('parity/_load')]).toEqual([['b001.dump', 'b001.json'], []])
}

const seen = new Set<State>()
const instants = 100
const all = Array.from({ length: instants }, (_, index) => index + 1)

describe.runIf(often).each(Array.from({ length: instants / 10 }, (_, ten) => all.slice(ten * 10, ten * 10 + 10)))(
  'kill -9',
  (...ten) => {
    test(`number ${ten[0]} to ${ten.at(-1)}, and a restore that is left in peace`, async () => {
      for (const number of ten) {
        const isInSwap = number % 5 === 0
        const state = await killed(number, async (run) => {
          if (isInSwap) await run.line(number % 20 === 0 ? 'tidy' : 'swap, ').catch(() => {})
          await delay(isInSwap ? number : (number / instants) * length * 1.15)
        })
        seen.add(state)
        if (state !== 'old') await putBackOld()
      }
      expect(seen).not.toContain('BROKEN')
      await nextRestore(ten.at(-1) ?? 0)
      await putBackOld()
    })
  },
)

rarely('some of them came before the swap, and some after it', () => {
  expect([...seen].sort()).toEqual(['new', 'old'])
})
