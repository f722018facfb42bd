import { describe, expect, test } from 'vitest'
import {
  arrivals,
  deploysOf,
  deploysPerWeek,
  leadTime,
  neverDeployed,
  releasedByAuthors,
} from '../../../src/check/deliveries.ts'
import { isMachine, people } from '../../../src/check/people.ts'
import type { Release } from '../../../src/heroku/releases.ts'
import { before, commit, historyOf, now, release } from './sample.ts'

const day = 86_400_000

/**
 * One small history, counted by hand. Main is a ─ b ─ c ─ m ─ e, where m merges d; the numbers are days before now.
 *
 *   a 120   b 50 (grace)   c 40   d 38 (grace, with ada)   m 30 (a merge)   e 6 (linus)
 *
 *   v1 100  nothing yet
 *   v2 100  a   by ada: before the window, where counting begins
 *   v3  45  b   by ada: 5 days after it was made, by none of its authors
 *   v4  44  config vars
 *   v5  28  m   by ada: brings c (12 days, by its author) and d (10 days, by one of its authors); m itself is no change
 *   v6  27  rollback to v3
 *   v7  26  m   by grace, built anew: brings nothing
 *   v8   9  a release phase that failed
 *   v9   2  e   by grace: 4 days, by none of its authors
 */
const history = historyOf(
  commit('a', [], 120),
  commit('b', ['a'], 50, { emails: ['grace@acme.test'] }),
  commit('c', ['b'], 40),
  commit('d', ['b'], 38, { emails: ['grace@acme.test', 'ada@acme.test'] }),
  commit('m', ['c', 'd'], 30),
  commit('e', ['m'], 6, { emails: ['linus@acme.test'] }),
)
const releases: Release[] = [
  release(1, undefined, 100),
  release(2, 'slug-a', 100),
  release(3, 'slug-b', 45),
  release(4, 'slug-b', 44, { description: 'Set COLOUR config vars' }),
  release(5, 'slug-m', 28, { by: 'Ada@acme.test' }),
  release(6, 'slug-b', 27, { description: 'Rollback to v3' }),
  release(7, 'slug-m2', 26, { by: 'grace@acme.test' }),
  release(8, 'slug-x', 9, { status: 'failed' }),
  release(9, 'slug-e', 2, { by: 'grace@acme.test' }),
]
const commits = new Map([
  ['slug-a', 'a'],
  ['slug-b', 'b'],
  ['slug-m', 'm'],
  ['slug-m2', 'm'],
  ['slug-x', 'x'],
  ['slug-e', 'e'],
])
const deploys = deploysOf({ releases, commits })
const who = people(history, new Map())
const arrived = arrivals(deploys, history, now)

describe('a small history by hand', () => {
  test('its deploys: no config change, no rollback, nothing that failed', () => {
    expect(deploys.map(({ release, commit }) => `v${release.version} ${commit}`)).toEqual([
      'v2 a',
      'v3 b',
      'v5 m',
      'v7 m',
      'v9 e',
    ])
  })

  test('deploys a week: 4 in 90 days', () => {
    expect(deploysPerWeek({ releases, commits }, now)).toBeCloseTo((4 * 7) / 90, 10)
  })

  test('what each deploy brought', () => {
    expect(arrived.map(({ commit, deploy }) => `v${deploy.release.version} ${commit.sha}`).sort()).toEqual([
      'v3 b',
      'v5 c',
      'v5 d',
      'v9 e',
    ])
  })

  test('lead time: 4, 5, 10 and 12 days have the median 7.5', () => {
    expect(leadTime(arrived)).toBe(7.5 * day)
  })

  test('released by an author: c and d of b, c, d, e', () => {
    expect(releasedByAuthors(arrived, who)).toBe(0.5)
  })

  test('authors who never deployed', () => {
    expect(neverDeployed(arrived, deploys, who)).toEqual(['linus@acme.test'])
  })
})

describe('where counting is not so simple', () => {
  const brought = (all: Release[], names: Record<string, string>, known = history) =>
    arrivals(deploysOf({ releases: all, commits: new Map(Object.entries(names)) }), known, now).map(
      ({ commit, deploy }) => `v${deploy.release.version} ${commit.sha}`,
    )

  test('the first deploy ever brings nothing', () => {
    expect(brought([release(1, undefined, 9), release(2, 'one', 8)], { one: 'e' })).toEqual([])
  })

  test('a rollback and the way back bring nothing twice', () => {
    const all = [release(1, 'one', 9), release(2, 'two', 8), release(3, 'one', 7), release(4, 'three', 6)]
    expect(brought(all, { one: 'a', two: 'b', three: 'b' })).toEqual(['v2 b'])
  })

  test('a rollback to a build that is older than all releases known', () => {
    expect(
      deploysOf({ releases: [release(900, 'old', 1, { description: 'Rollback to v12' })], commits: new Map() }),
    ).toEqual([])
  })

  test('what was rebased after it ran comes once', () => {
    const [one] = [commit('b', ['a'], 50)]
    const rebased = commit('b2', ['other'], 20, { written: one.written, subject: one.subject })
    const known = historyOf(commit('a', [], 120), one, commit('other', ['a'], 21), rebased)
    const all = [release(1, 'a', 60), release(2, 'b', 45), release(3, 'b2', 19)]
    expect(brought(all, { a: 'a', b: 'b', b2: 'b2' }, known)).toEqual(['v2 b', 'v3 other'])
  })

  test('a promotion brings what it brings, as any deploy', () => {
    const all = [release(1, 'one', 9), release(2, 'two', 8, { description: 'Promote acme-staging v7 ddfa001b' })]
    expect(brought(all, { one: 'a', two: 'c' })).toEqual(['v2 c', 'v2 b'])
  })

  test('behind a commit that is not known here, nothing is said of who brought what', () => {
    const all = [release(1, 'one', 9), release(2, 'two', 8), release(3, 'three', 7)]
    expect(brought(all, { one: 'a', two: 'unknown', three: 'b' })).toEqual([])
  })

  test('a clock that goes wrong makes no time negative', () => {
    const deploy = { release: release(2, 'two', 8), build: 'two', commit: 'b', first: false }
    expect(leadTime([{ deploy, commit: commit('b', [], 7) }])).toBe(0)
  })

  test('nothing is no number', () => {
    expect([leadTime([]), releasedByAuthors([], who), deploysOf({ releases: undefined, commits: new Map() })]).toEqual([
      undefined,
      undefined,
      [],
    ])
    expect(before(1).getTime()).toBe(now.getTime() - day)
  })
})

test('people by .mailmap, behind a noreply address, and programs', () => {
  const known = historyOf(
    commit('a', [], 9, { emails: ['1+ada@users.noreply.github.com'] }),
    commit('b', [], 8),
    commit('c', [], 7, { emails: ['2+grace@users.noreply.github.com'], author: 'Grace' }),
  )
  const of = people(known, new Map([['ada@home.test', 'ada@acme.test']]))
  expect([
    of('1+ada@users.noreply.github.com'),
    of('Ada@home.test'),
    of('2+grace@users.noreply.github.com'),
    of('49699333+dependabot[bot]@users.noreply.github.com'),
    of('bot@renovateapp.com'),
    of('linus@acme.test'),
  ]).toEqual(['ada@acme.test', 'ada@acme.test', undefined, undefined, undefined, 'linus@acme.test'])
})

test.each([
  ['ci@acme.test', true],
  ['deploy+heroku@acme.test', true],
  ['github-actions@acme.test', true],
  ['deploybot@acme.test', true],
  ['cindy@acme.test', false],
  ['botond@acme.test', false],
  ['ada@acme.test', false],
])('%s is a machine: %s', (email, expected) => {
  expect(isMachine(email)).toBe(expected)
})
