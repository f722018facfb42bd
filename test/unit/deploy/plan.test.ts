import { describe, expect, test } from 'vitest'
import type { DeploymentFacts } from '../../../src/deploy/inspect.ts'
import { planDeployment } from '../../../src/deploy/plan.ts'
import type { HerokuEnvironment } from '../../../src/environments/environments.ts'
import { printPlan } from '../../../src/run/print.ts'

const staging: HerokuEnvironment = { kind: 'heroku', name: 'staging', app: 'acme-staging', origin: '.parityrc' }
const [there, commit] = ['a'.repeat(40), 'b'.repeat(40)]
const facts: DeploymentFacts = {
  destination: 'staging',
  login: [],
  branch: 'main',
  there,
  ref: 'HEAD',
  commit,
  shipping: ['bbbbbbb Second (Ada, 1 hour ago)'],
  fastForward: true,
  isShallow: false,
  migrations: [],
  hasReleasePhase: false,
  remarks: [],
}

describe('the push', () => {
  test.each<[string, boolean, Partial<DeploymentFacts>, string[]]>([
    ['is leased', false, {}, [`--force-with-lease=refs/heads/main:${there}`, 'staging', `${commit}:refs/heads/main`]],
    [
      'to an empty app is leased on nothing',
      false,
      { there: undefined },
      ['--force-with-lease=refs/heads/main:', 'staging', `${commit}:refs/heads/main`],
    ],
    [
      'of what is no fast-forward is leased',
      false,
      { fastForward: false },
      [`--force-with-lease=refs/heads/main:${there}`, 'staging', `${commit}:refs/heads/main`],
    ],
    [
      'goes to master',
      false,
      { branch: 'master' },
      [`--force-with-lease=refs/heads/master:${there}`, 'staging', `${commit}:refs/heads/master`],
    ],
    ['to a protected app has no force', true, {}, ['staging', `${commit}:refs/heads/main`]],
    ['to an empty protected app has no force', true, { there: undefined }, ['staging', `${commit}:refs/heads/main`]],
    [
      'goes to a URL',
      true,
      { destination: 'https://git.heroku.com/a.git', ref: 'origin/main' },
      ['https://git.heroku.com/a.git', `${commit}:refs/heads/main`],
    ],
  ])('%s', (_, isProtected, more, args) => {
    const plan = planDeployment(staging, isProtected, { ...facts, ...more })
    expect(plan.steps).toEqual([
      { call: { program: 'git', args: ['push', ...args] } },
      { effect: 'release', description: expect.stringContaining('acme-staging') },
    ])
    expect(plan.cleanup).toEqual([])
  })

  test('over other commits of a protected app is refused', () => {
    expect(() => planDeployment(staging, true, { ...facts, fastForward: false })).toThrow(
      expect.objectContaining({
        status: 1,
        message: 'staging has aaaaaaaaaa, which is not an ancestor of HEAD (bbbbbbbbbb); it is never forced',
        hint: '`git merge aaaaaaaaaa` brings it in; `staging rollback` returns to an older release',
      }),
    )
  })

  test.each([
    [false, '`git fetch staging main` gets it'],
    [true, '`git fetch --unshallow` gets the whole history (in actions/checkout: `fetch-depth: 0`)'],
  ])('over commits that this clone lacks is refused, shallow: %s', (isShallow, hint) => {
    const unknown = { ...facts, shipping: undefined, fastForward: false, isShallow }
    expect(() => planDeployment(staging, true, unknown)).toThrow(
      expect.objectContaining({
        status: 1,
        message:
          'staging has aaaaaaaaaa, which is not in this clone: whether HEAD (bbbbbbbbbb) contains it is unknown, and it is never forced',
        hint,
      }),
    )
  })
})

describe('the notes', () => {
  const title = 'deploying HEAD (bbbbbbbbbb) to acme-staging'
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `commit ${index}`)

  test.each<[string, Partial<DeploymentFacts>, string[]]>([
    ['one commit', {}, [`${title}: 1 commit`, '  bbbbbbb Second (Ada, 1 hour ago)']],
    [
      'two, after what may be overlooked',
      { shipping: ['b', 'c'], remarks: ['dirty'] },
      ['dirty', `${title}: 2 commits`, '  b', '  c'],
    ],
    [
      'what is replaced',
      { fastForward: false },
      [`${title}: 1 commit, and what only the app has is replaced`, '  bbbbbbb Second (Ada, 1 hour ago)'],
    ],
    ['the same commit', { there: commit, shipping: [] }, [`${title}: it has this commit already`]],
    ['an older commit', { shipping: [], fastForward: false }, [`${title}: an older commit than it has`]],
    [
      'an unknown commit',
      { shipping: undefined, fastForward: false },
      [`${title}; what it has, aaaaaaaaaa, is not in this clone: what it replaces is unknown`],
    ],
    ['twenty', { shipping: lines(20) }, [`${title}: 20 commits`, ...lines(20).map((line) => `  ${line}`)]],
    [
      'the newest twenty of more',
      { shipping: lines(22) },
      [`${title}: 22 commits`, ...lines(20).map((line) => `  ${line}`), '  … and 2 more'],
    ],
  ])('tell of %s', (_, more, notes) => {
    expect(planDeployment(staging, false, { ...facts, ...more }).notes).toEqual(notes)
  })
})

describe('maintenance mode and migrations', () => {
  const migrate = ['bin/rails', 'db:migrate']
  const linesOf = (around: object, more: Partial<DeploymentFacts> = {}) =>
    printPlan(planDeployment(staging, false, { ...facts, ...more }, around)).filter(
      (line) => !line.startsWith('# deploying'),
    )
  const push = `git push --force-with-lease=refs/heads/main:${there} staging ${commit}:refs/heads/main`
  const listed = '#   bbbbbbb Second (Ada, 1 hour ago)'
  const release = expect.stringContaining('# release: ')
  const [on, off] = ['on', 'off'].map((mode) => `heroku maintenance:${mode} --app acme-staging`)
  const migrating = [
    'heroku run --exit-code --app acme-staging -- bin/rails db:migrate',
    'heroku ps:restart --app acme-staging',
  ]

  test.each<[string, object, (string | undefined)[]]>([
    ['neither', {}, [listed, push, release]],
    ['maintenance', { maintenance: 'off' }, [listed, on, push, release, off]],
    [
      'maintenance that is on already',
      { maintenance: 'on' },
      [listed, '# staging is already in maintenance mode and stays in it', push, release],
    ],
    ['a migration', { migrate }, [listed, push, release, ...migrating]],
    ['both', { maintenance: 'off', migrate }, [listed, on, push, release, ...migrating, off]],
  ])('%s', (_, around, lines) => expect(linesOf(around)).toEqual(lines))

  test('a commit that is there already can be migrated to', () => {
    expect(linesOf({ migrate }, { there: commit, shipping: [] })).toEqual([push.replace(there, commit), ...migrating])
  })

  test('what must stay closed to visitors, and how a person ends it', () => {
    const { steps } = planDeployment(staging, false, facts, { maintenance: 'off', migrate })
    expect(steps.map((step) => step.holds)).toEqual([undefined, 'interrupted', 'interrupted', 'failed', 'interrupted'])
    expect(steps[0]).toMatchObject({
      putBack: { ifFails: 'maintenance mode of staging stays on: `staging maintenance:off` ends it' },
    })
    expect(steps[3]).toMatchObject({
      ifFails: 'staging runs the new commit, and its database was not migrated: `staging migrate` tries again',
    })
    expect(planDeployment(staging, false, facts).steps.map((step) => step.holds)).toEqual([undefined, undefined])
  })

  test.each<[string, Partial<DeploymentFacts>, object, string | undefined]>([
    ['without migrations', {}, {}, undefined],
    ['with one', { migrations: ['a'] }, {}, '1 migration shipped: `staging migrate` runs it'],
    ['with two', { migrations: ['a', 'b'] }, {}, '2 migrations shipped: `staging migrate` runs them'],
    ['that the release phase has run', { migrations: ['a'], hasReleasePhase: true }, {}, undefined],
    ['that were run', { migrations: ['a'] }, { migrate }, undefined],
    [
      'with maintenance mode from before',
      { migrations: ['a'] },
      { maintenance: 'on' },
      '1 migration shipped: `staging migrate` runs it; maintenance mode is still on, as before: `staging maintenance:off` turns it off',
    ],
  ])('what is left to do %s', (_, more, around, done) => {
    expect(planDeployment(staging, false, { ...facts, ...more }, around).done).toBe(done)
  })

  test('migrations are listed', () => {
    expect(planDeployment(staging, false, { ...facts, migrations: ['db/migrate/1_a.rb'] }).notes).toContain(
      '1 migration: db/migrate/1_a.rb',
    )
  })
})
