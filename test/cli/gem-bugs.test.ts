import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { startServer, type TestServer } from '../unit/http-server.ts'
import { type Ended, type RunOptions, type Script, World } from './world.ts'

/*
 * The bugs of the Ruby gem that a person can meet in what parity has by now, each by its number in the list of them. Those that only show
 * themselves with a real server or a real dump (B1, B10–B14, B34 with a server, B35) are in test/e2e.
 */

let world: World
let heroku: TestServer
/** The stage of each app in its pipeline; an app without one is in none. */
let stages: Record<string, string>
let backups: Record<string, object[]>
/** What the pipeline has, and the status by which it does not say so. */
let reviews: object[]
let refusedReviewApps: number | undefined

beforeAll(async () => {
  heroku = await startServer(({ url }, response) => {
    const [, app = '', what] = /\/apps\/([^/]+)\/([\w-]+)$/.exec(url) ?? []
    const answer = answerOf(what, app) ?? reviewApps(url)
    response.statusCode = answer === undefined ? 404 : 200
    if (url === '/pipelines/p/review-apps' && refusedReviewApps) response.statusCode = refusedReviewApps
    response.end(JSON.stringify(answer ?? { id: 'not_found' }))
  })
})

afterAll(() => heroku.close())

beforeEach(() => {
  stages = {}
  reviews = [{ pr_number: 12, app: { id: 'a12' }, branch: 'topic', status: 'created' }]
  refusedReviewApps = undefined
  const times = { created_at: new Date().toISOString(), finished_at: new Date().toISOString() }
  backups = { 'acme-production': [{ num: 12, from_type: 'pg_dump', to_type: 'gof3r', succeeded: true, ...times }] }
  world = newWorld(remotes)
})

afterEach(() => world.remove())

const remotes = {
  production: 'https://git.heroku.com/acme-production.git',
  staging: 'https://git.heroku.com/acme-staging.git',
}

function newWorld(remotes: Record<string, string>, ...scripts: Script[]): World {
  world?.remove()
  return new World()
    .repository(remotes)
    .record('heroku', ...scripts)
    .write('bin/rails', '')
}

function answerOf(what: string | undefined, app: string): unknown {
  if (what === 'transfers') return backups[app]
  if (what === 'pipeline-couplings') return stages[app] && { stage: stages[app], pipeline: { id: 'p' } }
  const addon = { name: `postgresql-of-${app}`, app: { name: app }, plan: { name: 'heroku-postgresql:essential-0' } }
  return what === 'addon-attachments' ? [{ name: 'DATABASE', addon }] : undefined
}

const reviewAppNames = [
  { id: 'a12', name: 'acme-staging-pr-12' },
  { id: 'a13', name: 'acme-fix' },
]

function reviewApps(url: string): unknown {
  if (url === '/pipelines/p/review-apps') return reviews
  return url === '/filters/apps' ? reviewAppNames : undefined
}

/** Runs a bin with the stand-in for Heroku's API. */
function run(bin: string, args: readonly string[], { env, ...options }: RunOptions = {}): Promise<Ended> {
  const there = { HEROKU_HOST: heroku.url, HEROKU_DATA_HOST: '127.0.0.1', HEROKU_API_KEY: 'a-key' }
  return world.run(bin, args, { env: { ...there, ...env }, ...options })
}

/** A line that is refused before any program is called; its first line and its status. */
async function refusal(
  bin: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<[string | undefined, number | null]> {
  const { status, stderr, ...ended } = await run(bin, args, options)
  expect(ended).toEqual({ signal: null, stdout: '', calls: [] })
  return [stderr.split('\n')[0], status]
}

/** The argv of each call of a run that succeeds. */
async function argv(bin: string, args: readonly string[], options: RunOptions = {}): Promise<(readonly string[])[]> {
  const { status, stdout, calls } = await run(bin, args, options)
  expect([status, stdout]).toEqual([0, ''])
  return calls.map((call) => call.args)
}

const confirmed = ['--app', 'acme-staging', '--confirm', 'acme-staging']
const restored = [
  ['pg:reset', ...confirmed],
  ['pg:backups:restore', 'acme-production::b012', 'DATABASE_URL', ...confirmed],
]
const planted = () => existsSync(join(world.project, 'planted'))

test('B2: a restore without a source touches nothing', async () => {
  expect(await refusal('staging', ['restore'])).toEqual(['`staging restore` needs a source', 2])
  expect(await refusal('development', ['restore'])).toEqual(['`development restore` needs a source', 2])
  expect(heroku.received.filter(({ url }) => url.includes('transfers'))).toEqual([])
})

test('B3: a misspelt source touches nothing', async () => {
  const message = 'there is no environment and no file `productoin`, did you mean `production`?'
  expect(await refusal('staging', ['restore', 'productoin'])).toEqual([message, 2])
  expect(await refusal('development', ['restore', 'productoin'])).toEqual([message, 2])
})

test('B3: a source without a backup touches nothing', async () => {
  backups = { 'acme-production': [] }
  expect(await refusal('staging', ['restore', 'production'])).toEqual(['acme-production has no completed backup', 1])
  backups = {}
  expect(await refusal('staging', ['restore', 'production'])).toEqual([
    'no app `acme-production` is visible to this account (production by git remote production)',
    1,
  ])
})

test('B4: an option before the source is no source', async () => {
  expect(await argv('staging', ['restore', '--force', 'production'])).toEqual(restored)
  expect(await refusal('development', ['restore', '--parallelize'])).toEqual([
    '`development restore` needs a source',
    2,
  ])
  expect(await refusal('staging', ['restore', '--force'])).toEqual(['`staging restore` needs a source', 2])
})

test('B5: development is not restored from itself', async () => {
  for (const name of ['development', 'local'])
    expect(await refusal('development', ['restore', name])).toEqual(['development cannot be restored from itself', 2])
  expect((await refusal('staging', ['restore', 'staging']))[0]).toBe(
    'staging and staging are the same app, acme-staging',
  )
})

test('B6: every call is confirmed once', async () => {
  const calls = await argv('staging', ['restore', 'production'])
  expect(calls).toEqual(restored)
  expect(calls.map((args) => args.filter((word) => word === '--confirm').length)).toEqual([1, 1])
})

test('B7: production is asked for before anything is lost, and backed up first', async () => {
  expect(await refusal('production', ['restore', 'staging'])).toEqual([
    'production is protected (it is named production); its database is not overwritten',
    2,
  ])
  for (const source of ['staging', 'development'])
    expect(await refusal('production', ['restore', source, '--force'])).toEqual([
      'production is protected; without a terminal the name of its app cannot be asked',
      2,
    ])
  expect(await refusal('production', ['restore', 'staging', '--force', '--confirm', 'acme-staging'])).toEqual([
    '`--confirm acme-staging` is not the app of production',
    2,
  ])
  backups['acme-staging'] = backups['acme-production'] ?? []
  const calls = await argv('production', ['restore', 'staging', '--force', '--confirm', 'acme-production'])
  expect(calls.map(([command]) => command)).toEqual(['pg:backups:capture', 'pg:reset', 'pg:backups:restore'])
})

rarely('B7: what can’t be backed up is not reset', async () => {
  world = newWorld(remotes, { status: 3 })
  backups['acme-staging'] = backups['acme-production'] ?? []
  const ended = await run('production', ['restore', 'staging', '--force', '--confirm', 'acme-production'])
  expect([ended.status, ended.calls.map(({ args }) => args[0])]).toEqual([3, ['pg:backups:capture']])
  expect(ended.stderr.split('\n').slice(-3)).toEqual([
    'step 1 of 3 failed with status 3: `heroku pg:backups:capture --app acme-production`',
    'production was not touched',
    '',
  ])
})

rarely('B8: a reset that fails ends the restore', async () => {
  world = newWorld(remotes, { status: 7 })
  const { status, calls, stderr } = await run('staging', ['restore', 'production'])
  expect([status, calls.map(({ args }) => args)]).toEqual([7, restored.slice(0, 1)])
  expect(stderr.split('\n').slice(-3)).toEqual([
    'step 1 of 2 failed with status 7: `heroku pg:reset --app acme-staging --confirm acme-staging`',
    'the database of staging may be empty now; to finish, run: heroku pg:backups:restore acme-production::b012 DATABASE_URL --app acme-staging --confirm acme-staging',
    '',
  ])
})

test('B8: a restore that fails after the reset gives its status, and the line that finishes the job', async () => {
  world = newWorld(remotes, {}, { status: 9 })
  const { status, calls, stderr } = await run('staging', ['restore', 'production'])
  expect([status, calls.map(({ args }) => args)]).toEqual([9, restored])
  expect(stderr.split('\n').at(-2)).toBe(
    'the database of staging is empty now; to finish, run: heroku pg:backups:restore acme-production::b012 DATABASE_URL --app acme-staging --confirm acme-staging',
  )
})

rarely('B9: the local database is read before anything is reset', async () => {
  world.write('config/database.yml', 'development:\n  primary:\n    adapter: postgresql\n')
  expect(await refusal('staging', ['restore', 'development'])).toEqual(['`config/database.yml` names no database', 2])
  world.write('config/database.yml', 'production:\n  database: acme\n')
  expect(await refusal('staging', ['restore', 'development'])).toEqual([
    '`config/database.yml` has no `development`',
    2,
  ])
  world.write('config/database.yml', 'development: { database: acme, host: 127.0.0.1, port: 1 }\n')
  expect(await refusal('staging', ['restore', 'development'])).toEqual([
    'cannot connect to postgres on 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    1,
  ])
})

rarely('B14: what names the local database is read first, and from any folder', async () => {
  const messages: [string, string][] = [
    ['development:\n  primary: { host: localhost }\n', '`config/database.yml` names no database'],
    [
      'development: { url: "postgres://127.0.0.1:1/acme" }',
      'cannot connect to postgres on 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    ],
    [
      'development: { database: <%= Rails.root.basename %> }',
      '`config/database.yml` line 1 needs `ruby`, which is not on PATH, for `Rails.root.basename`',
    ],
    [
      ':development:\n  :database: acme\n  :host: 127.0.0.1\n  :port: 1\n',
      'cannot connect to postgres on 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    ],
  ]
  const folder = join(world.project, 'bin')
  for (const [text, message] of messages) {
    world.write('config/database.yml', text)
    expect((await refusal('development', ['restore', 'production'], { folder }))[0]).toBe(message)
  }
  expect(existsSync(join(folder, 'tmp'))).toBe(false)
})

test('B15: an empty database name is an error', async () => {
  world.write('config/database.yml', 'development:\n  adapter: postgresql\n  database: <%= ENV["NAME"] %>\n')
  const message = '`config/database.yml` names no database'
  const unset = '`config/database.yml` line 3 needs the variable `NAME`, which is not set'
  expect(await refusal('development', ['restore', 'production'])).toEqual([unset, 2])
  expect(await refusal('development', ['restore', 'production'], { env: { NAME: '' } })).toEqual([message, 2])
  expect(await refusal('development', ['restore', 'production', '--database', ''])).toEqual([
    '`--database` names no database',
    2,
  ])
})

test('B16: a database name is never read by a shell', async () => {
  world.write(
    'config/database.yml',
    'development:\n  database: "my app; touch planted"\n  host: 127.0.0.1\n  port: 1\n',
  )
  const message = 'cannot connect to postgres on 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1'
  expect((await refusal('development', ['restore', 'production']))[0]).toBe(message)
  expect((await refusal('staging', ['restore', 'development']))[0]).toBe(message)
  expect(planted()).toBe(false)
})

test('B17: code in database.yml is not run by parity', async () => {
  world.write('config/database.yml', 'development:\n  database: <%= File.write("planted", "") %>\n')
  expect(await refusal('development', ['restore', 'production'])).toEqual([
    '`config/database.yml` line 2 needs `ruby`, which is not on PATH, for `File.write("planted", "")`',
    2,
  ])
  expect(planted()).toBe(false)
})

test('B18: a custom environment has the status of its command', async () => {
  world = newWorld(remotes, { status: 7 })
  world.write('.parityrc', 'environments: { feature-geoff: acme-geoff }')
  for (const words of [['ps'], ['tail'], ['backup'], ['run', 'false']])
    expect((await run('parity', ['feature-geoff', ...words])).status).toBe(7)
})

test('B19: words arrive as they are, and no shell reads them', async () => {
  const words = ['a b', '; touch planted', '$(touch planted)', "it's", '"', '*']
  expect(await argv('production', ['tail', ...words])).toEqual([
    ['logs', '--tail', '--app', 'acme-production', ...words],
  ])
  expect(await argv('production', ['ps', ...words])).toEqual([['ps', '--app', 'acme-production', ...words]])
  const [console] = await argv('production', ['console', '--sandbox; touch planted', '-e', 'a b'])
  expect(console?.slice(4)).toEqual(['--no-tty', '--', `bundle exec rails console '--sandbox; touch planted' -e 'a b'`])
  expect(planted()).toBe(false)
})

test('B20, B21, B38: the app is known without asking, whatever colours are forced', async () => {
  world = newWorld(remotes, {
    stdout: '\u001b[38;5;147m=== ⬢ acme\u001b[0m; touch planted\n',
    stderr: 'Warning: update\n',
  })
  const env = { FORCE_COLOR: '1', COLORTERM: 'truecolor', GITHUB_ACTIONS: 'true' }
  const { status, calls } = await run('staging', ['restore', 'production'], { env })
  expect([status, calls.map(({ args }) => args)]).toEqual([0, restored])
})

test('B22: a migration that fails restarts nothing', async () => {
  world = newWorld(remotes, { status: 4 })
  const { status, calls, stderr } = await run('production', ['migrate'])
  const words = [
    'run',
    '--exit-code',
    '--app',
    'acme-production',
    '--no-tty',
    '--',
    'bundle',
    'exec',
    'rails',
    'db:migrate',
  ]
  expect([status, calls.map(({ args }) => args)]).toEqual([4, [words]])
  expect(stderr).toBe(`step 1 of 2 failed with status 4: \`heroku ${words.join(' ')}\`\n`)
})

test('B23: an option of the console is the console’s', async () => {
  expect(await argv('production', ['console', '--sandbox'])).toEqual([
    [
      'run',
      '--exit-code',
      '--app',
      'acme-production',
      '--no-tty',
      '--',
      'bundle',
      'exec',
      'rails',
      'console',
      '--sandbox',
    ],
  ])
})

rarely('B24: a console or log that dies of a signal makes us die of it, and nothing is printed', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    world = newWorld(remotes, { signal })
    for (const command of ['console', 'tail']) {
      const { calls, ...ended } = await run('production', [command])
      expect(ended).toEqual({ status: null, signal, stdout: '', stderr: '' })
      expect(calls).toHaveLength(1)
    }
  }
})

rarely('B25: only a command is a command', async () => {
  const words = [
    'sleep',
    'select',
    'test',
    'format',
    'system',
    'exit',
    'rand',
    'fork',
    'puts',
    'open',
    'environment',
    'constructor',
    'toString',
    '__proto__',
  ]
  for (const word of words)
    expect(await argv('production', [word, '1'])).toEqual([[word, '--app', 'acme-production', '1']])
})

test('B27: an argument of deploy is not ignored', async () => {
  expect((await refusal('staging', ['deploy', 'one', 'two']))[0]).toBe(
    '`deploy` takes one branch, tag or commit, got `one two`',
  )
  const needless =
    '`deploy` needs no `--force`: an unprotected app gets the commit whatever it has, and a protected one is never forced'
  for (const word of ['--force', '-f']) expect(await refusal('production', ['deploy', word])).toEqual([needless, 2])
})

test('B28, B29: a review app is found by its number, whatever the remote looks like', async () => {
  world = newWorld({ staging: 'git@heroku.com:acme-staging.git' })
  stages = { 'acme-staging': 'staging' }
  expect(await argv('pr_app', ['12', 'ps'])).toEqual([['ps', '--app', 'acme-staging-pr-12']])
  expect(await argv('pr_app', ['#12', 'backup'])).toEqual([['pg:backups:capture', '--app', 'acme-staging-pr-12']])
  expect(await refusal('pr_app', ['13', 'ps'])).toEqual(['pull request 13 has no review app', 2])
})

test('B28: a review app without a pipeline to ask is a usage error, or goes by its pattern', async () => {
  world = newWorld({})
  expect(await refusal('pr_app', ['12', 'ps'])).toEqual([
    'the review apps of this project could not be read: the project has no app on Heroku',
    2,
  ])
  world.write('.parityrc', 'reviewApps: { pattern: "acme-pr-{number}" }')
  expect(await argv('pr_app', ['12', 'ps'])).toEqual([['ps', '--app', 'acme-pr-12']])
})

describe('the review apps of the pipeline', () => {
  const says = async (args: string[], env = {}, expected = 2) => {
    const { status, stderr, calls } = await run('pr_app', args, { env })
    expect([status, calls]).toEqual([expected, []])
    return stderr
  }
  const pattern = () => world.write('.parityrc', "reviewApps: { pattern: 'acme-pr-{number}' }")

  beforeEach(() => {
    stages = { 'acme-staging': 'staging' }
  })

  test.each(
    few(1, [403, 404, 422]),
  )('answered with %d: the pattern serves, and nothing else is guessed', async (status) => {
    refusedReviewApps = status
    expect(await says(['12', 'ps'])).toMatch(
      /^the review apps of this project could not be read: Heroku .+\nrun `heroku login`, or add `reviewApps: \{ pattern: 'acme-pr-\{number\}' \}` to .parityrc\n$/,
    )
    pattern()
    expect(await argv('pr_app', ['12', 'ps'])).toEqual([['ps', '--app', 'acme-pr-12']])
  })

  rarely('have one that is still being created, which no pattern replaces', async () => {
    reviews = [{ pr_number: 12, app: null, branch: 'topic', status: 'pending' }]
    const creating = 'is still being created\ntry again in a few minutes\n'
    expect(await says(['12', 'ps'], {}, 1)).toBe(`the review app of pull request 12 ${creating}`)
    pattern()
    expect(await says(['12', 'ps'], {}, 1)).toBe(`the review app of pull request 12 ${creating}`)
    writeFileSync(join(world.project, '.git', 'HEAD'), 'ref: refs/heads/topic\n')
    expect(await says(['ps'], {}, 1)).toBe(`the review app of branch \`topic\` ${creating}`)
  })

  rarely('by a branch: a command is never taken for one', async () => {
    reviews = [
      { pr_number: 12, app: { id: 'a12' }, branch: 'topic', status: 'created' },
      { app: { id: 'a13' }, branch: 'fix/tail', status: 'created' },
      { pr_number: 14, app: null, branch: 'tail', status: 'pending' },
    ]
    world.write('.parityrc', 'commands: { seed: bin/seed }\n')
    expect(await argv('pr_app', ['topic', 'logs', '--tail'])).toEqual([
      ['logs', '--app', 'acme-staging-pr-12', '--tail'],
    ])
    expect(await argv('pr_app', ['fix/tail', 'backup'])).toEqual([['pg:backups:capture', '--app', 'acme-fix']])
    const creating = 'the review app of branch `later` is still being created\ntry again in a few minutes\n'
    reviews.push({ pr_number: 15, app: null, branch: 'later', status: 'creating' })
    expect(await says(['later', 'ps'], {}, 1)).toBe(creating)
    writeFileSync(join(world.project, '.git', 'HEAD'), 'ref: refs/heads/topic\n')
    for (const [words, means] of [
      [
        ['tail', '--num', '5'],
        ['logs', '--tail', '--app', 'acme-staging-pr-12', '--num', '5'],
      ],
      [
        ['seed', 'once'],
        ['run', '--exit-code', '--app', 'acme-staging-pr-12', '--no-tty', '--', 'bin/seed', 'once'],
      ],
      [
        ['plugin', 'verb'],
        ['plugin', '--app', 'acme-staging-pr-12', 'verb'],
      ],
    ] as const)
      expect(await argv('pr_app', words)).toEqual([means])
    expect(await says(['fix/gone', 'ps'])).toMatch(/^branch `fix\/gone` has no review app\nname the pull request: /)
  })

  rarely('are two of one pull request: which one is not guessed', async () => {
    reviews.push({ pr_number: 12, app: { id: 'a13' }, branch: 'fork:topic', status: 'created' })
    expect(await says(['12', 'ps'])).toBe(
      'pull request 12 has 2 review apps: acme-staging-pr-12, acme-fix\nadd the one that is meant to .parityrc: `environments: { review: acme-staging-pr-12 }`, and run `parity review COMMAND`\n',
    )
    expect(await argv('pr_app', ['topic', 'ps'])).toEqual([['ps', '--app', 'acme-staging-pr-12']])
  })

  rarely('have one that could not be created, and one that is on its way out', async () => {
    reviews = [{ pr_number: 12, app: null, branch: 'topic', status: 'errored' }]
    expect(await says(['12', 'ps'], {}, 1)).toBe(
      'the review app of pull request 12 could not be created\ncorrect that and push to the branch, or create it in the pipeline on https://dashboard.heroku.com\n',
    )
    reviews = [{ pr_number: 12, app: null, branch: 'topic', status: 'deleted' }]
    expect(await says(['12', 'ps'], {}, 1)).toBe(
      'the review app of pull request 12 was deleted\nreopen the pull request, and Heroku creates another one\n',
    )
  })

  rarely('are not asked for by a branch where none is checked out', async () => {
    writeFileSync(join(world.project, '.git', 'HEAD'), `${'1'.repeat(40)}\n`)
    const what = 'no branch is checked out, so its review app is unknown\nname the pull request: '
    expect(await says(['logs', '--tail'])).toBe(`${what}\`pr_app NUMBER logs --tail\`\n`)
    const env = { GITHUB_REF: 'refs/pull/12/merge' }
    const hint = await says(['run', 'a b'], env)
    expect(hint).toBe(`${what}\`pr_app 12 run 'a b'\`\n`)
    expect(await argv('pr_app', ['12', 'run', 'a b'])).toEqual([
      ['run', '--exit-code', '--app', 'acme-staging-pr-12', '--no-tty', '--', 'a b'],
    ])
  })
})

test('the backups of an app are listed by parity itself, on several apps too', async () => {
  const { status, stdout, calls } = await run('production', ['backups'])
  expect([status, stdout, calls]).toEqual([
    0,
    expect.stringMatching(/^backups of acme-production\n {2}b012 {2}\d+ seconds? old\n$/),
    [],
  ])
  const { stdout: data } = await run('production', ['backups', '--json'])
  expect(JSON.parse(data)).toMatchObject([{ id: 'b012', status: 'completed' }])
  backups['acme-staging'] = []
  expect((await run('parity', ['all', 'backups'])).stdout).toContain('staging    | backups of acme-staging: none\n')
  expect(await refusal('parity', ['all', 'backups', 'destroy'])).toEqual([
    '`backups` is not known to only read, so it runs on one environment at a time',
    2,
  ])
})

rarely('B30: a review app is restored like any other', async () => {
  stages = { 'acme-staging': 'staging', 'acme-staging-pr-12': 'review' }
  const app = ['--app', 'acme-staging-pr-12', '--confirm', 'acme-staging-pr-12']
  expect(await argv('pr_app', ['12', 'restore', 'production'])).toEqual([
    ['pg:reset', ...app],
    ['pg:backups:restore', 'acme-production::b012', 'DATABASE_URL', ...app],
  ])
})

rarely('B31: a review app is deployed to by its URL', async () => {
  stages = { 'acme-staging': 'staging' }
  writeFileSync(
    join(world.home, '.gitconfig'),
    `[url "${world.folder}/nowhere/"]\n\tinsteadOf = https://git.heroku.com/\n`,
  )
  const env = { HEROKU_GIT_HOST: 'git.heroku.com' }
  const [message, status] = await refusal('pr_app', ['12', 'deploy'], { env })
  expect([message?.split(':').slice(0, 2).join(':'), status]).toEqual([
    'git cannot reach https://git.heroku.com/acme-staging-pr-12.git',
    1,
  ])
})

test('B32: the status of a child is ours, and a missing heroku is 127', async () => {
  world = newWorld(remotes, { status: 7 })
  for (const words of [['backup'], ['ps'], ['tail'], ['console'], ['psql'], ['run', 'x'], ['migrate']])
    expect((await run('production', words)).status).toBe(7)
  world.remove()
  world = new World().repository(remotes).write('bin/rails', '')
  for (const words of [['backup'], ['ps'], ['migrate']])
    expect(await refusal('production', words)).toEqual(['`heroku` is not installed, or not on PATH', 127])
})

test('B33: options of a restore go to no other command', async () => {
  expect(await argv('staging', ['restore', 'production', '--backup', 'b012'])).toEqual(restored)
  expect(await refusal('staging', ['restore', 'production', '--vast'])).toEqual(['unknown option `--vast`', 2])
})

rarely('B34: a server on another machine is never the target', async () => {
  world.write('config/database.yml', 'development: { database: acme }')
  const message = 'acme on db.example.com is not on this machine'
  const env = { PGHOST: 'db.example.com' }
  expect(await refusal('development', ['restore', 'production'], { env })).toEqual([message, 2])
  expect(await refusal('staging', ['restore', 'development'], { env })).toEqual([message, 2])
  for (const variable of ['PGSERVICE', 'PGHOSTADDR'])
    expect(await refusal('development', ['restore', 'production'], { env: { [variable]: 'live' } })).toEqual([
      `\`${variable}\` is set and could lead to another server`,
      2,
    ])
})

test('B36: a backup goes by its id, without a URL or a shell', async () => {
  const calls = await argv('staging', ['restore', 'production'])
  expect(calls).toEqual(restored)
  expect(calls.flat().filter((word) => /https?:|[`?]/.test(word))).toEqual([])
})

test('B37: a refusal goes to stderr', async () => {
  const { stdout, stderr, status } = await run('production', ['restore', 'staging'])
  expect([stdout, stderr, status]).toEqual([
    '',
    'production is protected (it is named production); its database is not overwritten\n`staging restore production` is the other direction; `production restore --help` explains how to overwrite a protected environment\n',
    2,
  ])
})

test('B39: --parallelize is an option of this machine’s restore alone', async () => {
  const { status, stdout, calls } = await run('staging', ['restore', 'production', '--parallelize'])
  expect([status, stdout, calls]).toEqual([2, '', []])
})

rarely('B40: another name for the live app is protected like it', async () => {
  world.write(
    '.parityrc',
    'environments: { prod: acme-production, copy: acme-staging, eu: acme-eu, qa: { app: acme-qa, protected: true } }',
  )
  stages = { 'acme-eu': 'production', 'acme-staging': 'staging' }
  backups['acme-staging'] = backups['acme-production'] ?? []
  const refused = async (name: string) => (await refusal('parity', [name, 'restore', 'staging']))[0]
  const because = (name: string, reason: string) => `${name} is protected (${reason}); its database is not overwritten`
  expect(await refused('prod')).toBe(because('prod', 'its app acme-production is the app of production'))
  expect(await refused('eu')).toBe(because('eu', "Heroku's pipeline has acme-eu in stage production"))
  expect(await refused('qa')).toBe(because('qa', '.parityrc says so'))
  expect((await argv('parity', ['copy', 'restore', 'production'])).length).toBe(2)
})

rarely('B40: a name that sounds live is protected where Heroku can’t be asked', async () => {
  world.write('.parityrc', 'environments: { live-eu: acme-eu }')
  const ended = await world.run('parity', ['live-eu', 'restore', 'production'])
  expect(ended).toEqual({
    status: 2,
    signal: null,
    stdout: '',
    stderr:
      'live-eu is protected (its name sounds like production and Heroku could not be asked); its database is not overwritten\n`production restore live-eu` is the other direction; `parity live-eu restore --help` explains how to overwrite a protected environment\n',
    calls: [{ program: 'heroku', args: ['auth:token'], folder: world.project, env: {} }],
  })
})
