import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { AppFacts, Facts } from '../../../src/check/facts.ts'
import { renderText } from '../../../src/check/render/text.ts'
import { imagesIn } from '../../../src/services/images.ts'
import { app, commit, facts, historyOf, judged, local, position, printedLines, release } from './sample.ts'

/**
 * Six teams as they are, with all the small differences that nobody would act on. Each finding is marked by hand: `act`, or `noise`,
 * of which there is at most one in ten.
 */

type Team = {
  readonly facts: Facts
  /** Every finding, in its order. */
  readonly found: readonly (readonly [mark: 'act' | 'noise', finding: string])[]
}

const sha = (letter: string) => letter.repeat(40)
const addon = (service: string, plan: string, ...configVars: string[]) => ({
  name: `${service}-1`,
  service,
  plan,
  attached: false,
  configVars,
})

/** Facts of staging and production, and of the files here, which are also those that run unless said otherwise. */
function team(
  files: Record<string, string>,
  staging: Partial<AppFacts>,
  production: Partial<AppFacts>,
  running: Record<string, Parameters<typeof position>[1]> = {},
  history: Parameters<typeof historyOf> = [],
): Facts {
  const whole = facts({
    local: local({ files, images: Object.entries(files).flatMap(([file, text]) => imagesIn(file, text)) }),
    apps: [app('staging', staging), app('production', production)],
  })
  const positions = new Map(
    ['staging', 'production'].map((name) => [name, position(sha('a'), { files, ...running[name] })] as const),
  )
  return { ...whole, git: whole.git && { ...whole.git, positions, history: historyOf(...history) } }
}

const dependabot = '49699333+dependabot[bot]@users.noreply.github.com'
const feature = commit('f1', ['b1'], 6, { emails: ['1+grace@users.noreply.github.com'], author: 'Grace' })
const bump = commit('b1', ['z1'], 9, { emails: [dependabot], author: 'dependabot[bot]' })

/** Waits for promotion; a Gemfile with a range, a lock, and a CI image of the old Postgres; Dependabot writes, and deploys nothing. */
const rails: Team = {
  facts: team(
    {
      Gemfile: 'source "https://rubygems.org"\nruby "~> 3.3.0"\n',
      'Gemfile.lock': 'RUBY VERSION\n   ruby 3.3.6p108\n',
      '.ruby-version': '3.3.6\n',
      '.tool-versions': 'ruby 3.3.6\nnodejs 22.11.0\n',
      'package.json': '{ "engines": { "node": "22.x" } }',
      Procfile:
        'web: bin/rails server\nworker: bundle exec sidekiq\nrelease: bin/rails db:migrate\nconsole: bin/rails c\n',
      'app.json': '{ "stack": "heroku-24", "scripts": { "postdeploy": "bin/rails db:seed" } }',
      'compose.yaml':
        'services:\n  db:\n    image: postgres:17-alpine\n  redis:\n    image: redis:7-alpine\n  web:\n    environment:\n      REDIS_URL: redis://redis:6379\n',
      '.github/workflows/ci.yml':
        'jobs:\n  test:\n    services:\n      db:\n        image: postgres:15\n      redis:\n        image: redis:7\n',
    },
    {
      redis: '7.2.4',
      addons: [addon('heroku-postgresql', 'essential-1', 'DATABASE_URL'), addon('heroku-redis', 'mini', 'REDIS_URL')],
      configVars: ['DATABASE_URL', 'DISABLE_EMAILS', 'REDIS_URL', 'SECRET_KEY_BASE'],
    },
    {
      redis: '7.2.4',
      addons: [
        addon('heroku-postgresql', 'essential-1', 'DATABASE_URL'),
        addon('heroku-redis', 'mini', 'REDIS_URL'),
        addon('scheduler', 'standard'),
      ],
      configVars: ['DATABASE_URL', 'REDIS_URL', 'SECRET_KEY_BASE', 'STRIPE_SECRET_KEY'],
      releases: [
        release(1, 'zero', 30, { description: 'Deploy aaaaaaa' }),
        release(2, 'one', 5, { description: 'Promote acme-staging v9 f1f1f1f1', by: 'grace@acme.test' }),
      ],
      commits: new Map([
        ['zero', 'z1'],
        ['one', 'f1'],
      ]),
    },
    { production: { waiting: [commit('w1', ['f1'], 2)], migrations: ['db/migrate/20260330_add_carts.rb'] } },
    [commit('z1', [], 31), bump, feature, commit('g1', [], 40, { emails: ['grace@acme.test'], author: 'Grace' })],
  ),
  found: [
    ['act', 'gap time.behind.production: staging promote --to acme-production'],
    ['act', 'note time.migrations.production: staging promote --to acme-production'],
    [
      'act',
      "gap tools.image.postgres..github/workflows/ci.yml: perl -pi -e 's{\\Qpostgres:15\\E(?![\\w.-])}{postgres:17} if $. == 5' .github/workflows/ci.yml",
    ],
    ['act', 'gap tools.config.STRIPE_SECRET_KEY.staging: staging config:set STRIPE_SECRET_KEY=VALUE'],
    ['noise', 'note tools.addon.scheduler.staging: staging addons:create scheduler:standard'],
    ['act', 'note tools.config.DISABLE_EMAILS.production'],
  ],
}

/** A CI user deploys; runtime.txt still stands beside .python-version; Advanced and Standard databases of other majors. */
const django: Team = {
  facts: team(
    {
      'runtime.txt': 'python-3.11.9\n',
      '.python-version': '3.12\n',
      'pyproject.toml': '[project]\nrequires-python = ">=3.11"\n',
      Procfile: 'release: python manage.py migrate\nweb: gunicorn acme.wsgi\n',
      'docker-compose.override.yml': `services:\n  db:\n    image: postgres:${['$', '{PG_VERSION:-17}'].join('')}\n`,
    },
    {
      postgres: '16.9',
      addons: [addon('heroku-postgresql', 'standard-0', 'DATABASE_URL')],
      formation: [{ type: 'web', quantity: 1 }],
      buildpacks: ['heroku/python'],
    },
    {
      addons: [addon('heroku-postgresql', 'standard-0', 'DATABASE_URL')],
      formation: [{ type: 'web', quantity: 2 }],
      buildpacks: ['heroku/python'],
      releases: [release(1, 'zero', 30, { by: 'ci@acme.test' }), release(2, 'one', 5, { by: 'ci@acme.test' })],
      commits: new Map([
        ['zero', 'z1'],
        ['one', 'f1'],
      ]),
    },
    {},
    [commit('z1', [], 31), bump, feature],
  ),
  found: [
    [
      'act',
      'gap tools.postgres.staging: staging pg:upgrade:prepare --version 17; staging pg:upgrade:wait; staging pg:upgrade:run --version 17',
    ],
    [
      'act',
      "gap tools.pin.python..python-version: perl -pi -e 's{\\Q3.11.9\\E(?![\\w.-])}{3.12} if $. == 1' runtime.txt",
    ],
  ],
}

/** Elixir by its buildpack's file, a newer one by mise; two buildpacks in another order. */
const phoenix: Team = {
  facts: team(
    {
      'elixir_buildpack.config': 'elixir_version=1.17.3\nerlang_version=27.1\n',
      'mise.toml': '[tools]\nelixir = "1.18.1-otp-27"\nerlang = "27.1.2"\n',
      'mix.exs': 'def project do\n  [\n    elixir: "~> 1.15",\n',
      Procfile: 'web: mix phx.server\n',
      'compose.yaml': 'services:\n  db:\n    image: pgvector/pgvector:0.8.0-pg17\n',
    },
    { formation: [{ type: 'web', quantity: 1 }], buildpacks: ['https://x.test/phoenix', 'https://x.test/elixir#v2'] },
    { formation: [{ type: 'web', quantity: 1 }], buildpacks: ['https://x.test/elixir#v2', 'https://x.test/phoenix'] },
  ),
  found: [
    ['act', 'gap tools.pin.elixir.mise.toml'],
    [
      'act',
      "gap tools.buildpacks.staging: staging buildpacks:clear; staging buildpacks:add 'https://x.test/elixir#v2'; staging buildpacks:add https://x.test/phoenix",
    ],
  ],
}

/** A pool, a credential and an add-on of another app are attachments; Valkey of another major; a type that runs nowhere. */
const node: Team = {
  facts: team(
    {
      'package.json': '{ "engines": { "node": ">=20 <23" }, "volta": { "node": "22.11.0" } }',
      '.nvmrc': 'lts/jod\n',
      Procfile: 'web: node server.js\nworker: node worker.js\nbackfill: node backfill.js\n',
      'compose.yaml': 'services:\n  cache:\n    image: valkey/valkey:8-alpine\n',
    },
    {
      redis: '7.2.4',
      addons: [
        addon('heroku-postgresql', 'standard-0', 'DATABASE_URL'),
        { ...addon('heroku-redis', 'premium-0'), attached: true },
      ],
      configVars: ['DATABASE_URL', 'REDIS_URL', 'SECRET_KEY_BASE'],
      attachedVars: ['DATABASE_URL', 'REDIS_URL'],
    },
    {
      redis: '8.1.4',
      addons: [
        addon('heroku-postgresql', 'standard-0', 'DATABASE_URL'),
        addon('heroku-redis', 'premium-0', 'REDIS_URL'),
      ],
      configVars: ['ANALYST_URL', 'DATABASE_CONNECTION_POOL_URL', 'DATABASE_URL', 'REDIS_URL', 'SECRET_KEY_BASE'],
      attachedVars: ['ANALYST_URL', 'DATABASE_CONNECTION_POOL_URL', 'DATABASE_URL', 'REDIS_URL'],
    },
  ),
  found: [
    ['act', 'gap tools.redis.staging: staging redis:upgrade --version 8.1'],
    ['act', 'note tools.addon.heroku-redis.staging'],
  ],
}

/** Fir beside Cedar: no command leads from one to the other; the database here is behind. */
const fir: Team = {
  facts: (() => {
    const whole = team(
      { 'go.mod': 'module acme\n\ngo 1.23.4\n', Procfile: 'web: bin/acme\n' },
      { stack: 'cnb', buildpacks: ['heroku/go'], formation: [{ type: 'web', quantity: 1 }] },
      { stack: 'cnb', buildpacks: ['heroku/go'], formation: [{ type: 'web', quantity: 1 }] },
    )
    const postgres = whole.local?.postgres
    return {
      ...whole,
      local: whole.local && { ...whole.local, postgres: postgres && { ...postgres, version: '15.9' } },
    }
  })(),
  found: [
    [
      'act',
      'gap tools.postgres.development: sudo apt-get install -y postgresql-common; sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y; sudo apt-get install -y postgresql-17',
    ],
  ],
}

/** Pushed by subtree: no commit can be compared, and nothing is made up; what Heroku says is compared all the same. */
const monorepo: Team = {
  facts: (() => {
    const whole = team(
      { Procfile: 'web: bin/web\nworker: bin/worker\n' },
      { stack: 'heroku-22', pipelineId: undefined, stage: undefined, releases: [release(1, 'one', 3)] },
      { pipelineId: undefined, stage: undefined, releases: [release(1, 'one', 3)] },
    )
    return { ...whole, git: whole.git && { ...whole.git, positions: new Map() } }
  })(),
  found: [['act', 'gap tools.stack.staging: staging stack:set heroku-24']],
}

const same = (text: string) => text
const plain = { bold: same, dim: same, red: same, yellow: same, green: same, cyan: same }

const teams = { rails, django, phoenix, node, fir, monorepo }

test.each(Object.entries(teams))('%s', (_, { facts, found }) => {
  const told = judged(facts, {}, []).findings.map(
    ({ severity, id, command }) =>
      `${severity} ${id}${command === undefined ? '' : `: ${command.replaceAll('\n', '; ')}`}`,
  )
  expect(told).toEqual(found.map(([, finding]) => finding))
})

test.each([rails, django])('`parity help check` shows what is printed', ({ facts }) => {
  const text = renderText(judged(facts, {}, []), plain, true)
  const help = readFileSync(new URL('../../../src/help/check.md', import.meta.url), 'utf8')
  expect(help).toContain(`\n$ parity check --quiet\n${text}\n\`\`\`\n`)
})

test('noise is at most one line in ten', () => {
  const marks = Object.values(teams).flatMap(({ found }) => found.map(([mark]) => mark))
  expect(marks.filter((mark) => mark === 'noise').length / marks.length).toBeLessThanOrEqual(0.1)
})

test('the people of these teams', () => {
  const cell = (facts: Facts, id: string) => judged(facts, {}, []).rows.find((row) => row.id === id)?.cells.production
  expect([
    cell(rails.facts, 'personnel.released-by-authors'),
    cell(rails.facts, 'personnel.deployers'),
    cell(django.facts, 'personnel.deployers'),
    cell(node.facts, 'personnel.deployers'),
  ]).toEqual(['100 % of 2 commits', '1 of 1 author', 'a machine: ci@acme.test', 'nothing was deployed in 90 days'])
})

test('the commands of all these reports', async () => {
  await expect(printedLines()).toMatchFileSnapshot('teams-commands.txt')
})
