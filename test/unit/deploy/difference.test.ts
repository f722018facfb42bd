import { describe, expect, test } from 'vitest'
import type { Commit } from '../../../src/check/facts.ts'
import { type Difference, describeDifference, differenceData } from '../../../src/deploy/difference.ts'

const now = new Date('2026-01-10T12:00:00Z')
const commit = (letter: string, subject: string, days: number): Commit => ({
  sha: letter.repeat(40),
  parents: [],
  tree: '',
  at: new Date(now.getTime() - days * 86_400_000),
  written: 0,
  emails: ['ada@example.com'],
  author: 'Ada',
  subject,
})
const [second, first] = [commit('b', 'Second', 1), commit('a', 'First', 3)]
const nothing = { waiting: [], ahead: [], migrations: [] }
const difference: Difference = {
  from: { name: 'staging', app: 'acme-staging', version: 7, commit: second.sha },
  to: { name: 'production', app: 'acme-production', version: 5, commit: 'c'.repeat(40) },
  commits: { ...nothing, waiting: [second, first] },
  missing: [],
  unseen: [],
  command: 'staging promote',
}
const title = 'from staging (acme-staging, v7, bbbbbbbb) to production (acme-production, v5, cccccccc)'

describe('as words', () => {
  test.each<[string, Partial<Difference>, string[]]>([
    [
      'commits',
      {},
      [
        title,
        '2 commits would ship, the oldest 3 days old',
        '  bbbbbbbb Second (Ada, 24 hours ago)',
        '  aaaaaaaa First (Ada, 3 days ago)',
      ],
    ],
    [
      'one commit',
      { commits: { ...nothing, waiting: [second] } },
      [title, '1 commit would ship, 24 hours old', '  bbbbbbbb Second (Ada, 24 hours ago)'],
    ],
    ['nothing', { commits: nothing }, [title, 'nothing to ship: production has every change of staging']],
    [
      'migrations',
      { commits: { ...nothing, waiting: [second], migrations: ['db/migrate/1_a.rb', 'db/migrate/2_b.rb'] } },
      [
        title,
        '1 commit would ship, 24 hours old',
        '  bbbbbbbb Second (Ada, 24 hours ago)',
        '2 migrations: db/migrate/1_a.rb, db/migrate/2_b.rb',
      ],
    ],
    [
      'what only the destination has',
      { commits: { ...nothing, ahead: [first] } },
      [
        title,
        'nothing to ship: production has every change of staging',
        'production has 1 commit that staging does not have',
        '  aaaaaaaa First (Ada, 3 days ago)',
      ],
    ],
    [
      'config vars',
      { commits: nothing, missing: ['COLOUR', 'SIZE'] },
      [
        title,
        'nothing to ship: production has every change of staging',
        'set in staging and not in production: COLOUR, SIZE',
      ],
    ],
    [
      'what was not seen',
      {
        commits: undefined,
        unseen: [{ where: 'production', what: 'commits', why: 'it is not in this clone', hint: '`git fetch --all`' }],
      },
      [title, 'commits of production could not be looked at: it is not in this clone', '`git fetch --all`'],
    ],
    [
      'a commit of this clone to an empty app',
      {
        from: { name: 'HEAD', commit: second.sha },
        to: { name: 'acme-eu', app: 'acme-eu', commit: undefined },
        commits: nothing,
        missing: undefined,
      },
      ['from HEAD (bbbbbbbb) to acme-eu (no commit)', 'nothing to ship: acme-eu has every change of HEAD'],
    ],
  ])('%s', (_, more, lines) => {
    expect(describeDifference({ ...difference, ...more }, now)).toEqual(lines)
  })

  test('many commits are counted', () => {
    const waiting = Array.from({ length: 5 }, () => second)
    expect(describeDifference({ ...difference, commits: { ...nothing, waiting } }, now, 2).slice(2)).toEqual([
      '  bbbbbbbb Second (Ada, 24 hours ago)',
      '  bbbbbbbb Second (Ada, 24 hours ago)',
      '  … and 3 more',
    ])
  })
})

describe('as data', () => {
  test('everything', () => {
    expect(differenceData({ ...difference, commits: { ...nothing, waiting: [first] } })).toEqual({
      from: { name: 'staging', app: 'acme-staging', version: 7, commit: second.sha },
      to: { name: 'production', app: 'acme-production', version: 5, commit: 'c'.repeat(40) },
      commits: [{ sha: first.sha, subject: 'First', author: 'Ada', at: '2026-01-07T12:00:00.000Z' }],
      ahead: [],
      migrations: [],
      missingConfigVars: [],
      unseen: [],
      command: 'staging promote',
    })
  })

  test('what was not seen is null, and so is the command where nothing would ship', () => {
    const from = { name: 'HEAD', commit: undefined }
    expect(differenceData({ ...difference, from, commits: undefined, missing: undefined })).toMatchObject({
      from: { name: 'HEAD', app: null, version: null, commit: null },
      commits: null,
      ahead: null,
      migrations: null,
      missingConfigVars: null,
      command: null,
    })
    expect(differenceData({ ...difference, commits: nothing })).toMatchObject({ commits: [], command: null })
  })
})
