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

type Given = Partial<Omit<Parameters<typeof resolveTarget>[0], 'root'>> & { files?: Record<string, string> }

/** Resolves in a new folder that holds `files` and nothing else. */
function resolve({ files = {}, ...given }: Given) {
  const root = mkdtempSync(join(folder, 'app-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return resolveTarget({ environment: {}, ...given, root })
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
