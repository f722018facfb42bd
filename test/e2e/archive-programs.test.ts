import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dumpInFile, readHead } from '../../src/dumps/stream.ts'
import type { Archive } from '../../src/postgres/archive.ts'
import { type Client, clientProgram, findClients } from '../../src/postgres/clients.ts'
import { isListed, useList } from '../../src/restore/load/list.ts'
import { selectEntries } from '../../src/restore/load/selection.ts'

/** As a restore reads it. */
const readArchive = async (file: string) => (await readHead(dumpInFile(file, statSync(file).size).file, file)).archive

// A real server with a database as Heroku's are: dumped by the real pg_dump, read by us, restored by the real pg_restore.

const herokuDatabase = `
  CREATE SCHEMA _heroku;
  CREATE FUNCTION _heroku.create_ext() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN END';
  CREATE FUNCTION _heroku.validate_extension() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
  COMMENT ON FUNCTION _heroku.create_ext() IS 'of the platform';
  GRANT USAGE ON SCHEMA _heroku TO developer;
  CREATE EVENT TRIGGER log_create_ext ON ddl_command_end EXECUTE FUNCTION _heroku.create_ext();
  CREATE EVENT TRIGGER renamed_by_heroku ON ddl_command_end EXECUTE FUNCTION _heroku.validate_extension();
  COMMENT ON EVENT TRIGGER log_create_ext IS 'of the platform too';
  CREATE SCHEMA heroku_ext;
  CREATE EXTENSION citext WITH SCHEMA heroku_ext;
  CREATE EXTENSION pg_stat_statements;
  CREATE TABLE people (id serial PRIMARY KEY, email heroku_ext.citext UNIQUE, payload jsonb DEFAULT '{}');
  COMMENT ON TABLE people IS 'all of them; DROP TABLE people';
  INSERT INTO people (email) VALUES ('Ada@example.org'), ('bob@example.org');
  CREATE SCHEMA "it's; DROP SCHEMA public";
  CREATE TABLE "it's; DROP SCHEMA public"."two
lines; -- ""quoted"" \\ ünïcode ☃" (id integer REFERENCES people, "semi;colon" text CHECK ("semi;colon" <> ';'));
  INSERT INTO "it's; DROP SCHEMA public"."two
lines; -- ""quoted"" \\ ünïcode ☃" VALUES (1, 'x');
  CREATE VIEW emails AS SELECT email FROM people;
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM people;
  CREATE TABLE measured (day date) PARTITION BY RANGE (day);
  CREATE TABLE measured_2024 PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
  SELECT lo_from_bytea(4711, 'a big object');
  CREATE PUBLICATION everything FOR ALL TABLES;
  CREATE PUBLICATION a_few FOR TABLE people;
  CREATE SUBSCRIPTION upstream CONNECTION 'host=production.example.org' PUBLICATION p
    WITH (connect = false, enabled = false, slot_name = NONE);
`

const folder = mkdtempSync(join(tmpdir(), 'pg'))
const isRoot = process.getuid?.() === 0
let client: Client
let archive: Archive
const dump = join(folder, 'heroku.dump')

beforeAll(async () => {
  const clients = await findClients(process.env)
  const found = clients.find(({ folder }) => spawnSync(join(folder, 'initdb'), ['--version']).status === 0)
  if (found === undefined) throw new Error('these tests need a Postgres server: `initdb` beside `pg_restore`')
  client = found
  if (isRoot) execFileSync('chown', ['postgres', folder])
  serverProgram('initdb', '--auth=trust', '--username=admin', '--encoding=UTF8', '--no-sync', join(folder, 'data'))
  const options = `-k ${folder} -c listen_addresses='' -c fsync=off -c wal_level=logical`
  serverProgram('pg_ctl', '--wait', '-D', join(folder, 'data'), '-l', join(folder, 'log'), '-o', options, 'start')
  sql('admin', 'postgres', 'CREATE ROLE developer LOGIN CREATEDB; CREATE DATABASE heroku')
  sql('admin', 'heroku', herokuDatabase)
  dumpTo(dump)
  archive = await readArchive(dump)
})

afterAll(() => {
  spawnServerProgram('pg_ctl', ['-D', join(folder, 'data'), '-m', 'immediate', 'stop'])
  rmSync(folder, { recursive: true })
})

test('reads the header', () => {
  expect(archive).toMatchObject({
    databaseName: 'heroku',
    encoding: 'UTF8',
    serverMajor: client.major,
    compression: 'gzip',
    formatVersion: client.archiveVersion,
  })
  expect(archive.serverVersion).toContain(client.version)
  expect(archive.dumpVersion).toContain(client.version)
  // The dump's clock has no time zone: within a day is all that holds everywhere.
  expect(Math.abs(archive.createdAt.getTime() - Date.now())).toBeLessThan(86_400_000)
})

test('reads the table of contents as `pg_restore --list` prints it', () => {
  const printed = output('pg_restore', ['--list', dump])
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';'))
  expect(useList(archive.entries.filter(isListed))).toBe(`${printed.join('\n')}\n`)
  expect(printed.join()).toContain(`SCHEMA - it's; DROP SCHEMA public`)
})

test('knows where the data is only when the dump went to a file', async () => {
  const file = join(folder, 'direct.dump')
  output('pg_dump', ['--format=custom', `--file=${file}`, '-U', 'admin', 'heroku'])
  const data = (entries: Archive['entries']) => entries.filter(({ hasData }) => hasData)
  const direct = await readArchive(file)
  expect(data(archive.entries).map(({ description }) => description)).toContain('TABLE DATA')
  expect(data(archive.entries).every(({ dataOffset }) => dataOffset === undefined)).toBe(true)
  expect(Math.min(...data(direct.entries).map(({ dataOffset }) => dataOffset ?? 0))).toBe(direct.dataStart)
})

test('leaves out what is of the platform and what a developer may not create', () => {
  const { leftOut, extensionsLeftOut, problems, schemasToCreate } = selectEntries(archive, facts())
  const names = leftOut.map(({ entry }) => `${entry.description} ${entry.tag}`).toSorted()
  expect(names).toEqual([
    'ACL SCHEMA _heroku',
    'COMMENT EVENT TRIGGER log_create_ext',
    'COMMENT EXTENSION pg_stat_statements',
    'COMMENT FUNCTION create_ext()',
    'EVENT TRIGGER log_create_ext',
    'EVENT TRIGGER renamed_by_heroku',
    'EXTENSION pg_stat_statements',
    'FUNCTION create_ext()',
    'FUNCTION validate_extension()',
    'PUBLICATION everything',
    'SCHEMA _heroku',
    'SUBSCRIPTION upstream',
  ])
  expect({ extensionsLeftOut, problems, schemasToCreate }).toEqual({
    extensionsLeftOut: ['pg_stat_statements'],
    problems: [],
    schemasToCreate: [],
  })
})

test('what is selected restores without one error, as a role that is no superuser', () => {
  const selection = selectEntries(archive, facts())
  expect(restored('fresh', dump, selection)).toEqual({ status: 0, stderr: '' })
  expect(
    sql(
      'developer',
      'fresh',
      "SET search_path = public, heroku_ext; SELECT email FROM people WHERE email = 'ada@EXAMPLE.org'",
    ),
  ).toBe('Ada@example.org\n')
  expect(sql('developer', 'fresh', 'SELECT lo_get(4711)::text')).toBe(
    `\\x${Buffer.from('a big object').toString('hex')}\n`,
  )
})

test('makes the schema of an extension that the archive lacks', async () => {
  const file = join(folder, 'without-schema.dump')
  dumpTo(file, '--exclude-schema=heroku_ext')
  const selection = selectEntries(await readArchive(file), facts())
  expect(selection.schemasToCreate).toEqual(['heroku_ext'])
  expect(restored('fresh_without_schema', file, selection)).toEqual({ status: 0, stderr: '' })
})

test('an extension that tables need is a problem where it is missing, and skipping it takes them along', () => {
  const availableExtensions = facts().availableExtensions.filter(({ name }) => name !== 'citext')
  const { problems } = selectEntries(archive, { ...facts(), availableExtensions })
  expect(problems).toMatchObject([{ name: 'citext', why: 'is not installed on this server' }])
  expect(problems[0]?.neededBy).toEqual(expect.arrayContaining(['TABLE public.people', 'VIEW public.emails']))
  const selection = selectEntries(archive, { ...facts(), skipExtensions: ['citext'] })
  expect(selection).toMatchObject({ problems: [], extensionsLeftOut: ['pg_stat_statements'] })
  expect(selection.lost[0]?.objects).toEqual(
    expect.arrayContaining(['table public.people with its rows', 'view public.emails']),
  )
  expect(restored('fresh_without_citext', dump, selection)).toEqual({ status: 0, stderr: '' })
  expect(sql('developer', 'fresh_without_citext', "SELECT to_regclass('people') IS NULL, count(*) FROM measured")).toBe(
    't|0\n',
  )
})

/** A fresh database, owned by a role that is no superuser, restored from `selection`. */
function restored(database: string, file: string, selection: ReturnType<typeof selectEntries>) {
  sql('developer', 'postgres', `CREATE DATABASE ${database} TEMPLATE template0`)
  for (const schema of selection.schemasToCreate) sql('developer', database, `CREATE SCHEMA ${schema}`)
  const list = join(folder, `${database}.list`)
  writeFileSync(list, useList(selection.kept))
  const args = ['--no-owner', '--no-privileges', '-U', 'developer', '-L', list, '-d', database, file]
  const { status, stderr } = spawnSync(clientProgram(client, 'pg_restore'), args, {
    env: environment(),
    encoding: 'utf8',
  })
  return { status, stderr }
}

function facts(): Parameters<typeof selectEntries>[1] {
  const columns = 'DISTINCT ON (name) name, trusted, superuser'
  const rows = sql('developer', 'postgres', `SELECT ${columns} FROM pg_available_extension_versions`).trim().split('\n')
  const availableExtensions = rows.map((row) => {
    const [name = '', trusted, superuser] = row.split('|')
    return { name, trusted: trusted === 't', superuserOnly: superuser === 't' }
  })
  return { availableExtensions, roleIsSuperuser: false, skipExtensions: [] }
}

/** Dumps through a pipe, as Heroku does: then the archive has no data offsets. */
function dumpTo(file: string, ...options: string[]) {
  writeFileSync(file, run('pg_dump', ['--format=custom', '-U', 'admin', ...options, 'heroku']))
}

function sql(role: string, database: string, statements: string): string {
  const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-U', role, '-d', database]
  return run('psql', args, statements).toString()
}

function output(program: 'pg_dump' | 'pg_restore', args: string[]): string {
  return run(program, args).toString()
}

function run(program: 'psql' | 'pg_dump' | 'pg_restore', args: string[], input = ''): Buffer {
  return execFileSync(clientProgram(client, program), args, { env: environment(), input, stdio: 'pipe' })
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, PGHOST: folder }
}

function serverProgram(program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnServerProgram(program, args)
  if (status !== 0) throw new Error(`${program} failed: ${stdout}${stderr}`)
}

/** Postgres refuses to run as root, so there it runs as its own user. */
function spawnServerProgram(program: string, args: string[]) {
  const path = join(client.folder, program)
  const [first = '', ...rest] = isRoot
    ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', path, ...args]
    : [path, ...args]
  // pg_ctl leaves the server behind with its output: a pipe would never end.
  return spawnSync(first, rest, {
    cwd: dirname(folder),
    stdio: program === 'pg_ctl' ? 'ignore' : 'pipe',
    encoding: 'utf8',
  })
}
