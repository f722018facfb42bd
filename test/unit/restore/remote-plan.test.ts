import { describe, expect, test } from 'vitest'
import type { HerokuEnvironment } from '../../../src/environments/environments.ts'
import type { Transfer } from '../../../src/heroku/backups.ts'
import type { Connection } from '../../../src/postgres/connection.ts'
import { planRemoteRestore, type RemoteFacts, type RemoteSource } from '../../../src/restore/remote-plan.ts'

const environment = (name: string): HerokuEnvironment => ({
  kind: 'heroku',
  name,
  app: `acme-${name}`,
  origin: `git remote ${name}`,
})

const now = new Date('2025-01-31T12:00:00Z')
const backup: Transfer = {
  id: 'b007',
  uuid: '7c1c',
  num: 7,
  kind: 'backup',
  database: 'DATABASE',
  createdAt: new Date('2025-01-31T08:59:00Z'),
  finishedAt: new Date('2025-01-31T09:00:00Z'),
  sizeBytes: 153_000,
  databaseBytes: 9_000_000,
  succeeded: true,
  running: false,
  scheduled: false,
}
const production: RemoteSource = {
  kind: 'backup',
  environment: environment('production'),
  backup,
  running: undefined,
}
const client = { folder: '/pg/16/bin', version: { major: 16, text: '16.4' } } as const
const local = (connection: Partial<Connection>, size: number | null = 7_800_000): RemoteSource => ({
  kind: 'local',
  connection: { database: 'acme_development', host: '127.0.0.1', port: 5433, user: 'me', ...connection } as Connection,
  client: client as never,
  size,
})

const plan = (more: Partial<RemoteFacts> = {}) =>
  planRemoteRestore({
    target: environment('staging'),
    protectedBecause: undefined,
    source: production,
    confirmed: false,
    now,
    ...more,
  })

const reset = { program: 'heroku', args: ['pg:reset', '--app', 'acme-staging', '--confirm', 'acme-staging'] }
const restore = {
  program: 'heroku',
  args: [
    ...['pg:backups:restore', 'acme-production::b007', 'DATABASE_URL'],
    ...['--app', 'acme-staging', '--confirm', 'acme-staging'],
  ],
}
const restoreLine =
  'heroku pg:backups:restore acme-production::b007 DATABASE_URL --app acme-staging --confirm acme-staging'

describe('from a backup', () => {
  test('B6: the reset, then the restore, each confirmed once; what to do where it stops', () => {
    expect(plan()).toEqual({
      notes: [
        'restoring production: backup b007 of acme-production, 3 hours old, 149 kB',
        'into staging: acme-staging, whose database is emptied first',
      ],
      steps: [
        {
          call: reset,
          ifFails: `the database of staging may be empty now; this finishes the job: ${restoreLine}`,
        },
        {
          call: restore,
          ifFails: `the database of staging is empty now; this finishes the job: ${restoreLine}`,
          ifInterrupted:
            'Heroku goes on restoring staging: `heroku pg:backups --app acme-staging` shows it, `heroku pg:backups:cancel --app acme-staging` ends it',
        },
      ],
      cleanup: [],
    })
  })

  test('a capture that is running is mentioned; a size that nobody knows is not', () => {
    const running = { ...backup, id: 'b008', finishedAt: undefined, running: true }
    const source = { ...production, backup: { ...backup, sizeBytes: undefined }, running }
    expect(plan({ source }).notes).toEqual([
      'restoring production: backup b007 of acme-production, 3 hours old',
      'production is being backed up just now (b008); this takes the newest that is complete',
      'into staging: acme-staging, whose database is emptied first',
    ])
  })
})

describe('into a protected environment', () => {
  const protectedBecause = 'its app acme-staging is the app of live'
  const ask = { effect: 'confirm', says: 'ask: the name of the app, acme-staging, has to be typed' }
  const capture = {
    call: { program: 'heroku', args: ['pg:backups:capture', '--app', 'acme-staging'] },
    ifFails: 'staging was not touched',
  }

  test('B7: the question, the backup, and only then the reset', () => {
    const asked = plan({ protectedBecause })
    expect(asked.steps).toEqual([ask, capture, ...plan().steps])
    expect(asked.notes).toEqual([
      ...plan().notes,
      'staging is protected (its app acme-staging is the app of live): it is backed up before',
    ])
  })

  test('with --confirm nobody is asked', () => {
    expect(plan({ protectedBecause, confirmed: true }).steps).toEqual([capture, ...plan().steps])
  })

  test('rows of this machine are read before anybody is asked', () => {
    const [read, ...rest] = plan({ protectedBecause, source: local({}) }).steps
    expect(read).toMatchObject({ call: { program: '/pg/16/bin/pg_dump' } })
    expect(rest.slice(0, 2)).toEqual([ask, capture])
  })
})

describe('from this machine', () => {
  const PATH = `/pg/16/bin:${process.env.PATH}`
  const place = { PGHOST: '127.0.0.1', PGPORT: '5433', PGUSER: 'me' }
  const fillOf = (source: RemoteSource) => {
    const last = plan({ source }).steps.at(-1)
    return last && 'call' in last ? last : expect.fail('the last step is no call')
  }

  test('pg_dump reads it all, then the reset, then the push; no password in sight', () => {
    const { notes, steps } = plan({ source: local({ password: 's3cret' }) })
    expect(notes).toEqual([
      'restoring acme_development on 127.0.0.1:5433, 7.4 MB',
      'into staging: acme-staging, whose database is emptied first',
    ])
    const url = 'postgres://me@localhost:5433/acme_development'
    expect(steps).toEqual([
      {
        call: {
          program: '/pg/16/bin/pg_dump',
          args: [
            ...['--format=custom', '--compress=0', '--file=/dev/null', '--no-sync'],
            ...['--dbname', "dbname='acme_development'"],
          ],
          env: { ...place, PGDATABASE: 'acme_development' },
          secrets: { PGPASSWORD: 's3cret' },
        },
        ifFails: 'staging was not touched',
      },
      {
        call: reset,
        ifFails: expect.stringMatching(
          /^the database of staging may be empty now; this finishes the job once PGPASSWORD is set: PATH=/,
        ),
      },
      {
        call: {
          program: 'heroku',
          args: ['pg:push', url, 'DATABASE_URL', '--app', 'acme-staging'],
          env: { PATH },
          secrets: { PGPASSWORD: 's3cret' },
        },
        ifFails: expect.stringContaining(` heroku pg:push ${url} DATABASE_URL --app acme-staging`),
      },
    ])
  })

  test('over the socket the bare name, and the place in the environment', () => {
    const { call, ifFails } = fillOf(local({ host: '/run/postgresql' }, null))
    expect(call).toMatchObject({
      args: ['pg:push', 'acme_development', 'DATABASE_URL', '--app', 'acme-staging'],
      env: { PGHOST: '/run/postgresql', PGPORT: '5433', PGUSER: 'me', PATH },
    })
    expect(call.env).not.toHaveProperty('PGDATABASE')
    expect(ifFails).toMatch(/^the database of staging is empty now; this finishes the job: PGHOST=\/run\/postgresql /)
  })

  test.each([
    ['127.0.0.1', 'localhost'],
    ['::1', 'localhost'],
    ['LOCALHOST', 'localhost'],
    ['db.test', 'db.test'],
  ])('%s goes as %s: of any other host the CLI wants TLS', (host, written) => {
    expect(fillOf(local({ host })).call.args[1]).toBe(`postgres://me@${written}:5433/acme_development`)
  })

  test.each<[word: string, connection: Partial<Connection>]>([
    ['acme; touch X', { database: 'acme; touch X' }],
    ['acme development', { database: 'acme development' }],
    ['$(id)', { user: '$(id)' }],
    ["o'hara", { user: "o'hara" }],
    ['a`b', { host: 'a`b' }],
  ])('B16: %j is refused', (word, connection) => {
    expect(() => plan({ source: local(connection) })).toThrow(
      expect.objectContaining({
        status: 2,
        message: `\`${word}\` can't be pushed: \`heroku pg:push\` gives the name to a shell, which would read more into it`,
        hint: 'rename the database to letters, digits, `_`, `.` and `-`',
      }),
    )
  })
})
