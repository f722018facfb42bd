import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseVersion } from '../../src/postgres/client-versions.ts'
import { few, often, rarely } from '../often.ts'
import { furniture, furnitureRoles } from '../sandbox/heroku-furniture.ts'
import { postgresPrograms } from '../sandbox/postgres-programs.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { fingerprint, makeOracle, remains, type State } from './local-restore.ts'
import { newestClients, releasesMissing, withRelease } from './postgres-releases.ts'

/** Backups of every release, into servers of every release, with clients of two. */

let sandbox: Sandbox
/** The oldest release and the newest, then those between. */
const tried = few(1, [18, 13, 16, 14, 15, 17] as const)
/** The sandbox with a server of each release as the developer's. */
const on = new Map<number, Sandbox>()
/** Of the server and the clients that are installed on this machine. */
let installed: { readonly version: string; readonly major: number }
let dump: string

beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300, stagingRows: 20 })
  const here = tried.filter((major) => !releasesMissing.includes(major))
  await Promise.all(here.map(async (major) => on.set(major, await withRelease(sandbox, major))))
  const { stdout } = await sandbox.run([join(postgresPrograms(), 'pg_restore'), '--version'])
  const version = parseVersion(stdout) ?? expect.fail(stdout)
  installed = { version, major: Number.parseInt(version, 10) }
  dump = sandbox.heroku.dumpFile('acme-production', sandbox.heroku.backups('acme-production')[0] ?? expect.fail())
})
afterAll(async () => {
  await Promise.all([...on.values()].map((release) => release.stop()))
  await sandbox.stop()
})

const newestFirst = () => ({ PATH: `${newestClients}:${sandbox.env.PATH}` })
const restore = (into: Sandbox, args: readonly string[], env: Record<string, string> = {}): Promise<Finished> =>
  into.run(['development', 'restore', ...args], { env })
const superuser = ({ local }: Sandbox) => ({
  PGHOST: local.socketFolder,
  PGPORT: String(local.port),
  PGUSER: local.superuser,
})
const harmless = /\n {2}\d+ errors that do no harm: this server has no setting transaction_timeout\n/

describe.each(tried)('Postgres %i', (major) => {
  const release = () => on.get(major) ?? expect.fail(`no server of Postgres ${major}`)
  const isMissing = releasesMissing.includes(major)
  const unless = isMissing ? ' (skipped: there is no server of it for this machine)' : ''

  test.skipIf(isMissing)(`as the developer’s: restore, undo, snapshot, pristine copy${unless}`, async () => {
    const local = release()
    const stateOf = await makeOracle(local)
    const steps = async (command: string): Promise<[number | null, State]> => {
      const { status } = await local.run(['development', ...command.split(' ')])
      return [status, await stateOf()]
    }
    const done = await restore(local, ['production'])
    expect([done.status, await stateOf()]).toEqual([0, 'new'])
    expect(done.stderr).toContain(`with pg_restore ${installed.version}\n`)
    expect(await steps('undo')).toEqual([0, 'old'])
    expect(await steps('backup mine')).toEqual([0, 'old'])
    const again = await restore(local, ['production'])
    expect([again.status, await stateOf()]).toEqual([0, 'new'])
    expect(again.stderr).toContain('this was restored before')
    expect(await steps('restore mine')).toEqual([0, 'old'])
    expect(await remains(local)).toEqual([])
  })

  test.skipIf(isMissing || !newestClients)(`its dump goes into the server of this machine${unless}`, async () => {
    const source = release()
    await source.local.querySuper('postgres', furnitureRoles)
    await source.local.querySuper('postgres', 'CREATE DATABASE shop')
    await source.local.querySuper('shop', furniture)
    await source.local.querySuper('shop', menagerie)
    const isOlder = major <= installed.major
    const file = join(sandbox.folder, 'home', `${major}.dump`)
    const pgDump = isOlder ? [`${postgresPrograms()}/pg_dump`] : [`${newestClients}/pg_dump`, '--statistics']
    expect(
      await source.run([...pgDump, '--format=custom', '--file', file, 'shop'], { env: superuser(source) }),
    ).toMatchObject({ status: 0, stderr: '' })
    const name = `from_${major}`
    const done = await restore(sandbox, ['--file', file, '--database', name], newestFirst())
    expect([done.status, done.stderr]).toEqual([0, expect.not.stringContaining('warning')])
    expect(done.stderr).toContain(`with pg_restore ${isOlder ? installed.version : '18.0'}\n`)
    expect(harmless.test(done.stderr)).toBe(!isOlder && installed.major < 17)
    const here = (sql: string) => sandbox.local.querySuper(name, sql)
    const there = (sql: string) => source.local.querySuper('shop', sql)
    expect(await fingerprint(here)).toBe(await fingerprint(there))
    const objects = 'SELECT oid::int, md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY 1'
    expect(await here(objects)).toEqual(await there(objects))
  })
})

/** Everything that releases write in their own way, and that each of them knows. */
const menagerie = `
  CREATE EXTENSION citext;
  CREATE TYPE mood AS ENUM ('glad', 'sad');
  CREATE DOMAIN small AS int CHECK (VALUE < 1000);
  CREATE TABLE people (
    id bigserial PRIMARY KEY, email citext NOT NULL UNIQUE, mood mood, size small, tags text[],
    settings jsonb NOT NULL DEFAULT '{}', born date CHECK (born > '1900-01-01'));
  INSERT INTO people (email, mood, size, tags, settings, born)
    SELECT 'P' || n || '@customer.example', CASE WHEN n % 2 = 0 THEN 'glad' ELSE 'sad' END::mood, n, ARRAY['a', 'b' || n],
           jsonb_build_object('n', n, 'deep', jsonb_build_array(n, 'ü')), date '1970-01-01' + n
      FROM generate_series(1, 300) n;
  CREATE INDEX ON people USING gin (settings);
  CREATE INDEX ON people (lower(email::text)) INCLUDE (mood) WHERE size > 3;
  CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person_id bigint NOT NULL REFERENCES people, n int,
    doubled int GENERATED ALWAYS AS (n * 2) STORED);
  INSERT INTO orders (person_id, n) SELECT 1 + n % 300, n FROM generate_series(1, 2000) n;
  CREATE INDEX ON orders (person_id);
  CREATE TABLE visits (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
  CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
  CREATE INDEX ON visits (at);
  INSERT INTO visits SELECT n, date '2024-01-01' + n FROM generate_series(0, 300) n;
  CREATE UNLOGGED TABLE scratch (n numeric(10, 2), at timestamptz, raw bytea, wait interval);
  INSERT INTO scratch VALUES (1.5, '2024-02-29 12:00:00+02', '\\xdeadbeef', '1 day 2:03:04');
  CREATE VIEW glad AS SELECT people.id, count(*) AS orders FROM people JOIN orders ON person_id = people.id WHERE mood = 'glad' GROUP BY 1;
  CREATE MATERIALIZED VIEW totals AS SELECT person_id, sum(doubled) AS total FROM orders GROUP BY 1;
  CREATE UNIQUE INDEX ON totals (person_id);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE TRIGGER note BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION note();
  CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';
  CREATE INDEX ON orders (twice(n));
  CREATE STATISTICS related ON person_id, n FROM orders;
  ALTER TABLE people ENABLE ROW LEVEL SECURITY;
  CREATE POLICY all_of_them ON people USING (true);
  COMMENT ON TABLE people IS 'those who buy';
  SELECT lo_from_bytea(4711, 'small'), lo_from_bytea(4712, decode(repeat('00ff', 40000), 'hex'));
  ANALYZE;`

describe('which clients', () => {
  test.runIf(often && newestClients)(
    'those of the server before older ones, the older ones before those that say too much',
    async () => {
      for (const [major, client] of [
        [18, '18.0'],
        [13, installed.version],
      ] as const) {
        const args = ['production', '--database', 'acme_by_path', '--no-pristine']
        const done = await restore(on.get(major) ?? sandbox, args, newestFirst())
        expect([done.status, done.stderr]).toEqual([0, expect.stringContaining(`with pg_restore ${client}\n`)])
        expect(done.stderr).not.toMatch(harmless)
      }
    },
  )

  test.runIf(often && newestClients)(
    'newer than the server: a setting that it doesn’t know is counted and told',
    async () => {
      const stateOf = await makeOracle(sandbox)
      const env = { PARITY_PG_BIN: newestClients ?? '' }
      const done = await restore(sandbox, ['production', '--jobs', '4'], env)
      expect([done.status, await stateOf(), await remains(sandbox)]).toEqual([0, 'new', []])
      if (installed.major < 17) expect(done.stderr).toMatch(harmless)
      expect(await sandbox.run(['development', 'undo'])).toMatchObject({ status: 0 })
    },
  )

  rarely('`PARITY_PG_BIN` before all others', async () => {
    const stateOf = await makeOracle(sandbox)
    const done = await restore(sandbox, ['production', '--no-pristine'], { PARITY_PG_BIN: await answering('17.2') })
    expect([done.status, await stateOf()]).toEqual([0, 'new'])
    expect(done.stderr).toContain('with pg_restore 17.2\n')
    expect(await sandbox.run(['development', 'undo'])).toMatchObject({ status: 0 })
  })
})

describe('a backup that can’t be restored here is refused before anything is changed', () => {
  test.each([
    [15, 16],
    [16, 17],
  ])('archive format 1.%i, with clients of Postgres 15', async (minor, needed) => {
    const folder = await answering('15.18')
    const { stderr, ...rest } = await refusal(['--file', await ofFormat(minor)], { PARITY_PG_BIN: folder })
    const words = `client programs of Postgres ${needed} or newer are needed to read this backup, found 15.18 (${folder})`
    expect([rest.status, stderr]).toEqual([1, `${words}\n${installLine(needed)}\n`])
  })

  test('archive format 1.17, which nobody knows yet', async () => {
    const file = await ofFormat(17)
    expect(await refusal(['--file', file])).toEqual({
      status: 1,
      stderr:
        `\`${file}\` has archive format 1.17, and parity knows 1.12 to 1.16\n` +
        'update parity for a newer one; `pg_dump` of Postgres 9.0 or newer writes one that is not too old\n',
    })
  })

  test('a backup of Heroku’s: no more of it is fetched than the first bytes', async () => {
    const folder = await answering('15.18')
    const whole = await readFile(dump)
    await copyFile(await ofFormat(16), dump)
    sandbox.requests.length = 0
    const env = { PARITY_PG_BIN: folder, XDG_CACHE_HOME: join(sandbox.folder, 'home', 'empty') }
    const { status, stderr } = await refusal(['production', '--no-pristine'], env).finally(() => writeFile(dump, whole))
    expect([status, stderr]).toEqual([
      1,
      `client programs of Postgres 17 or newer are needed to read this backup, found 15.18 (${folder})\n${installLine(17)}\n`,
    ])
    const fetched = sandbox.requests.filter(({ path }) => path.startsWith('/storage/'))
    expect(fetched.map(({ bytesSent }) => bytesSent)).toEqual([8])
  })

  test.skipIf(!newestClients || releasesMissing.includes(18))('what only a newer server knows', async () => {
    const source = on.get(18) ?? expect.fail()
    await source.local.querySuper('postgres', 'CREATE DATABASE modern')
    await source.local.querySuper('modern', 'CREATE TABLE t (n int, twice int GENERATED ALWAYS AS (n * 2) VIRTUAL)')
    const file = join(sandbox.folder, 'home', 'modern.dump')
    await source.run([join(newestClients ?? '', 'pg_dump'), '--format=custom', '--file', file, 'modern'], {
      env: superuser(source),
    })
    const { status, stderr } = await refusal(['--file', file], newestFirst())
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(
        `pg_restore\` failed with status 1:\npg_restore: error: could not execute query: ERROR:  syntax error at or near [^]*\n` +
          `the backup comes from Postgres 18 and this server is ${installed.major}: a newer server takes it; the whole log is in .*\nacme_development is as it was\n$`,
      ),
    ])
  })
})

describe('what differs from server to server', () => {
  test.for(
    few(1, [
      [13, "LC_COLLATE 'C' LC_CTYPE 'C'"],
      [18, "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C'"],
      [16, "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' ICU_RULES '&a < g'"],
      [15, "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'"],
      [16, "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"],
      [18, "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"],
    ] as const),
  )('Postgres %i, a database made with %s: the new one sorts alike', async ([major, options], { skip }) => {
    const release = on.get(major) ?? skip('there is no server of it for this machine')
    await release.local.querySuper('postgres', `CREATE DATABASE sorted TEMPLATE template0 OWNER developer ${options}`)
    const facts = () =>
      release.local.querySuper(
        'postgres',
        "SELECT to_jsonb(d) - '{oid,datfrozenxid,datminmxid}'::text[] AS facts FROM pg_database d WHERE datname = 'sorted'",
      )
    const before = await facts()
    const done = await restore(release, ['--file', dump, '--database', 'sorted', '--no-pristine', '--no-keep'])
    expect([done.status, await facts()]).toEqual([0, before])
    expect(await release.local.query('sorted', 'SELECT count(*)::int AS n FROM articles')).toEqual([{ n: 300 }])
    await release.local.querySuper('postgres', 'DROP DATABASE sorted')
  })

  rarely.for([13, 18])('Postgres %i: personal data is scrubbed, by rules and by a file', async (major, { skip }) => {
    const release = on.get(major) ?? skip('there is no server of it for this machine')
    const restoreRules = { scrub: { users: { email: 'email', name: 'name' } }, scrubFile: 'scrub.sql' }
    const configuration = join(sandbox.project, '.parityrc')
    const before = await readFile(configuration, 'utf8')
    await writeFile(join(sandbox.project, 'scrub.sql'), "UPDATE articles SET body = 'nothing'")
    await writeFile(configuration, JSON.stringify({ environments: { demo: 'acme-demo' }, restore: restoreRules }))
    const done = await restore(release, ['production', '--database', 'scrubbed', '--no-pristine']).finally(() =>
      writeFile(configuration, before),
    )
    expect(done).toMatchObject({ status: 0 })
    const personal =
      "SELECT count(*)::int AS n FROM users WHERE email::text LIKE '%customer.example' OR name LIKE 'Person%'"
    expect(await release.local.query('scrubbed', personal)).toEqual([{ n: 0 }])
    expect(await release.local.query('scrubbed', 'SELECT DISTINCT body FROM articles')).toEqual([{ body: 'nothing' }])
  })

  test.skipIf(releasesMissing.includes(18))('connections that are kept for others count as taken', async () => {
    const { local, run } = on.get(18) ?? expect.fail()
    await local.querySuper('postgres', 'ALTER SYSTEM SET reserved_connections = 90')
    await local.stop()
    await local.start()
    const { status, stderr } = await run(['development', 'restore', 'production', '--jobs', '4'])
    expect([status, stderr]).toEqual([
      1,
      'the server has 6 free connections; a restore with 4 jobs needs 7\nclose some sessions, or use `--jobs 1`\n',
    ])
  })
})

/** A folder with a `pg_restore` that says to be of `version`, and is the installed one in everything else. */
async function answering(version: string): Promise<string> {
  const folder = join(sandbox.folder, 'home', `clients-${version}`)
  const script = `#!/bin/sh
[ "$1" = --version ] && { echo 'pg_restore (PostgreSQL) ${version}'; exit; }
exec '${postgresPrograms()}/pg_restore' "$@"
`
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'pg_restore'), script, { mode: 0o755 })
  return folder
}

/** A real dump whose first bytes say that it is of archive format 1.`minor`. */
async function ofFormat(minor: number): Promise<string> {
  const bytes = await readFile(dump)
  bytes[6] = minor
  const file = join(sandbox.folder, 'home', `1.${minor}.dump`)
  await writeFile(file, bytes)
  return file
}

/** A restore that leaves everything as it was. */
async function refusal(args: readonly string[], env: Record<string, string> = {}) {
  const databases = () =>
    sandbox.local.querySuper(
      'postgres',
      "SELECT oid::text, datname, shobj_description(oid, 'pg_database') AS comment FROM pg_database ORDER BY oid",
    )
  const before = await databases()
  const { status, stderr } = await restore(sandbox, args, env)
  expect([await databases(), await remains(sandbox)]).toEqual([before, []])
  return { status, stderr }
}

function installLine(major: number): string {
  if (process.platform === 'darwin') return `install them with \`brew install postgresql@${major}\``
  return existsSync('/usr/bin/apt-get')
    ? `install them with \`sudo apt-get install postgresql-client-${major}\`, after adding https://apt.postgresql.org`
    : `install Postgres ${major} from https://www.postgresql.org/download`
}
