import { describe, expect, test } from 'vitest'
import { processTypes } from '../../../../src/check/gaps/procfile.ts'
import { isOlder, rangeOf } from '../../../../src/check/gaps/ranges.ts'
import { compatible, languagePins } from '../../../../src/check/gaps/versions.ts'
import { type Image, imagesIn, withVersion } from '../../../../src/services/images.ts'

/** A variable of Compose: biome takes one in a text for a forgotten template. */
const variable = (inner: string) => ['$', '{', inner, '}'].join('')

/** How people state a version, and what Heroku's buildpack, or the program that reads the file, takes it for. */
test.each([
  // Ruby: `bundle platform --ruby` reads the lock, https://devcenter.heroku.com/articles/ruby-versions
  ['Gemfile.lock', 'BUNDLED WITH\n   2.5.1\n\nRUBY VERSION\n   ruby 3.3.6p108\n', 'Ruby 3.3.6'],
  ['Gemfile.lock', 'RUBY VERSION\n   ruby 3.4.0.preview2\n', 'Ruby 3.4.0.preview2'],
  ['Gemfile.lock', 'RUBY VERSION\n   ruby 3.4.1\n', 'Ruby 3.4.1'],
  ['Gemfile.lock', 'DEPENDENCIES\n  rails\n', ''],
  ['.ruby-version', '3.3.6\n', 'Ruby 3.3.6'],
  ['.ruby-version', 'ruby-3.3.6\n', 'Ruby 3.3.6'],
  ['.ruby-version', 'jruby-9.4.8.0\n', ''],
  ['Gemfile', 'source "x"\nruby "3.3.6"\n', 'Ruby 3.3.6'],
  ['Gemfile', "ruby('3.3.6')\n", 'Ruby 3.3.6'],
  ['Gemfile', "ruby '~> 3.3.0'\n", 'Ruby ~> 3.3.0'],
  ['Gemfile', "ruby '>= 3.2', '< 3.4'\n", 'Ruby >= 3.2, < 3.4'],
  ['Gemfile', 'ruby file: ".ruby-version"\n', ''],
  ['Gemfile', 'if next?\n  ruby "3.4.1"\nelse\n  ruby "3.3.6"\nend\n', ''],
  ['Gemfile', 'ruby ENV["RUBY"]\n', ''],
  ['mise.toml', '[tools]\nruby = "3.3.6"\nnode = { version = "22.1.0" }\n', 'Ruby 3.3.6, Node 22.1.0'],
  ['.mise.toml', '[tools]\npython = ["3.12", "3.11"]\n', 'Python 3.12'],
  // Node: engines alone, https://devcenter.heroku.com/articles/nodejs-support#specifying-a-node-js-version
  ['.nvmrc', 'v20.11\n', 'Node 20.11'],
  ['.nvmrc', 'lts/*\n', ''],
  ['.nvmrc', 'lts/iron\n', 'Node 20'],
  ['.nvmrc', 'node\n', ''],
  ['.node-version', '22\n', 'Node 22'],
  ['package.json', '{ "engines": { "node": "20.x" } }', 'Node 20.x'],
  ['package.json', '{ "engines": { "node": ">=20 <23" } }', 'Node >=20 <23'],
  ['package.json', '{ "engines": { "node": "^20 || ^22" } }', 'Node ^20 || ^22'],
  ['package.json', '{ "volta": { "node": "20.11.1" } }', 'Node 20.11.1'],
  ['package.json', '{ "engines": { "npm": "10" } }', ''],
  ['package.json', '{ "engines": ', ''],
  // Python: runtime.txt, .python-version, Pipfile.lock: lib/python_version.sh of heroku/heroku-buildpack-python
  ['.python-version', '# why\n3.12\n', 'Python 3.12'],
  ['.python-version', '3.12\n3.11\n', ''],
  ['.python-version', 'pypy3.10\n', ''],
  ['runtime.txt', 'python-3.12.1\n', 'Python 3.12.1'],
  ['Pipfile.lock', '{ "_meta": { "requires": { "python_version": "3.12" } } }', 'Python 3.12'],
  [
    'Pipfile.lock',
    '{ "_meta": { "requires": { "python_full_version": "3.12.4", "python_version": "3.12" } } }',
    'Python 3.12.4',
  ],
  ['pyproject.toml', '[project]\nrequires-python = ">=3.11,<3.14"\n', 'Python >=3.11,<3.14'],
  // Go: https://devcenter.heroku.com/articles/go-support#go-versions
  ['go.mod', 'module acme\n\ngo 1.22\n', 'Go 1.22'],
  ['go.mod', 'module acme\n\n// +heroku goVersion go1.21\ngo 1.22\n', 'Go 1.21'],
  ['go.mod', 'module acme\n\ngo 1.22\n\ntoolchain go1.23.4\n', 'Go 1.23.4'],
  // Elixir: https://github.com/HashNuke/heroku-buildpack-elixir#configuration
  ['elixir_buildpack.config', 'elixir_version=1.17.3\nerlang_version=27.1\n', 'Elixir 1.17.3, Erlang 27.1'],
  ['mix.exs', 'def project do\n  [\n    elixir: "~> 1.15",\n', 'Elixir ~> 1.15'],
  ['.tool-versions', 'elixir 1.17.3-otp-27\nerlang 27.1\n', 'Elixir 1.17.3-otp-27, Erlang 27.1'],
  // Java: https://devcenter.heroku.com/articles/java-support#specifying-a-java-version
  ['system.properties', 'java.runtime.version=17\n', 'Java 17'],
  ['system.properties', 'java.runtime.version=1.8\n', 'Java 8'],
  ['.tool-versions', 'java temurin-17.0.9+9\n', 'Java 17.0.9+9'],
  ['.sdkmanrc', 'java=21.0.5-tem\n', 'Java 21.0.5'],
  // PHP: https://devcenter.heroku.com/articles/php-support#selecting-a-runtime
  ['composer.json', '{ "require": { "php": "^8.2" } }', 'PHP ^8.2'],
  ['composer.lock', '{ "platform": { "php": ">=8.1 <8.4" } }', 'PHP >=8.1 <8.4'],
  ['.tool-versions', 'nodejs 20.1.0\nruby 3.3.6\n', 'Ruby 3.3.6, Node 20.1.0'],
])('%s %j: %s', (file, text, expected) => {
  expect(
    languagePins({ [file]: text })
      .map(({ language, version }) => `${language} ${version}`)
      .join(', '),
  ).toBe(expected)
})

test('the first of them decides, and each has its line', () => {
  const files = {
    Gemfile: "source 'x'\n\nruby file: '.ruby-version'\n",
    '.ruby-version': '3.3.6\n',
    '.tool-versions': 'nodejs 20.1.0\nruby 3.1.20\n',
    'runtime.txt': 'python-3.12.1\n',
    '.python-version': '3.11\n',
  }
  expect(languagePins(files).map(({ language, file, version, line }) => [language, file, version, line])).toEqual([
    ['Ruby', 'Gemfile', '3.3.6', 3],
    ['Ruby', '.ruby-version', '3.3.6', 1],
    ['Ruby', '.tool-versions', '3.1.20', 2],
    ['Node', '.tool-versions', '20.1.0', 1],
    ['Python', 'runtime.txt', '3.12.1', 1],
    ['Python', '.python-version', '3.11', 1],
  ])
})

test.each([
  ['3.3.6', 'npm', '3.3.6', true],
  ['3.3', 'npm', '3.3.6', true],
  ['3.3.6', 'npm', '3.3', true],
  ['3.3.6', 'npm', '3.3.7', false],
  ['~> 3.3.0', 'ruby', '3.3.6', true],
  ['~> 3.3.0', 'ruby', '3.4.1', false],
  ['~> 3.3', 'ruby', '3.4.1', true],
  ['>= 3.2, < 3.4', 'ruby', '3.4.1', false],
  ['~> 1.15', 'ruby', '1.17.3-otp-27', true],
  ['~> 1.15 or ~> 2.0', 'ruby', '2.1.0', true],
  ['20.x', 'npm', '20.11.1', true],
  ['20.x', 'npm', '22.1.0', false],
  ['^20.1', 'npm', '20.11', true],
  ['~20.1', 'npm', '20.2.3', false],
  ['>=20 <23', 'npm', '18', false],
  ['>=20 <23', 'npm', '22.1.0', true],
  ['^20 || ^22', 'npm', '21.0.0', false],
  ['>=3.11,<3.14', 'python', '3.12', true],
  ['~=3.11', 'python', '3.12', true],
  ['~=3.11.2', 'python', '3.12', false],
  ['==3.12.*', 'python', '3.12.4', true],
  ['^8.2|^8.3', 'php', '8.3.1', true],
  ['8.2.*', 'php', '8.3.1', false],
  ['17', 'npm', '17.0.9+9', true],
  ['latest', 'npm', '17', true],
] as const)('%s (%s) and %s can be one: %s', (one, dialect, other, expected) => {
  expect(compatible({ range: rangeOf(one, dialect) }, { range: rangeOf(other) })).toBe(expected)
})

test('the older of two ranges', () => {
  expect([isOlder('3.3.x', '3.4.0'), isOlder('3.4.0', '3.3.x'), isOlder('3.3.x', '3.3.x')]).toEqual([
    true,
    false,
    false,
  ])
})

/** What Docker takes, and what would be the same image with the version of production. */
describe('images', () => {
  const postgres = { engine: 'Postgres', version: '17.2' } as const
  const valkey = { engine: 'Valkey', version: '8.1.4' } as const
  const compose = (image: string) => imagesIn('compose.yaml', `services:\n  db:\n    image: '${image}'\n`)
  const told = (image: Image) =>
    `${image.engine} ${image.version} → ${withVersion(image, image.service === 'postgres' ? postgres : valkey) ?? 'unknown'}`

  test.each([
    // https://hub.docker.com/_/postgres
    ['postgres:15-alpine', 'Postgres 15 → postgres:17-alpine'],
    ['postgres:14', 'Postgres 14 → postgres:17'],
    ['postgres:14.9-alpine3.18', 'Postgres 14.9 → postgres:17-alpine'],
    ['postgres:13.4-buster', 'Postgres 13.4 → postgres:17'],
    ['postgres:16-bookworm', 'Postgres 16 → postgres:17-bookworm'],
    [`postgres:13@sha256:${'a'.repeat(64)}`, 'Postgres 13 → postgres:17'],
    [`postgres:${variable('PG_VERSION:-15')}`, `Postgres 15 → postgres:${variable('PG_VERSION:-17')}`],
    [`postgres:${variable('PG_VERSION-15.2')}-alpine`, `Postgres 15.2 → postgres:${variable('PG_VERSION-17')}-alpine`],
    [variable('POSTGRES_IMAGE:-postgres:15'), `Postgres 15 → ${variable('POSTGRES_IMAGE:-postgres:17')}`],
    [`postgres:${variable('PG_VERSION')}`, ''],
    ['postgres:latest', ''],
    ['postgres:alpine', ''],
    ['postgres', ''],
    ['docker.io/library/postgres:15', 'Postgres 15 → docker.io/library/postgres:17'],
    [
      'registry.example.com:5000/library/postgres:15.2',
      'Postgres 15.2 → registry.example.com:5000/library/postgres:17',
    ],
    ['public.ecr.aws/docker/library/postgres:16.1', 'Postgres 16.1 → public.ecr.aws/docker/library/postgres:17'],
    ['ghcr.io/acme/postgres:14-custom', 'Postgres 14 → ghcr.io/acme/postgres:17-custom'],
    // https://circleci.com/developer/images/image/cimg/postgres: minor versions only
    ['cimg/postgres:15.2', 'Postgres 15.2 → cimg/postgres:17.2'],
    ['circleci/postgres:11', 'Postgres 11 → unknown'],
    // https://hub.docker.com/r/pgvector/pgvector
    ['pgvector/pgvector:pg16', 'Postgres 16 → pgvector/pgvector:pg17'],
    ['pgvector/pgvector:0.8.0-pg16', 'Postgres 16 → pgvector/pgvector:0.8.0-pg17'],
    ['pgvector/pgvector:0.5.1-pg15', 'Postgres 15 → pgvector/pgvector:pg17'],
    ['ankane/pgvector:v0.5.1', ''],
    // https://hub.docker.com/r/timescale/timescaledb
    ['timescale/timescaledb:latest-pg15', 'Postgres 15 → timescale/timescaledb:latest-pg17'],
    ['timescale/timescaledb:2.14.2-pg15', 'Postgres 15 → timescale/timescaledb:latest-pg17'],
    ['timescale/timescaledb-ha:pg16', 'Postgres 16 → timescale/timescaledb-ha:pg17'],
    ['timescale/timescaledb:2.14.2', ''],
    // https://hub.docker.com/r/postgis/postgis
    ['postgis/postgis:16-3.4', 'Postgres 16 → postgis/postgis:17-3.5'],
    ['imresamu/postgis:15-3.4-alpine', 'Postgres 15 → imresamu/postgis:17-3.5'],
    // https://hub.docker.com/r/bitnami/postgresql: no versions any more
    ['bitnami/postgresql:14', 'Postgres 14 → unknown'],
    ['supabase/postgres:15.1.0.147', 'Postgres 15.1.0.147 → unknown'],
    ['prometheuscommunity/postgres-exporter:v0.15.0', ''],
    // https://hub.docker.com/_/redis, https://hub.docker.com/r/valkey/valkey
    ['redis:7-alpine', 'Redis 7 → valkey/valkey:8.1-alpine'],
    ['redis:6.2.14', 'Redis 6.2.14 → valkey/valkey:8.1'],
    ['redis:alpine', ''],
    ['redis/redis-stack:7.2.0-v10', 'Redis 7.2.0 → unknown'],
    ['redis/redis-stack-server:7.4.0-v1', 'Redis 7.4.0 → unknown'],
    ['bitnami/redis:7.0', 'Redis 7.0 → unknown'],
    ['valkey/valkey:7.2-alpine', 'Valkey 7.2 → valkey/valkey:8.1-alpine'],
    ['valkey/valkey:8', 'Valkey 8 → valkey/valkey:8.1'],
    ['cimg/redis:7.2', 'Redis 7.2 → unknown'],
    // https://hub.docker.com/_/mysql, https://hub.docker.com/_/mariadb
    ['mysql:8', 'MySQL  → unknown'],
    ['mariadb', 'MySQL  → unknown'],
    ['cimg/mysql:8.0', 'MySQL  → unknown'],
    ['mysql-exporter:8', ''],
  ])('%s: %s', (image, expected) => {
    expect(compose(image).map(told).join()).toBe(expected)
  })

  test.each([
    ['compose.yaml', 'x-db: &db\n  image: postgres:15\nservices:\n  db: *db\n', 'postgres:15@2'],
    ['compose.yaml', 'services:\n  a:\n    image: postgres:15\n  b:\n    image: postgres:15\n', 'postgres:15@3,5'],
    ['compose.yaml', 'services:\n  web:\n    environment:\n      REDIS_ADDR: redis:6379\n', ''],
    ['compose.yaml', 'services:\n  web:\n    depends_on: [redis]\n    links:\n      - "redis:6379"\n', ''],
    [
      'ci.yml',
      'jobs:\n  test:\n    services:\n      db: { image: "postgis/postgis:16-3.4" }\n',
      'postgis/postgis:16-3.4@4',
    ],
    ['ci.yml', 'jobs:\n  test:\n    container: postgres:15\n', 'postgres:15@3'],
    ['ci.yml', 'jobs:\n  test:\n    env:\n      image: postgres:15\n', ''],
    ['ci.yml', `jobs:\n  test:\n    services:\n      db:\n        image: postgres:${variable('{ matrix.pg }')}\n`, ''],
    ['.gitlab-ci.yml', 'test:\n  services: [postgres:14.2, redis:7]\n', 'postgres:14.2@2 redis:7@2'],
    ['.gitlab-ci.yml', 'test:\n  services:\n    - name: postgres:14.2\n      alias: db\n', 'postgres:14.2@3'],
    ['.gitlab-ci.yml', 'test:\n  image:\n    name: postgres:14\n', 'postgres:14@3'],
    ['.gitlab-ci.yml', 'test:\n  variables:\n    DB: postgres:14\n', ''],
    ['config.yml', 'jobs:\n  build:\n    docker:\n      - image: cimg/postgres:15.2\n', 'cimg/postgres:15.2@4'],
    ['compose.yaml', '---\na: 1\n---\nservices:\n  db:\n    image: postgres:15\n', 'postgres:15@6'],
    ['Dockerfile', 'FROM ruby:3.3\nFROM --platform=linux/amd64 postgres:15 AS db\n', 'postgres:15@2'],
    ['compose.yaml', '# image: postgres:15\nservices:\n', ''],
    ['compose.yaml', 'a: [unclosed\n', ''],
    ['compose.yaml', '', ''],
  ])('%s %j', (file, text, expected) => {
    expect(
      imagesIn(file, text)
        .map(({ image, lines }) => `${image}@${lines}`)
        .join(' '),
    ).toBe(expected)
  })
})

test('process types', () => {
  expect(processTypes('web: a\n# worker: b\nrelease: c\nclock-1: d\nempty:\nconsole: e\nrake: f\n')).toEqual([
    'web',
    'clock-1',
  ])
})
