import { describe, expect, test } from 'vitest'
import { refuseWhatCannotBeCopied, type TargetFacts } from '../../../../src/databases/facts.ts'
import type { OurDatabases, Snapshot } from '../../../../src/databases/ours.ts'
import { copyDatabase, publishStatements, removeStamp } from '../../../../src/databases/statements.ts'
import type { DatabaseFacts } from '../../../../src/postgres/catalog.ts'
import type { Source } from '../../../../src/restore/facts.ts'
import { planBackup } from '../../../../src/restore/snapshots/backup.ts'
import { planDelete } from '../../../../src/restore/snapshots/delete.ts'
import { backupTables } from '../../../../src/restore/snapshots/listing.ts'
import { nameAfter } from '../../../../src/restore/snapshots/names.ts'
import { planPristineRestore, planSnapshotRestore } from '../../../../src/restore/snapshots/restore.ts'

const now = new Date('2026-11-21T12:00:00Z')

function database(name: string, more: Partial<DatabaseFacts> = {}): DatabaseFacts {
  return {
    name,
    oid: 1,
    owner: 'dev',
    isOurs: true,
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
    localeProvider: 'libc',
    locale: null,
    icuRules: null,
    tablespace: 'pg_default',
    connectionLimit: -1,
    comment: null,
    settings: [],
    grants: null,
    preparedTransactions: 0,
    size: 8 * 1024 ** 2,
    ...more,
  }
}

const ours = (name: string): NonNullable<OurDatabases['previous']> => ({ ...database(name), mark: undefined })

function facts(more: Partial<TargetFacts> = {}): TargetFacts {
  return {
    connection: { host: 'localhost', port: 5432, user: 'dev', database: 'app' },
    maintenance: 'postgres',
    origin: '.env',
    names: {
      target: 'app',
      incoming: 'app__parity_incoming',
      previous: 'app__parity_previous',
      discard: 'app__parity_discard',
    },
    server: {
      version: '16.1',
      major: 16,
      role: { name: 'dev', superuser: false, createDatabase: true },
      freeConnections: 90,
      dataDirectory: null,
      extensions: [],
    },
    database: database('app'),
    ours: { incoming: undefined, previous: undefined, discard: undefined, copy: undefined },
    incomingIsEmpty: false,
    sessions: [],
    now,
    ...more,
  }
}

const session = { pid: 12, user: 'dev', application: 'rails', mayTerminate: true }

const snapshot: Snapshot = {
  name: 'before',
  database: database('app__parity_snap_before'),
  mark: {
    madeBy: 'parity',
    target: 'app',
    kind: { snapshot: 'before' },
    createdAt: '2026-11-21T09:00:00Z',
    source: 'app',
  },
}

describe('a name by the clock', () => {
  const at = new Date(2026, 10, 5, 9, 5)
  test.each<[taken: string[], name: string]>([
    [[], '2026-11-05-0905'],
    [['2026-11-05-0904'], '2026-11-05-0905'],
    [['2026-11-05-0905'], '2026-11-05-0905-2'],
    [['2026-11-05-0905', '2026-11-05-0905-2'], '2026-11-05-0905-3'],
  ])('where %j is taken: %s', (taken, name) => {
    expect(nameAfter(at, taken)).toBe(name)
  })
})

describe('the plan of `backup`', () => {
  test('of a database that nobody uses', () => {
    expect(planBackup({ facts: facts(), database: database('app'), name: 'x', sessions: 'none' })).toEqual({
      notes: ['snapshot x of app, 8 MB'],
      steps: [{ effect: 'copy', description: 'copy: app as app__parity_snap_x, a template copy', decides: true }],
      cleanup: [],
      done: 'app was saved as x; `development restore x` restores it',
      ifInterrupted: 'no snapshot was made; app is as it was',
    })
  })

  test('asks before it ends sessions, and begins with what a killed run left', () => {
    const left = { ...facts().ours, copy: ours('app__parity_copy') }
    const plan = planBackup({
      facts: facts({ sessions: [session], ours: left }),
      database: database('app', { size: null }),
      name: 'x',
      sessions: 'ask',
    })
    expect([plan.notes, plan.steps]).toEqual([
      ['snapshot x of app', 'connected to it: rails (process 12)'],
      [
        { effect: 'drop leftovers', description: 'drop: app__parity_copy, left by a run that was killed' },
        { effect: 'ask', description: 'ask: may the sessions on app be ended?', asks: true },
        {
          effect: 'copy',
          description: 'copy: app as app__parity_snap_x, a template copy; the sessions on it end',
          decides: true,
        },
      ],
    ])
  })

  test('with --force asks nobody', () => {
    const { steps } = planBackup({
      facts: facts({ sessions: [session] }),
      database: database('app'),
      name: 'x',
      sessions: 'end',
    })
    expect(steps.map((step) => 'effect' in step && step.effect)).toEqual(['copy'])
  })
})

describe('the plan of `restore NAME`', () => {
  const copy = {
    effect: 'copy',
    description: 'copy: app__parity_snap_before as app__parity_incoming, a template copy',
  }
  const cleanup = [{ effect: 'drop incoming', description: 'drop: app__parity_incoming, if it is there' }]

  test('is the swap of every restore, with a copy instead of a load', () => {
    const previous = { ...facts().ours, previous: ours('app__parity_previous') }
    const plan = planSnapshotRestore(facts({ ours: previous, sessions: [session] }), snapshot, { keep: true, now })
    expect(plan).toEqual({
      notes: [
        'restoring the snapshot before of app, 3 hours old, 8 MB',
        'into app on localhost:5432 (by .env, 8 MB), Postgres 16.1',
        '1 session is connected to it and will be ended at the swap',
      ],
      steps: [
        copy,
        {
          effect: 'swap',
          description:
            'swap, in one transaction: app__parity_previous becomes app__parity_discard, app becomes app__parity_previous, app__parity_incoming becomes app',
          decides: true,
        },
        { effect: 'tidy', description: 'tidy: drop app__parity_discard' },
      ],
      cleanup,
      done: 'app is now the snapshot before; `development undo` brings the old one back',
      ifFails: 'app is as it was',
      ifInterrupted: 'app is as it was; run the same command again to restore it',
    })
  })

  test('of a database that is not there', () => {
    const plan = planSnapshotRestore(facts({ database: undefined }), snapshot, { keep: true, now })
    expect([plan.steps, plan.done]).toEqual([
      [
        copy,
        { effect: 'swap', description: 'swap, in one transaction: app__parity_incoming becomes app', decides: true },
      ],
      'app is now the snapshot before',
    ])
  })

  test('of a pristine one speaks of the backup', () => {
    const source: Source = { kind: 'file', file: '/db.dump', bytes: 2048 }
    const plan = planPristineRestore(facts(), snapshot, source, { keep: false, now, warnAfter: 0 })
    expect([plan.notes, plan.done]).toEqual([
      [
        'restoring /db.dump, 2 kB',
        'this was restored before, 3 hours ago: using the copy; `--no-pristine` loads it again',
        'into app on localhost:5432 (by .env, 8 MB), Postgres 16.1',
      ],
      'app is now /db.dump',
    ])
    expect(plan.steps.at(-1)).toEqual({ effect: 'tidy', description: 'tidy: drop app__parity_previous' })
  })

  test('of `backups:delete` is one drop', () => {
    expect(planDelete({ snapshot, now })).toEqual({
      notes: [],
      steps: [
        {
          effect: 'delete',
          description: 'drop: app__parity_snap_before, the snapshot before of app, 3 hours old, 8 MB',
          decides: true,
        },
      ],
      cleanup: [],
      done: 'the snapshot before is gone',
    })
  })
})

describe('statements', () => {
  test.each([
    [14, 'CREATE DATABASE "copy" TEMPLATE "a""b" OWNER "dev" CONNECTION LIMIT 1885434473'],
    [15, 'CREATE DATABASE "copy" TEMPLATE "a""b" OWNER "dev" STRATEGY FILE_COPY CONNECTION LIMIT 1885434473'],
  ])('a copy on Postgres %d', (major, sql) => {
    expect(copyDatabase('copy', 'a"b', 'app', 'dev', major)).toBe(sql)
  })

  test('a copy that would take the live name is not even written', () => {
    expect(() => copyDatabase('app', 'app__parity_snap_x', 'app', 'dev', 16)).toThrow(
      '`app` is the name of the live database',
    )
  })

  test('a copy gets its name and its mark, and what had the name becomes the discard', () => {
    expect([removeStamp('copy'), ...publishStatements('copy', 'to', snapshot.mark, 'discard', true)]).toEqual([
      'ALTER DATABASE "copy" CONNECTION LIMIT -1',
      'ALTER DATABASE "to" RENAME TO "discard"',
      `COMMENT ON DATABASE "discard" IS 'made by parity, which may drop it: {"madeBy":"parity","target":"app","kind":"discard"}'`,
      'ALTER DATABASE "copy" RENAME TO "to"',
      `COMMENT ON DATABASE "to" IS 'made by parity, which may drop it: {"madeBy":"parity","target":"app","kind":{"snapshot":"before"},"createdAt":"2026-11-21T09:00:00Z","source":"app"}'`,
    ])
    expect(publishStatements('copy', 'to', snapshot.mark, 'discard', false)[0]).toBe(
      'ALTER DATABASE "copy" RENAME TO "to"',
    )
  })
})

describe('what can’t be copied', () => {
  const refused =
    (target: Partial<DatabaseFacts>, more: Partial<TargetFacts> = {}) =>
    () =>
      refuseWhatCannotBeCopied(facts(more), database('app', target))

  test.each<[message: string, refuse: () => void]>([
    [
      'role `dev` may not create databases; a snapshot is a new database',
      refused({}, { server: { ...facts().server, role: { name: 'dev', superuser: false, createDatabase: false } } }),
    ],
    ['app belongs to `other`, and role `dev` may not copy it', refused({ owner: 'other', isOurs: false })],
    ['app has 2 prepared transactions and cannot be copied before they end', refused({ preparedTransactions: 2 })],
    [
      'app is in use by sessions that role `dev` may not end: rails (process 12)',
      refused({}, { sessions: [{ ...session, mayTerminate: false }] }),
    ],
    [
      'the database app__parity_copy has a name that parity needs, but was not made by parity',
      refused({}, { ours: { ...facts().ours, copy: ours('app__parity_copy') } }),
    ],
  ])('%s', (message, refuse) => {
    expect(refuse).toThrow(message)
  })

  test('a copy that bears the stamp and no comment is ours', () => {
    const copy = { ...ours('app__parity_copy'), connectionLimit: 0x70617269 }
    expect(refused({}, { ours: { ...facts().ours, copy } })).not.toThrow()
    expect(refused({}, { ours: { ...facts().ours, copy: { ...copy, comment: 'precious' } } })).toThrow(
      'a name that parity needs',
    )
  })
})

describe('the list', () => {
  const dump = {
    app: 'acme',
    file: '/cache/acme/b001.dump',
    bytes: 2048,
    backup: { id: 'b001', uuid: 'u', createdAt: new Date('2026-11-20T12:00:00Z'), sizeBytes: 2048 },
  }
  test('of both', () => {
    const pristine: Snapshot = {
      ...snapshot,
      name: 'pristine',
      database: database('p', { size: null }),
      mark: { madeBy: 'parity', target: 'app', kind: { snapshot: 'pristine' } },
    }
    expect(backupTables({ target: 'app', missing: [] }, [snapshot, pristine], [dump], now)).toBe(
      [
        'snapshots of app',
        '  before    3 hours old     8 MB  of app',
        '  pristine  of unknown age        of app',
        'dumps in the cache',
        '  acme  b001  24 hours old  2 kB  /cache/acme/b001.dump',
      ].join('\n'),
    )
  })

  test('what is missing in them', () => {
    const lacking = { ...snapshot, mark: { ...snapshot.mark, missing: ['index public.a', 'view public.b'] } }
    expect(backupTables({ target: 'app', missing: ['index public.a'] }, [lacking], [], now)).toBe(
      [
        'app is without index public.a',
        'snapshots of app',
        '  before  3 hours old  8 MB  of app, without index public.a, view public.b',
        'dumps in the cache: none',
      ].join('\n'),
    )
  })

  test('of nothing', () => {
    expect(backupTables({ target: 'app', missing: [] }, [], [], now)).toBe(
      'snapshots of app: none\ndumps in the cache: none',
    )
  })
})
