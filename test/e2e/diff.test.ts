import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rarely } from '../often.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { inTerminal } from './remote-restore.ts'

/** What would ship, and promotions, with the real git and the real Heroku CLI. */

let sandbox: Sandbox
let commits: string[]
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 10, stagingRows: 10 })
  commits = (await typed('git rev-list --reverse main')).stdout.trim().split('\n')
})
afterAll(() => sandbox.stop())

const typed = (line: string) => sandbox.run(line.split(' '))
const short = (number: number) => commits[number - 1]?.slice(0, 8)
const summary = () => `  ${short(5)} Add a summary to articles (Ada Example, 6 days ago)`
const readme = () => `  ${short(6)} Say what Acme is (Grace Example, 3 days ago)`
const migration = '1 migration: db/migrate/20250101000000_add_summary_to_articles.rb'
const fromStaging = () =>
  `from staging (acme-staging, v7, ${short(6)}) to production (acme-production, v5, ${short(4)})`

/** The lines that a diff prints, which must be all it says. */
async function lines(line: string, status = 0): Promise<string[]> {
  const { stdout, ...ended } = await typed(line)
  expect(ended).toEqual({ status, signal: null, stderr: '' })
  return stdout.trimEnd().split('\n')
}

describe('diff', () => {
  test('from the app that the pipeline promotes from: commits, a migration', async () => {
    expect(await lines('production diff')).toEqual([
      fromStaging(),
      '2 commits would ship, the oldest 6 days old',
      readme(),
      summary(),
      migration,
      '`staging promote` ships it',
    ])
    expect(JSON.parse((await typed('production diff --json')).stdout)).toMatchObject({
      from: { name: 'staging', app: 'acme-staging', version: 7, commit: commits[5] },
      to: { name: 'production', app: 'acme-production', version: 5, commit: commits[3] },
      commits: [{ sha: commits[5] }, { sha: commits[4], author: 'Ada Example' }],
      command: 'staging promote',
    })
  })

  rarely('a config var that is missing', async () => {
    const { config } = sandbox.heroku.app('acme-staging')
    config.NEW_FLAG = 'secret-value'
    const shown = await lines('production diff staging')
    delete config.NEW_FLAG
    expect(shown.at(-2)).toBe('set in staging and not in production: NEW_FLAG')
    expect(shown.join()).not.toContain('secret-value')
  })

  rarely('of an app without a pipeline: what `deploy` takes', async () => {
    expect(await lines('parity demo diff HEAD~2')).toEqual([
      `from HEAD~2 (${short(5)}) to demo (acme-demo, v3, ${short(2)})`,
      '3 commits would ship, the oldest 21 days old',
      summary(),
      expect.stringContaining(`  ${short(4)} Publish articles`),
      expect.stringContaining(`  ${short(3)} Ask articles for a title`),
      migration,
      "`parity demo deploy 'HEAD~2'` ships it",
    ])
    expect((await lines('parity demo diff'))[0]).toBe(`from HEAD (${short(7)}) to demo (acme-demo, v3, ${short(2)})`)
  })

  rarely('backwards nothing ships, and no command takes a step back', async () => {
    expect(await lines('staging diff production')).toEqual([
      expect.stringContaining('from production '),
      'nothing to ship: staging has every change of production',
      'staging has 2 commits that production does not have',
      readme(),
      summary(),
      'set in production and not in staging: SENDGRID_API_KEY',
    ])
  })

  rarely('to an app without a build the whole history', async () => {
    sandbox.heroku.addApp('acme-empty', undefined)
    await typed('git remote add empty https://git.heroku.com/acme-empty.git')
    const shown = await lines('parity empty diff HEAD~1')
    await typed('git remote remove empty')
    expect(shown.slice(0, 2)).toEqual([
      `from HEAD~1 (${short(6)}) to empty (acme-empty, no commit)`,
      '6 commits would ship, the oldest 40 days old',
    ])
  })

  rarely('a commit that is not in this clone is said, with the rest and status 1', async () => {
    const made = sandbox.heroku.release('acme-staging', 'Deploy 12345678', '12345678'.repeat(5))
    const shown = await lines('production diff', 1)
    const data = await typed('production diff --json')
    sandbox.heroku.app('acme-staging').releases.pop()
    expect(shown).toEqual([
      `from staging (acme-staging, v${made.version}, 12345678) to production (acme-production, v5, ${short(4)})`,
      'commits of production could not be looked at: 12345678 of staging is not in this clone',
      '`git fetch --all` may get it',
    ])
    expect([data.status, JSON.parse(data.stdout).commits]).toEqual([1, null])
  })

  test.each([
    [
      'production diff nowhere',
      '`nowhere` is neither an environment nor a branch, tag or commit\n`parity environments` lists the environments, `git branch --all` the branches\n',
    ],
    [
      'production diff production',
      '`production` and `production` are the same app, acme-production\n`parity environments` lists the environments\n',
    ],
    ['production diff a b', '`diff` takes one name, got `a b`\n`production diff a`\n'],
  ])('%s is refused', async (line, stderr) => {
    expect(await typed(line)).toEqual({ status: 2, signal: null, stdout: '', stderr })
  })
})

describe('promote', () => {
  test('of an app without a pipeline', async () => {
    expect(await typed('parity demo promote')).toEqual({
      status: 2,
      signal: null,
      stdout: '',
      stderr:
        'acme-demo is in no pipeline, so there is nothing to promote it to\n`parity demo pipelines:add PIPELINE` adds it to one; `ENVIRONMENT deploy` ships without a pipeline\n',
    })
  })

  test('to an app that is not protected does not ask', async () => {
    const { stdout, status } = await typed('pr_app --dry-run 7 promote')
    expect([status, stdout.split('\n').filter((line) => !line.startsWith('#'))]).toEqual([
      0,
      ['heroku pipelines:promote --app acme-staging-pr-7', ''],
    ])
    expect(stdout).not.toContain('# ask')
  })

  test('shows what will ship, promotes, and names the rollback; then nothing is waiting', async () => {
    const { status, stderr } = await typed('staging promote --yes')
    expect(stderr.split('\n').slice(0, 6)).toEqual([
      'promoting staging (acme-staging) to acme-production',
      fromStaging(),
      '2 commits would ship, the oldest 6 days old',
      readme(),
      summary(),
      migration,
    ])
    expect(stderr).toContain('\nacme-production runs the build of acme-staging; `production rollback v5` goes back\n')
    expect([status, sandbox.heroku.releases('acme-production').at(-1)?.commit]).toEqual([0, commits[5]])
    expect(await lines('production diff')).toEqual([
      expect.stringContaining('from staging '),
      'nothing to ship: production has every change of staging',
    ])
    expect((await typed('production rollback v5')).status).toBe(0)
    expect(sandbox.heroku.releases('acme-production').at(-1)?.commit).toBe(commits[3])
  })

  const question = 'promote acme-staging to acme-production? [y/N] '

  test.each<[keys: string, status: number, signal: number | undefined, says: string]>([
    ['n\r', 2, undefined, 'n\nnothing was promoted\n`staging promote --yes` does not ask\n'],
    ['\r', 2, undefined, '\nnothing was promoted\n`staging promote --yes` does not ask\n'],
    ['\x03', 0, 2, '^C\ninterrupted by SIGINT\nnothing was promoted\n'],
  ])('%j typed in a terminal, below what would ship: nothing is promoted', async (keys, status, signal, says) => {
    const before = sandbox.heroku.releases('acme-production').length
    const terminal = inTerminal(sandbox, ['staging', 'promote'], { NO_COLOR: '1' })
    await terminal.answer(question, keys)
    expect(await terminal.end).toEqual({ status, signal })
    const [shown = '', after] = terminal.text().replaceAll('\r', '').split(question)
    expect(shown.slice(shown.indexOf('promoting')).split('\n').slice(0, 6)).toEqual([
      'promoting staging (acme-staging) to acme-production',
      expect.stringContaining('from staging (acme-staging, v7, '),
      '2 commits would ship, the oldest 6 days old',
      readme(),
      summary(),
      migration,
    ])
    expect([after, sandbox.heroku.releases('acme-production').length]).toEqual([says, before])
  })

  rarely('y goes on; a release phase that fails is status 1, with its output and the way to retry', async () => {
    const { config } = sandbox.heroku.app('acme-production')
    config.FAIL_RELEASE = '1'
    const terminal = inTerminal(sandbox, ['staging', 'promote'], { NO_COLOR: '1' })
    await terminal.answer(question, 'y\r')
    const { status } = await terminal.end
    delete config.FAIL_RELEASE
    expect(status).toBe(1)
    expect(terminal.text()).toContain('PG::UndefinedTable: ERROR')
    expect(terminal.text()).toContain('\n`production releases:retry` runs the release phase again; ')
  })
})
