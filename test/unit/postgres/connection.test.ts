import { describe, expect, test } from 'vitest'
import {
  type Connection,
  connectionEnvironment,
  conninfo,
  describeConnection,
  fillFromEnvironment,
} from '../../../src/postgres/connection.ts'
import { refuseForeignHost } from '../../../src/postgres/connection-host.ts'
import { parseConnection } from '../../../src/postgres/connection-text.ts'

const failing = (act: () => unknown, message: string, hint: string) =>
  test(message, () => expect(act).toThrow(expect.objectContaining({ status: 2, message, hint })))

describe('parseConnection', () => {
  const parsed = (text: string, expected: Connection) =>
    test(text, () => expect(parseConnection(text, '--database')).toEqual(expected))
  const refused = (text: string, message: string, hint: string) =>
    failing(() => parseConnection(text, '--database'), message, hint)

  parsed('acme_development', { database: 'acme_development' })
  parsed("dbname='x' host=evil.example", { host: 'evil.example', database: 'x' })
  parsed("host=localhost port = 5433 dbname='my app' user=o\\'hara password='it\\'s'", {
    host: 'localhost',
    port: 5433,
    database: 'my app',
    user: "o'hara",
    password: "it's",
  })

  test('a name that was typed may be any', () => {
    for (const database of ['my app; touch X', 'host=example.com dbname=postgres'])
      expect(parseConnection(database, '--database', true)).toEqual({ database })
    const typed = 'dbname=acme password=hunter2'
    expect(parseConnection(typed, '--database', true)).toEqual({ database: 'acme', password: 'hunter2' })
  })

  test.each([
    '"postgres://ada:hunter2@localhost/acme"',
    "'postgres://ada:hunter2@localhost/acme'",
    'host=localhost password=hunter2 dbname',
    "host=localhost password='hunter2",
    'localhost/acme?password=hunter2',
    'ada:hunter2@localhost',
    '$DATABASE_URL hunter2',
    'hunter2 acme',
  ])('%s is refused without being repeated', (text) => {
    const origin = 'DATABASE_URL'
    const message = `the value of \`${origin}\` is neither a Postgres URL nor the plain name of a database`
    expect(() => parseConnection(text, origin)).toThrow(expect.objectContaining({ status: 2, message }))
  })

  test('SQLite’s own form is another adapter', () => {
    expect(() => parseConnection('file:./dev.db', 'DATABASE_URL')).toThrow('`DATABASE_URL` uses `sqlite`')
  })

  parsed('postgres:///acme', { database: 'acme' })
  parsed('postgres://localhost/acme', { host: 'localhost', database: 'acme' })
  parsed('postgresql://localhost:5433/acme', { host: 'localhost', port: 5433, database: 'acme' })
  parsed('POSTGRES://localhost/acme', { host: 'localhost', database: 'acme' })
  parsed('postgis://localhost/acme', { host: 'localhost', database: 'acme' })
  parsed('postgresql+psycopg://localhost/acme', { host: 'localhost', database: 'acme' })
  parsed('jdbc:postgresql://localhost/acme?user=ada', { host: 'localhost', user: 'ada', database: 'acme' })
  parsed('postgres://ada@/acme', { user: 'ada', database: 'acme' })
  parsed('postgres://ada:secret@db:1/acme', { host: 'db', port: 1, user: 'ada', password: 'secret', database: 'acme' })
  parsed('postgres://a%40b:p%40ss%2F%3A%25+@h/my%20app', {
    host: 'h',
    user: 'a@b',
    password: 'p@ss/:%+',
    database: 'my app',
  })
  parsed('postgres://ada:with:colon@h/acme', { host: 'h', user: 'ada', password: 'with:colon', database: 'acme' })
  parsed('postgres://[::1]:5432/acme', { host: '::1', port: 5432, database: 'acme' })
  parsed('postgres://[::1]/acme', { host: '::1', database: 'acme' })
  parsed('postgres://%2Fvar%2Frun/acme', { host: '/var/run', database: 'acme' })
  parsed('postgres:///acme?host=/tmp/socket&port=5555', { host: '/tmp/socket', port: 5555, database: 'acme' })
  parsed('postgres://h/acme?sslmode=disable&pool=5', { host: 'h', database: 'acme', sslmode: 'disable' })
  parsed('postgres://h/?dbname=acme&password=a+b', { host: 'h', database: 'acme', password: 'a+b' })
  parsed('postgres://localhost/acme?host=evil.example', { host: 'evil.example', database: 'acme' })

  const parity = 'use Postgres in development too; `parity check` reports this as a tools gap'
  const otherAdapter = (adapter: string) =>
    `\`--database\` uses \`${adapter}\`, but a Heroku Postgres backup can only be restored into Postgres`
  const names = '`--database` names no database'
  const write = 'use a name, or a URL such as `postgres://localhost/NAME`'
  const unreadable = 'the URL of `--database` cannot be read'
  const inPassword = '`@`, `/`, `?` and `#` in a password are written `%40`, `%2F`, `%3F` and `%23`'
  const port = 'the port of `--database` should be a number from 1 to 65535'
  const listens = 'Postgres usually listens on 5432'
  refused('', names, write)
  refused('postgres://localhost', names, write)
  refused('postgres://localhost/', names, write)
  refused('postgres://localhost:http/acme', port, listens)
  refused('postgres://localhost:65536/acme', port, listens)
  refused('postgres://localhost:0/acme', port, listens)
  refused('postgres://ada:p@ss@localhost/acme', unreadable, inPassword)
  refused('postgres://ada:123/ss@localhost/acme', unreadable, inPassword)
  refused('postgres://ada:pa?ss@localhost/acme', unreadable, inPassword)
  refused('postgres://ada:pa?ss=x@localhost/acme', unreadable, inPassword)
  refused('postgres://ada:p@ss?x@localhost/acme', unreadable, inPassword)
  refused('postgres://ada:pa#ss@localhost/acme', unreadable, inPassword)
  parsed('postgres://h/acme?user=ada@h&password=p@ss', { host: 'h', user: 'ada@h', password: 'p@ss', database: 'acme' })
  for (const scheme of ['psql', 'pgsql', 'timescale', 'timescaledb', 'timescalegis', 'ecto'])
    parsed(`${scheme}://h/acme`, { host: 'h', database: 'acme' })
  parsed('postgresql-makara://h/acme', { host: 'h', database: 'acme' })
  parsed('postgres://h/acme?sslmode=no-verify', { host: 'h', database: 'acme', sslmode: 'require' })
  refused(
    'postgres://h/acme?sslmode=yes',
    'the `sslmode` of `--database` is not one of Postgres',
    'use one of `disable`, `allow`, `prefer`, `require`, `verify-ca`, `verify-full`',
  )
  const dollar = 'the value of `--database` has a `$` in the host, port or name: a variable that was not replaced'
  for (const text of [
    'postgres://$HOST/acme',
    'postgres://localhost:$PORT/acme',
    'postgres://localhost/$' + '{NAME}',
    'postgres:///acme?host=$HOST',
    'host=$HOST dbname=acme',
  ])
    refused(text, dollar, 'write its value there')
  parsed('postgres://ada:pa$ss@h/acme', { host: 'h', user: 'ada', password: 'pa$ss', database: 'acme' })
  parsed('postgres://h/a%24b', { host: 'h', database: 'a$b' })
  test('a `$` that was typed stays', () =>
    expect(parseConnection('postgres://h/a$b', '--database', true)).toEqual({ host: 'h', database: 'a$b' }))
  refused('postgres://ada:100%@localhost/acme', unreadable, 'a `%` is written `%25`')
  const withoutService = 'name the host in the URL, without `hostaddr` and `service`'
  refused('postgres://localhost/acme?hostaddr=10.0.0.1', unreadable, withoutService)
  refused('postgres://localhost/acme?service=production', unreadable, withoutService)
  for (const [text, adapter] of [
    ['mysql2://root:secret@localhost/acme', 'mysql2'],
    ['sqlite3:db/development.sqlite3', 'sqlite3'],
    ['jdbc:mysql://localhost/acme', 'mysql'],
    ['file:///app/dev.db', 'sqlite'],
    ['cockroachdb://root@localhost/acme', 'cockroachdb'],
    ['redis://localhost/0', 'redis'],
  ] as const) {
    refused(text, otherAdapter(adapter), parity)
  }
  refused('ü'.repeat(32), 'the database name of `--database` has 64 bytes, Postgres keeps 63', 'use a shorter name')
  test('a name of 63 bytes passes', () => expect(parseConnection('a'.repeat(63), '').database).toHaveLength(63))
})

describe('fillFromEnvironment', () => {
  const filled = (name: string, connection: Connection, environment: NodeJS.ProcessEnv, expected: Connection) =>
    test(name, () => expect(fillFromEnvironment(connection, environment)).toEqual(expected))

  filled('nothing set', { database: 'a' }, {}, { database: 'a' })
  filled(
    'what is open',
    { database: 'a' },
    { PGHOST: '/tmp', PGPORT: '5433', PGUSER: 'ada', PGPASSWORD: 'p', PGSSLMODE: 'disable', PGDATABASE: 'b' },
    { host: '/tmp', port: 5433, user: 'ada', password: 'p', sslmode: 'disable', database: 'a' },
  )
  filled(
    'not what is named',
    { host: 'localhost', port: 1, database: 'a' },
    { PGHOST: 'evil', PGPORT: '2' },
    { host: 'localhost', port: 1, database: 'a' },
  )
  filled('empty ones are none', { database: 'a' }, { PGHOST: '', PGHOSTADDR: '' }, { database: 'a' })
  failing(
    () => fillFromEnvironment({ database: 'a' }, { PGPORT: 'x' }),
    'the port of `PGPORT` should be a number from 1 to 65535',
    'Postgres usually listens on 5432',
  )
  for (const [name, value] of [
    ['PGSERVICE', 'production'],
    ['PGSERVICE', ''],
    ['PGHOSTADDR', '127.0.0.1'],
  ] as const) {
    failing(
      () => fillFromEnvironment({ host: 'localhost', database: 'a' }, { [name]: value }),
      `\`${name}\` is set and could lead to another server`,
      `unset it (\`unset ${name}\`) and say where the database is with \`--database\``,
    )
  }
})

describe('connectionEnvironment', () => {
  const environment = (connection: Connection, env: Record<string, string>, secrets: Record<string, string>) =>
    test(JSON.stringify(connection), () => expect(connectionEnvironment(connection)).toEqual({ env, secrets }))

  environment({ database: 'a b' }, { PGDATABASE: 'a b' }, {})
  environment(
    { host: 'h', port: 1, user: 'u', password: 'p', database: 'd', sslmode: 's' },
    { PGHOST: 'h', PGPORT: '1', PGUSER: 'u', PGDATABASE: 'd', PGSSLMODE: 's' },
    { PGPASSWORD: 'p' },
  )
})

describe('describeConnection', () => {
  const described = (connection: Connection, words: string) =>
    test(words, () => expect(describeConnection(connection)).toBe(words))

  described({ database: 'acme' }, 'acme on the local socket')
  described({ database: 'acme', port: 5433 }, 'acme on the local socket:5433')
  described({ database: 'acme', host: '/tmp' }, 'acme on the socket in /tmp')
  described({ database: 'acme', host: 'localhost', port: 5432, password: 'secret' }, 'acme on localhost:5432')
  described({ database: 'acme', host: '::1', port: 5432 }, 'acme on [::1]:5432')
  described({ database: 'a\x1b[2J', host: 'h\n' }, 'a\\u001b[2J on h\\n')
})

describe('conninfo', () => {
  const written = (parameters: Record<string, string>, text: string) =>
    test(text, () => expect(conninfo(parameters)).toBe(text))

  written({ dbname: 'acme' }, "dbname='acme'")
  written({ dbname: 'host=evil.example' }, "dbname='host=evil.example'")
  written({ dbname: "it's \\ odd" }, "dbname='it\\'s \\\\ odd'")
  written({ dbname: '', user: 'ada' }, "dbname='' user='ada'")
})

describe('refuseForeignHost', () => {
  const local = (host: string | undefined, allowed: string[] = []) =>
    test(`${host} is this machine`, () =>
      expect(() =>
        refuseForeignHost({ database: 'a', ...(host === undefined ? {} : { host }) }, allowed),
      ).not.toThrow())
  const foreign = (host: string, allowed: string[] = []) =>
    test(`${host} is not`, () =>
      expect(() => refuseForeignHost({ database: 'a', host, password: 'secret' }, allowed)).toThrow(
        expect.objectContaining({
          status: 2,
          message: `a on ${host.includes(':') ? `[${host}]` : host} is not on this machine`,
          hint: `if \`${host}\` is yours to overwrite, add it to \`development.allowHosts\` in the configuration`,
        }),
      ))

  local(undefined)
  local('localhost')
  local('LocalHost')
  local('127.0.0.1')
  local('127.8.9.10')
  local('::1')
  local('0:0:0:0:0:0:0:1')
  local('/var/run/postgresql')
  local('@abstract')
  local('db', ['db'])
  local('DB.internal', ['db.INTERNAL'])
  foreign('10.0.0.1')
  foreign('128.0.0.1')
  foreign('0.0.0.0')
  foreign('fe80::1')
  foreign('127.0.0.1.evil.example')
  foreign('localhost.evil.example')
  foreign('localhost,evil.example')
  foreign('acme.c1x2.eu-west-1.rds.amazonaws.com')
  foreign('herokuapp.com.example')

  const compose = (connection: Connection, allowed: string[], hint: string) =>
    failing(
      () => refuseForeignHost(connection, allowed),
      `${describeConnection(connection)} is not on this machine; a Compose service is reached through a published port`,
      hint,
    )
  compose(
    { database: 'a', host: 'db' },
    [],
    'publish its port (`ports: ["127.0.0.1:5432:5432"]`) and use `--database postgres://localhost:5432/a`; where `db` can be reached, add it to `development.allowHosts`',
  )
  compose(
    { database: 'a b', host: 'postgres', port: 5433, user: 'ada', password: 'secret' },
    ['d', 'db2'],
    'publish its port (`ports: ["127.0.0.1:5433:5433"]`) and use `--database postgres://ada@localhost:5433/a%20b`, with its password in `PGPASSWORD`; where `postgres` can be reached, add it to `development.allowHosts`',
  )

  for (const host of [
    'ec2-1-2-3-4.compute-1.amazonaws.com',
    'EC2-1-2-3-4.eu-west-1.compute.amazonaws.com.',
    'c9pbiquf6p6pfn.cluster-czrs8kj4isg7.us-east-1.rds.amazonaws.com',
    'p1.prod.rds.postgres.heroku.com',
    'localhost,ec2-1-2-3-4.compute-1.amazonaws.com',
  ]) {
    failing(
      () => refuseForeignHost({ database: 'a', host, password: 'secret' }, [host]),
      `a on ${host} is a server of Heroku's`,
      'name a database on this machine with `--database`',
    )
  }
})
