import { describe, expect, test } from 'vitest'
import type { Transfer } from '../../../src/heroku/transfers.ts'
import type { RestoreFacts, RestoreOptions } from '../../../src/restore/facts.ts'
import { planRestore } from '../../../src/restore/plan.ts'
import { planUndo } from '../../../src/restore/undo.ts'
import type { Effect } from '../../../src/run/plan.ts'
import { printPlan } from '../../../src/run/print.ts'
import { backup, facts, options, ours, target } from './sample.ts'

const dryRun = (factChanges: Partial<RestoreFacts> = {}, optionChanges: Partial<RestoreOptions> = {}) =>
  printPlan(planRestore({ ...facts, ...factChanges }, { ...options, ...optionChanges }))
const effects = (factChanges: Partial<RestoreFacts> = {}, optionChanges: Partial<RestoreOptions> = {}) =>
  planRestore({ ...facts, ...factChanges }, { ...options, ...optionChanges }).steps.map((step) =>
    'call' in step ? step.call.program : step.effect,
  )

const load =
  'load: acme__parity_incoming by /pg/15/bin/pg_restore --no-owner --no-privileges --jobs 2: ' +
  "rows as they arrive, a table's indexes and statistics as soon as its rows are in, foreign keys last"

describe('planRestore', () => {
  test('every step, in order, and what cleans up', () => {
    expect(planRestore(facts, options)).toEqual({
      notes: [
        'restoring production: backup b123 of acme-production, 3 hours old, 118 MB',
        'into acme on 127.0.0.1:5432 (by --database, 8 MB), Postgres 15.4, with pg_restore 15.4',
      ],
      steps: [
        {
          effect: 'download',
          description: 'download: backup b123 of acme-production (118 MB) to /cache/acme-production/b123.dump',
          ended: 'download begun',
        },
        {
          effect: 'check',
          description: 'check: /cache/acme-production/b123.dump is an archive that this server can restore',
        },
        { effect: 'create', description: 'create: database acme__parity_incoming, like acme' },
        { effect: 'load', description: load },
        {
          effect: 'finish',
          description:
            'finish: acme__parity_incoming takes over the settings of acme; ar_internal_metadata is set to development where it exists',
        },
        { effect: 'analyze', description: 'analyze: acme__parity_incoming' },
        {
          effect: 'swap',
          description:
            'swap, in one transaction: acme becomes acme__parity_previous, acme__parity_incoming becomes acme',
          decides: true,
        },
        { effect: 'tidy', description: 'tidy: remove old dumps from the cache' },
      ],
      cleanup: [{ effect: 'drop incoming', description: 'drop: acme__parity_incoming, if it is there' }],
      done: "acme is now production's b123; `development undo` brings the old one back",
      ifFails: 'acme is as it was',
      ifInterrupted: 'acme is as it was, and what was downloaded is kept; `development restore production` goes on',
    })
  })

  test('as a dry run prints it', () => {
    expect(dryRun()).toEqual([
      '# restoring production: backup b123 of acme-production, 3 hours old, 118 MB',
      '# into acme on 127.0.0.1:5432 (by --database, 8 MB), Postgres 15.4, with pg_restore 15.4',
      '# download: backup b123 of acme-production (118 MB) to /cache/acme-production/b123.dump',
      '# check: /cache/acme-production/b123.dump is an archive that this server can restore',
      '# create: database acme__parity_incoming, like acme',
      `# ${load}`,
      '# finish: acme__parity_incoming takes over the settings of acme; ar_internal_metadata is set to development where it exists',
      '# analyze: acme__parity_incoming',
      '# swap, in one transaction: acme becomes acme__parity_previous, acme__parity_incoming becomes acme',
      '# tidy: remove old dumps from the cache',
    ])
  })

  test('a dump in the cache is not downloaded, a file neither', () => {
    const cached = { app: backup.app, file: backup.file, bytes: 1, backup: backup.backup }
    const lines = dryRun({ source: { ...backup, cached } })
    expect(lines[1]).toBe('# using the cached dump /cache/acme-production/b123.dump')
    const file = { kind: 'file', file: '/home/ada/db.dump', bytes: 2048 } as const
    expect(dryRun({ source: file })[0]).toBe('# restoring /home/ada/db.dump, 2 kB')
    expect(planRestore({ ...facts, source: file }, options).done).toBe(
      'acme is now /home/ada/db.dump; `development undo` brings the old one back',
    )
    for (const source of [file, { ...backup, cached }]) expect(effects({ source })).not.toContain('download')
  })

  test('an older previous database is discarded, after the swap', () => {
    const lines = dryRun({ ours: { ...target.ours, previous: ours('previous') } })
    expect(lines.slice(-2)).toEqual([
      '# swap, in one transaction: acme__parity_previous becomes acme__parity_discard, acme becomes acme__parity_previous, acme__parity_incoming becomes acme',
      '# tidy: drop acme__parity_discard, and remove old dumps from the cache',
    ])
  })

  test('--no-keep drops the old one, after the swap', () => {
    expect(dryRun({}, { keep: false }).at(-1)).toBe(
      '# tidy: drop acme__parity_previous, and remove old dumps from the cache',
    )
    expect(dryRun({ ours: { ...target.ours, previous: ours('previous') } }, { keep: false }).at(-1)).toBe(
      '# tidy: drop acme__parity_discard and acme__parity_previous, and remove old dumps from the cache',
    )
    expect(planRestore(facts, { ...options, keep: false }).done).toBe("acme is now production's b123")
  })

  test('a target that is not there yet', () => {
    const lines = dryRun({ database: undefined, ours: { ...target.ours, previous: ours('previous') } })
    expect(lines[1]).toBe(
      '# into acme on 127.0.0.1:5432 (by --database, not there yet), Postgres 15.4, with pg_restore 15.4',
    )
    expect(lines).toContain('# create: database acme__parity_incoming')
    expect(lines.slice(-2)).toEqual([
      '# swap, in one transaction: acme__parity_incoming becomes acme',
      '# tidy: remove old dumps from the cache',
    ])
  })

  test('what a killed run left is dropped first', () => {
    const left = { ...target.ours, incoming: ours('incoming'), discard: ours('discard') }
    const [first] = planRestore({ ...facts, ours: left }, options).steps
    expect(first).toEqual({
      effect: 'drop leftovers',
      description: 'drop: acme__parity_incoming and acme__parity_discard, left by a run that was killed',
    })
  })

  test('dotenv files that were not read are named', () =>
    expect(planRestore({ ...facts, unread: ['.env.local', '.env.development'] }, options).notes).toContain(
      'there, but read by no tool of this project: .env.local, .env.development',
    ))

  test('what a person should know first', () => {
    const session = { pid: 7, user: 'ada', application: 'psql', mayTerminate: true }
    const old = { ...backup.backup, finishedAt: new Date('2025-02-20T09:00:00Z') }
    const running: Transfer = {
      ...backup.backup,
      ...{ id: 'b124', finishedAt: undefined, running: true, succeeded: false },
      ...{ kind: 'backup', database: 'DATABASE', scheduled: false },
    }
    expect(
      planRestore(
        {
          ...facts,
          source: { ...backup, backup: old, running },
          sessions: [session, session],
          server: { ...target.server, dataDirectory: null },
        },
        options,
      ).notes,
    ).toEqual([
      'restoring production: backup b123 of acme-production, 9 days old, 118 MB',
      'warning: it is older than 24 hours; `production backup` makes a new one',
      'production is being backed up now (b124); this restore uses the newest complete backup',
      'into acme on 127.0.0.1:5432 (by --database, 8 MB), Postgres 15.4, with pg_restore 15.4',
      '2 sessions are connected to it and will be ended at the swap',
      'free disk space of the server is unknown',
    ])
    expect(planRestore({ ...facts, sessions: [session] }, options).notes).toContain(
      '1 session is connected to it and will be ended at the swap',
    )
  })

  test('hooks get the incoming database and never the live one; a password is not shown', () => {
    const connection = { ...target.connection, password: 'p@ss' }
    const changed = { ...options, after: [['bin/rails', 'after:restore', "it's"]], folder: '/home/ada/acme' }
    const plan = planRestore({ ...facts, connection }, changed)
    expect(plan.steps[5]).toEqual({
      call: {
        program: 'bin/rails',
        args: ['after:restore', "it's"],
        env: {
          PGHOST: '127.0.0.1',
          PGPORT: '5432',
          PGUSER: 'ada',
          PGDATABASE: 'acme__parity_incoming',
          PARITY_SOURCE: 'production',
          PARITY_TARGET: 'acme',
          PARITY_BACKUP: 'b123',
        },
        secrets: { PGPASSWORD: 'p@ss', DATABASE_URL: 'postgres://ada:p%40ss@127.0.0.1:5432/acme__parity_incoming' },
        folder: '/home/ada/acme',
      },
      ifFails: 'acme is as it was; the command is one of `restore.after` in the configuration',
    })
    expect(printPlan(plan).join('\n')).not.toMatch(/p@ss|p%40ss/)
    const [, , , , , hook] = planRestore(facts, changed).steps
    expect(hook).toMatchObject({
      call: { env: { DATABASE_URL: 'postgres://ada@127.0.0.1:5432/acme__parity_incoming' }, secrets: {} },
    })
  })

  test('no step before the swap says anything of the live name but that it is like it', () => {
    const steps = planRestore(facts, { ...options, after: [['seed']] }).steps
    const swap = steps.findIndex((step) => 'effect' in step && step.effect === 'swap')
    const calls = steps.slice(0, swap).flatMap((step) => ('call' in step ? [step.call] : []))
    for (const { args, env, secrets } of calls) {
      const databases = [...args, env?.PGDATABASE, env?.DATABASE_URL, secrets?.DATABASE_URL].join(' ')
      expect(databases).not.toMatch(/\bacme\b(?!__parity_incoming|-production)/)
    }
  })

  test('words for pg_restore are passed on', () => {
    expect(dryRun({}, { pgRestore: ['--no-comments'] })).toContain(
      `# ${load.replace(' --jobs 2', ' --no-comments --jobs 2')}`,
    )
  })

  test('where something is changed after the load, statistics are made when that is done', () => {
    const rules = { tables: [], files: [], strict: true, optional: false, keep: [], personal: [] }
    for (const changed of [{ after: [['seed']] }, { scrub: rules }])
      expect(dryRun({}, changed)).toContain(`# ${load.replace(' and statistics', '')}`)
  })

  test('a dump that is here already does not arrive', () => {
    const file = { kind: 'file', file: '/home/ada/db.dump', bytes: 2048 } as const
    expect(dryRun({ source: file })).toContain(`# ${load.replace('rows as they arrive', 'rows')}`)
  })

  test('the outcome is kept as the pristine snapshot before it bears the name', () => {
    const steps = effects({}, { pristine: 'key' })
    expect(steps.indexOf('keep pristine')).toBe(steps.indexOf('swap') - 1)
    expect(effects()).not.toContain('keep pristine')
  })
})

describe('planUndo', () => {
  const swap: Effect = {
    effect: 'undo',
    description: 'swap: acme and acme__parity_previous change names, in one transaction',
    decides: true,
  }

  test('one swap', () => {
    expect(planUndo(target)).toEqual({
      notes: [],
      steps: [swap],
      cleanup: [],
      done: 'acme is the database again that was replaced before; `development undo` returns to the other one',
      ifInterrupted: 'acme is as it was',
    })
    const previous = { ...ours('previous'), mark: { madeBy: 'parity', target: 'acme', kind: 'previous' } as const }
    const marked = { ...previous, mark: { ...previous.mark, createdAt: '2025-03-01T11:55:00Z' } }
    expect(planUndo({ ...target, ours: { ...target.ours, previous: marked } }).done).toBe(
      'acme is the database again that was replaced 5 minutes ago; `development undo` returns to the other one',
    )
  })

  test('the name that it passes through is freed first', () => {
    expect(planUndo({ ...target, ours: { ...target.ours, discard: ours('discard') } }).steps).toEqual([
      { effect: 'drop leftovers', description: 'drop: acme__parity_discard, left by a run that was killed' },
      swap,
    ])
  })
})
