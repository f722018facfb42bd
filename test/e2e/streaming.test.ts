import { copyFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dumpInFile, readHead } from '../../src/dumps/stream.ts'
import { useList } from '../../src/restore/load/list.ts'
import { selectEntries } from '../../src/restore/load/selection.ts'
import { rarely } from '../often.ts'
import { postgresPrograms } from '../sandbox/postgres-programs.ts'
import { type Fault, type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, makeOracle, programs, remains, type State, until } from './local-restore.ts'

/** A restore that loads while the download is still running: what comes out is what a plain pg_restore makes of the whole file. */

let sandbox: Sandbox
let stateOf: () => Promise<State>
let dump: string
const configuration = () => join(sandbox.project, '.parityrc')
/** Each restore loads: no pristine snapshot takes the place of that. */
const configure = (more = '') =>
  writeFileSync(configuration(), `environments:\n  demo: acme-demo\nrestore:\n  pristine: false\n${more}`)

beforeAll(async () => {
  sandbox = await startSandbox({ rows: 5000 })
  configure()
  await sandbox.heroku.query('acme-production', menagerie)
  await sandbox.heroku.backUp('acme-production')
  stateOf = await makeOracle(sandbox)
  await sandbox.local.query('postgres', `CREATE DATABASE the_old_one TEMPLATE ${live}`)
  const newest = sandbox.heroku.backups('acme-production').at(-1)
  dump = sandbox.heroku.dumpFile('acme-production', newest ?? expect.fail('no backup'))
})
afterAll(() => sandbox.stop())

async function putBackOld(): Promise<void> {
  await sandbox.local.query('postgres', `DROP DATABASE ${live}`)
  await sandbox.local.query('postgres', `CREATE DATABASE ${live} TEMPLATE the_old_one`)
}

let cache = 0
let undo: (() => void)[] = []
beforeEach(async () => {
  cache += 1
  if ((await stateOf()) !== 'old') await putBackOld()
  expect(await stateOf()).toBe('old')
  sandbox.requests.length = 0
})
afterEach(async () => {
  calmDown()
  expect(await remains(sandbox)).toEqual([])
})

const calmDown = () => {
  for (const end of undo) end()
  undo = []
}
const incoming = `${live}__parity_incoming`
const command = ['development', 'restore', 'production', '--no-pristine']
const env = () => ({ XDG_CACHE_HOME: join(sandbox.folder, 'home', `cache-${cache}`) })
const restore = (): Promise<Finished> => sandbox.run(command, { env: env() })
const misbehave = (action: Fault['action'], times?: number) =>
  undo.push(sandbox.misbehave({ path: '/storage/', action, ...(times === undefined ? {} : { times }) }))
/** Downloads, but for the look at the first bytes that tells the format. */
const downloads = () =>
  sandbox.requests.filter(({ path, headers }) => path.startsWith('/storage/') && headers.range !== 'bytes=0-7')
const size = () => statSync(dump).size
const half = () => Math.floor(size() / 2)

/** Everything that Postgres can hold and that is restored in an order of its own. */
const menagerie = `
  CREATE SCHEMA zoo;
  CREATE TABLE zoo."we""ird; -- 'name'
pg_restore: error: of a table" (id int PRIMARY KEY, "col umn" text);
  INSERT INTO zoo."we""ird; -- 'name'
pg_restore: error: of a table" SELECT n, 'row ' || n FROM generate_series(1, 50) n;
  CREATE INDEX "ïndex, with commas" ON zoo."we""ird; -- 'name'
pg_restore: error: of a table" ("col umn");
  CREATE TABLE zoo.empty (id int PRIMARY KEY, note text DEFAULT 'none');
  CREATE INDEX ON zoo.empty (note);
  CREATE TABLE zoo.made (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, doubled int GENERATED ALWAYS AS (n * 2) STORED);
  INSERT INTO zoo.made (n) SELECT generate_series(1, 200);
  CREATE INDEX ON zoo.made (doubled);
  CREATE TABLE zoo.parted (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE zoo.parted_1 PARTITION OF zoo.parted FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
  CREATE TABLE zoo.parted_2 PARTITION OF zoo.parted FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
  CREATE INDEX ON zoo.parted (at);
  INSERT INTO zoo.parted SELECT n, date '2024-01-01' + n FROM generate_series(0, 300) n;
  CREATE TABLE zoo.hen (id int PRIMARY KEY, egg int);
  CREATE TABLE zoo.egg (id int PRIMARY KEY, hen int REFERENCES zoo.hen);
  ALTER TABLE zoo.hen ADD FOREIGN KEY (egg) REFERENCES zoo.egg DEFERRABLE;
  INSERT INTO zoo.hen VALUES (1, NULL); INSERT INTO zoo.egg VALUES (1, 1); UPDATE zoo.hen SET egg = 1;
  CREATE MATERIALIZED VIEW zoo.summary AS SELECT n % 10 AS last, count(*) FROM zoo.made GROUP BY 1;
  CREATE UNIQUE INDEX ON zoo.summary (last);
  CREATE TABLE zoo.journal (n int);
  CREATE FUNCTION zoo.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO zoo.journal VALUES (NEW.id); RETURN NEW; END $$;
  CREATE TRIGGER note AFTER INSERT ON zoo.hen FOR EACH ROW EXECUTE FUNCTION zoo.note();
  CREATE RULE quiet AS ON DELETE TO zoo.egg DO INSTEAD NOTHING;
  CREATE DOMAIN zoo.small AS int CHECK (VALUE < 1000);
  CREATE TABLE zoo.a_lookup (n int PRIMARY KEY);
  INSERT INTO zoo.a_lookup SELECT generate_series(1, 100);
  CREATE FUNCTION zoo.is_known(int) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM zoo.a_lookup WHERE n = $1)';
  CREATE TABLE zoo.z_checked (n zoo.small CHECK (zoo.is_known(n)), filler text);
  INSERT INTO zoo.z_checked
    SELECT 1 + n % 100, (SELECT string_agg(md5(n::text || i), '') FROM generate_series(1, 30) i) FROM generate_series(1, 3000) n;
  CREATE INDEX ON zoo.z_checked (n);
  CREATE STATISTICS zoo.related ON n, doubled FROM zoo.made;
  CREATE VIEW zoo.seen AS SELECT id FROM zoo.hen;
  CREATE TABLE zoo.secrets (id int PRIMARY KEY);
  INSERT INTO zoo.secrets SELECT generate_series(1, 100);
  CREATE TABLE zoo.hints (secret int REFERENCES zoo.secrets);
  INSERT INTO zoo.hints SELECT generate_series(1, 100);
  CREATE MATERIALIZED VIEW zoo.a_sum AS SELECT sum(id) FROM zoo.secrets;
  CREATE POLICY nobody ON zoo.secrets USING (false);
  COMMENT ON POLICY nobody ON zoo.secrets IS 'hides all';
  ALTER TABLE zoo.secrets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  COMMENT ON INDEX zoo.made_doubled_idx IS 'has a comment';
  SELECT lo_from_bytea(4711, decode(repeat('00ff', 40000), 'hex')), lo_from_bytea(4712, 'small');`

/** A database as `pg_dump` writes it, in lines that don't depend on the order in which things were made. */
async function contents(database: string): Promise<string[]> {
  const words = [`${postgresPrograms()}/pg_dump`, '--no-owner', '--no-privileges', '--no-publications', database]
  const { status, stdout, stderr } = await sandbox.run(words, { env: superuser() })
  expect([status, stderr]).toEqual([0, ''])
  // pg_dump puts a random word around each dump.
  return stdout
    .split('\n')
    .filter((line) => !/^\\(?:un)?restrict /.test(line))
    .sort()
}

const superuser = () => ({
  PGHOST: sandbox.local.socketFolder,
  PGPORT: String(sandbox.local.port),
  PGUSER: sandbox.local.superuser,
})

/** What one pg_restore makes of the same entries of the whole file. */
async function plainlyRestored(file: string): Promise<string[]> {
  const { archive } = await readHead(dumpInFile(file, statSync(file).size).file, file)
  const extensions = ['citext', 'plpgsql'].map((name) => ({ name, trusted: true }))
  const { kept } = selectEntries(archive, {
    availableExtensions: extensions,
    roleIsSuperuser: false,
    skipExtensions: [],
  })
  const list = join(sandbox.folder, 'home', 'plain.list')
  writeFileSync(list, useList(kept))
  await sandbox.local.querySuper('postgres', 'DROP DATABASE IF EXISTS plain')
  await sandbox.local.querySuper('postgres', 'CREATE DATABASE plain TEMPLATE template0')
  await sandbox.local.querySuper('plain', 'CREATE SCHEMA IF NOT EXISTS heroku_ext')
  const words = [
    `${postgresPrograms()}/pg_restore`,
    '--no-owner',
    '--no-privileges',
    '--exit-on-error',
    '--dbname',
    'plain',
  ]
  const done = await sandbox.run([...words, '--use-list', list, file], { env: superuser() })
  expect(done).toMatchObject({ status: 0, stderr: '' })
  await sandbox.local.querySuper(
    'plain',
    "UPDATE ar_internal_metadata SET value = 'development' WHERE key = 'environment'",
  )
  return contents('plain')
}

async function isWhole(done: Pick<Finished, 'status' | 'stderr'>): Promise<void> {
  expect([done.status, await stateOf()], done.stderr).toEqual([0, 'new'])
  expect(await contents(live)).toEqual(await plainlyRestored(dump))
}

describe('what comes out is what a plain pg_restore makes', () => {
  rarely('of a download, and of the same file from the cache', async () => {
    const first = await restore()
    await isWhole(first)
    const again = await restore()
    expect(again.stderr).toContain('using the cached dump')
    expect(downloads()).toHaveLength(1)
    await isWhole(again)
  })

  rarely.each([['1'], ['4']])('with --jobs %s', async (jobs) => {
    await isWhole(await sandbox.run([...command, '--jobs', jobs], { env: env() }))
  })

  rarely('when it arrives slowly', async () => {
    misbehave({ kind: 'throttle', bytesPerSecond: half() })
    await isWhole(await restore())
  })

  rarely('when the line is cut in the middle, and the address has expired by then', async () => {
    misbehave({ kind: 'cut', afterBytes: half() }, 2) // the first of them is the look at the format
    misbehave({ kind: 'expired' }, 1)
    await isWhole(await restore())
    expect(downloads().map(({ status }) => status)).toEqual([200, 403, 206])
  })

  rarely('when another object takes the place of the first in the middle, for the next run', async () => {
    misbehave({ kind: 'cut', afterBytes: half() }, 2)
    misbehave({ kind: 'delay', ms: 1500 }, 1)
    const run = begin(sandbox, command, env())
    await until('the second request', () => downloads().length === 2)
    copyFileSync(dump, `${dump}.new`)
    renameSync(`${dump}.new`, dump)
    const ended = await run.end
    expect([ended.status, await stateOf()]).toEqual([1, 'old'])
    expect(ended.stderr).toContain(
      'the download must start over: the backup storage no longer has the same bytes\nrun it again\n',
    )
    await isWhole(await restore())
  })

  rarely(
    'where pg_restore is told to leave something out: the dump is only kept when it was read to its end',
    async () => {
      const done = await sandbox.run([...command, '--', '--no-comments'], { env: env() })
      expect([done.status, await stateOf()], done.stderr).toEqual([0, 'new'])
      expect((await restore()).stderr).toContain('using the cached dump')
    },
  )
})

describe('while the rest is still on its way', () => {
  const rowsIn = (table: string) =>
    sandbox.local.query(incoming, `SELECT FROM ${table} LIMIT 1`).then(
      (rows) => rows.length > 0,
      () => false,
    )
  const indexesOf = async (table: string) =>
    (await sandbox.local.query(incoming, `SELECT FROM pg_index WHERE indrelid = '${table}'::regclass`)).length

  const hasStatistics = async (table: string) =>
    (await sandbox.local.query(incoming, `SELECT FROM pg_stats WHERE tablename = '${table}' LIMIT 1`)).length > 0

  /** A restore of which two thirds have arrived, to the middle of the last and largest table, and no more comes. */
  async function stalled() {
    misbehave({ kind: 'hang', afterBytes: Math.floor((size() * 2) / 3) })
    const run = begin(sandbox, command, env())
    await until('the rows of articles', () => rowsIn('articles'))
    await until('the indexes of articles', async () => (await indexesOf('articles')) === 3)
    await until('the statistics of articles', () => hasStatistics('articles'))
    const last =
      "SELECT FROM pg_stat_activity WHERE application_name = 'parity load' AND query LIKE 'COPY zoo.z_checked %'"
    await until(
      'the first rows of the last table',
      async () => (await sandbox.local.querySuper('postgres', last)).length > 0,
    )
    return run
  }

  rarely('rows are in, and their indexes are built', async () => {
    const run = await stalled()
    expect(await sandbox.local.query(incoming, "SELECT FROM pg_constraint WHERE contype = 'f'")).toEqual([])
    run.kill('SIGINT')
    expect((await run.end).signal).toBe('SIGINT')
    expect(await stateOf()).toBe('old')
    calmDown()
    sandbox.requests.length = 0
    await isWhole(await restore())
    expect(downloads().map(({ headers }) => headers.range)).toEqual([expect.stringMatching(/^bytes=[1-9]\d+-$/)])
  })

  test('a pg_restore that is killed ends the restore at once', async () => {
    const run = await stalled()
    const loaders = () => programs(sandbox).filter(({ parent }) => parent === run.pid)
    await until('the pg_restore that waits for rows', () => loaders().length === 1, 100)
    process.kill(loaders()[0]?.pid ?? expect.fail('it has ended'), 'SIGKILL')
    const killed = Date.now()
    const done = await run.end
    expect(Date.now() - killed).toBeLessThan(30_000) // the silent download would be given up after a minute
    expect([done.status, await stateOf()]).toEqual([1, 'old'])
    expect(done.stderr).toContain('pg_restore` was ended by SIGKILL:\n')
    calmDown()
    await isWhole(await restore())
  })

  rarely('kill -9: no pg_restore stays, and the next run goes on', async () => {
    const run = await stalled()
    run.kill('SIGKILL')
    await run.end
    await until('the end of every pg_restore', () => programs(sandbox).length === 0)
    calmDown()
    await isWhole(await restore())
  })
})

describe('a load that fails', () => {
  const cached = () => readdirSync(join(env().XDG_CACHE_HOME, 'parity', 'acme-production'))
  afterEach(() => configure())

  rarely('names the error, and what was downloaded is not fetched again', async () => {
    configure('  excludeTableData: [users]\n')
    const done = await restore()
    expect([done.status, await stateOf()]).toEqual([1, 'old'])
    expect(done.stderr).toContain('  left out, by restore.excludeTableData: the rows of public.users\n')
    expect(done.stderr).toMatch(
      /\n1 object of the backup cannot be made here:\n {2}foreign key public\.\S+: .* violates foreign key constraint .*\nfix it in production, or go on without: `development restore production .*--allow-missing public\.\S+`\n/,
    )
    expect(cached().some((name) => name.endsWith('.dump'))).toBe(false)
    configure()
    sandbox.requests.length = 0
    await isWhole(await restore())
    expect(downloads().map(({ bytesSent }) => bytesSent)).toEqual([1])
  })

  rarely(
    'restore.excludeTableData: the structure stays, the rows don’t; a pattern without a table is told',
    async () => {
      configure('  excludeTableData: [event?, zoo.m*, "nothing"]\n')
      const done = await restore()
      expect(done.status, done.stderr).toBe(0)
      expect(done.stderr).toContain('  left out, by restore.excludeTableData: the rows of public.events, zoo.made\n')
      expect(done.stderr).toContain('warning: `nothing` in restore.excludeTableData matches no table of the backup\n')
      const [counts] = await sandbox.local.query(
        live,
        `SELECT (SELECT count(*)::int FROM events) AS events, (SELECT count(*)::int FROM zoo.made) AS made,
              (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM zoo.summary) AS summary,
              (SELECT count(*)::int FROM pg_index WHERE indrelid = 'zoo.made'::regclass) AS indexes`,
      )
      expect(counts).toEqual({ events: 0, made: 0, users: 500, summary: 0, indexes: 2 })
    },
  )

  rarely('what is left out is read all the same: damage in it is found', async () => {
    configure('  excludeTableData: [zoo.*, users, articles, events]\n')
    const flip = (original: Buffer) => {
      const bytes = Buffer.from(original)
      const at = Math.floor(bytes.length / 3)
      bytes[at] = (bytes[at] ?? 0) ^ 0x55
      return bytes
    }
    misbehave({ kind: 'body', replace: flip })
    const done = await restore()
    expect([done.status, await stateOf()]).toEqual([1, 'old'])
    expect(done.stderr).toContain('is damaged: ')
    expect(cached()).toEqual([])
  })
})

rarely('an archive without a table', async () => {
  const file = join(sandbox.project, 'empty.dump')
  await sandbox.local.querySuper('postgres', 'CREATE DATABASE nothing')
  const words = [`${postgresPrograms()}/pg_dump`, '--format=custom', '--file', file, 'nothing']
  expect(await sandbox.run(words, { env: superuser() })).toMatchObject({ status: 0 })
  expect(await sandbox.run(['development', 'restore', '--file', 'empty.dump'])).toMatchObject({ status: 0 })
  expect(await sandbox.local.query(live, "SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toEqual(
    [],
  )
  rmSync(file)
})
