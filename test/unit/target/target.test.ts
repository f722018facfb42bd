import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Connection } from '../../../src/postgres/connection.ts'

import { expandVariables } from '../../../src/target/expand.ts'
import { otherWays } from '../../../src/target/other-ways.ts'
import { resolveTarget } from '../../../src/target/target.ts'

const folder = mkdtempSync(join(tmpdir(), 'parity-target-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Given = Partial<Omit<Parameters<typeof resolveTarget>[0], 'root' | 'folder'>> & {
  files?: Record<string, string>
  /** Where the command is typed, from the root. */
  below?: string
}

/** Resolves in a new folder that holds `files` and nothing else. */
function resolve({ files = {}, below = '.', ...given }: Given) {
  const root = mkdtempSync(join(folder, 'app-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return resolveTarget({ environment: {}, ...given, root, folder: join(root, below) })
}

function finds(given: Given, origin: string, connection: Connection): void {
  test(`${origin}: ${JSON.stringify(given)}`, async () =>
    expect(await resolve(given)).toEqual({ connection, origin, unread: [] }))
}

function refuses(given: Given, message: string, hint: string): void {
  test(message, async () => await expect(resolve(given)).rejects.toMatchObject({ status: 2, message, hint }))
}

const yml = { 'config/database.yml': 'development:\n  database: from_yml\n' }
const several = {
  'config/database.yml':
    'development:\n  primary:\n    database: one\n  animals:\n    database: <%= ENV["ANIMALS"] %>\n',
}
const dotenv = { '.env': "DATABASE_URL='postgres://localhost/from_dotenv'\n" }
const variable = { DATABASE_URL: 'postgres://localhost/from_variable' }
const configured = { database: 'from_configuration', allowHosts: [] }

describe('the first that names one', () => {
  const host = 'localhost'
  finds({ files: yml }, 'config/database.yml', { database: 'from_yml' })
  finds({ files: { ...yml, ...dotenv } }, '.env', { host, database: 'from_dotenv' })
  finds({ files: { ...yml, ...dotenv }, environment: variable }, 'DATABASE_URL', { host, database: 'from_variable' })
  finds({ files: yml, environment: variable, configured }, 'development.database in .parityrc', {
    database: 'from_configuration',
  })
  finds({ files: yml, environment: variable, configured, option: 'from_option' }, '--database', {
    database: 'from_option',
  })
  finds({ configured: { ...configured, file: 'package.json' } }, 'development.database in package.json', {
    database: 'from_configuration',
  })
  finds({ files: yml, environment: { DATABASE_URL: '' }, configured: { allowHosts: [] } }, 'config/database.yml', {
    database: 'from_yml',
  })
  finds({ files: { ...yml, '.env': 'OTHER=1\nDATABASE_URL=\n' } }, 'config/database.yml', { database: 'from_yml' })
})

describe('of several', () => {
  const files = { ...several, '.env': 'ANIMALS=zoo\nDATABASE_URL=postgres://localhost/from_dotenv\n' }
  finds({ files: several }, 'config/database.yml', { database: 'one' })
  finds(
    { files, databaseEntry: 'animals', environment: variable, configured },
    'development.animals in config/database.yml',
    {
      database: 'zoo',
    },
  )
  refuses(
    { databaseEntry: 'animals' },
    '`--db animals` chooses an entry of `config/database.yml`, which does not exist',
    otherWays,
  )
  refuses(
    { files, databaseEntry: 'animals', option: 'acme' },
    '`--database` and `--db` both name a database',
    '`--database` names one itself, `--db` chooses one of `config/database.yml`: use one of them',
  )
})

describe('variables', () => {
  const database = 'postgres://$' + '{HOST}/$' + '{NAME}'
  finds(
    { configured: { database, allowHosts: [] }, environment: { HOST: 'localhost', NAME: 'acme' } },
    'development.database in .parityrc',
    {
      host: 'localhost',
      database: 'acme',
    },
  )
  finds(
    {
      configured: { database, allowHosts: [] },
      environment: { HOST: 'localhost' },
      files: { '.env': 'HOST=x\nNAME=acme\n' },
    },
    'development.database in .parityrc',
    { host: 'localhost', database: 'acme' },
  )
  finds({ files: { '.env': `HOST=localhost\nNAME=acme\nDATABASE_URL=${database}\n` } }, '.env', {
    host: 'localhost',
    database: 'acme',
  })
  refuses(
    { configured: { database, allowHosts: [] }, environment: { HOST: 'localhost' } },
    '`development.database in .parityrc` needs the variable `NAME`, which is not set',
    'set `NAME`, also in `.env`',
  )
  test('are not expanded twice', () => expect(expandVariables('$' + '{A}', { A: '$' + '{B}' }, '')).toBe('$' + '{B}'))
  finds(
    { configured, environment: { PGHOST: '127.0.0.1', PGPORT: '5433', PGUSER: 'ada' } },
    'development.database in .parityrc',
    {
      host: '127.0.0.1',
      port: 5433,
      user: 'ada',
      database: 'from_configuration',
    },
  )
})

describe('refused', () => {
  const foreign = 'if `db.example` is yours to overwrite, add it to `development.allowHosts` in the configuration'
  refuses({}, 'no local database is configured', `${otherWays}, in \`.env\` or in \`config/database.yml\``)
  refuses({ option: '' }, '`--database` names no database', 'use a name, or a URL such as `postgres://localhost/NAME`')
  refuses({ option: 'postgres://ada:secret@db.example/acme' }, 'acme on db.example is not on this machine', foreign)
  refuses(
    { option: 'acme', environment: { PGHOST: 'db.example' } },
    'acme on db.example is not on this machine',
    foreign,
  )
  refuses(
    { option: 'acme', environment: { PGSERVICE: 'production' } },
    '`PGSERVICE` is set and could lead to another server',
    'unset it (`unset PGSERVICE`) and say where the database is with `--database`',
  )
  for (const database of ['template0', 'template1']) {
    refuses({ option: database }, `\`${database}\` is a template database of Postgres`, otherWays)
  }
  refuses(
    { environment: { DATABASE_URL: 'mysql2://root@localhost/acme' } },
    '`DATABASE_URL` uses `mysql2`, but a Heroku Postgres backup can only be restored into Postgres',
    'use Postgres in development too; `parity check` reports this as a tools gap',
  )
  finds({ option: 'postgres://db.example/acme', configured: { allowHosts: ['db.example'] } }, '--database', {
    host: 'db.example',
    database: 'acme',
  })

  test('the folder that the configuration names, instead of the nearest', async () => {
    const files = { '.env': 'DATABASE_URL=outer\n', 'backend/.env': 'DATABASE_URL=inner\n', 'backend/.env.local': '' }
    const configured = { folder: 'backend', allowHosts: [], file: '.parityrc' }
    const { connection, origin, unread } = await resolve({ files, configured })
    expect([connection.database, origin, unread]).toEqual(['inner', 'backend/.env', ['.env.local']])
    await expect(resolve({ files, configured: { ...configured, folder: 'front' } })).rejects.toMatchObject({
      message: 'the folder `front` does not exist',
      hint: expect.stringMatching(/^`development\.folder` in \.parityrc is a path from \//),
    })
  })

  test('a file that is a folder', async () => {
    const root = mkdtempSync(join(folder, 'app-'))
    mkdirSync(join(root, '.env'))
    await expect(resolveTarget({ environment: {}, root })).rejects.toMatchObject({
      status: 2,
      message: `\`${join(root, '.env')}\` cannot be read`,
      hint: 'EISDIR: illegal operation on a directory, read',
    })
  })
})

const gem = { Gemfile: "gem 'dotenv-rails'\n" }

describe('dotenv files', () => {
  const host = 'localhost'
  const sqlite = 'a Heroku Postgres backup can only be restored into Postgres'
  const tools = 'use Postgres in development too; `parity check` reports this as a tools gap'
  refuses({ files: { '.env': 'DATABASE_URL="file:./dev.db"\n' } }, `\`.env\` uses \`sqlite\`, but ${sqlite}`, tools)
  refuses(
    { files: { ...gem, '.env.local': 'DATABASE_URL=sqlite3:db/dev.sqlite3\n' } },
    `\`.env.local\` uses \`sqlite3\`, but ${sqlite}`,
    tools,
  )
  finds(
    {
      files: {
        ...gem,
        '.env': 'DATABASE_URL=postgres://localhost/a\n',
        '.env.local': 'DATABASE_URL=postgres://localhost/b\n',
      },
    },
    '.env.local',
    { host, database: 'b' },
  )
  finds({ files: { '.env': 'DATABASE_URL=psql://ada:p@127.0.0.1:5433/acme\n' } }, '.env', {
    host: '127.0.0.1',
    port: 5433,
    user: 'ada',
    password: 'p',
    database: 'acme',
  })
  finds({ files: { ...gem, ...yml, '.env': 'PGPORT=5433\nPGHOST=localhost\n' } }, 'config/database.yml', {
    host,
    port: 5433,
    database: 'from_yml',
  })
  finds({ option: 'acme', files: { ...gem, '.env': 'PGPORT=5433\n' } }, '--database', { database: 'acme' })
  const name = '$' + '{NAME}'
  refuses(
    { files: { '.env': `DATABASE_URL=postgres://localhost/${name}\n` } },
    '`.env` line 1 needs the variable `NAME`, which is not set',
    'set `NAME`, also in `.env`; a `$` that is meant is written `%24` in a URL',
  )
  refuses(
    { environment: { DATABASE_URL: `postgres://localhost/${name}` } },
    'the value of `DATABASE_URL` has a `$` in the host, port or name: a variable that was not replaced',
    'write its value there',
  )
  finds({ files: { '.env': 'DATABASE_URL=postgres://a:$x$y@localhost/a\n' }, environment: variable }, 'DATABASE_URL', {
    host,
    database: 'from_variable',
  })
  refuses(
    { files: { 'config/database.yml': 'development:\n  database: <%= ENV["DB"] %>\n', '.env': 'DB=$A$B\n' } },
    '`.env` line 1: the value of `DB` is read differently by different tools',
    'in a URL write `%24` for `$`, `%23` for `#` and `%5C` for a backslash; else name the database with `--database`',
  )

  test('those that no tool reads are named', async () => {
    const { unread } = await resolve({ files: { ...dotenv, '.env.local': 'DATABASE_URL=postgres://localhost/b\n' } })
    expect(unread).toEqual(['.env.local'])
  })
})

describe('DATABASE_URL beside config/database.yml', () => {
  const environment = { DATABASE_URL: 'postgresql://u:p@localhost' }
  finds({ files: yml, environment }, 'config/database.yml', {
    host: 'localhost',
    user: 'u',
    password: 'p',
    database: 'from_yml',
  })
  const url = { 'config/database.yml': 'development:\n  url: postgres://localhost/own\n' }
  finds({ files: url, environment: variable }, 'config/database.yml', { host: 'localhost', database: 'own' })
  finds({ files: several, environment: { PRIMARY_DATABASE_URL: 'postgres://localhost/x' } }, 'PRIMARY_DATABASE_URL', {
    host: 'localhost',
    database: 'x',
  })
  finds(
    { files: several, environment: { ANIMALS_DATABASE_URL: 'postgres://localhost/x' }, databaseEntry: 'animals' },
    'ANIMALS_DATABASE_URL',
    { host: 'localhost', database: 'x' },
  )
  const sqlite = { 'config/database.yml': 'development:\n  adapter: sqlite3\n  database: db/x.sqlite3\n' }
  finds({ files: sqlite, environment: variable }, 'DATABASE_URL', { host: 'localhost', database: 'from_variable' })
  finds({ files: yml, environment: { DATABASE_URL: 'acme' } }, 'DATABASE_URL', { database: 'acme' })
  finds({ files: yml, environment: { DATABASE_URL: 'host=/tmp dbname=acme' } }, 'DATABASE_URL', {
    host: '/tmp',
    database: 'acme',
  })
  const text = { 'config/database.yml': 'development: postgres://ada@localhost/acme\n' }
  finds({ files: text, environment: variable }, 'config/database.yml', {
    host: 'localhost',
    user: 'ada',
    database: 'acme',
  })
  const tasks = {
    'config/database.yml': `${several['config/database.yml'].replace('database: one', 'database: one\n    database_tasks: false')}`,
  }
  refuses(
    { files: tasks, environment: { ANIMALS: 'zoo' } },
    '`primary` in `config/database.yml` is a replica, or has `database_tasks: false`',
    'choose one of `animals` with `--db`',
  )
  finds(
    { files: tasks, environment: { ANIMALS: 'zoo' }, databaseEntry: 'animals' },
    'development.animals in config/database.yml',
    {
      database: 'zoo',
    },
  )
})

describe('Laravel', () => {
  const artisan = { artisan: '' }
  const lines = 'DB_CONNECTION=pgsql\nDB_DATABASE=acme\nDB_USERNAME=ada\nDB_PASSWORD="p$w"\n'
  const connection = { host: '127.0.0.1', port: 5432, user: 'ada', password: 'p$w', database: 'acme' }
  finds({ files: { ...artisan, '.env': lines } }, '.env', connection)
  finds({ files: { ...artisan, '.env': lines }, environment: { DB_DATABASE: 'other', DB_PORT: '5433' } }, '.env', {
    ...connection,
    port: 5433,
    database: 'other',
  })
  finds({ files: { ...artisan, '.env': `${lines}DB_URL=pgsql://localhost/by_url\n` } }, '.env', {
    ...connection,
    host: 'localhost',
    database: 'by_url',
  })
  finds({ files: { ...artisan, ...dotenv } }, '.env', { host: 'localhost', database: 'from_dotenv' })
  refuses(
    { files: { '.env': lines } },
    'no local database is configured',
    `${otherWays}, in \`.env\` or in \`config/database.yml\``,
  )
  for (const driver of ['mysql', 'sqlite', 'mariadb']) {
    refuses(
      { files: { ...artisan, '.env': `DB_CONNECTION=${driver}\nDB_DATABASE=acme\n` } },
      `\`.env\` uses \`${driver}\`, but a Heroku Postgres backup can only be restored into Postgres`,
      'use Postgres in development too; `parity check` reports this as a tools gap',
    )
  }
  refuses(
    { files: { ...artisan, '.env': 'DB_CONNECTION=pgsql\n' } },
    '`.env` names no database',
    'use a name, or a URL such as `postgres://localhost/NAME`',
  )
})

describe('hosts', () => {
  refuses(
    { files: { '.env': 'DATABASE_URL=postgres://ada:p@db:5432/acme\n' } },
    'acme on db:5432 is not on this machine; a Compose service is reached through a published port',
    'publish its port (`ports: ["127.0.0.1:5432:5432"]`) and use `--database postgres://ada@localhost:5432/acme`, with its password in `PGPASSWORD`; where `db` can be reached, add it to `development.allowHosts`',
  )
  const host = 'ec2-1-2-3-4.compute-1.amazonaws.com'
  refuses(
    { option: `postgres://ada:secret@${host}/acme`, configured: { allowHosts: [host] } },
    `acme on ${host} is a server of Heroku's`,
    'name a database on this machine with `--database`',
  )
})

describe('several applications in one repository', () => {
  const files = {
    'package.json': '{}',
    'api/config/database.yml': 'development:\n  database: api\n',
    'web/.env': 'DATABASE_URL=postgres://localhost/web\n',
    'web/src/x.ts': '',
    'docs/x.md': '',
    '.env': 'DATABASE_URL=postgres://localhost/whole\n',
  }
  finds({ files, below: 'api/config' }, 'api/config/database.yml', { database: 'api' })
  finds({ files, below: 'web/src' }, 'web/.env', { host: 'localhost', database: 'web' })
  finds({ files, below: 'docs' }, '.env', { host: 'localhost', database: 'whole' })
  finds({ files }, '.env', { host: 'localhost', database: 'whole' })
})
