import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rarely } from '../often.ts'
import { type FaultAction, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { checked, ids, typed, write } from './check.ts'

/** Whatever is in the way: a report of what could be seen, and what could not be, and why. */

let sandbox: Sandbox
const undo: (() => void)[] = []

beforeAll(async () => {
  sandbox = await startSandbox()
  await sandbox.heroku.backUp('acme-staging')
})
beforeEach(() => {
  for (const rule of undo.splice(0)) rule()
})
afterAll(() => sandbox.stop())

function misbehave(path: string | RegExp, action: FaultAction, times?: number): void {
  undo.push(sandbox.misbehave({ path, action, ...(times === undefined ? {} : { times }) }))
}

const unseenOf = ({ unseen }: Awaited<ReturnType<typeof checked>>) =>
  unseen.map(({ where, what, why, hint }) => [where, what, why, hint])
const columns = ({ environments }: Awaited<ReturnType<typeof checked>>) => environments.map(({ name }) => name)
const cells = ({ rows }: Awaited<ReturnType<typeof checked>>, id: string) => rows.find((row) => row.id === id)?.cells

describe('apps of other shapes', () => {
  rarely('one without Postgres: no word of backups and extensions', async () => {
    sandbox.heroku.addApp('acme-bare', undefined)
    await write(sandbox, { 'bare.yml': 'environments:\n  bare: acme-bare\n' })
    const report = await checked(sandbox, ['--config', 'bare.yml', 'development', 'bare', 'production'])
    expect(columns(report)).toEqual(['development', 'bare', 'production'])
    expect(cells(report, 'tools.postgres')).toEqual({
      development: expect.any(String),
      bare: 'none',
      production: '17.6',
    })
    expect(ids(report)).toContain('tools.addon.heroku-postgresql.bare')
    expect(unseenOf(report)).toEqual([])
    const alone = await checked(sandbox, ['--config', 'bare.yml', 'bare'])
    expect([alone.status, unseenOf(alone), ids(alone)]).toEqual([0, [], []])
  })

  rarely('a pipeline with two production apps: both are looked at', async () => {
    const { name } = sandbox.heroku.addApp('acme-production-eu', 'production')
    const [first] = sandbox.heroku.releases('acme-production').slice(-1)
    sandbox.heroku.release(name, 'Initial release')
    sandbox.heroku.release(name, 'Promote acme-staging', first?.commit)
    const report = await checked(sandbox)
    expect(columns(report)).toEqual(['development', 'staging', 'production', name])
    const { findings } = report
    expect(findings.filter(({ id }) => id === `time.behind.${name}`)).toEqual([
      expect.objectContaining({ command: `staging promote --to ${name}` }),
    ])
    expect(findings.find(({ id }) => id === `tools.config.SENDGRID_API_KEY.${name}`)?.command).toBe(
      `heroku config:set --app ${name} SENDGRID_API_KEY=VALUE`,
    )
  })
})

describe('clones of other shapes', () => {
  test('no git', async () => {
    const cwd = await mkdtemp(join(sandbox.folder, 'tmp', 'no-git-'))
    await writeFile(join(cwd, '.parityrc'), 'environments: { staging: acme-staging, production: acme-production }\n')
    const report = await checked(sandbox, ['staging', 'production'], { cwd })
    expect(unseenOf(report)).toEqual([
      ['this machine', 'commits', 'not a git repository', 'run it in a clone of the project'],
    ])
    expect([report.status, cells(report, 'time.release'), ids(report).filter((id) => id.startsWith('time'))]).toEqual([
      0,
      { staging: 'v7', production: 'v5' },
      [],
    ])
  })

  rarely('a shallow clone, until it is fetched whole', async () => {
    const cwd = join(sandbox.folder, 'tmp', 'shallow')
    await typed(sandbox, ['git', 'clone', '--quiet', '--depth', '1', `file://${sandbox.folder}/origin.git`, cwd])
    for (const name of ['staging', 'production'])
      await typed(sandbox, ['git', '-C', cwd, 'remote', 'add', name, `https://git.heroku.com/acme-${name}.git`])
    const shallow = await checked(sandbox, ['staging', 'production'], { cwd })
    expect(unseenOf(shallow)).toEqual([
      [
        'staging',
        'commits',
        expect.stringMatching(/^its commit [0-9a-f]{8} is not in this shallow clone$/),
        '`git fetch --unshallow`',
      ],
      [
        'production',
        'commits',
        expect.stringMatching(/^its commit [0-9a-f]{8} is not in this shallow clone$/),
        '`git fetch --unshallow`',
      ],
    ])
    expect(cells(shallow, 'time.commit')).toEqual({ staging: expect.any(String), production: expect.any(String) })
    await typed(sandbox, ['git', '-C', cwd, 'fetch', '--quiet', '--unshallow'])
    const whole = await checked(sandbox, ['staging', 'production'], { cwd })
    expect([unseenOf(whole), ids(whole)]).toEqual([[], expect.arrayContaining(['time.behind.production'])])
  })

  rarely('a commit that somebody else pushed, until it is fetched', async () => {
    const other = join(sandbox.folder, 'tmp', 'other')
    const repository = `${sandbox.folder}/repositories/acme-demo.git`
    await typed(sandbox, ['git', 'clone', '--quiet', repository, other])
    await typed(sandbox, ['git', '-C', other, 'commit', '--quiet', '--allow-empty', '--message', 'Hot fix'])
    await typed(sandbox, ['git', '-C', other, 'push', '--quiet', 'origin', 'HEAD:main'])
    const sha = (await typed(sandbox, ['git', '-C', other, 'rev-parse', 'HEAD'])).trim()
    sandbox.heroku.release('acme-demo', `Deploy ${sha.slice(0, 8)}`, sha)
    await typed(sandbox, ['git', 'remote', 'add', 'demo', repository])
    const before = await checked(sandbox, ['demo'])
    expect(unseenOf(before)).toEqual([
      ['demo', 'extensions', 'it has no backup', '`parity demo backup`'],
      ['demo', 'commits', `its commit ${sha.slice(0, 8)} is not in this clone`, '`git fetch --all`'],
    ])
    await typed(sandbox, ['git', 'fetch', '--quiet', '--all'])
    const after = await checked(sandbox, ['demo'])
    expect(ids(after)).toContain('time.behind.demo')
    await typed(sandbox, ['git', 'remote', 'remove', 'demo'])
  })
})

describe('Heroku of other moods', () => {
  rarely('no login', async () => {
    const report = await checked(sandbox, [], { env: { HEROKU_API_KEY: undefined } })
    expect(new Set(report.unseen.map(({ why, hint }) => [why, hint].join('\n')))).toEqual(
      new Set(['not logged in to Heroku\n`heroku login`']),
    )
    expect([report.status, report.done.status, report.summary]).toEqual([2, 2, 'nothing could be checked'])
    const text = await sandbox.run(['parity', 'check'], { env: { HEROKU_API_KEY: undefined } })
    expect(text.stdout).toContain(
      'could not be seen\n  staging, production: everything: not logged in to Heroku\n      `heroku login`\n',
    )
  })

  rarely('one app forbidden', async () => {
    const body = '{"id":"forbidden","message":"You do not have access to the app acme-staging."}'
    misbehave(/\/apps\/acme-staging($|\/)/, { kind: 'answer', status: 403, body })
    const report = await checked(sandbox, ['--fail-on', 'time'])
    expect(new Set(report.unseen.map(({ where, why }) => `${where}: ${why}`))).toEqual(
      new Set(['staging: Heroku says: You do not have access to the app acme-staging']),
    )
    expect([report.done.status, ids(report)]).toEqual([1, expect.arrayContaining(['time.behind.production'])])
  })

  rarely('slow, and busy for a while', async () => {
    misbehave('/apps/', { kind: 'delay', ms: 100 })
    misbehave('/apps/acme-production/formation', { kind: 'answer', status: 503, body: '{}' }, 2)
    misbehave('/apps/acme-staging/addons', { kind: 'answer', status: 429, headers: { 'Retry-After': '0' } }, 2)
    const report = await checked(sandbox)
    expect([unseenOf(report), report.status]).toEqual([[], 0])
  })

  rarely('silent in one place', async () => {
    await write(sandbox, { 'impatient.yml': 'check: { timeout: 5 }\n' })
    misbehave('/apps/acme-production/formation', { kind: 'hang' })
    const report = await checked(sandbox, ['--config', 'impatient.yml'])
    expect(unseenOf(report)).toEqual([
      [
        'production',
        'formation',
        'no answer within 5 seconds',
        '`check.timeout` in the configuration waits longer; https://status.heroku.com shows whether Heroku has trouble',
      ],
    ])
    expect(ids(report)).toContain('time.behind.production')
  })

  rarely('out of order', async () => {
    misbehave(/^\/(apps|client|redis)/, {
      kind: 'answer',
      status: 500,
      body: '{"id":"internal","message":"Out of order."}',
    })
    const { status, unseen, done } = await checked(sandbox, ['--fail-on', 'tools'])
    expect([status, done.status]).toEqual([2, 2])
    expect(new Set(unseen.map(({ why }) => why))).toEqual(new Set(['Heroku says: Out of order']))
  })

  test('no Postgres here', async () => {
    const report = await checked(sandbox, [], { env: { PGPORT: '1' } })
    expect(unseenOf(report)).toEqual([
      [
        'development',
        'Postgres',
        expect.stringContaining('cannot connect to acme_development on 127.0.0.1:1'),
        expect.any(String),
      ],
    ])
  })
})

describe('what is typed', () => {
  test.each([
    [['nowhere'], 'no environment `nowhere`'],
    [['development'], 'there is no environment on Heroku to compare with'],
    [['--fail-on', 'money'], '`--fail-on` takes time, personnel, tools, got `money`'],
    [['--json', '--markdown'], '`--json` and `--markdown` cannot be combined'],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await sandbox.run(['parity', 'check', ...args])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr.startsWith(message)).toBe(true)
  })

  rarely('options go anywhere', async () => {
    const one = await typed(sandbox, ['parity', 'check', '--markdown', 'staging', 'production'])
    expect(await typed(sandbox, ['parity', 'check', 'staging', 'production', '--markdown'])).toBe(one)
  })
})

test('values of config vars get nowhere', async () => {
  const sentinel = 'sentinel-7d1f4c2a'
  sandbox.heroku.config('acme-production').CANARY = sentinel
  sandbox.heroku.config('acme-staging').SENTINEL = `postgres://user:${sentinel}@db.example.com/${sentinel}`
  await mkdir(join(sandbox.folder, 'home', '.cache'), { recursive: true })
  const outputs: string[] = []
  for (const args of [[], ['--json']]) {
    const { stdout, stderr } = await sandbox.run(['parity', 'check', ...args], { env: { HEROKU_DEBUG: '1' } })
    outputs.push(stdout, stderr)
  }
  expect(outputs.join()).toContain('CANARY')
  expect(outputs.filter((output) => output.includes(sentinel))).toEqual([])
  const folders = ['home', 'tmp', 'project'].map((name) => join(sandbox.folder, name))
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  const holding = files.filter((file) => statSync(file).isFile() && readFileSync(file).includes(sentinel))
  expect([files.length > 50, holding]).toEqual([true, []])
  const sent = sandbox.requests.filter(({ path, headers }) => JSON.stringify([path, headers]).includes(sentinel))
  expect(sent).toEqual([])
})

describe('this machine', () => {
  rarely('another major of Postgres here, until it is the same', async () => {
    const [row] = await sandbox.local.query('acme_development', "SELECT current_setting('server_version') AS version")
    const version = String(row?.version).split(' ')[0] ?? ''
    const finding = {
      id: 'tools.postgres.development',
      says: `Postgres is ${version} in development, 17.6 in production`,
    }
    expect((await checked(sandbox)).findings).toContainEqual(expect.objectContaining(finding))
    // No second major is installed here: what runs in production moves instead.
    sandbox.heroku.app('acme-production').postgres = version
    expect(ids(await checked(sandbox))).not.toContain(finding.id)
    sandbox.heroku.app('acme-production').postgres = '17.6'
  })

  rarely('whatever git is configured to print', async () => {
    const settings = {
      'color.ui': 'always',
      'log.showSignature': 'true',
      'grep.lineNumber': 'true',
      'grep.column': 'true',
      'log.decorate': 'full',
    }
    const env = Object.entries(settings).flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ])
    const strange = await checked(sandbox, [], {
      env: { GIT_CONFIG_COUNT: String(env.length / 2), ...Object.fromEntries(env) },
    })
    expect(ids(strange)).toEqual(ids(await checked(sandbox)))
    expect(cells(strange, 'tools.language.ruby')).toEqual(cells(await checked(sandbox), 'tools.language.ruby'))
  })
})
