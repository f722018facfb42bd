import { describe, expect, test } from 'vitest'
import type { HerokuEnvironment } from '../../../../src/environments/environments.ts'
import { restartDynos } from '../../../../src/heroku/calls.ts'
import { planRemoteRestore, type RemoteFacts, type RemoteSource } from '../../../../src/restore/remote/plan.ts'
import type { Plan } from '../../../../src/run/plan.ts'
import { printPlan } from '../../../../src/run/print.ts'

const environment = (name: string): HerokuEnvironment => ({
  kind: 'heroku',
  name,
  app: `acme-${name}`,
  origin: `git remote ${name}`,
})
const [staging, production] = [environment('staging'), environment('production')]
const now = new Date('2025-01-31T15:00:00Z')
const confirmed = ['--app', 'acme-staging', '--confirm', 'acme-staging']
const reset = 'heroku pg:reset --app acme-staging --confirm acme-staging'
const restore = 'heroku pg:backups:restore acme-production::b007 DATABASE_URL --app acme-staging --confirm acme-staging'

const backup = {
  kind: 'backup',
  environment: production,
  running: undefined,
  backup: {
    id: 'b007',
    uuid: 'uuid-7',
    num: 7,
    kind: 'backup',
    database: 'DATABASE',
    createdAt: new Date('2025-01-31T12:00:00Z'),
    finishedAt: new Date('2025-01-31T12:00:00Z'),
    sizeBytes: 3 << 20,
    databaseBytes: 9 << 20,
    succeeded: true,
    running: false,
    scheduled: false,
  },
} as const
const fresh: RemoteSource = { kind: 'fresh', environment: production, database: undefined }

function plan(changes: Partial<RemoteFacts> = {}): Plan {
  return planRemoteRestore({
    target: staging,
    protectedBecause: undefined,
    database: undefined,
    source: backup,
    extensions: undefined,
    maintenance: undefined,
    after: [],
    confirmed: false,
    now,
    ...changes,
  })
}

/** What a dry run prints: every call, in order, and comments. */
const lines = (changes: Partial<RemoteFacts> = {}) => printPlan(plan(changes))
const calls = (changes: Partial<RemoteFacts> = {}) => lines(changes).filter((line) => !line.startsWith('#'))
const step = (start: string, changes: Partial<RemoteFacts> = {}) => {
  const found = plan(changes).steps.find((step) => 'call' in step && step.call.args.join(' ').startsWith(start))
  if (!found || !('call' in found)) throw new Error(`no step ${start}`)
  return found
}

test('a backup, whole', () => {
  expect(plan()).toEqual({
    notes: [
      'restoring production: backup b007 of acme-production, 3 hours old, 3 MB',
      'into staging: acme-staging, whose database is emptied first',
    ],
    steps: [
      {
        call: { program: 'heroku', args: ['pg:reset', ...confirmed] },
        ifFails: `the database of staging may be empty now; to finish, run: ${restore}`,
        ifInterrupted: 'interrupted, but the database of staging is empty now: the restore is started all the same',
        leadsOn: true,
      },
      {
        call: {
          program: 'heroku',
          args: ['pg:backups:restore', 'acme-production::b007', 'DATABASE_URL', ...confirmed],
        },
        ifFails: `the database of staging is empty now; to finish, run: ${restore}`,
        ifInterrupted:
          'Heroku continues restoring staging: `heroku pg:backups --app acme-staging` shows it, `heroku pg:backups:cancel --app acme-staging` ends it',
        outlivesUs: true,
      },
    ],
    cleanup: [],
    done: 'staging now has backup b007 of acme-production',
  })
})

describe('the calls', () => {
  test.each<[string, Partial<RemoteFacts>, string[]]>([
    [
      'of a fresh backup: an empty id is the newest',
      { source: fresh },
      ['heroku pg:backups:capture --app acme-production', reset, restore.replace('b007', '')],
    ],
    [
      'of a fresh backup of another database',
      { source: { ...fresh, database: 'PINK' } },
      ['heroku pg:backups:capture --app acme-production PINK', reset, restore.replace('b007', '')],
    ],
    [
      'into another database',
      { database: 'PINK' },
      [reset.replace('--app', 'PINK --app'), restore.replace('DATABASE_URL', 'PINK')],
    ],
    [
      'with extensions',
      { extensions: 'citext,hstore' },
      [`${reset} --extensions citext,hstore`, `${restore} --extensions citext,hstore`],
    ],
    [
      'in maintenance mode',
      { maintenance: 'off' },
      ['heroku maintenance:on --app acme-staging', reset, restore, 'heroku maintenance:off --app acme-staging'],
    ],
    ['in maintenance mode that is on already', { maintenance: 'on' }, [reset, restore]],
    [
      'with what follows, before maintenance mode ends',
      { maintenance: 'off', after: [restartDynos('acme-staging')] },
      [
        'heroku maintenance:on --app acme-staging',
        reset,
        restore,
        'heroku ps:restart --app acme-staging',
        'heroku maintenance:off --app acme-staging',
      ],
    ],
    [
      'of a protected app, with another of its databases: that is what is backed up, and before the new backup',
      { protectedBecause: 'it says so', confirmed: true, database: 'PINK', source: fresh },
      [
        'heroku pg:backups:capture --app acme-staging PINK',
        'heroku pg:backups:capture --app acme-production',
        reset.replace('--app', 'PINK --app'),
        restore.replace('b007', '').replace('DATABASE_URL', 'PINK'),
      ],
    ],
  ])('%s', (_, changes, expected) => expect(calls(changes)).toEqual(expected))
})

describe('what is said', () => {
  test('of a fresh backup, before and in between', () => {
    expect(lines({ source: fresh }).filter((line) => line.startsWith('#'))).toEqual([
      '# restoring production: a backup of acme-production that is captured first',
      '# into staging: acme-staging, whose database is emptied first',
      '# find: the backup that was just captured is there, the newest of acme-production',
    ])
  })

  test('of the rest', () => {
    const changes = { database: 'PINK', protectedBecause: 'it says so', maintenance: 'on' } as const
    expect(lines(changes).filter((line) => line.startsWith('#'))).toEqual([
      '# restoring production: backup b007 of acme-production, 3 hours old, 3 MB',
      '# into staging: acme-staging, whose database PINK is emptied first',
      '# staging is protected (it says so): it is backed up first',
      '# staging is already in maintenance mode and stays in it',
      '# ask: the name of the app, acme-staging, has to be typed',
    ])
  })

  test('when all is done', () => {
    expect(plan({ source: fresh, database: 'PINK' }).done).toBe(
      'staging (PINK) now has a new backup of acme-production',
    )
    expect(plan({ maintenance: 'on' }).done).toBe(
      'staging now has backup b007 of acme-production; maintenance mode is still on, as before: `heroku maintenance:off --app acme-staging` turns it off',
    )
  })
})

describe('when it fails', () => {
  const after = [restartDynos('acme-staging')]

  test('the capture has touched nothing', () => {
    expect(step('pg:backups:capture', { source: fresh })).toMatchObject({
      ifFails: 'staging was not touched',
      ifInterrupted:
        'staging was not touched; Heroku continues the backup of production: `heroku pg:backups:cancel --app acme-production` ends it',
    })
  })

  test('maintenance mode is put back, and a person is told where that fails', () => {
    expect(step('maintenance:on', { maintenance: 'off' })).toEqual({
      call: { program: 'heroku', args: ['maintenance:on', '--app', 'acme-staging'] },
      ifFails: 'staging was not touched',
      putBack: {
        call: { program: 'heroku', args: ['maintenance:off', '--app', 'acme-staging'] },
        ifFails: 'maintenance mode of staging may still be on; this ends it: heroku maintenance:off --app acme-staging',
      },
    })
  })

  test('what follows the restore is a part of the job', () => {
    expect(step('pg:reset', { after, database: 'PINK' }).ifFails).toBe(
      `the database of staging (PINK) may be empty now; to finish, run: ${restore.replace('DATABASE_URL', 'PINK')} && heroku ps:restart --app acme-staging`,
    )
  })

  test('after the restore, what is left is said', () => {
    const twice = [...after, ...after]
    const [first, second] = plan({ after: twice }).steps.slice(-2)
    expect([first, second]).toEqual([
      {
        call: after[0],
        ifFails:
          'staging has backup b007 of acme-production, run: heroku ps:restart --app acme-staging && heroku ps:restart --app acme-staging',
      },
      {
        call: after[0],
        ifFails: 'staging has backup b007 of acme-production, run: heroku ps:restart --app acme-staging',
      },
    ])
  })

  test('a Ctrl-C while Heroku restores leaves maintenance mode on, and says what is left', () => {
    expect(step('pg:backups:restore', { after, maintenance: 'off' }).ifInterrupted).toBe(
      `Heroku continues restoring staging: \`heroku pg:backups --app acme-staging\` shows it, \`heroku pg:backups:cancel --app acme-staging\` ends it
maintenance mode stays on
when it is done, run: heroku ps:restart --app acme-staging && heroku maintenance:off --app acme-staging`,
    )
  })
})

describe('a local database', () => {
  const local = (connection: object): RemoteSource => ({
    kind: 'local',
    path: undefined,
    connection: { host: '127.0.0.1', port: 5433, user: 'me', database: 'acme', ...connection } as never,
    client: { folder: '/opt/pg/bin', version: '15.1', major: 15 } as never,
    size: 1 << 20,
  })

  test('is read to its end before the reset, and pushed without a password in sight', () => {
    const [read, , push] = calls({ source: local({ password: 'secret' }) })
    expect(read).toBe(
      "PGHOST=127.0.0.1 PGPORT=5433 PGUSER=me PGDATABASE=acme /opt/pg/bin/pg_dump --format=custom --compress=0 --no-sync --file=/dev/null --dbname 'dbname='\\''acme'\\'''",
    )
    expect(push).toMatch(
      /^PATH=\/opt\/pg\/bin:\S* heroku pg:push postgres:\/\/me@localhost:5433\/acme DATABASE_URL --app acme-staging$/,
    )
    expect(lines({ source: local({ password: 'secret' }) }).join('\n')).not.toContain('secret')
  })

  test('goes into another database', () => {
    expect(calls({ source: local({}), database: 'PINK' }).at(-1)).toMatch(
      / heroku pg:push postgres:\/\/me@localhost:5433\/acme PINK --app acme-staging$/,
    )
  })

  test.each([
    ['a b', { database: 'a b' }],
    ['$(id)', { database: '$(id)' }],
    ['-x', { database: '-x' }],
    ['ümlaut', { database: 'ümlaut' }],
    ['me;id', { user: 'me;id' }],
    ['db`id`', { host: 'db`id`' }],
  ])('whose name a shell would read otherwise is refused: %s', (word, connection) => {
    expect(() => plan({ source: local(connection) })).toThrow(
      `\`${word}\` cannot be pushed: \`heroku pg:push\` gives the name to a shell, which would read more into it`,
    )
  })
})
