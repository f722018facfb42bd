import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rarely } from '../often.ts'
import { type Fault, type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, makeOracle, remains, type State, until } from './local-restore.ts'

/** What may go wrong on the way from Heroku's storage to a whole archive on disk. */

let sandbox: Sandbox
let stateOf: () => Promise<State>
let dump: Buffer
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 2000 })
  stateOf = await makeOracle(sandbox)
  const [backup] = sandbox.heroku.backups('acme-production')
  dump = readFileSync(sandbox.heroku.dumpFile('acme-production', backup ?? expect.fail('no backup')))
})
afterAll(() => sandbox.stop())

/** Each test has a cache of its own, and none of it is told what another downloaded. */
let env: { XDG_CACHE_HOME: string }
let undo: (() => void)[] = []
beforeEach(async () => {
  env = { XDG_CACHE_HOME: join(sandbox.folder, 'home', randomUUID()) }
  if ((await stateOf()) === 'new') expect(await sandbox.run(['development', 'undo'])).toMatchObject({ status: 0 })
  sandbox.requests.length = 0
})
afterEach(() => {
  for (const end of undo) end()
  undo = []
})

const command = ['development', 'restore', 'production', '--no-pristine']
const restore = (): Promise<Finished> => sandbox.run(command, { env })
const misbehave = (fault: Fault) => undo.push(sandbox.misbehave(fault))
/** Requests to the storage that brought something, but for the few bytes that tell the format of the archive. */
const downloads = () =>
  sandbox.requests.filter(
    ({ path, status, headers }) =>
      path.startsWith('/storage/') && (status ?? 500) < 300 && headers.range !== 'bytes=0-7',
  )
const fetched = () => downloads().reduce((sum, { bytesSent }) => sum + bytesSent, 0)
const signatures = () => sandbox.requests.filter(({ path }) => path.endsWith('/public-url')).length

/** A fault that leaves the request for the first bytes alone. */
const inStorage = (action: Fault['action'], times?: number): Fault => ({
  path: '/storage/',
  action,
  ...(times === undefined ? {} : { times }),
})

async function isOldAndClean(): Promise<void> {
  expect([await stateOf(), await remains(sandbox)]).toEqual(['old', []])
}

/** What was wrong is over: the same command works, whatever was left in the cache. */
async function worksNow(): Promise<void> {
  for (const end of undo) end()
  const done = await restore()
  expect([done.status, await stateOf(), await remains(sandbox)]).toEqual([0, 'new', []])
}

describe('a line that breaks', () => {
  rarely('the download goes on where it was cut, and no byte comes twice', async () => {
    misbehave(inStorage({ kind: 'cut', afterBytes: 100_000 }, 2)) // the first of them is the look at the format
    const done = await restore()
    expect([done.status, await stateOf(), await remains(sandbox)]).toEqual([0, 'new', []])
    expect(downloads().map(({ status, headers, bytesSent }) => [status, headers.range, bytesSent])).toEqual([
      [200, undefined, 100_000],
      [206, 'bytes=100000-', dump.length - 100_000],
    ])
  })

  test('kill -9, and the next run goes on from there', async () => {
    misbehave(inStorage({ kind: 'hang', afterBytes: 120_000 }))
    const run = begin(sandbox, command, env)
    await run.line('download: ')
    const folder = join(env.XDG_CACHE_HOME, 'parity', 'acme-production')
    const part = () => readdirSync(folder).find((name) => name.endsWith('.part')) ?? ''
    await until('all that the storage sends', () => statSync(join(folder, part())).size === 120_000)
    run.kill('SIGKILL')
    await run.end
    expect(await stateOf()).toBe('old')
    sandbox.requests.length = 0
    for (const end of undo) end()
    const done = await restore()
    expect([done.status, await stateOf()]).toEqual([0, 'new'])
    expect(done.stderr).toContain('  resumed at byte 120000\n')
    // One signature is for the look at the format and for the download.
    expect([fetched(), signatures()]).toEqual([dump.length - 120_000, 1])
  })

  rarely('Ctrl-C while nothing comes', async () => {
    misbehave(inStorage({ kind: 'hang', afterBytes: 120_000 }))
    const run = begin(sandbox, command, env)
    await run.line('download: ')
    run.kill('SIGINT')
    expect((await run.end).signal).toBe('SIGINT')
    await isOldAndClean()
    await worksNow()
  })

  rarely('access is refused for ever', async () => {
    misbehave(inStorage({ kind: 'answer', status: 403, body: '<Error/>' }))
    const done = await restore()
    expect([done.status, done.stderr.split('\n').slice(-4, -1)]).toEqual([
      1,
      [
        'the backup storage refused a fresh URL: status 403',
        '`heroku pg:backups` shows whether the backup still exists',
        `${live} is as it was`,
      ],
    ])
    await isOldAndClean()
    await worksNow()
  })

  rarely('an address that has expired is signed again', async () => {
    misbehave(inStorage({ kind: 'expired' }, 2))
    const done = await restore()
    expect([done.status, await stateOf(), fetched(), signatures()]).toEqual([0, 'new', dump.length, 2])
  })

  rarely('files may not grow that large', async () => {
    const done = await sandbox.run(['sh', '-c', `ulimit -f 100; exec ${command.join(' ')}`], { env })
    expect(done.status ?? done.signal).not.toBe(0)
    await isOldAndClean()
    await worksNow()
  })
})

describe('an archive that is none', () => {
  // One cache for all: each has to get past what the one before it left.
  const cache = randomUUID()
  beforeEach(() => {
    env = { XDG_CACHE_HOME: join(sandbox.folder, 'home', cache) }
  })
  const half = (original: Buffer) => original.subarray(0, original.length / 2)
  const flippedAt = (place: number) => (original: Buffer) => {
    const bytes = Buffer.from(original)
    bytes[place] = (bytes[place] ?? 0) ^ 0x55
    return bytes
  }
  const flipped = (share: number) => (original: Buffer) => flippedAt(Math.floor(original.length * share))(original)
  rarely.each<[what: string, replace: (original: Buffer) => Buffer | string, message: string]>([
    ['a page', () => '<html>Please log in</html>', 'what was downloaded is not a Postgres archive'],
    ['nothing', () => '', 'what was downloaded is not a Postgres archive'],
    ['half of it', half, 'is damaged: it ends after '],
    ['all but its last byte', (original) => original.subarray(0, -1), ''],
    ['a flipped byte in its head', flippedAt(15), ''],
    ['a flipped byte in the middle', flipped(0.5), 'is damaged: pg_restore: error: '],
    ['a flipped byte near its end', flipped(0.9), 'is damaged: pg_restore: error: '],
  ])('%s', async (_, replace, message) => {
    misbehave(inStorage({ kind: 'body', replace }))
    const done = await restore()
    expect(done.stderr).toContain(message)
    expect(done.stderr).not.toContain('finish: ')
    expect(done.status).toBe(1)
    await isOldAndClean()
  })

  test('and then a whole one', worksNow)
})
