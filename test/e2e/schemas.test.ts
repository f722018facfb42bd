import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { few, often, rarely } from '../often.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { remains } from './local-restore.ts'
import { newestClients, releasesMissing, withRelease } from './postgres-releases.ts'

/** Schemas as they are in the wild, each of a kind that a load could stumble over. */

let sandbox: Sandbox
/** The sandbox with a server of Postgres 17 as the developer's own. */
let on17: Sandbox | undefined
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 20, stagingRows: 20 })
  if (!releasesMissing.includes(17)) on17 = await withRelease(sandbox, 17)
})
afterAll(async () => {
  await on17?.stop()
  await sandbox.stop()
})

const superuser = ({ local }: Sandbox) => ({
  PGHOST: local.socketFolder,
  PGPORT: String(local.port),
  PGUSER: local.superuser,
})
const restore = (into: Sandbox, ...words: string[]): Promise<Finished> => into.run(['development', 'restore', ...words])
/** The database `name` over the superuser's socket. */
const asSuperuser = ({ local }: Sandbox, name: string) =>
  `postgresql://${local.superuser}@/${name}?host=${encodeURIComponent(local.socketFolder)}&port=${local.port}`

/** A database made of `sql` on the server of this machine, dumped to a file by `line`. */
async function dumpOf(
  name: string,
  sql: string,
  line = 'pg_dump --format=custom --file "$file" "$name"',
): Promise<string> {
  await sandbox.local.querySuper('postgres', `CREATE DATABASE ${name} TEMPLATE template0`)
  await sandbox.local.querySuper(name, sql)
  const file = join(sandbox.folder, 'home', `${name}.dump`)
  const made = await sandbox.run(['sh', '-c', line], { env: { ...superuser(sandbox), file, name } })
  expect(made).toMatchObject({ status: 0, stderr: '' })
  return file
}

const someRows = 'CREATE TABLE t (n int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 300)'

describe('bytes behind the last block are not looked at', () => {
  test.each(
    few(1, [
      ['whatever stands there', 'pg_dump -Fc "$name" > "$file"; printf "%0999d" 7 >> "$file"'],
      ['a second table of contents', 'pg_dump -Fc "$name" >> "$file"'],
    ] as const),
  )('%s', async (what, line) => {
    const name = `behind_${what.length}`
    const file = await dumpOf(name, someRows, line)
    expect(await restore(sandbox, '--file', file, '--database', `new_${name}`)).toMatchObject({ status: 0 })
    expect(await sandbox.local.querySuper(`new_${name}`, 'SELECT count(*)::int AS rows FROM t')).toEqual([
      { rows: 300 },
    ])
  })

  test.runIf(often && newestClients)('what pg_dump of Postgres 18 leaves there', async () => {
    const file = await dumpOf('behind_18', someRows, `${newestClients}/pg_dump -Fc "$name" > "$file"`)
    const env = { PATH: `${newestClients}:${sandbox.env.PATH}` }
    const done = await sandbox.run(['development', 'restore', '--file', file, '--database', 'new_18'], { env })
    expect([done.status, done.stderr]).toEqual([0, expect.stringContaining('new_18 is now')])
  })
})

/** Functions that name others without their schema, as production's search path lets them. */
const unqualified = `
  CREATE EXTENSION cube; CREATE EXTENSION earthdistance; CREATE EXTENSION unaccent;
  CREATE TABLE s (lat float8, lng float8); INSERT INTO s VALUES (1, 1);
  CREATE INDEX s_place ON s USING gist (ll_to_earth(lat, lng));
  COMMENT ON INDEX s_place IS 'where it is';
  CREATE FUNCTION plain(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(unaccent(t))';
  CREATE TABLE docs (title text, words tsvector); INSERT INTO docs VALUES ('Über', to_tsvector('simple', 'a b b'));
  CREATE INDEX docs_plain ON docs (plain(title));
  CREATE SCHEMA reports;
  CREATE TABLE reports.days (n int); INSERT INTO reports.days VALUES (1), (2);
  CREATE FUNCTION reports.total() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT sum(n) FROM days); END $$;
  SET search_path TO public, reports;
  CREATE MATERIALIZED VIEW reports.totals AS SELECT reports.total() AS n;
  CREATE MATERIALIZED VIEW common AS SELECT word FROM ts_stat('SELECT words FROM docs');
  CREATE UNIQUE INDEX common_word ON common (word);
`
const contents = `
  SELECT (SELECT string_agg(obj_description(indexname::regclass, 'pg_class'), ' ') FROM pg_indexes
           WHERE schemaname = 'public') AS described,
         (SELECT count(*)::int FROM pg_indexes WHERE schemaname = 'public') AS indexes,
         (SELECT count(*)::int FROM pg_matviews WHERE ispopulated) AS views`

describe('functions with unqualified names in indexes and views', () => {
  let file: string
  beforeAll(async () => {
    file = await dumpOf('unqualified', unqualified)
  })

  rarely('are made as in production where Postgres lets them', async () => {
    const done = await restore(sandbox, '--file', file, '--database', asSuperuser(sandbox, 'unqualified_here'))
    expect([done.status, done.stderr]).toEqual([0, expect.not.stringMatching(/warning|without/)])
    const [here] = await sandbox.local.querySuper('unqualified_here', contents)
    expect(here).toEqual((await sandbox.local.querySuper('unqualified', contents))[0])
    expect(
      await sandbox.local.querySuper('unqualified_here', 'SELECT n::int, word FROM reports.totals, common ORDER BY 2'),
    ).toEqual([
      { n: 3, word: 'a' },
      { n: 3, word: 'b' },
    ])
    expect(await remains(sandbox)).toEqual([])
  })

  test('are listed on Postgres 17, and the line says how to go on without them', async ({ skip }) => {
    const into = on17 ?? skip('there is no server of it for this machine')
    const database = asSuperuser(into, 'unqualified_17')
    const refused = await restore(into, '--file', file, '--database', database)
    const line = `development restore --file ${file} --database '${database}' --allow-missing public.docs_plain,public.common,reports.totals`
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringContaining(
        [
          '',
          '3 objects of the backup cannot be made here:',
          '  index public.docs_plain: function unaccent(text) does not exist',
          '  rows of the materialized view public.common: relation "docs" does not exist',
          '  rows of the materialized view reports.totals: relation "days" does not exist',
          'fix them in production (ALTER FUNCTION public.plain(text) SET search_path = public; ' +
            `ALTER FUNCTION reports.total() SET search_path = reports, public), or go on without: \`${line}\``,
          '',
        ].join('\n'),
      ),
    ])
    expect(await remains(into)).toEqual([])
    const done = await into.run(['sh', '-c', line])
    const without =
      'unqualified_17 is without index public.docs_plain, rows of the materialized view public.common, rows of the materialized view reports.totals'
    expect([done.status, done.stderr]).toEqual([0, expect.stringContaining(`\nwarning: ${without}\n`)])
    expect(await into.local.querySuper('unqualified_17', contents)).toEqual([
      { described: 'where it is', indexes: 2, views: 0 },
    ])
  })
})

const orphans = `
  CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers VALUES (1);
  CREATE TABLE orders (id int, customer_id int CONSTRAINT orders_customer REFERENCES customers);
  COMMENT ON CONSTRAINT orders_customer ON orders IS 'who pays';
  SET session_replication_role = replica; INSERT INTO orders VALUES (1, 1), (2, 99);
  CREATE TABLE words (word text); INSERT INTO words VALUES ('twice'), ('once');
  CREATE UNIQUE INDEX words_once ON words (word);
  UPDATE pg_index SET indisready = false, indislive = false, indisvalid = true WHERE indexrelid = 'words_once'::regclass;
  INSERT INTO words VALUES ('twice');
  UPDATE pg_index SET indisready = true, indislive = true WHERE indexrelid = 'words_once'::regclass`

describe('statistics', () => {
  const related = `
    CREATE FUNCTION half(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
      IF current_setting('application_name') LIKE 'NAME' THEN RAISE EXCEPTION 'not now'; END IF;
      RETURN n / 2; END $$;
    CREATE TABLE plain AS SELECT n, n % 7 AS day FROM generate_series(1, 300) n;
    CREATE INDEX plain_text ON plain ((n::text));
    CREATE TABLE halves AS TABLE plain;
    CREATE INDEX halves_half ON halves (half(n));
    CREATE TABLE pairs AS TABLE plain;
    CREATE STATISTICS pairs_both ON n, day FROM pairs;
    CREATE TABLE logs (n int, day int) PARTITION BY LIST (day);
    CREATE TABLE logs_some PARTITION OF logs FOR VALUES IN (0, 1, 2);
    CREATE TABLE logs_others PARTITION OF logs DEFAULT;
    INSERT INTO logs TABLE plain;
    CREATE TABLE older () INHERITS (plain);
    INSERT INTO older TABLE halves;
    CREATE MATERIALIZED VIEW days AS SELECT day, count(*) FROM plain GROUP BY day`
  const made = `
    SELECT string_agg(relname, ' ' ORDER BY relname) AS without FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND (relkind IN ('r', 'm', 'p') OR relname IN ('plain_text', 'halves_half'))
       AND NOT EXISTS (SELECT FROM pg_statistic WHERE starelid = pg_class.oid)`
  const several = 'SELECT count(*)::int AS several FROM pg_statistic_ext_data'

  test.each(
    few(1, [
      ['as each table is finished', {}],
      ['after the last command of the project', { after: [['true']] }],
    ] as const),
  )('of tables, parts, heirs, views and expressions, %s', async (_, settings) => {
    const file = await dumpOf('related', related)
    await writeFile(join(sandbox.project, '.parityrc'), JSON.stringify({ restore: settings }))
    expect(await restore(sandbox, '--file', file, '--database', 'acme_related')).toMatchObject({ status: 0 })
    expect(await sandbox.local.querySuper('acme_related', made)).toEqual([{ without: null }])
    expect(await sandbox.local.querySuper('acme_related', several)).toEqual([{ several: 1 }])
    await sandbox.local.querySuper('postgres', 'DROP DATABASE related')
  })

  rarely('those that cannot be made are worth a warning', async () => {
    const file = await dumpOf('related', related.replace('NAME', 'parity analyze%'))
    const { status, stderr } = await restore(sandbox, '--file', file, '--database', 'acme_related')
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining('warning: ANALYZE failed, so first queries may be slow: Postgres refused: not now\n'),
    ])
    expect(await sandbox.local.querySuper('acme_related', made)).toEqual([{ without: 'halves halves_half' }])
    await sandbox.local.querySuper('postgres', 'DROP DATABASE related')
  })
})

describe('what may be missing is remembered', () => {
  const here = (sql: string) => sandbox.local.querySuper('acme_orphans', sql)
  const comment = async () =>
    (
      await here(
        "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = 'acme_orphans'",
      )
    )[0]?.comment
  const run = (...words: string[]) => sandbox.run(['development', ...words, '--database', 'acme_orphans'])
  const missing = 'restored by parity without ["index public.words_once"]'

  test('a foreign key that rows break is NOT VALID, and an index is gone', async () => {
    const file = await dumpOf('orphans', orphans)
    await sandbox.local.querySuper('postgres', 'CREATE DATABASE acme_orphans OWNER developer')
    await sandbox.local.querySuper('postgres', "COMMENT ON DATABASE acme_orphans IS 'mine'")
    const one = await run('restore', '--file', file, '--allow-missing', 'words_once')
    expect([one.status, one.stderr]).toEqual([
      1,
      expect.stringContaining('--allow-missing words_once,public.orders.orders_customer`\n'),
    ])
    expect(await comment()).toBe('mine')
    await writeFile(
      join(sandbox.project, '.parityrc'),
      JSON.stringify({ restore: { allowMissing: ['orders_customer'] } }),
    )
    const both = await run('restore', '--file', file, '--allow-missing', 'words_once')
    expect([both.status, both.stderr]).toEqual([
      0,
      expect.stringMatching(
        /\nwarning: NOT VALID[^\n]*: foreign key public\.orders\.orders_customer\n[\s\S]*\nwarning: acme_orphans is without index public\.words_once\n/,
      ),
    ])
    expect(
      await here(
        "SELECT convalidated AS valid, obj_description(oid) AS comment FROM pg_constraint WHERE conname = 'orders_customer'",
      ),
    ).toEqual([{ valid: false, comment: 'who pays' }])
    expect(
      await here('SELECT (SELECT count(*)::int FROM words) AS words, (SELECT count(*)::int FROM orders) AS orders'),
    ).toEqual([{ words: 3, orders: 2 }])
    expect(await comment()).toBe(`mine\n${missing}`)
  })

  rarely('`undo`, snapshots and the pristine copy take it along', async () => {
    expect(await run('backup', 'lacking')).toMatchObject({ status: 0 })
    expect(await run('undo')).toMatchObject({ status: 0 })
    expect(await comment()).toBe('mine')
    const again = await run('restore', 'lacking')
    expect([again.status, again.stderr]).toEqual([
      0,
      expect.stringContaining('\nwarning: acme_orphans is without index public.words_once\n'),
    ])
    expect(await comment()).toBe(`mine\n${missing}`)
    const { stdout } = await run('backups')
    expect(stdout.split('\n')[0]).toBe('acme_orphans is without index public.words_once')
    expect(stdout).toMatch(/^ {2}lacking .* of acme_orphans, without index public\.words_once$/m)
    expect(stdout).toMatch(/^ {2}pristine .*, without index public\.words_once$/m)
    const list = JSON.parse((await run('backups', '--json')).stdout)
    expect([list.missing, list.snapshots.map((one: { missing: string[] }) => one.missing)]).toEqual([
      ['index public.words_once'],
      [['index public.words_once'], ['index public.words_once']],
    ])
  })

  rarely('and a whole restore ends it', async () => {
    const file = await dumpOf('whole', someRows)
    const done = await run('restore', '--file', file)
    expect([done.status, done.stderr]).toEqual([
      0,
      expect.stringContaining('warning: nothing in the backup is called `orders_customer`, which may be missing\n'),
    ])
    expect(await comment()).toBe('mine')
  })
})

/** All that only a superuser can have. */
const privileged = `
  CREATE EXTENSION postgres_fdw; CREATE EXTENSION hstore;
  COMMENT ON EXTENSION hstore IS 'for the old settings'; COMMENT ON SCHEMA public IS 'all of it';
  CREATE SERVER archive FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'archive.internal');
  CREATE ROLE gone; CREATE USER MAPPING FOR gone SERVER archive OPTIONS (user 'x');
  CREATE TABLE settings (id int PRIMARY KEY, kept hstore); INSERT INTO settings VALUES (1, 'a=>1');
  CREATE INDEX settings_kept ON settings USING gin (kept);
  CREATE VIEW kept AS SELECT kept FROM settings;
  CREATE TABLE people (email text); INSERT INTO people VALUES ('ada@example.org'); CREATE INDEX ON people (email);
  CREATE MATERIALIZED VIEW emails AS SELECT email FROM people;
  CREATE TABLE ddl (tag text);
  CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.ddl VALUES (tg_tag); END $$;
  CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note();
  COMMENT ON EVENT TRIGGER note IS 'who did it';
  CREATE TABLE noted (n int)`

describe('what belongs to the application', () => {
  let file: string
  beforeAll(async () => {
    file = await dumpOf('privileged', privileged)
    await sandbox.local.querySuper('privileged', 'DROP USER MAPPING FOR gone SERVER archive; DROP ROLE gone')
  })

  test('its event trigger sees nothing of the restore, its comments stay, a mapping for a role that is not here does no harm', async () => {
    await writeFile(
      join(sandbox.project, '.parityrc'),
      JSON.stringify({ restore: { scrub: { people: { email: 'email' } } } }),
    )
    const done = await restore(sandbox, '--file', file, '--database', asSuperuser(sandbox, 'privileged_here'))
    expect([done.status, done.stderr]).toEqual([
      0,
      expect.stringContaining('1 error that does no harm: a user mapping is for role gone, which is not here\n'),
    ])
    const here = (sql: string) => sandbox.local.querySuper('privileged_here', sql)
    expect(await here('SELECT tag FROM ddl')).toEqual([{ tag: 'CREATE TABLE' }])
    await here('CREATE TABLE another (n int)')
    expect(await here('SELECT count(*)::int AS noted FROM ddl')).toEqual([{ noted: 2 }])
    const comments = `
      SELECT obj_description(oid) AS comment FROM pg_extension WHERE extname = 'hstore' UNION ALL
      SELECT obj_description('public'::regnamespace) UNION ALL SELECT obj_description(oid) FROM pg_event_trigger`
    expect((await here(comments)).map(({ comment }) => comment)).toEqual([
      'for the old settings',
      'all of it',
      'who did it',
    ])
  })

  rarely('what leaves with a skipped extension is named', async () => {
    await writeFile(join(sandbox.project, '.parityrc'), '{}')
    const done = await restore(
      sandbox,
      '--file',
      file,
      '--skip-extension',
      'hstore,postgres_fdw',
      '--database',
      asSuperuser(sandbox, 'skipped'),
    )
    expect([done.status, done.stderr]).toEqual([
      0,
      expect.stringContaining(
        'warning: left out with the extension hstore: table public.settings with its rows, view public.kept, constraint public.settings settings_pkey, index public.settings_kept\n',
      ),
    ])
    expect(done.stderr).toContain(
      'warning: left out with the extension postgres_fdw: server archive, user mapping gone SERVER archive\n',
    )
    expect(done.stderr).not.toContain('nothing else needs it')
  })
})
