import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { few, rarely } from '../often.ts'
import { postgresUser } from '../sandbox/postgres-programs.ts'
import { type FaultAction, type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, cuttingProxy, live, makeOracle, programs, remains, type State, until } from './local-restore.ts'

/**
 * Every fault of the machine, the line and the storage that a restore may meet. Whatever comes: the database under its name is the
 * old one or the new one, whole; the next restore needs no clean-up by hand, and fetches no byte twice.
 */

let sandbox: Sandbox
let stateOf: () => Promise<State>
let dump: Buffer
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 500 })
  await sandbox.heroku.query(
    'acme-production',
    `CREATE TABLE bulk AS SELECT n, md5(n::text) AS text FROM generate_series(1, 60000) n;
     GRANT SELECT ON bulk TO public`,
  )
  await sandbox.heroku.backUp('acme-production')
  stateOf = await makeOracle(sandbox)
  await sandbox.local.query('postgres', `CREATE DATABASE the_old_one TEMPLATE ${live}`)
  const backup = sandbox.heroku.backups('acme-production').at(-1)
  dump = readFileSync(sandbox.heroku.dumpFile('acme-production', backup ?? expect.fail('no backup')))
})
afterAll(() => sandbox.stop())

/** Each test has a cache of its own, and begins with the old database under the name. */
let cache: string
let undo: (() => void)[] = []
beforeEach(async () => {
  cache = join(sandbox.folder, 'home', randomUUID())
  if ((await stateOf()) !== 'old') await putBackOld()
  sandbox.requests.length = 0
})
afterEach(() => allIsWell())

async function putBackOld(tablespace = 'pg_default'): Promise<void> {
  await sandbox.local.querySuper('postgres', `DROP DATABASE IF EXISTS ${live}__parity_previous`)
  await sandbox.local.querySuper('postgres', `DROP DATABASE ${live}`)
  await sandbox.local.querySuper(
    'postgres',
    `CREATE DATABASE ${live} TEMPLATE the_old_one OWNER developer TABLESPACE ${tablespace}`,
  )
}

const command = ['development', 'restore', 'production', '--no-pristine']
const environment = (more: Record<string, string> = {}) => ({ XDG_CACHE_HOME: cache, ...more })
const restore = (more: Record<string, string> = {}): Promise<Finished> =>
  sandbox.run(command, { env: environment(more) })
const misbehave = (action: FaultAction, times?: number) =>
  undo.push(sandbox.misbehave({ path: '/storage/', action, ...(times === undefined ? {} : { times }) }))
function allIsWell(): void {
  for (const end of undo) end()
  undo = []
}

/** What the storage was asked for and what it sent, but for the few bytes that tell the format of the archive. */
const served = () =>
  sandbox.requests
    .filter(({ path, headers }) => path.startsWith('/storage/') && headers.range !== 'bytes=0-7')
    .map(({ status, headers, bytesSent }) => [status, headers.range, bytesSent])
const theRestFrom = (byte: number) => [206, `bytes=${byte}-`, dump.length - byte]

/** Where a request began. A connection that is reset loses what its reader had not taken yet, so that is seldom where the last ended. */
function firstByteOf(answer: readonly unknown[] | undefined): number {
  const byte = Number(/^bytes=(\d+)-$/.exec(String(answer?.[1]))?.[1])
  expect(byte).toBeGreaterThan(8)
  return byte
}

/** The old database is in place, and nothing is left beside it. */
async function isOldAndClean({ status, stderr }: Finished, says: string): Promise<void> {
  expect([status, await stateOf(), await remains(sandbox)], stderr).toEqual([1, 'old', []])
  expect(stderr).toContain(says)
}

/** The restore has succeeded, and nothing is left beside the databases. */
async function isNewAndClean({ status, stderr }: Finished): Promise<void> {
  expect([status, await stateOf(), await remains(sandbox)], stderr).toEqual([0, 'new', []])
}

/** What was wrong is over: the same command works, and fetches the rest alone. */
async function worksNow(alreadyThere = 0): Promise<void> {
  allIsWell()
  sandbox.requests.length = 0
  await isNewAndClean(await restore())
  expect(served()).toEqual([alreadyThere === 0 ? [200, undefined, dump.length] : theRestFrom(alreadyThere)])
}

/** Bytes of the dump that an unfinished download left. */
function leftInCache(): number {
  const folder = join(cache, 'parity', 'acme-production')
  const part = readdirSync(folder).find((name) => name.endsWith('.part'))
  return part === undefined ? 0 : statSync(join(folder, part)).size
}

/** Code that runs in parity's process before parity does. */
function preloaded(code: string): Record<string, string> {
  const file = join(sandbox.folder, 'home', `${randomUUID()}.cjs`)
  writeFileSync(file, code)
  return { NODE_OPTIONS: `--require ${file}` }
}

describe('the storage', () => {
  const cut = 300_000

  rarely.each<[what: string, then: [FaultAction, times: number][], answers: number[]]>([
    ['is cut off', [], []],
    ['is cut off, and the address has expired by then', [[{ kind: 'expired' }, 1]], [403]],
    [
      'is cut off, and answers 500 and 503',
      [
        [{ kind: 'answer', status: 500 }, 1],
        [{ kind: 'answer', status: 503 }, 1],
      ],
      [500, 503],
    ],
    ['is cut off, and then before it answers', [[{ kind: 'cut', afterBytes: 0 }, 2]], [Number.NaN, Number.NaN]],
  ])('%s: goes on by Range where it was, and no byte comes twice', async (_, then, answers) => {
    misbehave({ kind: 'cut', afterBytes: cut }, 2) // the first of them is the look at the format
    for (const [action, times] of then) misbehave(action, times)
    await isNewAndClean(await restore())
    const [first, ...rest] = served()
    expect(first).toEqual([200, undefined, cut])
    expect(rest.slice(0, -1).map(([status]) => status ?? Number.NaN)).toEqual(answers)
    expect(rest.at(-1)).toEqual(theRestFrom(firstByteOf(rest.at(-1))))
  })

  rarely('stalls without closing: after a minute another connection goes on', async () => {
    misbehave({ kind: 'hang', afterBytes: cut }, 2)
    // undici counts such minutes in ticks of 499 ms: here they come faster.
    const ticks =
      'const real = setTimeout; globalThis.setTimeout = (f, ms, ...all) => real(f, ms === 499 ? 8 : ms, ...all)'
    await isNewAndClean(await restore(preloaded(ticks)))
    expect(served()).toEqual([[200, undefined, cut], theRestFrom(cut)])
  })

  rarely('answers 500 for ever', async () => {
    misbehave({ kind: 'answer', status: 500, body: '<Error><Code>InternalError</Code></Error>' })
    await isOldAndClean(await restore(), 'the storage answered 500\n')
    await worksNow()
  })

  rarely('breaks off for ever: the next run asks for the rest alone', async () => {
    misbehave({ kind: 'cut', afterBytes: cut }, 2)
    misbehave({ kind: 'answer', status: 500 })
    await isOldAndClean(await restore(), 'run the same command again to resume\n')
    const kept = leftInCache()
    expect(kept).toBeLessThanOrEqual(cut)
    await worksNow(kept)
  })

  rarely('has an archive that is newer than any client: told before anything happens', async ({ skip }) => {
    // Byte 6 is the minor version of the format, of which pg_restore reads its own and older ones: Postgres 17 writes 1.16.
    const newer = (original: Buffer) => Buffer.concat([original.subarray(0, 6), Buffer.of(16), original.subarray(7)])
    misbehave({ kind: 'body', replace: newer })
    const said = await restore()
    if (said.stderr.includes('is damaged')) skip('the newest client programs read this format')
    await isOldAndClean(said, 'are needed to read this backup, found ')
    expect([said.stderr.includes('create: '), served()]).toEqual([false, []])
    await worksNow()
  })
})

describe('a disk that is full', () => {
  /** Runs with a file system of its own, where this process may make one (Linux, root). */
  async function withSmallDisk(bytes: number, skip: (why: string) => never, work: (disk: string) => Promise<void>) {
    const disk = join(sandbox.folder, randomUUID())
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', disk], { stdio: 'ignore' })
    } catch {
      skip('only root can make a small disk')
    }
    await work(disk).finally(() => execFileSync('umount', [disk]))
  }
  rarely('in the cache: what came is kept, and continued', ({ skip }) =>
    withSmallDisk(4_000_000, skip, async (disk) => {
      cache = disk
      misbehave({ kind: 'throttle', bytesPerSecond: 500_000 })
      const run = begin(sandbox, command, environment())
      await run.line('download: ')
      await until('some of the dump', () => leftInCache() > 100_000)
      const { bavail, bsize } = statfsSync(disk)
      writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize - 100_000))
      await isOldAndClean(await run.end, '` is full')
      const kept = leftInCache()
      rmSync(join(disk, 'filler'))
      await worksNow(kept)
    }),
  )

  rarely('in the server', ({ skip }) =>
    withSmallDisk(9_500_000, skip, async (disk) => {
      const { uid = 0, gid = 0 } = await postgresUser()
      chownSync(disk, uid, gid)
      await sandbox.local.querySuper('postgres', `CREATE TABLESPACE small OWNER developer LOCATION '${disk}'`)
      try {
        await putBackOld('small')
        await sandbox.local.querySuper('postgres', 'CHECKPOINT') // all that it takes is taken now
        await isOldAndClean(await restore(), 'No space left on device')
        // All of it may have come by then: the last byte is fetched again, to see that it is of the same dump.
        const kept = Math.min(leftInCache(), dump.length - 1)
        execFileSync('mount', ['-o', 'remount,size=200m', disk])
        await worksNow(kept)
      } finally {
        await putBackOld()
        await sandbox.local.querySuper('postgres', 'DROP TABLESPACE small')
      }
    }),
  )
})

describe('the server', () => {
  rarely('restarts in the middle of the load, and is back at once', async () => {
    misbehave({ kind: 'hang', afterBytes: Math.floor(dump.length / 2) }, 2)
    const run = begin(sandbox, command, environment())
    await until('a pg_restore', () => programs(sandbox).length > 0)
    await sandbox.local.stop()
    await sandbox.local.start()
    allIsWell()
    const done = await run.end
    expect(await stateOf()).toBe(done.status === 0 ? 'new' : 'old')
    expect(done.status).toBe(1)
    const kept = leftInCache()
    expect(kept).toBeGreaterThan(0)
    await worksNow(kept)
  })
})

describe('the clock of the machine jumps', () => {
  /** Every question for the time is answered with another day. */
  const jumping = (direction: string) =>
    preloaded(`
    const real = Date.now, start = real(); let asked = 0
    Date.now = () => real() + (${direction}) * 86_400_000
    const TheDate = Date
    globalThis.Date = class extends TheDate { constructor(...all) { super(...(all.length ? all : [Date.now()])) } }
    globalThis.Date.now = TheDate.now`)
  const ways: [string, string][] = [
    ['to and fro', 'asked++ % 2 ? 30 : -30'],
    ['a day forward at every look', 'asked++'],
    ['a day back at every look', '-asked++'],
  ]

  rarely.each(few(1, ways))('%s: a restore from the net, by a line that breaks', async (_, direction) => {
    misbehave({ kind: 'cut', afterBytes: 100_000 }, 2)
    misbehave({ kind: 'answer', status: 500 }, 1)
    await isNewAndClean(await restore(jumping(direction)))
  })

  rarely.each(ways)('%s: the server goes away on COMMIT', async (_, direction) => {
    const proxy = await cuttingProxy(sandbox, ['RENAME TO', 'COMMIT'], 'after')
    await isNewAndClean(await restore({ ...jumping(direction), PGPORT: String(proxy.port) }))
    proxy.close()
  })
})
