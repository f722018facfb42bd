import { existsSync } from 'node:fs'
import { readdir, rename } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run as runProgram } from '../sandbox/processes.ts'
import { projectRoot } from '../sandbox/project-root.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { checked, ids } from './check.ts'

/** `development services`: real servers in the project's own folder, as production's add-ons say. */

let sandbox: Sandbox
const fetched = join(projectRoot(), 'test/servers/bin')
/** The installed servers, and Redis and Memcached of the tests. */
let env: Record<string, string>
let postgres: { version: string; major: string }

beforeAll(async () => {
  if (
    !existsSync(join(fetched, 'redis-server')) &&
    (await runProgram(['sh', '-c', 'command -v redis-server'])).status !== 0
  )
    throw new Error('there is no redis-server: `bin/setup` gets it')
  sandbox = await startSandbox({ rows: 300 })
  env = { PATH: `${sandbox.env.PATH}:${fetched}` }
  const [row] = await sandbox.heroku.query('acme-production', "SELECT current_setting('server_version') AS version")
  const version = String(row?.version).split(' ')[0] ?? ''
  postgres = { version, major: version.split('.')[0] ?? '' }
  const production = sandbox.heroku.app('acme-production')
  production.postgres = postgres.version
  production.redis = '7.0.15'
  // One database is enough for most.
  production.databases.splice(1)
})
afterAll(async () => {
  await services('reset', '--yes')
  await sandbox.stop()
})

const services = (...args: string[]): Promise<Finished> => sandbox.run(['development', 'services', ...args], { env })
const folder = (...parts: string[]) => join(sandbox.project, '.parity', ...parts)

type Row = { service: string; version: string; address: string; state: string }
async function status(): Promise<Row[]> {
  return (JSON.parse((await services('status', '--json')).stdout) as { services: Row[] }).services
}
const variables = ({ stdout }: Finished): Record<string, string> =>
  Object.fromEntries(stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.split(/=(.*)/s).slice(0, 2)])))

test('lists what production has, and remembers it', async () => {
  const listed = await services()
  expect(listed).toMatchObject({ status: 0, stderr: '' })
  expect(listed.stdout).toBe(
    [
      'service   version  acme-production               config vars',
      `postgres  ${postgres.major}       heroku-postgresql:standard-0  DATABASE_URL`,
      'redis     7.0      heroku-redis:premium-0        REDIS_URL',
      '-                  papertrail:choklad            not needed in development',
      '',
    ].join('\n'),
  )
  expect((await sandbox.run(['git', 'status', '--porcelain'])).stdout).toBe('')
  expect(
    (
      await sandbox.run(['development', 'services', '--offline'], {
        env: { ...env, HEROKU_HOST: 'http://127.0.0.1:1' },
      })
    ).stdout,
  ).toBe(listed.stdout)
})

test('up, status, restore, check, down, reset', async () => {
  const up = await services('up')
  expect(up).toMatchObject({ status: 0 })
  expect(up.stderr).toMatch(
    new RegExp(
      `^papertrail:choklad: not needed in development\\nmake: postgres ${postgres.version} in .parity/postgres-${postgres.major}\\n` +
        `start: postgres ${postgres.version} on 127.0.0.1:\\d+\\nstart: redis 7.0.\\d+ on 127.0.0.1:\\d+\\n$`,
    ),
  )
  const set = variables(up)
  expect(Object.keys(set)).toEqual(['DATABASE_URL', 'REDIS_URL'])
  expect((await status()).map(({ service, state }) => [service, state])).toEqual([
    ['postgres', 'ready'],
    ['redis', 'ready'],
  ])
  // Nothing else names a database any more.
  await rename(join(sandbox.project, 'config/database.yml'), join(sandbox.folder, 'database.yml'))
  try {
    const restored = await sandbox.run(['development', 'restore', 'production'], { env })
    expect(restored, restored.stderr).toMatchObject({ status: 0 })
    expect(await ask(set.DATABASE_URL ?? '', 'SELECT count(*)::int AS n FROM articles')).toEqual([{ n: 300 }])
    expect(ids(await checked(sandbox, [], { env }))).not.toContain('tools.postgres.development')
  } finally {
    await rename(join(sandbox.folder, 'database.yml'), join(sandbox.project, 'config/database.yml'))
  }
  const again = await services('up')
  expect([again.status, variables(again)]).toEqual([0, set])
  expect(await services('down')).toMatchObject({ status: 0, stdout: '' })
  expect((await status()).map(({ state }) => state)).toEqual(['stopped', 'stopped'])
  for (const url of Object.values(set)) expect(await isOpen(Number(new URL(url).port))).toBe(false)
  expect(await processesIn(folder())).toEqual([])
  expect(await services('reset')).toMatchObject({
    status: 2,
    stderr: 'without a terminal `reset` cannot ask\n`development services reset --yes` does not ask\n',
  })
  const reset = await services('reset', '--yes')
  expect(reset).toMatchObject({ status: 0 })
  expect(reset.stderr).toMatch(/^remove: \.parity\/postgres-\d+ \([\d.]+ MB\), \.parity\/redis-7\.0 \([\d.]+ \w+\)\n$/)
  expect(await readdir(folder())).toEqual(['.gitignore', 'production.json', 'servers.json'])
})

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Whether something listens there. */
function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(true))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(false)))
  })
}

/** The processes whose command line holds that. */
async function processesIn(text: string): Promise<string[]> {
  const { stdout } = await runProgram(['ps', '-eo', 'pid=,args='])
  return stdout.split('\n').filter((line) => line.includes(text))
}
