import { describe, expect, test } from 'vitest'
import { describeSession, refuseWhatMustFail, type TargetFacts } from '../../../src/databases/facts.ts'
import { ParityError } from '../../../src/errors.ts'
import { database, ours, target } from '../restore/sample.ts'

function refusal(
  changes: Partial<TargetFacts>,
  jobs = 2,
): { status: number; message: string; hint: string | undefined } | undefined {
  try {
    refuseWhatMustFail({ ...target, ...changes }, jobs)
    return undefined
  } catch (error) {
    if (!(error instanceof ParityError)) throw error
    return { status: error.status, message: error.message, hint: error.hint }
  }
}

const { server, names } = target

describe('refused before anything is changed', () => {
  test.each<[what: string, changes: Partial<TargetFacts>, message: string, hint: string]>([
    [
      'no right to create databases',
      { server: { ...server, role: { ...server.role, createDatabase: false } } },
      'role `ada` may not create databases; a restore loads into a new database',
      'as a superuser: ALTER ROLE "ada" CREATEDB',
    ],
    [
      'a target of somebody else’s',
      { database: { ...database, owner: 'bob', isOurs: false } },
      'acme belongs to `bob`, and role `ada` may not rename it',
      'as a superuser: ALTER DATABASE "acme" OWNER TO "ada"',
    ],
    [
      'too few connections',
      { server: { ...server, freeConnections: 4 } },
      'the server has 4 free connections; a restore with 2 jobs needs 5',
      'close some sessions, or use `--jobs 1`',
    ],
    [
      'prepared transactions',
      { database: { ...database, preparedTransactions: 2 } },
      'acme has 2 prepared transactions and cannot be renamed before they end',
      '`select * from pg_prepared_xacts` lists them; COMMIT PREPARED or ROLLBACK PREPARED ends them',
    ],
    [
      'sessions that stay',
      {
        sessions: [
          { pid: 7, user: 'postgres', application: 'psql', mayTerminate: false },
          { pid: 8, user: 'ada', application: 'rails', mayTerminate: true },
          { pid: 9, user: 'root', application: '', mayTerminate: false },
        ],
      },
      'acme is in use by sessions that role `ada` may not end: psql (process 7), root (process 9)',
      'close them, or as a superuser: GRANT pg_signal_backend TO your role',
    ],
    ...(['incoming', 'previous', 'discard'] as const).map((kind): [string, Partial<TargetFacts>, string, string] => [
      `a foreign ${kind}`,
      { ours: { ...target.ours, [kind]: ours(kind, { comment: 'mine' }) } },
      `the database acme__parity_${kind} has a name that parity needs, but was not made by parity`,
      `rename it, or drop it: dropdb acme__parity_${kind}`,
    ]),
    [
      'one of ours that was made for another target',
      {
        ours: {
          ...target.ours,
          incoming: ours('incoming', { comment: ours('incoming').comment?.replace('acme', 'other') ?? '' }),
        },
      },
      'the database acme__parity_incoming has a name that parity needs, but was not made by parity',
      'rename it, or drop it: dropdb acme__parity_incoming',
    ],
    [
      'one of ours that another role owns',
      { ours: { ...target.ours, previous: ours('previous', { owner: 'postgres', isOurs: false }) } },
      'acme__parity_previous belongs to `postgres`, and role `ada` may not rename it',
      'as a superuser: ALTER DATABASE "acme__parity_previous" OWNER TO "ada"',
    ],
  ])('%s', (_, changes, message, hint) => {
    expect(refusal(changes)).toEqual({ status: 1, message, hint })
  })

  test('a name that could turn a terminal around is shown harmlessly', () => {
    const named = { ...database, name: 'ac\u001b[2Jme', isOurs: false }
    expect(refusal({ database: named, names: { ...names, target: named.name } })?.message).toContain(
      'ac\\u001b[2Jme belongs',
    )
  })
})

test.each<[what: string, changes: Partial<TargetFacts>]>([
  ['a plain target', {}],
  ['no target', { database: undefined }],
  ['just enough connections', { server: { ...server, freeConnections: 5 } }],
  ['sessions that may be ended', { sessions: [{ pid: 8, user: 'ada', application: 'rails', mayTerminate: true }] }],
  [
    'leftovers of ours',
    { ours: { incoming: ours('incoming'), previous: ours('previous'), discard: ours('discard'), copy: undefined } },
  ],
  [
    'an incoming one that was not marked yet',
    { ours: { ...target.ours, incoming: ours('incoming', { comment: null }) }, incomingIsEmpty: true },
  ],
])('taken: %s', (_, changes) => {
  expect(refusal(changes)).toBeUndefined()
})

test('emptiness excuses only the incoming one', () => {
  const previous = { ...target.ours, previous: ours('previous', { comment: null }) }
  expect(refusal({ ours: previous, incomingIsEmpty: true })?.message).toContain('has a name that parity needs')
})

test('a visitor is named by its program, else by its role', () => {
  expect(describeSession({ pid: 1, user: 'ada', application: 'puma', mayTerminate: true })).toBe('puma (process 1)')
  expect(describeSession({ pid: 1, user: 'ada', application: '', mayTerminate: true })).toBe('ada (process 1)')
})
