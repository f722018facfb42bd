import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { run } from '../sandbox/processes.ts'
import { projectRoot } from '../sandbox/project-root.ts'
import { type FaultAction, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox.stop())

const heroku = (...args: string[]) => sandbox.run(['heroku', ...args], { timeoutMs: 60_000 })
const articles = async (app: 'acme-production' | 'acme-staging') =>
  Number((await sandbox.heroku.query(app, 'SELECT count(*) AS n FROM articles'))[0]?.n)

describe('the Heroku CLI', () => {
  test.each(
    few(1, [
      [['config:set', 'COLOUR=blue', '-a', 'acme-demo'], 'COLOUR: blue'],
      [['apps:info', '-r', 'staging'], 'acme - staging'],
      [['releases', '-r', 'production'], 'Deploy'],
      [['addons', '-r', 'production'], 'heroku-redis'],
      [['pg:info', '-r', 'production'], 'PG Version'],
      [['pg:psql', '-r', 'staging', '-c', 'SELECT 40 + 2'], '42'],
      [['pg:backups', '-r', 'production'], 'b001'],
      [['pg:credentials:url', '-r', 'staging'], 'sslmode=require'],
      [['pipelines:info', 'acme'], 'acme-staging-pr-7'],
      [['logs', '-r', 'production', '-n', '5'], 'Release v5 created'],
      [['maintenance', '-r', 'staging'], 'off'],
      [['domains', '-r', 'production'], 'www.acme.test'],
      [['auth:token'], 'HRKU-'],
    ]),
  )('heroku %j', async (args, expected) => {
    const { status, stdout } = await heroku(...args)
    expect(stdout).toContain(expected)
    expect(status).toBe(0)
  })

  rarely('an unknown app and a wrong token are refused', async () => {
    const unknown = await heroku('ps', '-a', 'acme-nothing')
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining("Couldn't find that app.")])
    const stranger = await sandbox.run(['heroku', 'ps', '-r', 'staging'], { env: { HEROKU_API_KEY: 'stolen' } })
    expect([stranger.status, stranger.stderr]).toEqual([1, expect.stringContaining('HEROKU_API_KEY is invalid')])
  })

  rarely('reset empties a database, and restoring production’s backup fills it', async () => {
    expect((await heroku('pg:reset', '-r', 'staging', '--confirm', 'acme-staging')).status).toBe(0)
    await expect(articles('acme-staging')).rejects.toThrow('does not exist')
    const source = ['acme-production::b001', 'DATABASE_URL', '-r', 'staging', '--confirm', 'acme-staging']
    expect((await heroku('pg:backups:restore', ...source)).status).toBe(0)
    expect(await articles('acme-staging')).toBe(await articles('acme-production'))
  })

  rarely('the developer’s database can be pushed', async () => {
    expect((await heroku('pg:reset', '-a', 'acme-demo', '--confirm', 'acme-demo')).status).toBe(0)
    // By any other name than `localhost` the CLI would ask the developer's server for TLS.
    const source = `postgres://developer@localhost:${sandbox.local.port}/acme_development`
    const pushed = await heroku('pg:push', source, 'DATABASE_URL', '-a', 'acme-demo')
    expect(pushed.stderr).not.toContain('error:')
    expect(pushed.status).toBe(0)
    expect((await sandbox.heroku.query('acme-demo', 'SELECT count(*)::int AS n FROM articles'))[0]).toEqual({ n: 12 })
  })

  rarely('a captured backup is an archive that can be fetched in parts', async () => {
    expect((await heroku('pg:backups:capture', '-r', 'production')).status).toBe(0)
    const url = (await heroku('pg:backups:url', '-r', 'production')).stdout.trim()
    const [backup] = sandbox.heroku.backups('acme-production').slice(-1)
    const file = readFileSync(sandbox.heroku.dumpFile('acme-production', backup ?? expect.fail('no backup')))
    const part = await fetch(url, { headers: { Range: 'bytes=5-99' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 5-99/${file.length}`])
    expect(Buffer.from(await part.arrayBuffer())).toEqual(file.subarray(5, 100))
    expect(file.subarray(0, 5).toString()).toBe('PGDMP')
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(403)
    expect((await fetch(url, { headers: { Authorization: `Bearer ${sandbox.heroku.token}` } })).status).toBe(400)
  })

  rarely('a backup that fails says why, and one that is held is running', async () => {
    sandbox.heroku.failNextTransfer('out of disk')
    const failed = await heroku('pg:backups:capture', '-a', 'acme-demo')
    expect([failed.status, failed.stderr]).toEqual([2, expect.stringContaining('out of disk')])
    const go = sandbox.heroku.pauseTransfers()
    const capture = heroku('pg:backups:capture', '-a', 'acme-demo')
    await until(() => sandbox.heroku.backups('acme-demo').length === 2)
    expect(sandbox.heroku.backups('acme-demo')[1]?.finished_at).toBeNull()
    go()
    expect((await capture).status).toBe(0)
  })

  rarely('a dyno runs the command, with its status, its config vars, and what is typed', async () => {
    const failed = await heroku('run', '--exit-code', '-r', 'staging', '--', 'sh', '-c', 'echo $DYNO; exit 3')
    expect([failed.status, failed.stdout]).toEqual([3, expect.stringMatching(/^run\.\d+\n/)])
    const console = ['heroku', 'run', '-r', 'staging', '--', 'bundle', 'exec', 'rails', 'console', '--sandbox']
    const typed = await sandbox.run(console, { input: 'User.count\n' })
    expect(typed.stdout).toContain('Loading production environment (arguments: --sandbox)')
    expect(typed.stdout).toContain('=> User.count')
    const migrate = ['run', '--exit-code', '-r', 'production', '--', 'bundle', 'exec', 'rails', 'db:migrate']
    expect((await heroku(...migrate)).status).toBe(0)
    sandbox.heroku.config('acme-production').FAIL_MIGRATION = '1'
    expect((await heroku(...migrate)).status).toBe(1)
  })
})

test('a push over the true address becomes a release, unless the build fails', async () => {
  const before = sandbox.heroku.releases('acme-staging').length
  const commit = (await sandbox.run(['git', 'rev-parse', 'main'])).stdout.trim()
  expect((await sandbox.run(['git', 'config', 'remote.staging.url'])).stdout).toBe(
    'https://git.heroku.com/acme-staging.git\n',
  )
  sandbox.heroku.config('acme-staging').FAIL_BUILD = '1'
  const failed = await sandbox.run(['git', 'push', 'staging', 'main'])
  expect([failed.status, failed.stderr]).toEqual([1, expect.stringContaining('Push rejected')])
  delete sandbox.heroku.config('acme-staging').FAIL_BUILD
  const pushed = await sandbox.run(['git', 'push', 'staging', 'main'])
  expect([pushed.status, pushed.stderr]).toEqual([0, expect.stringContaining(`Released v${before + 1}`)])
  expect(sandbox.heroku.releases('acme-staging').at(-1)).toMatchObject({ version: before + 1, commit })
})

describe('misbehaviour', () => {
  const account = () =>
    fetch(`${sandbox.url}/account`, { headers: { Authorization: `Bearer ${sandbox.heroku.token}` } })
  const withFault = async <Result>(action: FaultAction, attempt: () => Promise<Result>) => {
    const undo = sandbox.misbehave({ method: 'GET', path: '/account', action })
    try {
      return await attempt()
    } finally {
      undo()
    }
  }

  test('another answer, for as many times as asked', async () => {
    sandbox.misbehave({ path: /^\/account$/, times: 1, action: { kind: 'answer', status: 503, body: '{"id":"down"}' } })
    expect([(await account()).status, (await account()).status]).toEqual([503, 200])
    expect(sandbox.requests.slice(-2).map(({ method, path, status }) => [method, path, status])).toEqual([
      ['GET', '/account', 503],
      ['GET', '/account', 200],
    ])
  })

  rarely('a late answer, a throttled one, an expired address', async () => {
    const started = Date.now()
    expect((await withFault({ kind: 'delay', ms: 200 }, account)).status).toBe(200)
    await withFault({ kind: 'throttle', bytesPerSecond: 500 }, async () => (await account()).text())
    expect(Date.now() - started).toBeGreaterThan(400)
    const expired = await withFault({ kind: 'expired' }, account)
    expect([expired.status, await expired.text()]).toEqual([403, expect.stringContaining('Request has expired')])
  })

  test('a connection cut before and inside the body', async () => {
    await expect(withFault({ kind: 'cut', afterBytes: 0 }, account)).rejects.toThrow('fetch failed')
    await expect(withFault({ kind: 'cut', afterBytes: 10 }, async () => (await account()).text())).rejects.toThrow(
      'terminated',
    )
    expect(sandbox.requests.at(-1)?.bytesSent).toBe(10)
  })

  rarely('silence, from the start and inside the body', async () => {
    const patient = (ms: number) =>
      fetch(`${sandbox.url}/account`, {
        headers: { Authorization: `Bearer ${sandbox.heroku.token}` },
        signal: AbortSignal.timeout(ms),
      }).then((response) => response.text())
    await expect(withFault({ kind: 'hang' }, () => patient(300))).rejects.toThrow('timeout')
    await expect(withFault({ kind: 'hang', afterBytes: 5 }, () => patient(300))).rejects.toThrow('timeout')
  })

  rarely('another body, of which ranges are cut; an address that has expired', async () => {
    const url = (await heroku('pg:backups:url', 'b001', '-r', 'production')).stdout.trim()
    const undo = sandbox.misbehave({ path: '/storage/', action: { kind: 'body', replace: () => 'not a dump' } })
    const part = await fetch(url, { headers: { Range: 'bytes=4-' } })
    expect([part.headers.get('content-range'), await part.text()]).toEqual(['bytes 4-9/10', 'a dump'])
    undo()
    sandbox.heroku.setUrlLifetime(0)
    const stale = (await heroku('pg:backups:url', 'b001', '-r', 'production')).stdout.trim()
    sandbox.heroku.setUrlLifetime(3600)
    expect((await fetch(stale)).status).toBe(403)
  })

  test('the developer’s server goes and comes back', async () => {
    const count = () => sandbox.local.query('acme_development', 'SELECT count(*)::int AS n FROM articles')
    expect(await count()).toEqual([{ n: 12 }])
    await sandbox.local.stop()
    await expect(count()).rejects.toThrow('ECONNREFUSED')
    await sandbox.local.start()
    expect(await count()).toEqual([{ n: 12 }])
  })
})

describe('nothing remains', () => {
  rarely('after the process that ran it is killed, dynos included', async () => {
    const sleep = `sleep 86400.${process.pid}`
    const line = `pwd; heroku run -r staging -- 'echo here; ${sleep}'`
    const built = join(projectRoot(), 'test', 'dist', 'sandbox.js')
    const child = spawn(process.execPath, [built, 'sh', '-c', line], { stdio: ['pipe', 'pipe', 'ignore'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    await until(() => output.includes('here'))
    const folder = dirname(output.split('\n')[0] ?? '')
    expect([processesOf(folder).length > 2, processesOf(sleep).length > 0, existsSync(folder)]).toEqual([
      true,
      true,
      true,
    ])
    child.kill('SIGKILL')
    await until(() => !existsSync(folder) && processesOf(folder).length === 0 && processesOf(sleep).length === 0)
  })

  rarely('after a command that a signal ended, which is handed on', async () => {
    const built = join(projectRoot(), 'test', 'dist', 'sandbox.js')
    const killed = await run([process.execPath, built, 'sh', '-c', 'pwd; kill -TERM $$'])
    expect([killed.signal, existsSync(dirname(killed.stdout.trim()))]).toEqual(['SIGTERM', false])
  })
})

/** The command lines of running programs that mention a text. */
function processesOf(text: string): string[] {
  const { stdout } = spawnSync('ps', ['-axww', '-o', 'args='], { encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line.includes(text))
}

/** Waits until something is so, for two minutes at the most. */
async function until(so: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000
  while (!so()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${so}`)
    await delay(20)
  }
}
