import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, makeOracle, remains, type State, until } from './local-restore.ts'

/** The pristine snapshot: what a restore keeps of its outcome, and when the next one goes by it. */

let sandbox: Sandbox
let stateOf: (name?: string) => Promise<State>
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300 })
  stateOf = await makeOracle(sandbox)
})
afterAll(() => sandbox.stop())

const pristine = `${live}__parity_snap_pristine`
const configuration = () => join(sandbox.project, '.parityrc')
const run = (...args: string[]): Promise<Finished> => sandbox.run(['development', ...args])
const restore = (...args: string[]) => run('restore', 'production', ...args)
const superuser = (sql: string) => sandbox.local.querySuper('postgres', sql)
const downloads = () => sandbox.requests.filter(({ path }) => path.startsWith('/storage/')).length
const isKept = async () => (await superuser(`SELECT FROM pg_database WHERE datname = '${pristine}'`)).length === 1

/** What a restore did for its rows. */
async function way(words: readonly string[] = []): Promise<'copied' | 'loaded'> {
  const { status, stderr } = await restore(...words)
  expect([status, await stateOf(), await remains(sandbox)], stderr).toEqual([0, 'new', []])
  expect(stderr.includes('\nload: ')).not.toBe(stderr.includes(`\ncopy: ${pristine} as `))
  return stderr.includes('\nload: ') ? 'loaded' : 'copied'
}

/** Each test begins with the old database under the name, and nothing kept. */
let original: string
beforeAll(async () => {
  const { stdout } = await sandbox.run(['sh', '-c', 'cat .parityrc'])
  original = stdout
  await superuser(`CREATE DATABASE the_old_one TEMPLATE ${live} OWNER developer`)
})
beforeEach(async () => {
  await writeFile(configuration(), original)
  for (const name of [live, pristine, `${live}__parity_previous`])
    await superuser(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  await superuser(`CREATE DATABASE ${live} TEMPLATE the_old_one OWNER developer`)
  expect([await stateOf(), await remains(sandbox)]).toEqual(['old', []])
})

describe('the same again', () => {
  test('is copied: nothing is downloaded, checked or loaded, and `undo` brings the old one back', async () => {
    expect(await way()).toBe('loaded')
    expect(await stateOf(pristine)).toBe('new')
    await run('undo')
    await rm(join(sandbox.folder, 'home/.cache/parity/acme-production/b001.dump'))
    const before = downloads()
    const { status, stderr } = await restore()
    const lines = stderr.replace(/, \d+ \w+ ago|, \d+ hours old|, [\d.]+ [kM]B|, Postgres .*/g, '').split('\n')
    expect([status, lines, downloads() - before]).toEqual([
      0,
      [
        'restoring production: backup b001 of acme-production',
        'this was restored before: using the copy; `--no-pristine` loads it again',
        `into ${live} on 127.0.0.1:${sandbox.local.port} (by config/database.yml)`,
        `copy: ${pristine} as ${live}__parity_incoming, a template copy`,
        `swap, in one transaction: ${live}__parity_previous becomes ${live}__parity_discard, ${live} becomes ${live}__parity_previous, ${live}__parity_incoming becomes ${live}`,
        `tidy: drop ${live}__parity_discard`,
        `${live} is now production's b001; \`development undo\` brings the old one back`,
        '',
      ],
      0,
    ])
    expect([await stateOf(), await stateOf(pristine), await remains(sandbox)]).toEqual(['new', 'new', []])
    await run('undo')
    expect(await stateOf()).toBe('old')
  })

  rarely('what was done to the database since is not in the copy', async () => {
    await way()
    await sandbox.local.query(live, 'CREATE TABLE scratch ()')
    expect(await way()).toBe('copied')
  })

  rarely('the environment is as a load leaves it', async () => {
    await way()
    await way()
    expect(await sandbox.local.query(live, "SELECT value FROM ar_internal_metadata WHERE key = 'environment'")).toEqual(
      [{ value: 'development' }],
    )
  })

  rarely('a dry run says so', async () => {
    expect((await restore('--dry-run')).stdout).toContain(
      `\n# pristine: ${live}__parity_incoming is copied as ${pristine} if there is room\n`,
    )
    await way()
    expect((await restore('--dry-run')).stdout).toContain(
      `\n# copy: ${pristine} as ${live}__parity_incoming, a template copy\n`,
    )
  })

  rarely('it can be brought back by name', async () => {
    await way()
    await run('undo')
    expect(await run('restore', 'pristine')).toMatchObject({ status: 0 })
    expect(await stateOf()).toBe('new')
  })
})

describe('loaded all the same', () => {
  rarely('with --no-pristine, which also keeps none', async () => {
    expect([await way(['--no-pristine']), await isKept()]).toEqual(['loaded', false])
    await way()
    expect(await way(['--no-pristine'])).toBe('loaded')
  })

  rarely('with `restore.pristine: false`', async () => {
    await appendFile(configuration(), '\nrestore: { pristine: false }\n')
    expect([await way(), await isKept(), await way()]).toEqual(['loaded', false, 'loaded'])
  })

  rarely('when a setting that shapes the outcome is another one', async () => {
    await way()
    await appendFile(configuration(), '\nrestore: { skipExtensions: [pg_stat_statements], keep: 3, warnAfter: 1h }\n')
    expect([await way(), await way()]).toEqual(['loaded', 'copied'])
  })

  rarely('when only what is kept or told is set otherwise, it is copied', async () => {
    await way()
    await appendFile(configuration(), '\nrestore: { keep: 3, warnAfter: 1h, jobs: 1, pristine: true }\n')
    expect(await way()).toBe('copied')
  })

  rarely('when a command that runs on it, or what that reads of the project, has changed', async () => {
    const script = join(sandbox.project, 'bin-after')
    await writeFile(script, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
    await appendFile(configuration(), '\nrestore: { after: [./bin-after] }\n')
    const ways = [await way(), await way()]
    await writeFile(script, '#!/bin/sh\ntrue\n')
    ways.push(await way())
    await writeFile(join(sandbox.project, 'migration.sql'), 'SELECT 1')
    ways.push(await way())
    await sandbox.run(['git', 'commit', '--quiet', '--allow-empty', '--message', 'new'])
    ways.push(await way(), await way())
    await rm(script)
    await rm(join(sandbox.project, 'migration.sql'))
    expect(ways).toEqual(['loaded', 'copied', 'loaded', 'loaded', 'loaded', 'copied'])
  })

  rarely('when the backup is another one; the older copy goes', async () => {
    await way()
    const old = await superuser(`SELECT oid FROM pg_database WHERE datname = '${pristine}'`)
    await sandbox.heroku.backUp('acme-production')
    expect(await way()).toBe('loaded')
    expect(await superuser(`SELECT oid FROM pg_database WHERE datname = '${pristine}'`)).not.toEqual(old)
    expect(await way()).toBe('copied')
  })

  test('when the copy has rows of somebody’s: its comment is gone', async () => {
    await way()
    await superuser(`COMMENT ON DATABASE ${pristine} IS NULL`)
    const { status, stderr } = await restore()
    expect([status, await stateOf()]).toEqual([0, 'new'])
    expect(stderr).toContain(
      `  no pristine copy was kept: the database ${pristine} has a name that parity needs, but was not made by parity\n`,
    )
    await superuser(`DROP DATABASE ${pristine}`)
    expect(await remains(sandbox)).toEqual([])
  })

  rarely('when there is no such database yet, it is copied too', async () => {
    await way()
    await superuser(`DROP DATABASE ${live}`)
    expect(await way()).toBe('copied')
  })

  rarely('when the database sorts otherwise', async () => {
    await way()
    await superuser(`DROP DATABASE ${live}`)
    await sandbox.local.query('postgres', `CREATE DATABASE ${live} TEMPLATE template0 LOCALE 'C'`)
    expect(await way()).toBe('loaded')
    await superuser(`DROP DATABASE ${live}`)
  })

  rarely('a file is known by its path, size and time', async () => {
    const file = join(sandbox.project, 'db.dump')
    const [backup] = sandbox.heroku.backups('acme-production')
    await sandbox.run(['cp', sandbox.heroku.dumpFile('acme-production', backup ?? expect.fail('no backup')), file])
    const copied = async () => (await run('restore', '--file', 'db.dump')).stderr.includes(`\ncopy: ${pristine}`)
    const ways = [await copied(), await copied()]
    await sandbox.run(['touch', file])
    expect([...ways, await copied(), await copied()]).toEqual([false, true, false, true])
    await rm(file)
  })
})

describe('ended while it is kept', () => {
  const noLock = () =>
    until(
      'the end of the lock',
      async () => (await superuser("SELECT FROM pg_locks WHERE locktype = 'advisory'")).length === 0,
    )

  rarely.each([0, 70])('kill -9, %d ms after the copy began', async (milliseconds) => {
    const restoring = begin(sandbox, ['development', 'restore', 'production'])
    await restoring.line('pristine: ')
    await delay(milliseconds)
    restoring.kill('SIGKILL')
    await restoring.end
    await noLock()
    expect(['old', 'new']).toContain(await stateOf())
    const kept = await isKept()
    if (kept) expect(await stateOf(pristine)).toBe('new')
    expect([await way(), await way()]).toEqual([kept ? 'copied' : 'loaded', 'copied'])
  })

  rarely.each<[milliseconds: number, signal: NodeJS.Signals]>(
    few(2, [
      [0, 'SIGINT'],
      [30, 'SIGTERM'],
    ]),
  )('%d ms after the copy began: %s', async (milliseconds, signal) => {
    const restoring = begin(sandbox, ['development', 'restore', 'production'])
    await restoring.line('pristine: ')
    await delay(milliseconds)
    restoring.kill(signal)
    const { status, signal: died } = await restoring.end
    expect([
      [signal, 'old'],
      [0, 'new'],
    ]).toContainEqual([died ?? status, await stateOf()])
    expect(await remains(sandbox)).toEqual([])
  })
})
