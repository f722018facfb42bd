import { describe, expect, test } from 'vitest'
import { arrivals, counted, deploysOf, deploysPerWeek, leadTime } from '../../../src/check/deliveries.ts'
import { runningCommit, runsOf } from '../../../src/check/runs.ts'
import type { Release } from '../../../src/heroku/releases.ts'
import { commit, historyOf, now, release } from './sample.ts'

/** Histories of which Heroku has dropped the older slugs, counted by hand. */

const day = 86_400_000

/** Build → commit, as inspecting tells it: what words name, and what was asked for. */
function facts(releases: Release[], asked: Record<string, string> = {}) {
  const named = runsOf(releases).flatMap(({ build, named }) => (build && named ? [[build, named] as const] : []))
  return { releases, commits: new Map([...named, ...Object.entries(asked)]) }
}

const told = ({ releases, commits }: ReturnType<typeof facts>) =>
  deploysOf({ releases, commits }).map(({ release, commit }) => `v${release.version} ${commit}`)

describe('one deploy a day for 100 days, each of a commit that was 10 days old', () => {
  const sha = (number: number) => `c0ffee${String(number).padStart(3, '0')}`
  const numbers = Array.from({ length: 100 }, (_, index) => index)
  const releases = numbers.map((number) => {
    const days = 99.5 - number
    const description = `Deploy ${sha(number)}`
    return release(number + 1, days > 30 ? undefined : `slug-${number}`, days, { description })
  })
  const history = historyOf(
    ...numbers.map((number) => commit(sha(number), number === 0 ? [] : [sha(number - 1)], 109.5 - number)),
  )
  const known = facts(releases)

  test('7 deploys a week', () => expect(deploysPerWeek(known, now)).toBe(7))
  test('90 of them in 90 days, and one before', () => expect(counted(deploysOf(known), now).length).toBe(91))
  test('a lead time of 10 days', () => expect(leadTime(arrivals(deploysOf(known), history, now))).toBe(10 * day))
})

/**
 *   v1 80  Deploy aaaaaaaa                       expired
 *   v2 79  Set COLOUR config vars                expired, keeps the build of v1
 *   v3 60  Promote acme-staging v9 bbbbbbbb      expired
 *   v4 59  Rollback to v1                        expired, goes back to that of v1
 *   v5 58  Rollback to v3                        expired
 *   v6 20  Set DEBUG config vars                 the build of v3, whose slug is told again: `kept`
 *   v7 10  Promote acme-staging v14 cccccccc
 *   v8  9  Rollback to v6                        the build of v3 again
 */
describe('promotions and rollbacks', () => {
  const known = facts(
    [
      release(1, undefined, 80, { description: 'Deploy aaaaaaaa' }),
      release(2, undefined, 79, { description: 'Set COLOUR config vars' }),
      release(3, undefined, 60, { description: 'Promote acme-staging v9 bbbbbbbb' }),
      release(4, undefined, 59, { description: 'Rollback to v1' }),
      release(5, undefined, 58, { description: 'Rollback to v3' }),
      release(6, 'kept', 20, { description: 'Set DEBUG config vars' }),
      release(7, 'new', 10, { description: 'Promote acme-staging v14 cccccccc' }),
      release(8, 'kept', 9, { description: 'Rollback to v6' }),
    ],
    {},
  )
  const history = historyOf(
    commit('aaaaaaaa', [], 90),
    commit('bbbbbbbb', ['aaaaaaaa'], 64),
    commit('cccccccc', ['bbbbbbbb'], 12),
  )

  test('three deploys', () => expect(told(known)).toEqual(['v1 aaaaaaaa', 'v3 bbbbbbbb', 'v7 cccccccc']))
  test('in 80 days that can be seen', () => expect(deploysPerWeek(known, now)).toBeCloseTo((3 * 7) / 80, 10))
  test('4 and 2 days have the median 3', () => expect(leadTime(arrivals(deploysOf(known), history, now))).toBe(3 * day))
  test('what runs is what was rolled back to', () => expect(runningCommit(known)).toBe('bbbbbbbb'))
})

/** Containers have no commit, a failed release phase did not run, and the oldest that is listed goes on with what was there. */
describe('containers, and a beginning that is not listed', () => {
  const containers = facts([
    release(1, undefined, 5, { description: 'Initial release' }),
    release(2, undefined, 4, { description: 'Deployed web (abc123def456)' }),
    release(3, undefined, 3, { description: 'Set COLOUR config vars' }),
    release(4, undefined, 2, { description: 'Deployed web, worker (def456abc123)', status: 'failed' }),
    release(5, undefined, 1, { description: 'Deployed web, worker (def456abc123)' }),
  ])

  test('two deploys in the week that a young app is given at least', () => {
    expect([told(containers), deploysPerWeek(containers, now)]).toEqual([['v2 undefined', 'v5 undefined'], 2])
  })
  test('nothing arrives that is known', () => {
    expect([leadTime(arrivals(deploysOf(containers), new Map(), now)), runningCommit(containers)]).toEqual([
      undefined,
      undefined,
    ])
  })
  test('the oldest release that is listed is no deploy, and what came after it is measured against it', () => {
    const late = facts(
      [
        release(501, 'old', 40, { description: 'Set COLOUR config vars' }),
        release(502, 'new', 3, { description: 'Deploy bbbbbbbb' }),
      ],
      { old: 'aaaaaaaa' },
    )
    const history = historyOf(commit('aaaaaaaa', [], 90), commit('bbbbbbbb', ['aaaaaaaa'], 5))
    expect([
      deploysPerWeek(late, now),
      arrivals(deploysOf(late), history, now).map(({ commit: { sha } }) => sha),
    ]).toEqual([7 / 40, ['bbbbbbbb']])
  })
  test('a rollback to a release that is no longer listed: nobody knows what runs', () => {
    const back = facts([
      release(900, undefined, 40, { description: 'Deploy aaaaaaaa' }),
      release(901, undefined, 1, { description: 'Rollback to v12' }),
    ])
    expect(runningCommit(back)).toBeUndefined()
  })
  test('on Fir the build is an image', () => {
    const fir = facts(
      [
        release(1, undefined, 20, { description: 'Deploy aaaaaaaa', image: 'image-1' }),
        release(2, undefined, 10, { description: 'Set COLOUR config vars', image: 'image-1' }),
        release(3, undefined, 5, { description: 'Deploy', image: 'image-2' }),
      ],
      { 'image-2': 'bbbbbbbb' },
    )
    expect([told(fir), runningCommit(fir)]).toEqual([['v1 aaaaaaaa', 'v3 bbbbbbbb'], 'bbbbbbbb'])
  })
})
