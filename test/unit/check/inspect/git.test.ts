import { describe, expect, test } from 'vitest'
import { isMigration } from '../../../../src/check/inspect/files.ts'
import { compare, readCommits, revertsIn } from '../../../../src/check/inspect/log.ts'
import { commit } from '../sample.ts'

const entry = (mark: string, sha: string, parents: string[], tree = `tree of ${sha}`) => ({
  mark,
  commit: commit(sha, parents, 1, { tree }),
})
const shas = (commits: readonly { sha: string }[]) => commits.map(({ sha }) => sha).join(' ')

describe('what waits and what is ahead', () => {
  const told = (commits: Parameters<typeof compare>[0], sha: string, tree: string) => {
    const tip = commits.find(({ mark }) => mark === '>')?.commit.sha ?? 'none'
    const { waiting, ahead } = compare(commits, { sha, tree, tip })
    return [shas(waiting), shas(ahead)]
  }

  test('a straight line', () => {
    expect(told([entry('>', 'c', ['b']), entry('>', 'b', ['a'])], 'a', 'tree of a')).toEqual(['c b', ''])
  })
  test('what runs is newer than main', () => {
    expect(told([entry('<', 'b', ['a'])], 'b', 'tree of b')).toEqual(['', 'b'])
  })
  test('a change that is there in another form', () => {
    const both = [entry('>', 'new', ['a']), entry('=', 'b2', ['new']), entry('=', 'b', ['a'])]
    expect(told(both, 'b', 'tree of b')).toEqual(['new', ''])
  })
  test('a squash of what runs, and one more', () => {
    const both = [
      entry('>', 'more', ['squash']),
      entry('>', 'squash', ['a'], 'same'),
      entry('<', 'y', ['x'], 'same'),
      entry('<', 'x', ['a']),
    ]
    expect(told(both, 'y', 'same')).toEqual(['more', ''])
  })
  test('a commit and its revert', () => {
    expect(told([entry('>', 'revert', ['b'], 'tree of a'), entry('>', 'b', ['a'])], 'a', 'tree of a')).toEqual(['', ''])
  })
  test('an empty commit of a branch that was merged later hides nothing', () => {
    const both = [
      entry('>', 'm', ['c', 'empty']),
      entry('>', 'c', ['b']),
      entry('>', 'b', ['a']),
      entry('>', 'empty', ['a'], 'tree of a'),
    ]
    expect(told(both, 'a', 'tree of a')).toEqual(['c b empty', ''])
  })
  test('what was amended after its deploy waits, and is not ahead', () => {
    const { commit: amended } = entry('>', 'b2', ['a'])
    const { commit: old } = entry('<', 'b', ['a'])
    const both = [
      { mark: '>', commit: { ...amended, subject: 'Feature' } },
      { mark: '<', commit: { ...old, subject: 'Feature' } },
    ]
    expect(told(both, 'b', 'tree of b')).toEqual(['b2', ''])
  })
  test('merges count as what they merge', () => {
    expect(told([entry('>', 'm', ['a', 's']), entry('>', 's', ['a'])], 'a', 'tree of a')).toEqual(['s', ''])
  })
})

test('what git log prints', () => {
  const line = [
    '>',
    'abc',
    'p1 p2',
    't',
    '1700000000',
    '1690000000',
    'Ada@Acme.test',
    'Ada',
    'Grace <grace@acme.test>,Ada <ada@acme.test>',
    'Say | what',
  ]
  expect(readCommits(`${line.join('\0')}\n`)).toEqual([
    {
      mark: '>',
      commit: {
        sha: 'abc',
        parents: ['p1', 'p2'],
        tree: 't',
        at: new Date(1_700_000_000_000),
        written: 1_690_000_000,
        emails: ['ada@acme.test', 'grace@acme.test'],
        author: 'Ada',
        subject: 'Say | what',
      },
    },
  ])
  expect(readCommits('')).toEqual([])
})

test.each([
  ['db/migrate/20250101000000_add_summary.rb', true],
  ['engines/shop/db/migrate/1_a.rb', true],
  ['blog/migrations/0001_initial.py', true],
  ['blog/migrations/__init__.py', false],
  ['priv/repo/migrations/1_a.exs', true],
  ['database/migrations/2014_create_users.php', true],
  ['prisma/migrations/20250101_init/migration.sql', true],
  ['migrations/20250101_users.js', true],
  ['db/schema.rb', false],
  ['app/models/migration.rb', false],
])('%s is a migration: %s', (path, expected) => {
  expect(isMigration(path)).toBe(expected)
})

const reverts: [subjects: string[], pairs: string[]][] = [
  [['Revert "A"', 'B', 'A'], ['0 takes back 2']],
  [['Revert "Revert "A""', 'Revert "A"', 'A'], ['0 takes back 1']],
  [['Reapply "A"', 'Revert "A"', 'A'], ['0 takes back 1']],
  [
    ['Revert "A"', 'A', 'Revert "A"', 'A'],
    ['0 takes back 1', '2 takes back 3'],
  ],
  [['A', 'Revert "A"'], []],
  [['Revert "A"', 'B'], []],
]

test.each(reverts)('reverts in %j', (subjects, pairs) => {
  const commits = subjects.map((subject, at) => commit(String(at), [], at, { subject }))
  expect(revertsIn(commits).map(([one, other]) => `${one.sha} takes back ${other.sha}`)).toEqual(pairs)
})
