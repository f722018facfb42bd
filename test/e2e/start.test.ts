import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { run as runProgram } from '../sandbox/processes.ts'
import { projectRoot } from '../sandbox/project-root.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'

/** `development start`: the project's own runner, in a process group that ends as a whole. */

let sandbox: Sandbox
let env: Record<string, string>
const fetched = join(projectRoot(), 'test/servers/bin')

beforeAll(async () => {
  if (
    !existsSync(join(fetched, 'redis-server')) &&
    (await runProgram(['sh', '-c', 'command -v redis-server'])).status !== 0
  )
    throw new Error('there is no redis-server: `bin/setup` gets it')
  sandbox = await startSandbox({ rows: 10 })
  // An engine of this machine is not to be met.
  env = { PATH: `${sandbox.env.PATH}:${fetched}`, DOCKER_HOST: 'unix:///nowhere' }
  const production = sandbox.heroku.app('acme-production')
  production.redis = '7.0.15'
  // Postgres takes seconds to make, and does nothing here that Redis does not.
  production.databases.splice(0)
  expect(await sandbox.run(['development', 'services', 'up'], { env })).toMatchObject({ status: 0 })
  await writeFile(join(sandbox.project, '.env'), 'REDIS_URL=redis://wrong\nGREETING=hello\n')
})
afterAll(async () => {
  await sandbox.run(['development', 'services', 'reset', '--yes'], { env })
  await sandbox.stop()
})
beforeEach(async () => {
  await rm(join(sandbox.project, 'bin/dev'), { force: true })
  await rm(join(sandbox.project, 'Procfile.dev'), { force: true })
})

const procfile = (text: string) => writeFile(join(sandbox.project, 'Procfile'), text)
const start = (...args: string[]): Promise<Finished> =>
  sandbox.run(['development', 'start', '--offline', ...args], { env })

/** A number of seconds that no other process sleeps. */
const long = 40_000 + process.pid
const sleeper = `sleep ${long}`
async function sleepers(): Promise<string[]> {
  const { stdout } = await runProgram(['ps', '-eo', 'stat=,args='])
  return stdout.split('\n').filter((line) => line.includes(sleeper) && !line.startsWith('Z'))
}

describe('a Procfile', () => {
  test('runs with the services, which count more than `.env`, until one process dies; its status is the outcome', async () => {
    await procfile(
      `release: exit 9\nweb: echo "$REDIS_URL $GREETING" && exit 3\nmy-worker: trap '' INT TERM; ${sleeper} & wait; ${sleeper}\n`,
    )
    const done = await start()
    expect(done.status, done.stderr).toBe(3)
    expect(done.stdout).toMatch(/redis:\/\/:[0-9a-f]+@127\.0\.0\.1:\d+\/0 hello/)
    expect(done.stderr).toMatch(/web\.1 ended with status 3; the others were stopped\n$/)
    expect(await sleepers()).toEqual([])
    expect(await sandbox.run(['development', 'services', 'status'], { env })).toMatchObject({ status: 0 })
  })

  test.each(few(1, ['SIGINT', 'SIGTERM'] as const))('%s ends all of it', async (signal) => {
    await procfile(`web: echo started && ${sleeper} && true\nworker: trap '' INT; ${sleeper}; ${sleeper}\n`)
    const child = sandbox.spawn(['development', 'start', '--offline'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (part) => {
        text += part
        if (text.includes('started')) resolve()
      })
    })
    child.kill(signal)
    const [status, by] = await once(child, 'exit')
    expect([status, by]).toEqual([null, signal])
    expect(await sleepers()).toEqual([])
  })

  rarely('runs the types that are named', async () => {
    await procfile('web: echo no\nworker: echo "worker here"; exit 0\n')
    const done = await start('worker')
    expect([done.status, done.stdout.includes('worker here'), done.stdout.includes('| no')]).toEqual([0, true, false])
    expect(await start('oops')).toMatchObject({
      status: 2,
      stderr: 'Procfile has no process type `oops`\nit has: web, worker\n',
    })
  })
})

test('bin/dev comes first, with what was typed and its own status', async () => {
  await procfile('web: echo no\n')
  await mkdir(join(sandbox.project, 'bin'), { recursive: true })
  await writeFile(join(sandbox.project, 'bin/dev'), `#!/bin/sh\necho "$1 $REDIS_URL"\n${sleeper} &\nexit 4\n`)
  await chmod(join(sandbox.project, 'bin/dev'), 0o755)
  const done = await start('web')
  expect(done.status).toBe(4)
  expect(done.stdout).toMatch(/^web redis:\/\/:[0-9a-f]+@127/)
  expect(await sleepers()).toEqual([])
})

test('a dry run says what would run, and shows no password', async () => {
  await procfile('web: echo no\n')
  const done = await start('--dry-run')
  expect(done).toMatchObject({ status: 0, stderr: '' })
  const folder = join(sandbox.project, '.parity/start')
  expect(done.stdout.split('\n').at(-2)).toBe(
    `(cd ${sandbox.project} && heroku local --procfile ${folder}/Procfile --env .env,${folder}/services.env web)`,
  )
})
