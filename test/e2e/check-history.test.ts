import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { rarely } from '../often.ts'
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

rarely('squashed: three commits run, and main has one of the same content', async () => {
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

rarely('squashed with another commit in between: one commit makes the whole change', async () => {
  await git('switch', '--quiet', '--create', 'late')
  for (const step of ['one', 'two']) await commit(sandbox, `Late ${step}`, { 'late.rb': `${step}\n` })
  const tip = await head()
  await git('switch', '--quiet', 'main')
  await commit(sandbox, 'Between', { 'between_añade.rb': '1\n' }, 5)
  await git('merge', '--quiet', '--squash', 'late')
  await git('commit', '--quiet', '--message', 'Late (#13)')
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(tip)).toEqual(['demo is 1 commit behind origin/main, the oldest 5 days old'])
})

rarely('amended after it was deployed: the amended one waits, and nothing is ahead', async () => {
  const old = await commit(sandbox, 'Amended', { 'amended.rb': '1\n' }, 2)
  await commit(sandbox, 'More', { 'amended.rb': '2\n' })
  await git('reset', '--quiet', '--soft', 'HEAD~1')
  await git('commit', '--quiet', '--amend', '--no-edit')
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(old)).toEqual([expect.stringMatching(/^demo is 1 commit behind origin\/main/)])
})

rarely('an empty commit of a branch that was merged later hides nothing', async () => {
  const before = await head()
  await git('switch', '--quiet', '--create', 'empty')
  await git('commit', '--quiet', '--allow-empty', '--message', 'Run CI again')
  await git('switch', '--quiet', 'main')
  await commit(sandbox, 'Work', { 'work.rb': '1\n' }, 3)
  await git('merge', '--quiet', '--no-ff', '--no-edit', 'empty')
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(before)).toEqual(['demo is 2 commits behind origin/main, the oldest 3 days old'])
})

rarely('the branch of the environment, and what was pushed by subtree', async () => {
  await git('switch', '--quiet', '--create', 'release')
  const ahead = await commit(sandbox, 'Released', { 'released.rb': '1\n' })
  await git('push', '--quiet', '--force', 'origin', 'release')
  await git('switch', '--quiet', 'main')
  await typed(sandbox, [
    ...['sh', '-c'],
    "printf 'environments:\\n  demo: { app: acme-demo, branch: release }\\n  lost: { app: acme-demo, branch: nowhere }\\n' > branch.yml",
  ])
  sandbox.heroku.release('acme-demo', `Deploy ${ahead.slice(0, 8)}`, ahead)
  const report = await checked(sandbox, ['--config', 'branch.yml', 'demo', 'lost'])
  expect(report.findings.filter(({ gap }) => gap === 'time')).toEqual([])
  expect(report.unseen.filter(({ what }) => what === 'commits')).toEqual([
    {
      where: 'lost',
      what: 'commits',
      why: 'its branch `nowhere` is not in this clone',
      hint: '`git fetch origin`',
    },
  ])
  const tree = (await git('rev-parse', 'HEAD:app')).trim()
  const split = (await git('commit-tree', tree, '-m', 'Split')).trim()
  sandbox.heroku.release('acme-demo', `Deploy ${split.slice(0, 8)}`, split)
  const subtree = await checked(sandbox, ['demo', '--fail-on', 'time'])
  expect(subtree.unseen.filter(({ what }) => what === 'commits').map(({ why }) => why)).toEqual([
    `its commit ${split.slice(0, 8)} has no history in common with origin/main, as after a push of a subtree`,
  ])
  expect([subtree.done.status, subtree.summary]).toEqual([2, expect.stringMatching(/^time could not be checked/)])
})

rarely("a fork's upstream, and an origin/HEAD of before master became main", async () => {
  const before = await head()
  await git('remote', 'add', 'upstream', `file://${sandbox.folder}/origin.git`)
  await commit(sandbox, 'Upstream work', { 'upstream.rb': '1\n' }, 2)
  const ahead = await head()
  await git('update-ref', 'refs/remotes/upstream/main', ahead)
  await git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/master')
  expect(await runningOnDemo(before)).toEqual(['demo is 1 commit behind upstream/main, the oldest 2 days old'])
  await git('remote', 'remove', 'upstream')
  await git('update-ref', 'refs/remotes/origin/master', before)
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(before)).toEqual(['demo is 1 commit behind origin/main, the oldest 2 days old'])
  await git('update-ref', '-d', 'refs/remotes/origin/master')
})

rarely('reverted: a commit and its revert leave nothing to deploy', async () => {
  const before = await head()
  await commit(sandbox, 'Mistake', { 'mistake.rb': '1\n' }, 4)
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(before)).toEqual(['demo is 1 commit behind origin/main, the oldest 4 days old'])
  await git('revert', '--no-edit', 'HEAD')
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(before)).toEqual([])
})

rarely('reverted later: what was committed in between waits, and a revert of a part too', async () => {
  const before = await head()
  const mistake = await commit(sandbox, 'Mistake', { 'mistake.rb': '1\n' }, 4)
  await commit(sandbox, 'Between', { 'between.rb': '1\n' }, 3)
  await git('revert', '--no-edit', mistake)
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(before)).toEqual(['demo is 1 commit behind origin/main, the oldest 3 days old'])
  await commit(sandbox, 'Again', { 'mistake.rb': '1\n2\n' }, 2)
  await commit(sandbox, 'Revert "Again"', { 'mistake.rb': '1\n' }, 1)
  await git('push', '--quiet', '--force', 'origin', 'main')
  expect(await runningOnDemo(before)).toEqual(['demo is 3 commits behind origin/main, the oldest 3 days old'])
})

rarely('a monorepo: what changes the folder of the app, also where it was pushed by subtree', async () => {
  await commit(sandbox, 'Start', { 'shop/web.rb': '1\n' }, 9)
  const tree = (await git('rev-parse', 'HEAD:shop')).trim()
  const split = (await git('commit-tree', tree, '-m', 'Split')).trim()
  const whole = await head()
  await commit(sandbox, 'Elsewhere', { 'elsewhere.rb': '1\n', 'db/migrate/20260101000001_other.rb': '1\n' }, 6)
  await commit(sandbox, 'Shop', { 'shop/web.rb': '2\n', 'shop/.nvmrc': '20\n', 'shop/db/migrate/1_a.rb': '1\n' }, 5)
  await git('push', '--quiet', 'origin', 'main')
  const settings = 'environments:\\n  demo: { app: acme-demo, folder: ./shop/ }\\n'
  await typed(sandbox, ['sh', '-c', `printf '${settings}' > shop.yml`])
  for (const sha of [whole, split]) {
    sandbox.heroku.release('acme-demo', `Deploy ${sha.slice(0, 8)}`, sha)
    const { findings, rows, unseen } = await checked(sandbox, ['--config', 'shop.yml', 'development', 'demo'])
    expect(unseen.filter(({ what }) => what === 'commits')).toEqual([])
    expect(findings.filter(({ gap }) => gap === 'time').map(({ says }) => says)).toEqual([
      'demo is 1 commit behind origin/main, the oldest 5 days old',
      '1 migration waits for demo: shop/db/migrate/1_a.rb',
    ])
    expect(rows.flatMap(({ id, cells }) => (id.startsWith('tools.language') ? [id, cells] : []))).toEqual([
      'tools.language.node',
      { development: '20' },
    ])
  }
})

rarely('merged: a merge is no change of its own', async () => {
  const before = await head()
  await git('switch', '--quiet', '--create', 'side')
  await commit(sandbox, 'Side', { 'side.rb': '1\n' }, 3)
  await git('switch', '--quiet', 'main')
  await git('merge', '--quiet', '--no-ff', '--no-edit', 'side')
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(before)).toEqual(['demo is 1 commit behind origin/main, the oldest 3 days old'])
})

rarely('a branch that runs has what main does not, and merging it is the way back', async () => {
  await git('switch', '--quiet', '--create', 'hot-fix')
  const fix = await commit(sandbox, 'Hot fix', { 'fix.rb': '1\n' })
  await git('switch', '--quiet', 'main')
  sandbox.heroku.release('acme-demo', `Deploy ${fix.slice(0, 8)}`, fix)
  const { findings } = await checked(sandbox, ['demo'])
  const [ahead] = findings.filter(({ id }) => id === 'time.ahead.demo')
  expect(ahead).toMatchObject({
    says: 'demo runs 1 commit that origin/main does not have',
    command: `git switch main\ngit merge ${fix.slice(0, 8)}\ngit push origin main`,
  })
  await typed(sandbox, ['sh', '-c', ahead?.command ?? 'false'])
  await git('push', '--quiet', 'origin', 'main')
  expect(await runningOnDemo(fix)).toEqual([])
})

rarely('config changes and rollbacks are no deploys; a promotion is one', async () => {
  const weekly = async () => {
    const { rows } = await checked(sandbox)
    return rows.find(({ id }) => id === 'time.deploys')?.cells.production
  }
  const running = async () => {
    const { rows } = await checked(sandbox)
    // The sample project was made once for all sandboxes of a run: its youngest commit is a little older in a later file.
    return rows
      .filter(({ id }) => ['time.release', 'time.waiting'].includes(id))
      .map(({ cells }) => cells.production?.replace(/\d+ hours/, 'N hours'))
  }
  expect([await weekly(), await running()]).toEqual(['0.7', ['v5', '3, oldest 6 days']])
  await typed(sandbox, ['production', 'config:set', 'COLOUR=blue'])
  expect([await weekly(), await running()]).toEqual(['0.7', ['v6', '3, oldest 6 days']])
  await typed(sandbox, ['production', 'rollback', 'v4'])
  expect([await weekly(), await running()]).toEqual(['0.7', ['v7', '4, oldest 12 days']])
  await typed(sandbox, ['staging', 'pipelines:promote', '--to', 'acme-production'])
  expect([await weekly(), await running()]).toEqual(['0.9', ['v8', '1, oldest N hours']])
})

test('thresholds, and people as numbers', async () => {
  sandbox.heroku.release('acme-staging', 'Deploy', undefined, { at: daysAgo(0) })
  const settings = 'thresholds: { age: 30d, leadTime: 1d, deploysPerWeek: 2, releasedByAuthors: 100 }\n  people: counts'
  await typed(sandbox, ['sh', '-c', `printf 'check:\\n  ${settings.replaceAll('\n', '\\n')}\\n' > strict.yml`])
  const report = await checked(sandbox, ['--config', 'strict.yml', '--fail-on', 'personnel'])
  const judged = report.findings
    .filter(({ gap, id }) => gap !== 'tools' && id !== 'time.migrations.production')
    .map(({ id, severity }) => `${severity} ${id}`)
  expect(judged).toEqual([
    'gap time.lead-time.production',
    'gap time.deploys.production',
    'note time.behind.staging',
    'note time.behind.production',
    'gap personnel.released-by-authors.production',
  ])
  expect([report.done.status, report.done.stdout.includes('@acme.test')]).toEqual([1, false])
})
