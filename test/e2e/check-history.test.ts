import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { checked, commit, daysAgo, typed } from './check.ts'

/** Histories that are no straight line, in real git: what waits is what is not there, in whatever form it is there. */

let sandbox: Sandbox
const git = (...args: string[]) => typed(sandbox, ['git', ...args])
const head = async () => (await git('rev-parse', 'HEAD')).trim()

beforeAll(async () => {
  sandbox = await startSandbox()
})
/** Main is brought to a new commit on top of the sample's, whatever the test before left. */
beforeEach(async () => {
  await git('switch', '--quiet', 'main')
  await git('reset', '--quiet', '--hard', 'ORIG_MAIN').catch(() => git('tag', 'ORIG_MAIN'))
  await git('push', '--quiet', '--force', 'origin', 'main')
})
afterAll(() => sandbox.stop())

/** Puts a commit into service on demo, and says what `parity check` then finds of time. */
async function runningOnDemo(sha: string): Promise<string[]> {
  sandbox.heroku.release('acme-demo', `Deploy ${sha.slice(0, 8)}`, sha)
  const { findings } = await checked(sandbox, ['demo'])
  return findings.filter(({ id }) => id.startsWith('time')).map(({ says }) => says)
}

test('rebased: what runs was written before main moved, and is there in another form', async () => {
  await git('switch', '--quiet', '--create', 'feature')
  const old = await commit(sandbox, 'Feature', { 'feature.rb': '1\n' })
  await git('switch', '--quiet', 'main')
  await commit(sandbox, 'Meanwhile', { 'meanwhile.rb': '1\n' }, 1)
  await git('cherry-pick', old)
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(old)).toEqual(['demo is 1 commit behind origin/main, the oldest 24 hours old'])
})

test('squashed: three commits run, and main has one of the same content', async () => {
  await git('switch', '--quiet', '--create', 'squashed')
  for (const step of ['one', 'two', 'three']) await commit(sandbox, step, { 'squashed.rb': `${step}\n` })
  const tip = await head()
  await git('switch', '--quiet', 'main')
  await git('merge', '--quiet', '--squash', 'squashed')
  await git('commit', '--quiet', '--message', 'Squashed (#12)')
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(tip)).toEqual([])
  await commit(sandbox, 'Later', { 'later.rb': '1\n' }, 2)
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(tip)).toEqual(['demo is 1 commit behind origin/main, the oldest 2 days old'])
})

test('reverted: a commit and its revert leave nothing to deploy', async () => {
  const before = await head()
  await commit(sandbox, 'Mistake', { 'mistake.rb': '1\n' }, 4)
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(before)).toEqual(['demo is 1 commit behind origin/main, the oldest 4 days old'])
  await git('revert', '--no-edit', 'HEAD')
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(before)).toEqual([])
})

test('merged: a merge is no change of its own', async () => {
  const before = await head()
  await git('switch', '--quiet', '--create', 'side')
  await commit(sandbox, 'Side', { 'side.rb': '1\n' }, 3)
  await git('switch', '--quiet', 'main')
  await git('merge', '--quiet', '--no-ff', '--no-edit', 'side')
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(before)).toEqual(['demo is 1 commit behind origin/main, the oldest 3 days old'])
})

test('a branch that runs has what main does not, and merging it is the way back', async () => {
  await git('switch', '--quiet', '--create', 'hot-fix')
  const fix = await commit(sandbox, 'Hot fix', { 'fix.rb': '1\n' })
  await git('switch', '--quiet', 'main')
  sandbox.heroku.release('acme-demo', `Deploy ${fix.slice(0, 8)}`, fix)
  const { findings } = await checked(sandbox, ['demo'])
  const [ahead] = findings.filter(({ id }) => id === 'time.ahead.demo')
  expect(ahead).toMatchObject({
    says: 'demo runs 1 commit that origin/main does not have',
    command: `git merge ${fix.slice(0, 8)}`,
  })
  await typed(sandbox, ['sh', '-c', ahead?.command ?? 'false'])
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(fix)).toEqual([])
})

test('config changes and rollbacks are no deploys; a promotion is one', async () => {
  const weekly = async () => {
    const { rows } = await checked(sandbox)
    return rows.find(({ id }) => id === 'time.deploys')?.cells.production
  }
  const running = async () => {
    const { rows } = await checked(sandbox)
    return rows.filter(({ id }) => ['time.release', 'time.waiting'].includes(id)).map(({ cells }) => cells.production)
  }
  expect([await weekly(), await running()]).toEqual(['0.3', ['v5', '3, oldest 6 days']])
  await typed(sandbox, ['production', 'config:set', 'COLOUR=blue'])
  expect([await weekly(), await running()]).toEqual(['0.3', ['v6', '3, oldest 6 days']])
  await typed(sandbox, ['production', 'rollback', 'v4'])
  expect([await weekly(), await running()]).toEqual(['0.3', ['v7', '4, oldest 12 days']])
  await typed(sandbox, ['staging', 'pipelines:promote', '--to', 'acme-production'])
  expect([await weekly(), await running()]).toEqual(['0.4', ['v8', '1, oldest 4 hours']])
})

test('thresholds, and people as numbers', async () => {
  sandbox.heroku.release('acme-staging', 'Deploy', undefined, { at: daysAgo(0) })
  const settings = 'thresholds: { age: 30d, leadTime: 1d, deploysPerWeek: 2, releasedByAuthors: 100 }\n  people: counts'
  await typed(sandbox, ['sh', '-c', `printf 'check:\\n  ${settings.replaceAll('\n', '\\n')}\\n' > strict.yml`])
  const report = await checked(sandbox, ['--config', 'strict.yml', '--fail-on', 'personnel'])
  const judged = report.findings.filter(({ gap }) => gap !== 'tools').map(({ id, severity }) => `${severity} ${id}`)
  expect(judged).toEqual([
    'note time.behind.staging',
    'note time.behind.production',
    'gap time.lead-time.production',
    'gap time.deploys.production',
    'gap personnel.released-by-authors.production',
  ])
  expect([report.done.status, report.done.stdout.includes('@acme.test')]).toEqual([1, false])
})
