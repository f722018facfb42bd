import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseVersion } from '../../src/postgres/clients.ts'
import { furniture, furnitureRoles } from '../sandbox/heroku-furniture.ts'
import { postgresPrograms } from '../sandbox/postgres-programs.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { fingerprint, live, makeOracle, remains, type State } from './local-restore.ts'
import { newestClients, releases, releasesMissing, withRelease } from './postgres-releases.ts'

/** Backups of every release, into servers of every release, with clients of two. */

let sandbox: Sandbox
/** The sandbox with a server of each release as the developer's. */
const on = new Map<number, Sandbox>()
/** Of the server and the clients that are installed on this machine. */
let installed: { readonly version: string; readonly major: number }
let dump: string

beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300, stagingRows: 20 })
  const here = releases.filter((major) => !releasesMissing.includes(major))
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

describe.each(releases)('Postgres %i', (major) => {
  const release = () => on.get(major) ?? expect.fail(`no server of Postgres ${major}`)
  const isMissing = releasesMissing.includes(major)
  const unless = isMissing ? ' (skipped: there is no server of it for this machine)' : ''

  test.skipIf(isMissing)(`as the developer’s: restore, undo, snapshot, pristine copy, and a rule${unless}`, async () => {
    const local = release()
    const stateOf = await makeOracle(local)
    const steps = async (command: string): Promise<[number | null, State]> => {
      const { status } = await local.run(['development', ...command.split(' ')])
      return [status, await stateOf()]
    }
    const done = await restore(local, ['production'])
    expect([done.status, await stateOf(), done.stderr]).toEqual([0, 'new', ''])
    expect(done.stderr).toContain(`with pg_restore ${installed.version}\n`)
    expect(await steps('undo')).toEqual([0, 'old'])
    expect(await steps('backup mine')).toEqual([0, 'old'])
    const again = await restore(local, ['production'])
    expect([again.status, await stateOf()]).toEqual([0, 'new'])
    expect(again.stderr).toContain('copied instead of loaded')
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
    const pgDump = join(isOlder ? postgresPrograms() : (newestClients ?? ''), 'pg_dump')
    expect(
      await source.run([pgDump, '--format=custom', '--file', file, 'shop'], { env: superuser(source) }),
    ).toMatchObject({ status: 0, stderr: '' })
    const name = `from_${major}`
    const done = await restore(sandbox, ['--file', file, '--database', name], newestFirst())
    expect([done.status, done.stderr.includes('warning')]).toEqual([0, false])
    expect(done.stderr).toContain(`with pg_restore ${isOlder ? installed.version : '18.0'}\n`)
    expect(harmless.test(done.stderr)).toBe(!isOlder && installed.major < 17)
    expect(await fingerprint((sql) => sandbox.local.querySuper(name, sql))).toBe(
      await fingerprint((sql) => source.local.querySuper('shop', sql)),
    )
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
  SELECT lo_from_bytea(4711, 'small'), lo_from_bytea(4712, decode(repeat('00ff', 40000), 'hex'));`

describe('which clients', () => {
  /** A folder with a `pg_restore` that says to be of `version`, and is the installed one in everything else. */
  async function answering(version: string): Promise<string> {
    const folder = join(sandbox.folder, 'home', `clients-${version}`)
    const script = `#!/bin/sh
[ "$1" = --version ] && { echo 'pg_restore (PostgreSQL) ${version}'; exit; }
exec '${postgresPrograms()}/pg_restore' "$@"
`
    const { mkdir } = await import('node:fs/promises')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'pg_restore'), script, { mode: 0o755 })
    return folder
  }

  /** A real dump whose first bytes say that it is of archive format 1.`minor`. */
  async function ofFormat(minor: number): Promise<string> {
    const bytes = await readFile(dump)
    bytes[6] = minor
    const file = join(sandbox.project, `1.${minor}.dump`)
    await writeFile(file, bytes)
    return file
  }

  test('x', async () => {
    await answering('15.18')
    await ofFormat(15)
    expect(live).toBe(live)
  })
})
