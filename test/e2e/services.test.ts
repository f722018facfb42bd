import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rarely } from '../often.ts'
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
  // An engine of this machine is not to be met.
  env = { PATH: `${sandbox.env.PATH}:${fetched}`, DOCKER_HOST: 'unix:///nowhere' }
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

type Row = { service: string; version: string; engine: string; address: string; state: string }
async function status(): Promise<Row[]> {
  return (JSON.parse((await services('status', '--json')).stdout) as { services: Row[] }).services
}
/** The sample project has a file that comes before the services. */
const winner =
  'config/database\\.yml names the local database, and not the services; `development services up --env` writes DATABASE_URL, which comes before it'
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

test('up, status, restore, check, down, reset', { timeout: 600_000 }, async () => {
  const up = await services('up')
  expect(up).toMatchObject({ status: 0 })
  expect(up.stderr).toMatch(
    new RegExp(
      `^papertrail:choklad: not needed in development\\n${winner}\\nmake: postgres ${postgres.version} in .parity/postgres-${postgres.major}\\n` +
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
    const report = await checked(sandbox, [], { env })
    expect(ids(report)).not.toContain('tools.postgres.development')
    expect(ids(report)).not.toContain('tools.redis.development')
    const redisRow = report.rows.find(({ id }) => id === 'tools.redis')
    expect(redisRow?.cells).toMatchObject({
      development: expect.stringMatching(/^Redis 7\.0\.\d+$/),
      production: 'Redis 7.0.15',
    })
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

describe('servers of one project', () => {
  let set: Record<string, string>
  beforeAll(async () => {
    const up = await services('up')
    expect(up, up.stderr).toMatchObject({ status: 0 })
    set = variables(up)
  })

  test('let nobody in without the password, and nobody through a socket', async () => {
    const { port } = new URL(set.DATABASE_URL ?? '')
    await expect(ask(`postgres://postgres:wrong@127.0.0.1:${port}/postgres`, 'SELECT 1')).rejects.toThrow(
      'password authentication failed for user "postgres"',
    )
    expect(await redis(set.REDIS_URL ?? '', 'PING', 'wrong')).toBe('-NOAUTH Authentication required.')
    const visible = await runProgram(['ps', '-eo', 'args='])
    for (const url of Object.values(set)) expect(visible.stdout).not.toContain(new URL(url).password)
    expect(await runProgram(['sh', '-c', `find ${folder()} -type s`])).toMatchObject({ stdout: '' })
    const { mode } = await stat(folder('servers.json'))
    expect(mode & 0o777).toBe(0o600)
  })

  // Only root can become another user.
  test.skipIf(process.getuid?.() !== 0)('are closed to another user of the machine', async () => {
    const asNobody = (...words: string[]) =>
      runProgram(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...words])
    expect(await asNobody('test', '-x', folder())).toMatchObject({ status: 0 })
    const data = folder(`postgres-${postgres.major}`)
    for (const path of [folder(), data, join(data, 'data'), folder('redis-7.0'), folder('redis-7.0', 'data')])
      expect((await asNobody('ls', path)).status, path).not.toBe(0)
    for (const path of [folder('servers.json'), folder('redis-7.0', 'redis.conf'), join(data, 'data/pg_hba.conf')])
      expect((await asNobody('cat', path)).status, path).not.toBe(0)
    const { port } = new URL(set.DATABASE_URL ?? '')
    const words = ['--no-password', '--command', 'SELECT 1', `postgres://postgres@127.0.0.1:${port}/postgres`]
    const joined = await asNobody('psql', ...words)
    expect(joined).toMatchObject({ status: 2, stderr: expect.stringContaining('no password supplied') })
  })

  test('that are killed come up again, with what they held', async () => {
    await ask(set.DATABASE_URL ?? '', 'CREATE TABLE kept (); CHECKPOINT')
    expect(await redis(set.REDIS_URL ?? '', 'SET kept 1')).toBe('+OK')
    for (const pid of await pids()) process.kill(pid, 'SIGKILL')
    const up = await services('up')
    expect([up.status, variables(up)], up.stderr).toEqual([0, set])
    await ask(set.DATABASE_URL ?? '', 'SELECT FROM kept')
    expect(await redis(set.REDIS_URL ?? '', 'EXISTS kept')).toBe(':1')
  })

  rarely('leave a port that another program has, and keep the new one', async () => {
    await services('down')
    const port = Number(new URL(set.REDIS_URL ?? '').port)
    const taken = createServer().listen(port, '127.0.0.1')
    await once(taken, 'listening')
    const up = await services('up', 'redis')
    taken.close()
    const { REDIS_URL = '' } = variables(up)
    expect(new URL(REDIS_URL).port).not.toBe(String(port))
    expect(up.stderr).toContain(`port ${port} is taken; redis is on 127.0.0.1:${new URL(REDIS_URL).port}\n`)
    expect((await status()).map(({ state }) => state).sort()).toEqual(['ready', 'stopped'])
    expect(variables(await services('up'))).toEqual({ ...set, REDIS_URL })
  })

  test('have logs', async () => {
    const logs = await services('logs', 'redis')
    expect(logs).toMatchObject({ status: 0 })
    expect(logs.stdout).toContain('Ready to accept connections')
    expect(await services('logs', 'oops')).toMatchObject({
      status: 2,
      stderr: 'no service `oops` was started here\nthere is: postgres, redis\n',
    })
  })

  rarely('of another major are not started', async () => {
    await services('down')
    const data = folder(`postgres-${postgres.major}`, 'data', 'PG_VERSION')
    const before = await readFile(data, 'utf8')
    await writeFile(data, '12\n')
    const up = await services('up')
    await writeFile(data, before)
    expect(up).toMatchObject({ status: 1, stdout: '' })
    expect(up.stderr).toContain(
      `the data in \`.parity/postgres-${postgres.major}\` is of Postgres 12, the server is ${postgres.version}\n` +
        '`development services reset` removes the data, `up` makes it anew\n',
    )
  })

  test('do not run where a restore needs them', async () => {
    await services('down')
    await rename(join(sandbox.project, 'config/database.yml'), join(sandbox.folder, 'database.yml'))
    const restored = await sandbox.run(['development', 'restore', 'production'], { env })
    await rename(join(sandbox.folder, 'database.yml'), join(sandbox.project, 'config/database.yml'))
    expect(restored).toMatchObject({
      status: 2,
      stderr: 'the services of this project do not run\n`development services up` starts them\n',
    })
  })
})

rarely('a version that is not installed is named, with the ways out', async () => {
  sandbox.heroku.app('acme-production').redis = '6.2.7'
  const up = await services('up', 'redis')
  expect(up).toMatchObject({ status: 1, stdout: '' })
  expect(up.stderr).toMatch(
    /no server of Redis 6\.2 is installed, found 7\.0\.\d+\n.*`development services up --any-version` starts 7\.0\.\d+\n$/,
  )
  expect(await services('up', 'redis', '--any-version')).toMatchObject({ status: 0 })
  expect(await services('down')).toMatchObject({ status: 0 })
  sandbox.heroku.app('acme-production').redis = '7.0.15'
})

rarely('a dry run changes nothing', async () => {
  const other = join(sandbox.folder, 'dry')
  await sandbox.run(['git', 'clone', '--quiet', sandbox.project, other])
  await sandbox.run(['git', '-C', other, 'remote', 'add', 'production', 'https://git.heroku.com/acme-production.git'])
  const done = await sandbox.run(['development', '--dry-run', 'services', 'up'], { env, cwd: other })
  expect(done, done.stderr).toMatchObject({ status: 0, stderr: '' })
  expect(done.stdout).toMatch(
    /^# papertrail.*\n# config.*\n# make: postgres.*\n# start: postgres.*\n# start: redis.*\n$/,
  )
  expect(existsSync(join(other, '.parity'))).toBe(false)
  // Nor does a project that uses no services get a folder from what looks for them.
  const there = (...args: string[]) => sandbox.run(args, { env, cwd: other })
  expect(await there('development', 'services', 'status')).toMatchObject({
    status: 1,
    stdout: 'no services; `development services up` starts them\n',
  })
  expect((await there('development', 'services', 'down')).stderr).toBe('no service of this project runs\n')
  expect((await there('development', 'services', 'reset')).stderr).toBe('there is no data of services here\n')
  expect((await there('development', 'services', 'logs')).stderr).toBe(
    'no service of this project has a log\n`development services up` starts them\n',
  )
  expect(existsSync(join(other, '.parity'))).toBe(false)
  expect((await there('git', 'status', '--porcelain')).stdout).toBe('')
})

rarely('two projects side by side, one of them in a deep folder, with Memcached', async () => {
  const other = join(sandbox.folder, 'a deep folder'.padEnd(120, '-'))
  await sandbox.run(['git', 'clone', '--quiet', sandbox.project, other])
  await sandbox.run(['git', '-C', other, 'remote', 'add', 'production', 'https://git.heroku.com/acme-production.git'])
  await writeFile(join(other, '.parityrc'), 'services: { memcached: { version: "1.6" } }\n')
  const production = sandbox.heroku.app('acme-production')
  production.addons.push({ id: randomUUID(), name: 'memcache', plan: 'memcachier:dev', attachment: 'MEMCACHIER' })
  const there = (...args: string[]) => sandbox.run(['development', 'services', ...args], { env, cwd: other })
  try {
    const [one, two] = await Promise.all([services('up', 'redis', 'postgres'), there('up')])
    expect([one.status, two.status], one.stderr + two.stderr).toEqual([0, 0])
    const ports = [one, two].flatMap((done) => Object.values(variables(done)).map((url) => new URL(url).port))
    expect(new Set(ports).size).toBe(4)
    expect(await there('status')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/memcached +1\.6\.\d+ .* ready/),
    })
    expect(await there('down')).toMatchObject({ status: 0 })
    expect((await status()).map(({ service, state }) => [service, state])).toContainEqual(['postgres', 'ready'])
    expect(await processesIn(other)).toEqual([])
  } finally {
    production.addons.pop()
    await there('reset', '--yes')
  }
})

test('--write puts them into the Compose file once, and refuses one that it cannot edit', async () => {
  const file = join(sandbox.project, 'docker-compose.yml')
  const theirs = 'services:\n    web: # ours\n        image: web\n'
  await writeFile(file, theirs)
  expect(await services('--write')).toMatchObject({
    status: 0,
    stdout: '',
    stderr: 'papertrail:choklad: not needed in development\nwrite: docker-compose.yml: postgres, redis\n',
  })
  const text = await readFile(file, 'utf8')
  expect(text.startsWith(`${theirs}    postgres:\n        image: postgres:${postgres.major}\n`)).toBe(true)
  expect(text).toContain('    redis:\n        image: redis:7.0\n')
  expect((await services('--write')).stderr).toContain('docker-compose.yml is up to date\n')
  // They are for those who run them with Docker.
  expect([...new Set((await status()).map(({ engine }) => engine))]).toEqual(['native'])
  expect(await readFile(file, 'utf8')).toBe(text)
  await writeFile(file, 'services: { web: { image: web } }\n')
  const refused = await services('--write')
  expect(refused).toMatchObject({ status: 1, stdout: '' })
  expect(refused.stderr).toMatch(
    /^`docker-compose\.yml` cannot be edited in place: its `services` are not a map, one a line\nput this into it:\nservices:\n {2}postgres:\n/,
  )
  expect(await readFile(file, 'utf8')).toBe('services: { web: { image: web } }\n')
  await rm(file)
})

rarely('--env adds the variables that are not there, to a file that git does not track', async () => {
  const file = join(sandbox.project, '.env')
  await writeFile(file, 'REDIS_URL=mine')
  const up = await services('up', 'redis', 'postgres', '--env')
  expect(up.status, up.stderr).toBe(0)
  expect(up.stderr).toContain('warning: REDIS_URL stands in .env and was not changed\n')
  expect(await readFile(file, 'utf8')).toBe(`REDIS_URL=mine\nDATABASE_URL=${variables(up).DATABASE_URL}\n`)
  // Now the project's own files lead to the services.
  const restored = await sandbox.run(['development', '--dry-run', 'restore', 'production'], { env })
  expect(restored.stdout).toContain(new URL(variables(up).DATABASE_URL ?? '').port)
  await sandbox.run(['git', 'add', '-f', '.env'])
  const tracked = await services('up', '--env')
  await sandbox.run(['git', 'rm', '--quiet', '--cached', '.env'])
  await rm(file)
  expect(tracked).toMatchObject({
    status: 1,
    stderr: '`.env` is tracked by git, and what comes into it are passwords\n`git rm --cached .env`\n',
  })
})

describe('with Docker Compose', () => {
  /** A stand-in for `docker`: it keeps what it is asked, and runs the server in the place of a container. */
  const docker = () => join(sandbox.folder, 'docker')
  let withDocker: Record<string, string>
  const up = (...args: string[]) => sandbox.run(['development', 'services', ...args], { env: withDocker })
  const asked = async () => (await readFile(join(docker(), 'calls'), 'utf8')).trimEnd().split('\n')

  beforeAll(async () => {
    await services('reset', '--yes')
    await mkdir(docker())
    const program = join(docker(), 'docker')
    await writeFile(
      program,
      `#!/bin/sh
cd '${docker()}'
echo "$*" >> calls
case "$*" in
  info*) echo 28.5.1 ;;
  'compose version'*) echo v2.40.3 ;;
  *' up '*)
    port=$(sed -n "s/.*127.0.0.1:\\([0-9]*\\):6379.*/\\1/p" "$5")
    redis-server --port "$port" --bind 127.0.0.1 --daemonize yes --pidfile "$PWD/pid" --save '' >&2 ;;
  *' ps '*) [ ! -e pid ] || echo '{"Service":"redis","State":"running"}' ;;
  *' down') kill "$(cat pid)" && rm -f pid ;;
  'system df'*) echo "[{\\"Name\\":\\"$(cat project)_parity-redis-7.0\\",\\"Size\\":\\"3MB\\",\\"Labels\\":\\"com.docker.compose.project=$(cat project)\\"}]" ;;
esac
`,
    )
    await chmod(program, 0o755)
    withDocker = { PATH: `${docker()}:${env.PATH}` }
  })
  afterAll(async () => {
    await up('reset', '--yes')
  })

  test('the servers are started by it, in a file of parity’s own, and stopped and removed by it', async () => {
    const started = await up('up', 'redis')
    expect(started.status, started.stderr).toBe(0)
    const [, port] = /^REDIS_URL=redis:\/\/127\.0\.0\.1:(\d+)\/0\n$/.exec(started.stdout) ?? []
    const [call = ''] = (await asked()).filter((line) => line.includes(' up '))
    const [, project = ''] = /^compose --project-name (project-[0-9a-f]{8}) --file (\S+) /.exec(call) ?? []
    await writeFile(join(docker(), 'project'), project)
    const compose = `compose --project-name ${project} --file ${folder('compose.yaml')}`
    expect(call).toBe(`${compose} up --detach --no-deps redis`)
    for (const line of [
      'Docker Compose 2.40.3 runs the services; `--engine native` starts installed servers instead',
      'write: .parity/compose.yaml: redis',
      `wait: redis 7.0 on 127.0.0.1:${port}`,
    ])
      expect(started.stderr).toContain(`${line}\n`)
    expect((await stat(folder('compose.yaml'))).mode & 0o777).toBe(0o600)
    expect(await up('status')).toMatchObject({ status: 0, stdout: expect.stringMatching(/redis +7\.0 .* ready\n$/) })

    expect(await up('up', 'redis', '--engine', 'native')).toMatchObject({
      status: 1,
      stderr:
        'the services run with Docker already\n`development services down` stops them; then they can start the other way\n',
    })
    expect((await up('up', 'redis')).stderr).toContain(`redis 7.0 runs already on 127.0.0.1:${port}\n`)
    expect(await up('logs', '--follow')).toMatchObject({ status: 0 })
    expect((await asked()).at(-1)).toBe(`${compose} logs --tail 100 --follow redis`)

    expect(await up('down')).toMatchObject({ status: 0 })
    expect((await asked()).at(-1)).toBe(`${compose} down`)
    expect(await readdir(folder())).not.toContain('lock')
    expect((await up('down')).stderr).toBe('no service of this project runs\n')
    const reset = await up('reset', '--yes')
    expect(reset).toMatchObject({ status: 0 })
    expect(reset.stderr).toBe(`remove: volume ${project}_parity-redis-7.0 (3MB), .parity/compose.yaml\n`)
    expect((await asked()).at(-1)).toBe(`volume rm ${project}_parity-redis-7.0`)
    expect(existsSync(folder('compose.yaml'))).toBe(false)
  })
})

describe('words that can’t be meant', () => {
  const rows: [args: string, stderr: string][] = [
    ['oops', '`services` has no `oops`\n`development services up | down | status | logs | reset | rehearse`\n'],
    ['up oops', 'production has no service `oops`\nit has: postgres, redis\n'],
    ['down --yes', '`--yes` is not an option of `services down`\nit has no options\n'],
    [
      'up --any-version --follow',
      '`--follow` is not an option of `services up`\nit has: --offline, --any-version, --engine, --env\n',
    ],
    ['status redis', '`services status` takes no arguments, got `redis`\n`development services status`\n'],
    ['reset redis', '`services reset` takes no arguments, got `redis`\n`development services reset`\n'],
  ]
  test.each(rows)('%s', async (args, stderr) => {
    expect(await services(...args.split(' '))).toMatchObject({ status: 2, stdout: '', stderr })
  })
})

/** The processes of the servers of the project. */
async function pids(): Promise<number[]> {
  const files = [folder(`postgres-${postgres.major}`, 'data', 'postmaster.pid'), folder('redis-7.0', 'pid')]
  return Promise.all(files.map(async (file) => Number((await readFile(file, 'utf8')).split('\n')[0])))
}

/** What Redis answers to a command, after the login unless another password is given. */
async function redis(url: string, command: string, password = new URL(url).password): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const answers = createInterface(socket)[Symbol.asyncIterator]()
  socket.write(`AUTH ${password}\r\n${command}\r\n`)
  await answers.next()
  const { value } = await answers.next()
  socket.destroy()
  return value
}

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
