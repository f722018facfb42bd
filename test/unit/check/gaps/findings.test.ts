import { describe, expect, test } from 'vitest'
import type { AppFacts, Facts } from '../../../../src/check/facts.ts'
import { judge } from '../../../../src/check/report.ts'
import { imagesIn } from '../../../../src/services/images.ts'
import { app, before, commit, facts, found, historyOf, local, now, position, printedLines, release } from '../sample.ts'

const production = (more: Partial<AppFacts>) => facts({ apps: [app('staging'), app('production', more)] })
const staging = (more: Partial<AppFacts>) => facts({ apps: [app('staging', more), app('production')] })
const here = (more: Parameters<typeof local>[0]) => facts({ local: local(more) })
const sha = 'a'.repeat(40)

function standing(positions: Record<string, Parameters<typeof position>[1]>): Facts {
  const whole = facts()
  const map = new Map(Object.entries(positions).map(([name, more]) => [name, position(sha, more)]))
  return { ...whole, git: whole.git && { ...whole.git, positions: map } }
}

test('environments in parity: nothing', () => {
  expect(found(facts())).toEqual([])
})

test('nothing known: nothing', () => {
  const unknown = {
    releases: undefined,
    stack: undefined,
    buildpacks: undefined,
    addons: undefined,
    formation: undefined,
  }
  const more = { ...unknown, configVars: undefined, postgres: undefined, extensions: undefined, stage: undefined }
  const empty = facts({ apps: [app('staging', more), app('production', more)], git: undefined, local: undefined })
  expect(found(empty)).toEqual([])
})

describe('the end of production’s Postgres', () => {
  const found15 = (at: string, more: Partial<AppFacts> = {}) => {
    const whole = { postgres: '15.4', ...more }
    const apps = [app('staging', { postgres: '15.4' }), app('production', whole)]
    return found(facts({ now: new Date(at), local: undefined, apps }))
  }
  const rehearsal = 'development services rehearse postgres 17'
  const rows: [at: string, words: string | undefined][] = [
    ['2025-09-01', undefined],
    ['2025-12-01', 'ends it in September 2026'],
    ['2026-10-01', 'ended it in September 2026'],
  ]
  test.each(rows)('on %s', (at, words) => {
    const says = `production runs Postgres 15.4, and Heroku ${words}`
    expect(found15(at)).toEqual(words ? [['note tools.postgres-end.production', says, rehearsal]] : [])
  })
  test('an app that no environment means cannot be rehearsed', () =>
    expect(found15('2025-12-01', { typeable: false })).toEqual([]))
})

describe('time', () => {
  const one = commit('one', [], 3)
  const two = commit('two', ['one'], 1)

  test('commits wait', () => {
    expect(found(standing({ staging: { waiting: [two] }, production: { waiting: [two, one] } }))).toEqual([
      [
        'gap time.behind.staging',
        'staging is 1 commit behind origin/main, the oldest 24 hours old',
        'staging deploy origin/main',
      ],
      [
        'gap time.behind.production',
        'production is 2 commits behind origin/main, the oldest 3 days old; staging runs 1 of that',
        'staging promote --to acme-production',
      ],
    ])
  })

  test.each([
    [{ commits: 2 }, 'note'],
    [{ commits: 1 }, 'gap'],
    [{ age: '4d' }, 'note'],
    [{ age: '2d' }, 'gap'],
    [{ commits: 5, age: 48 }, 'gap'],
  ])('with the thresholds %j that is a %s', (thresholds, severity) => {
    const [first] = found(standing({ production: { waiting: [two, one] } }), { thresholds })
    expect(first?.[0]).toBe(`${severity} time.behind.production`)
  })

  test('apart from a pipeline, what staging runs is deployed', () => {
    const apart = standing({ staging: { waiting: [two] }, production: { waiting: [two, one] } })
    const apps = apart.apps.map((app) => ({ ...app, pipelineId: undefined, stage: undefined }))
    expect(found({ ...apart, apps }).at(-1)?.[2]).toBe('production deploy aaaaaaaa')
  })

  test('an environment that is no bin, and an app without a name', () => {
    const whole = standing({ demo: { waiting: [one] }, 'acme-eu': { waiting: [one] } })
    const apps = [
      app('demo'),
      app('acme-eu', { app: 'acme-eu', typeable: false, gitUrl: 'https://git.heroku.com/acme-eu.git' }),
    ]
    expect(found({ ...whole, apps }).map(([, , command]) => command)).toEqual([
      'parity demo deploy origin/main',
      'git push https://git.heroku.com/acme-eu.git origin/main:refs/heads/main',
    ])
  })

  test('migrations wait', () => {
    const migrations = ['db/migrate/1_a.rb', 'db/migrate/2_b.rb']
    expect(found(standing({ production: { migrations } }))).toEqual([
      [
        'note time.migrations.production',
        '2 migrations wait for production: db/migrate/1_a.rb …',
        'staging promote --to acme-production',
      ],
    ])
  })

  test('what runs is not on main', () => {
    expect(found(standing({ staging: { ahead: [one] } }))).toEqual([
      [
        'gap time.ahead.staging',
        'staging runs 1 commit that origin/main does not have',
        'git switch main\ngit merge aaaaaaaa\ngit push origin main',
      ],
    ])
  })

  /** Two commits of Ada's, released by Grace after 2 and 4 days. */
  const shipped: Facts = (() => {
    const whole = production({
      releases: [release(1, 'zero', 30), release(2, 'two', 1, { by: 'grace@acme.test' })],
      commits: new Map([
        ['zero', 'zero'],
        ['two', 'two'],
      ]),
    })
    const history = historyOf(commit('zero', [], 31), commit('one', ['zero'], 5), commit('two', ['one'], 3))
    return { ...whole, git: whole.git && { ...whole.git, history } }
  })()

  test('lead time and frequency, where there is a limit', () => {
    expect(found(shipped)).toEqual([])
    expect(found(shipped, { thresholds: { leadTime: '2d', deploysPerWeek: 1 } })).toEqual([
      [
        'gap time.lead-time.production',
        'half of the commits took more than 3 days to production, and 2 days is the limit',
        'staging promote --to acme-production',
      ],
      [
        'gap time.deploys.production',
        'production had 0.5 deploys a week, and 1 should be',
        'staging promote --to acme-production',
      ],
    ])
  })

  test('who releases, where there is a limit', () => {
    expect(found(shipped, { thresholds: { releasedByAuthors: 50 } })).toEqual([
      [
        'gap personnel.released-by-authors.production',
        '0 % of the commits in production were released by one of their authors, and 50 % should be',
        'staging promote --to acme-production',
      ],
    ])
  })

  test('an author who never deployed, by name or by number', () => {
    const all = shipped.apps.map((app) => ({
      ...app,
      releases: app.releases?.map((one) => ({ ...one, by: 'grace@acme.test' })),
    }))
    const strangers = (people: 'names' | 'counts') =>
      found({ ...shipped, apps: all }, { people }).map(([, says]) => says)
    expect(strangers('names')).toEqual(['1 author never deployed to production: ada@acme.test'])
    expect(strangers('counts')).toEqual(['1 author never deployed to production'])
  })
})

describe('tools', () => {
  const install = [
    'sudo apt-get install -y postgresql-common',
    'sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y',
    'sudo apt-get install -y postgresql-17',
  ].join('\n')
  const redis = { name: 'redis-1', service: 'heroku-redis', plan: 'mini', attached: false, configVars: ['REDIS_URL'] }
  const withRedis = {
    addons: [...(app('production').addons ?? []), redis],
    configVars: ['DATABASE_URL', 'REDIS_URL', 'SECRET_KEY_BASE'],
  }
  const database = (plan: string) => ({
    addons: [{ name: 'db-1', service: 'heroku-postgresql', plan, attached: false, configVars: [] }],
  })
  const [image = expect.fail()] = imagesIn('compose.yaml', 'services:\n  db:\n    image: postgres:15-alpine\n')

  test.each<[string, Facts, [string, string, string | undefined][]]>([
    [
      'another adapter here',
      here({ otherAdapter: { adapter: 'sqlite3', origin: 'config/database.yml' }, postgres: undefined }),
      [
        [
          'gap tools.adapter.development',
          'development works on sqlite3 (config/database.yml), production on Postgres 17.2',
          'bin/rails db:system:change --to=postgresql',
        ],
      ],
    ],
    [
      'another adapter by a variable',
      here({ otherAdapter: { adapter: 'mysql2', origin: 'DATABASE_URL' }, postgres: undefined }),
      [
        [
          'gap tools.adapter.development',
          'development works on mysql2 (DATABASE_URL), production on Postgres 17.2',
          "echo 'DATABASE_URL=postgres:///development' >> .env",
        ],
      ],
    ],
    [
      'another major here',
      here({ postgres: { version: '15.18', extensions: ['citext'], address: 'postgres:///acme', installer: 'apt' } }),
      [['gap tools.postgres.development', 'Postgres is 15.18 in development, 17.2 in production', install]],
    ],
    [
      'another major in staging',
      staging({ postgres: '16.9' }),
      [
        [
          'gap tools.postgres.staging',
          'Postgres is 16.9 in staging, 17.2 in production',
          'staging pg:upgrade:run --version 17',
        ],
      ],
    ],
    ['another minor', staging({ postgres: '17.6' }), []],
    [
      'an extension that is not here',
      here({ postgres: { version: '17.2', extensions: ['plpgsql'], address: 'postgres:///acme', installer: 'apt' } }),
      [
        [
          'gap tools.extension.citext.development',
          'extension citext is in production and not in development',
          "psql postgres:///acme -c 'CREATE EXTENSION citext'",
        ],
      ],
    ],
    [
      'an extension that is in staging alone',
      staging({ extensions: ['citext', 'pg_trgm', 'pg_stat_statements'] }),
      [['note tools.extension.pg_trgm.production', 'extension pg_trgm is in staging and not in production', undefined]],
    ],
    [
      'an image of another major',
      here({ images: [image] }),
      [
        [
          'gap tools.image.postgres.compose.yaml',
          'compose.yaml pins postgres:15-alpine, and production runs Postgres 17.2',
          "perl -pi -e 's{\\Qpostgres:15-alpine\\E(?![\\w.-])}{postgres:17-alpine} if $. == 3' compose.yaml",
        ],
      ],
    ],
    [
      'an image of MySQL',
      here({ images: imagesIn('ci.yml', 'jobs:\n  test:\n    services:\n      db:\n        image: mysql:8\n') }),
      [
        [
          'gap tools.image.mysql.ci.yml',
          'ci.yml runs mysql:8, and production has Postgres 17.2 and no MySQL',
          undefined,
        ],
      ],
    ],
    ['an image of the same major', here({ images: [{ ...image, image: 'postgres:17.9', version: '17.9' }] }), []],
    [
      'an add-on that staging has not',
      production(withRedis),
      [
        [
          'gap tools.addon.heroku-redis.staging',
          'staging has no heroku-redis, production has heroku-redis:mini',
          'staging addons:create heroku-redis:mini',
        ],
      ],
    ],
    [
      'an add-on that production has not',
      staging(withRedis),
      [
        [
          'note tools.addon.heroku-redis.staging',
          'production has no heroku-redis, staging has heroku-redis:mini',
          undefined,
        ],
      ],
    ],
    [
      'another plan',
      staging(database('standard-0')),
      [
        [
          'note tools.addon.heroku-postgresql.staging',
          'heroku-postgresql is standard-0 in staging, essential-0 in production',
          undefined,
        ],
      ],
    ],
    [
      'another Redis',
      facts({ apps: [app('staging', { redis: '6.2.1' }), app('production', { redis: '7.2.4' })] }),
      [
        [
          'gap tools.redis.staging',
          'Redis is 6.2.1 in staging, Valkey 7.2.4 in production',
          'staging redis:upgrade --version 7.2',
        ],
      ],
    ],
    [
      'another Redis among the services of this machine',
      facts({
        local: local({ services: [{ engine: 'redis', version: '7.0.15' }] }),
        apps: [app('staging'), app('production', { redis: '7.2.4' })],
      }),
      [
        [
          'gap tools.redis.development',
          'Redis is 7.0.15 in development, Valkey 7.2.4 in production',
          'development services up',
        ],
      ],
    ],
    [
      'another stack',
      staging({ stack: 'heroku-22' }),
      [
        [
          'gap tools.stack.staging',
          'staging runs on heroku-22, production on heroku-24',
          'staging stack:set heroku-24',
        ],
      ],
    ],
    [
      'a buildpack too few',
      production({ buildpacks: ['heroku/nodejs', 'heroku/ruby'] }),
      [
        [
          'gap tools.buildpacks.staging',
          'staging is built by heroku/ruby, production by heroku/nodejs heroku/ruby',
          'staging buildpacks:add --index 1 heroku/nodejs',
        ],
      ],
    ],
    [
      'a buildpack too many',
      staging({ buildpacks: ['heroku/nodejs', 'heroku/ruby'] }),
      [
        [
          'gap tools.buildpacks.staging',
          'staging is built by heroku/nodejs heroku/ruby, production by heroku/ruby',
          'staging buildpacks:remove heroku/nodejs',
        ],
      ],
    ],
    [
      'a process type that is not scaled',
      staging({
        formation: [
          { type: 'web', quantity: 1 },
          { type: 'worker', quantity: 0 },
        ],
      }),
      [
        [
          'gap tools.process.worker.staging',
          'worker of the Procfile runs on no dyno in staging',
          'staging ps:scale worker=1',
        ],
      ],
    ],
    [
      'a config var that staging has not',
      production({ configVars: ['API_KEY', 'DATABASE_URL', 'HEROKU_POSTGRESQL_PINK_URL', 'SECRET_KEY_BASE'] }),
      [
        [
          'gap tools.config.API_KEY.staging',
          'config var API_KEY is set in production and not in staging',
          'staging config:set API_KEY=VALUE',
        ],
      ],
    ],
    [
      'a config var that production has not',
      staging({ configVars: ['DEBUG', 'SECRET_KEY_BASE'] }),
      [['note tools.config.DEBUG.production', 'config var DEBUG is set in staging and not in production', undefined]],
    ],
    [
      'a language of which nothing is known there',
      here({ files: { ...local().files, '.ruby-version': '3.4.1\n' } }),
      [],
    ],
    [
      'files that contradict each other',
      here({ files: { ...local().files, '.ruby-version': '3.4.1\n', '.tool-versions': 'ruby 3.3.0\n' } }),
      [
        [
          'gap tools.pin.ruby..tool-versions',
          '.tool-versions says Ruby 3.3.0, .ruby-version 3.4.1',
          "perl -pi -e 's{\\Q3.3.0\\E(?![\\w.-])}{3.4.1} if $. == 1' .tool-versions",
        ],
      ],
    ],
    [
      'an app.json that asks for another Postgres',
      here({
        files: {
          ...local().files,
          'app.json': '{ "addons": [{ "plan": "heroku-postgresql:essential-0", "options": { "version": "15" } }] }',
        },
      }),
      [
        [
          'gap tools.pin.postgres.app.json',
          'app.json says Postgres 15, production has 17.2',
          `perl -pi -e 's{\\Q"version": "15"\\E}{"version": "17"} if $. == 1' app.json`,
        ],
      ],
    ],
    [
      'names that a shell would take for more',
      production({ configVars: ['A B;$(c)', 'SECRET_KEY_BASE'] }),
      [
        [
          'gap tools.config.A B;$(c).staging',
          'config var A B;$(c) is set in production and not in staging',
          "staging config:set 'A B;$(c)=VALUE'",
        ],
      ],
    ],
    [
      'an app.json of another stack',
      here({ files: { ...local().files, 'app.json': '{ "stack": "heroku-22" }' } }),
      [
        [
          'gap tools.pin.stack.app.json',
          'app.json says heroku-22, production has heroku-24',
          "perl -pi -e 's{\\Qheroku-22\\E(?![\\w.-])}{heroku-24} if $. == 1' app.json",
        ],
      ],
    ],
  ])('%s', (_, given, expected) => {
    expect(found(given)).toEqual(expected)
  })

  test('a language that moved on here and in staging', () => {
    const ruby = (version: string) => ({ files: { ...local().files, '.ruby-version': `${version}\n` } })
    const whole = { ...standing({ staging: ruby('3.4.1'), production: ruby('3.3.6') }), local: local(ruby('3.4.1')) }
    expect(found(whole)).toEqual([
      [
        'gap tools.language.ruby',
        'Ruby is 3.4.1 in development and staging, 3.3.6 in production',
        'staging promote --to acme-production',
      ],
    ])
  })
})

describe('commands go up and never back', () => {
  const main = (plan: string, more: Partial<AppFacts> = {}) => ({
    addons: [{ name: 'db-1', service: 'heroku-postgresql', plan, attached: false, configVars: ['DATABASE_URL'] }],
    ...more,
  })
  const commandOf = (facts: Facts, id: string) => found(facts).find(([name]) => name.endsWith(` ${id}`))?.[2]
  const both = (one: Partial<AppFacts>, other: Partial<AppFacts>) =>
    facts({ apps: [app('staging', one), app('production', other)] })

  test.each([
    [
      'Essential',
      main('essential-1', { postgres: '16.9' }),
      main('essential-1'),
      'staging pg:upgrade:run --version 17',
    ],
    [
      'Standard is prepared first',
      main('standard-0', { postgres: '16.9' }),
      main('standard-0'),
      'staging pg:upgrade:prepare --version 17\nstaging pg:upgrade:wait\nstaging pg:upgrade:run --version 17',
    ],
    [
      'Advanced',
      main('advanced', { postgres: '16.9' }),
      main('advanced'),
      'staging data:pg:upgrade:run DATABASE --version 17',
    ],
    [
      'staging is ahead',
      main('essential-1', { postgres: '17.2' }),
      main('essential-1', { postgres: '16.9' }),
      'production pg:upgrade:run --version 17',
    ],
    ["another app's database", { addons: [], postgres: '16.9' }, main('standard-0'), undefined],
  ] as const)('Postgres: %s', (_, one, other, command) => {
    expect(commandOf(both(one, other), 'tools.postgres.staging')).toBe(command)
  })

  test('the services of this machine have rows beside production’s', () => {
    const services = [
      { engine: 'redis', version: '7.2' },
      { engine: 'memcached', version: '1.6.18' },
    ]
    const { rows, findings } = judge(
      facts({ local: local({ services }), apps: [app('production', { redis: '7.2.4' })] }),
      {},
      [],
    )
    expect(rows.filter(({ id }) => /redis|memcached/.test(id)).map(({ title, cells }) => [title, cells])).toEqual([
      ['Key-Value Store', { development: 'Valkey 7.2', production: 'Valkey 7.2.4' }],
      ['Memcached', { development: '1.6.18' }],
    ])
    expect(findings.filter(({ id }) => id.includes('redis'))).toEqual([])
  })

  test('Key-Value Store: the older one', () => {
    const ahead = both({ redis: '8.1.4' }, { redis: '7.2.4' })
    expect(commandOf(ahead, 'tools.redis.staging')).toBe('production redis:upgrade --version 8.1')
    expect(found(both({ redis: '7.2.4' }, { redis: '7.2.11' }))).toEqual([])
  })

  test('stacks: the older one, by promotion where a pipeline has one, and no word of one that is set', () => {
    const alone = { pipelineId: undefined, stage: undefined }
    const of = (one: Partial<AppFacts>, other: Partial<AppFacts>) => commandOf(both(one, other), 'tools.stack.staging')
    expect(of({ stack: 'heroku-22' }, {})).toBe('staging stack:set heroku-24')
    expect(of({ ...alone }, { ...alone, stack: 'heroku-22' })).toBe('production stack:set heroku-24')
    expect(of({}, { stack: 'heroku-22' })).toBe('staging promote --to acme-production')
    expect(found(both({ stack: 'heroku-22', nextStack: 'heroku-24' }, {}))).toEqual([
      [
        'note tools.stack.staging',
        'staging runs on heroku-22, production on heroku-24; the next build of staging is for heroku-24',
        undefined,
      ],
    ])
    expect(of({ stack: 'cnb' }, {})).toBeUndefined()
  })

  test.each([
    [['a', 'b'], ['b', 'a'], 'staging buildpacks:clear\nstaging buildpacks:add b\nstaging buildpacks:add a'],
    [['u#v1', 'b'], ['u#v2', 'b'], "staging buildpacks:set --index 1 'u#v2'"],
    [['u#v2'], ['u#v1'], "production buildpacks:set --index 1 'u#v2'"],
    [['b'], ['a', 'b'], 'staging buildpacks:add --index 1 a'],
    [['a', 'b'], ['b'], 'staging buildpacks:remove a'],
    [['c'], [], 'staging buildpacks:remove c'],
  ])('buildpacks %j to %j: %s', (has, wanted, command) => {
    expect(commandOf(both({ buildpacks: has }, { buildpacks: wanted }), 'tools.buildpacks.staging')).toBe(command)
  })

  test('production waits for what staging does not run yet', () => {
    const one = commit('one', [], 3)
    const waits = standing({ staging: { waiting: [one] }, production: { waiting: [one] } })
    expect(commandOf(waits, 'time.behind.production')).toBe(
      'staging deploy origin/main\nstaging promote --to acme-production',
    )
  })

  test('edits touch one line, and nothing that only begins alike', () => {
    const files = { ...local().files, 'package.json': '{\n "engines": { "node": "22.x" }\n}\n', '.nvmrc': '20\n' }
    expect(commandOf(here({ files }), 'tools.pin.node..nvmrc')).toBeUndefined()
    const plain = { ...local().files, '.nvmrc': '22\n', '.tool-versions': 'ruby 3.1.20\nnodejs 20.1.0\n' }
    expect(found(here({ files: plain }))).toEqual([
      ['gap tools.pin.node..tool-versions', '.tool-versions says Node 20.1.0, .nvmrc 22', undefined],
    ])
    const older = { ...local().files, '.nvmrc': '20\n', '.tool-versions': 'ruby 3.1.20\nnodejs 22.1.0\n' }
    expect(commandOf(here({ files: older }), 'tools.pin.node..tool-versions')).toBe(
      "perl -pi -e 's{\\Q20\\E(?![\\w.-])}{22.1.0} if $. == 1' .nvmrc",
    )
  })

  test('two images of a service are one finding, and a variable stays one', () => {
    const text = 'services:\n  a:\n    image: postgres:14\n  b:\n    image: postgres:$PG-alpine\n'
    const images = imagesIn('compose.yaml', text.replace('$PG', ['$', '{PG:-14}'].join('')))
    expect(found(here({ images })).map(([id, , command]) => [id, command?.split('\n')])).toEqual([
      [
        'gap tools.image.postgres.compose.yaml',
        [
          "perl -pi -e 's{\\Qpostgres:14\\E(?![\\w.-])}{postgres:17} if $. == 3' compose.yaml",
          "perl -pi -e 's{postgres\\:\\$\\{PG\\:\\-14\\}\\-alpine(?![\\w.-])}{postgres:\\$\\{PG:-17\\}-alpine} if $. == 5' compose.yaml",
        ],
      ],
    ])
  })

  test('a type that runs nowhere is a decision, and one that production does not run a note', () => {
    const none = [{ type: 'web', quantity: 1 }]
    expect(found(both({ formation: none }, { formation: none }))).toEqual([])
    expect(found(both({}, { formation: none })).map(([id]) => id)).toEqual(['note tools.process.worker.production'])
  })

  test('what attachments bring is no setting, and two databases are two', () => {
    const pooled = {
      configVars: ['DATABASE_CONNECTION_POOL_URL', 'DATABASE_URL', 'READONLY_URL', 'SECRET_KEY_BASE'],
      attachedVars: ['DATABASE_CONNECTION_POOL_URL', 'DATABASE_URL', 'READONLY_URL'],
    }
    expect(found(both({}, pooled))).toEqual([])
    const [one = expect.fail()] = app('production').addons ?? []
    expect(found(both({}, { addons: [one, { ...one, name: 'db-2' }] }))).toEqual([
      [
        'note tools.addon.heroku-postgresql.staging',
        'heroku-postgresql is essential-0 in staging, 2 × essential-0 in production',
        undefined,
      ],
    ])
    expect(found(both({ addons: [{ ...one, attached: true }] }, {})).map(([, says]) => says)).toEqual([
      'heroku-postgresql is essential-0 (attached) in staging, essential-0 in production',
    ])
  })
})

test('times are counted from now', () => {
  expect(now.getTime() - before(2).getTime()).toBe(2 * 86_400_000)
})

test('the commands of all these reports', async () => {
  await expect(printedLines()).toMatchFileSnapshot('findings-commands.txt')
})
