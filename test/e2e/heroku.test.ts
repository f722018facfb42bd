import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { type AppName, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { until } from './local-restore.ts'
import { watchCommandLines } from './remote-restore.ts'

/** Everyday words, through the real Heroku CLI. */

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 20 })
})
afterAll(() => sandbox.stop())

const typed = (line: string) => sandbox.run(line.split(' '))
/** A dyno has a terminal, whose line ends are these. */
const lines = (text: string) => text.replaceAll('\r\n', '\n')
const restarts = (app: AppName) =>
  sandbox.requests.filter(({ method, path }) => method === 'DELETE' && path === `/apps/${app}/dynos`).length

describe('what goes through is what `heroku --app` says itself', () => {
  test.each<[typed: string, heroku: string]>(
    few(1, [
      ['parity demo config --json', 'config --app acme-demo --json'],
      ['pr_app 7 releases', 'releases --app acme-staging-pr-7'],
      ['production no-such-command', 'no-such-command --app acme-production'],
      ['production config', 'config --app acme-production'],
      ['demo config:get LANG', 'config:get --app acme-demo LANG'],
      ['staging pg:psql -c TABLE@nothing', 'pg:psql --app acme-staging -c TABLE@nothing'],
      ['production whoami', 'whoami'],
    ]),
  )('%s', async (words, heroku) => {
    const [ours, theirs] = await Promise.all([typed(words), typed(`heroku ${heroku}`)])
    expect(ours).toEqual(theirs)
  })

  rarely('B21: colours that are forced, and an app that the environment names, change nothing', async () => {
    const env = { FORCE_COLOR: '1', COLORTERM: 'truecolor', HEROKU_APP: 'acme-demo', HEROKU_REMOTE: 'production' }
    const ours = await sandbox.run(['staging', 'config'], { env })
    expect(ours.stdout).toContain('\x1b[')
    expect(ours.stdout).toContain('acme_staging')
    expect(ours).toEqual(await sandbox.run(['heroku', 'config', '--app', 'acme-staging'], { env }))
    const migrated = await sandbox.run(['production', 'run', 'echo', 'here'], { env })
    expect([migrated.status, lines(migrated.stdout)]).toEqual([0, 'here\n'])
  })

  rarely('where nobody is logged in', async () => {
    const env = { HEROKU_API_KEY: undefined, HOME: sandbox.folder }
    const ours = await sandbox.run(['production', 'ps'], { env })
    expect(ours.stderr).toContain('login')
    expect(ours).toEqual(await sandbox.run(['heroku', 'ps', '--app', 'acme-production'], { env }))
  })

  rarely('B14: from a subdirectory', async () => {
    const cwd = join(sandbox.project, 'app', 'models')
    const [remote, configured] = await Promise.all([
      sandbox.run(['production', 'config:get', 'WEB_HOST'], { cwd }),
      sandbox.run(['demo', 'config:get', 'WEB_HOST'], { cwd }),
    ])
    expect([remote.stdout, configured.stdout]).toEqual([
      'acme-production.herokuapp.test\n',
      'acme-demo.herokuapp.test\n',
    ])
  })
})

describe('dynos', () => {
  test('B23: console --sandbox', async () => {
    const { status, stdout } = await sandbox.run(['production', 'console', '--sandbox'], {
      input: 'User.count\nexit\n',
    })
    expect([status, lines(stdout)]).toEqual([
      0,
      expect.stringContaining('Loading production environment (arguments: --sandbox)\n'),
    ])
    expect(lines(stdout)).toContain('=> User.count\n')
  })

  test.each(few(1, [42, 0, 127]))('B32: the exit status %d', async (status) => {
    expect(await sandbox.run(['production', 'run', 'sh', '-c', `exit ${status}`])).toMatchObject({ status })
  })

  rarely('words that also stand before `--` run once (heroku run says `run npm run build`)', async () => {
    const npm = join(sandbox.folder, 'tools', 'npm')
    await writeFile(npm, '#!/bin/sh\necho "npm $*"\n')
    await chmod(npm, 0o755)
    const done = await typed('production run npm run build')
    expect([done.status, lines(done.stdout)]).toEqual([0, 'npm run build\n'])
  })

  rarely('B19: words arrive as they are, byte for byte', async () => {
    const words = [
      ...["it's", '"quoted"', 'a  b', '', '$HOME', '$(id)', '`id`', 'a;b', '|', '&&', '*', '~', '#', '!', '\\', '\\n'],
      ...[
        'run',
        '--app',
        'acme-production',
        '-a',
        '--exit-code',
        '--',
        'new\nline',
        'tab\t',
        'é→🎉',
        '%s',
        '{a,b}',
        '/bin/sh',
      ],
    ]
    const script = 'printf "%s\\0" "$@" | od -An -v -tx1'
    const { status, stdout } = await sandbox.run(['production', 'run', '--', 'sh', '-c', script, 'sh', ...words])
    const arrived = Buffer.from(stdout.replace(/\s/g, ''), 'hex').toString().split('\0').slice(0, -1)
    expect([status, arrived]).toEqual([0, words])
  })

  rarely('options of `heroku run` in front, a line for the dyno’s shell behind', async () => {
    const done = await sandbox.run(['staging', 'run', '--env', 'WORD=blue', 'echo $WORD | tr a-z A-Z'])
    expect([done.status, lines(done.stdout)]).toEqual([0, 'BLUE\n'])
  })
})

describe('B22: migrate', () => {
  afterEach(() => {
    delete sandbox.heroku.config('acme-production').FAIL_MIGRATION
  })

  test('done: the dynos are restarted', async () => {
    const before = restarts('acme-production')
    const { status, stdout, stderr } = await typed('production migrate')
    expect([status, lines(stdout)]).toEqual([0, expect.stringContaining('AddSummaryToArticles: migrated\n')])
    expect(stderr).toContain('Restarting all dynos on acme-production... done')
    expect(restarts('acme-production')).toBe(before + 1)
    const summary = "SELECT FROM information_schema.columns WHERE table_name = 'articles' AND column_name = 'summary'"
    expect(await sandbox.heroku.query('acme-production', summary)).toHaveLength(1)
  })

  rarely(
    'failed: nothing is restarted, the status is the migration’s, and one line says where it stopped',
    async () => {
      sandbox.heroku.config('acme-production').FAIL_MIGRATION = '1'
      const before = restarts('acme-production')
      const { status, stderr } = await typed('production migrate')
      expect([status, restarts('acme-production')]).toEqual([1, before])
      expect(stderr.trimEnd().split('\n').at(-1)).toBe(
        'step 1 of 2 failed with status 1: `heroku run --exit-code --app acme-production --no-tty -- bundle exec rails db:migrate`',
      )
    },
  )
})

describe('short words', () => {
  rarely('psql asks the app’s database', async () => {
    const { status, stdout } = await sandbox.run(['staging', 'psql', '-c', "SELECT 'it''s ' || 6 * 7 AS answer"])
    expect([status, stdout]).toEqual([0, expect.stringContaining("it's 42")])
  })

  rarely('backup makes one, and hands its arguments on', async () => {
    const before = sandbox.heroku.backups('acme-production').length
    expect(await typed('production backup DATABASE_URL --wait-interval 4')).toMatchObject({ status: 0 })
    expect(sandbox.heroku.backups('acme-production').slice(before)).toMatchObject([
      { from_name: 'DATABASE', to_type: 'gof3r', succeeded: true },
    ])
  })

  test('tail follows the log, and a Ctrl-C ends it as it ends heroku', async () => {
    const ended = async (program: string, ...args: string[]) => {
      const child = sandbox.spawn([program, ...args], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
      let said = ''
      child.stdout?.on('data', (part: Buffer) => {
        said += part
      })
      const end = new Promise((resolve) => child.once('exit', (status, signal) => resolve(signal ?? status)))
      await until('the log so far', () => said.includes('Release v'))
      const from = said.length
      expect(await sandbox.run(['production', 'ps:restart', 'web.1'])).toMatchObject({ status: 0 })
      await until('a new line', () => said.slice(from).includes('heroku[web.1]: Restarting'))
      process.kill(-(child.pid ?? 0), 'SIGINT')
      return end
    }
    const [ours, theirs] = await Promise.all([
      ended('production', 'tail', '--num', '200'),
      ended('heroku', 'logs', '--tail', '--app', 'acme-production', '--num', '200'),
    ])
    expect(ours).toEqual(theirs)
  })
})

describe('deploy', () => {
  const deployed = async (app: AppName, env: Record<string, string> = {}) => {
    await typed('git commit --quiet --allow-empty --message More')
    const done = await sandbox.run(['pr_app', '7', 'deploy'], { env })
    return {
      ...done,
      commit: (await typed('git rev-parse HEAD')).stdout.trim(),
      last: sandbox.heroku.releases(app).at(-1),
    }
  }

  rarely('a release phase that fails is a failure, with its output and the way to try again', async () => {
    await typed('pr_app 7 config:set FAIL_RELEASE=1')
    const { status, stderr, last, commit } = await deployed('acme-staging-pr-7')
    await typed('pr_app 7 config:unset FAIL_RELEASE')
    expect([status, last?.commit]).toEqual([1, commit])
    expect(stderr).toMatch(
      new RegExp(
        `release v${last?.version} of acme-staging-pr-7 failed in its release phase; the app still runs the one before:\n` +
          'Running bin/rails db:migrate\nPG::UndefinedTable: .*\n`pr_app 7 releases:retry` runs the release phase again; ',
      ),
    )
  })

  rarely('so is one after a promotion, which asks first', async () => {
    expect(await typed('staging promote')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('`staging promote --yes`'),
    })
    await typed('production config:set FAIL_RELEASE=1')
    const { status, stderr } = await typed('staging promote --yes')
    await typed('production config:unset FAIL_RELEASE')
    expect(status, stderr).toBe(1)
    expect(stderr).toContain('promoting staging (acme-staging) to acme-production\n')
    expect(stderr).toContain('PG::UndefinedTable: ERROR')
    expect(stderr).toContain('\n`production releases:retry` runs the release phase again; ')
    expect(await typed('staging promote --yes')).toMatchObject({ status: 0 })
    expect((await typed('parity --dry-run staging promote --to acme-demo')).stdout).toContain(
      '\nheroku pipelines:promote --app acme-staging --to acme-demo\n',
    )
  })

  rarely('the key is asked of the CLI, and stored nowhere', async () => {
    // A home without a login, whose helper stores what it hears.
    const home = join(sandbox.folder, 'home-of-a-key')
    mkdirSync(home)
    const gitconfig = readFileSync(join(sandbox.env.HOME ?? '', '.gitconfig'), 'utf8')
    writeFileSync(join(home, '.gitconfig'), `${gitconfig}[credential]\n\thelper = store\n`)
    const linesSeen = watchCommandLines(sandbox)
    const env = { HOME: home, HEROKU_API_KEY: sandbox.heroku.token }
    const { status, stdout, stderr, last, commit } = await deployed('acme-staging-pr-7', env)
    const seen = [...(await linesSeen()), stdout, stderr].join('\n')
    expect([status, last?.commit], stderr).toEqual([0, commit])
    expect(spawnSync('grep', ['-r', '--files-with-matches', sandbox.heroku.token, home]).stdout.toString()).toBe('')
    expect(seen).toContain('git -c credential.https://git.heroku.com.helper= -c ')
    expect(seen).not.toContain(sandbox.heroku.token)
  })
})

describe('review apps', () => {
  const count = async () =>
    (await sandbox.heroku.query('acme-staging-pr-7', 'SELECT count(*)::int AS n FROM articles'))[0]?.n

  rarely('B28: by number, every word works', async () => {
    const done = await typed('pr_app #7 run echo here')
    expect([done.status, lines(done.stdout)]).toEqual([0, 'here\n'])
  })

  rarely('B30: its database is restored from production', async () => {
    expect(await count()).not.toBe(20)
    const { status, stderr } = await typed('pr_app 7 restore production')
    expect([status, await count()]).toEqual([0, 20])
    expect(stderr).toContain('into pr_app 7: acme-staging-pr-7, whose database is emptied first\n')
  })

  rarely('B31: deployed to, and found by the branch that is checked out', async () => {
    await typed('git checkout --quiet new-checkout')
    const [ps, deploy] = [await typed('pr_app config:get WEB_HOST'), await typed('pr_app 7 deploy')]
    const commit = (await typed('git rev-parse HEAD')).stdout.trim()
    await typed('git checkout --quiet main')
    expect(ps).toMatchObject({ status: 0, stdout: 'acme-staging-pr-7.herokuapp.test\n' })
    expect([deploy.status, sandbox.heroku.releases('acme-staging-pr-7').at(-1)?.commit]).toEqual([0, commit])
  })

  rarely.each<[typed: string, says: string]>([
    [
      'pr_app 8 ps',
      'pull request 8 has no review app\nthe pipeline has acme-staging-pr-7 (7); `heroku reviewapps:enable` creates them\n',
    ],
    [
      'pr_app ps',
      'branch `main` has no review app\nname the pull request: `pr_app NUMBER COMMAND`; the pipeline has acme-staging-pr-7 (7)\n',
    ],
  ])('%s: no such app, and which there are', async (words, stderr) => {
    expect(await typed(words)).toEqual({ status: 2, signal: null, stdout: '', stderr })
  })

  rarely('a detached HEAD, as in CI, has no branch to go by', async () => {
    await typed('git checkout --quiet --detach')
    const done = await typed('pr_app ps')
    await typed('git checkout --quiet main')
    expect(done).toEqual({
      status: 2,
      signal: null,
      stdout: '',
      stderr: 'no branch is checked out, so its review app is unknown\nname the pull request: `pr_app NUMBER ps`\n',
    })
  })

  rarely('review apps that can’t be asked for: the pattern serves', async () => {
    const undo = sandbox.misbehave({ path: '/review-apps', action: { kind: 'answer', status: 403, body: '{}' } })
    const file = join(sandbox.folder, 'pattern.json')
    await writeFile(file, '{ "reviewApps": { "pattern": "acme-staging-pr-{number}" } }')
    const done = await sandbox.run(['pr_app', '--config', file, '7', 'config:get', 'WEB_HOST'])
    undo()
    expect(done).toMatchObject({ status: 0, stdout: 'acme-staging-pr-7.herokuapp.test\n' })
  })

  rarely('B20: a pipeline that can’t be asked', async () => {
    const undo = sandbox.misbehave({ path: '/pipeline-couplings', action: { kind: 'answer', status: 403, body: '{}' } })
    const done = await typed('pr_app 7 ps')
    undo()
    expect(done).toEqual({
      status: 2,
      signal: null,
      stdout: '',
      stderr: expect.stringMatching(
        /^the review apps of this project could not be read: .+\nrun `heroku login`, or add `reviewApps: \{ pattern: 'acme-pr-\{number\}' \}` to .parityrc\n$/,
      ),
    })
  })
})
