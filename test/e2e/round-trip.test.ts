import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { often } from '../often.ts'
import { postgresPrograms } from '../sandbox/postgres-programs.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { remains } from './local-restore.ts'
import { newestClients, releasesMissing, withRelease } from './postgres-releases.ts'
import { type Schema, schemas } from './round-trip-schemas.ts'

/** Out of a database by `pg_dump`, into another one by us: it is the same, or what a stock pg_restore makes, and that is said. */

const releases = [17, 15] as const
/** Each schema on one release, then each on the other one. */
const trips = [0, 1].flatMap((round) =>
  schemas.map((schema, index) => ({ schema, major: (round + index) % 2 === 0 ? releases[0] : releases[1] })),
)

let sandbox: Sandbox
/** The sandbox with a server of each release as the developer's. */
const on = new Map<number, Sandbox>()
/** The release that is installed on this machine. */
let installed: number

beforeAll(async () => {
  sandbox = await startSandbox({ rows: 20, stagingRows: 20 })
  const { stdout } = await sandbox.run([join(postgresPrograms(), 'pg_dump'), '--version'])
  installed = Number(/ (\d+)/.exec(stdout)?.[1])
  const here = releases.filter((major) => !releasesMissing.includes(major))
  await Promise.all(here.map(async (major) => on.set(major, await withRelease(sandbox, major))))
})
afterAll(async () => {
  await Promise.all([...on.values()].map((release) => release.stop()))
  await sandbox.stop()
})

/** A client program that fits a server of that release; undefined where there is none. */
function client(major: number, name: 'pg_dump' | 'pg_restore'): string | undefined {
  const folder = major <= installed ? postgresPrograms() : newestClients
  return folder && join(folder, name)
}

const superuser = ({ local }: Sandbox) => ({
  PGHOST: local.socketFolder,
  PGPORT: String(local.port),
  PGUSER: local.superuser,
})

/** A database as `pg_dump` writes it. */
async function contents(on: Sandbox, pgDump: string, database: string): Promise<string> {
  const words = [pgDump, '--no-owner', '--no-privileges', database]
  const { status, stdout, stderr } = await on.run(words, { env: superuser(on) })
  expect([status, stderr]).toEqual([0, ''])
  // pg_dump puts a random word around each dump.
  return stdout.replace(/^\\(?:un)?restrict .*\n/gm, '')
}

/** What one pg_restore makes of the file. */
async function stock(on: Sandbox, pgRestore: string, file: string, database: string): Promise<Finished> {
  await on.local.querySuper('postgres', `CREATE DATABASE ${database} TEMPLATE template0`)
  const words = [pgRestore, '--no-owner', '--no-privileges', '--dbname', database, file]
  return on.run(words, { env: superuser(on) })
}

/** Makes the schema on the server `from`, dumps it, and returns how it is restored on the server `into`. */
async function setOut({ name, sql, isPrivileged = false }: Schema, from: Sandbox, into: Sandbox, pgDump: string) {
  const source = `from_${name}`
  await from.local.querySuper('postgres', `DROP DATABASE IF EXISTS ${source}`)
  await from.local.querySuper('postgres', `CREATE DATABASE ${source} TEMPLATE template0`)
  await from.local.querySuper(source, sql)
  const file = join(sandbox.folder, 'home', `${name}.dump`)
  const words = [pgDump, '--format=custom', '--file', file, source]
  expect(await from.run(words, { env: superuser(from) })).toMatchObject({ status: 0 })
  const target = `to_${name}`
  const { superuser: user, socketFolder, port } = into.local
  const database = isPrivileged
    ? `postgresql://${user}@/${target}?host=${encodeURIComponent(socketFolder)}&port=${port}`
    : target
  const env = newestClients === undefined ? {} : { PATH: `${newestClients}:${into.env.PATH}` }
  const restore = (...more: string[]) =>
    into.run(['development', 'restore', '--file', file, '--database', database, ...more], { env })
  return { source, target, file, restore }
}

describe.runIf(often).each(trips)('$schema.name on Postgres $major', ({ schema, major }) => {
  const missing = schema.missing?.[major] ?? []
  const is = missing.length === 0 ? 'is the same' : 'is what one pg_restore makes, and what is missing is said'

  test(is, async ({ skip }) => {
    const into = on.get(major) ?? skip('there is no server of it for this machine')
    const from = missing.length === 0 ? into : (on.get(15) ?? skip('there is no older server for this machine'))
    const pgDump = client(major, 'pg_dump') ?? skip('there are no clients of it for this machine')
    const { source, target, file, restore } = await setOut(schema, from, into, pgDump)
    if (missing.length > 0) {
      const refused = await restore()
      expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('cannot be made here:\n')])
      for (const { words } of missing) expect(refused.stderr).toContain(`\n  ${words}: `)
    }
    const names = missing.map(({ name }) => name).join(',')
    const done = await (names === '' ? restore() : restore('--allow-missing', names))
    const warnings = done.stderr.split('\n').filter((line) => line.startsWith('warning'))
    const without = missing.map(({ words }) => words).join(', ')
    expect([done.status, warnings], done.stderr).toEqual([
      0,
      without === '' ? [] : [`warning: ${target} is without ${without}`],
    ])
    expect(await remains(into)).toEqual([])
    if (missing.length === 0)
      return expect(await contents(into, pgDump, target)).toBe(await contents(into, pgDump, source))
    const plain = await stock(into, client(major, 'pg_restore') ?? '', file, `stock_${schema.name}`)
    expect([plain.status, plain.stderr]).toEqual([1, expect.stringContaining('errors ignored on restore')])
    expect(await contents(into, pgDump, target)).toBe(await contents(into, pgDump, `stock_${schema.name}`))
  })
})
