import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ColumnFacts } from '../../src/postgres/columns.ts'
import { type Preset, presetExpression, presets, roomOf } from '../../src/restore/scrub/presets.ts'
import { rarely } from '../often.ts'
import { type Row, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, makeOracle, remains, type State } from './local-restore.ts'

/** Every raw value that must not arrive holds this word, so that it can be looked for in the server's very files. */
const raw = 'zorro'

/** Much that stands in the way of an UPDATE, in one schema. */
const structure = `
CREATE SCHEMA tenant;
CREATE TABLE public.people (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email varchar(60) NOT NULL CONSTRAINT people_email UNIQUE DEFERRABLE INITIALLY DEFERRED CHECK (email LIKE '%@%'),
  login varchar(20) UNIQUE, code char(4), full_name text, phone varchar(15) UNIQUE, street varchar(12), note text,
  salary numeric(8, 2), staff_no smallint UNIQUE CHECK (staff_no > 0), badge uuid, reference text, birthday date, data jsonb,
  shouting text GENERATED ALWAYS AS (upper(full_name)) STORED);
CREATE TABLE public.friends (
  email varchar(60) PRIMARY KEY, of varchar(60) REFERENCES public.friends DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE tenant.letters (
  id serial PRIMARY KEY, recipient varchar(60) REFERENCES public.friends ON UPDATE CASCADE, body text);
CREATE TABLE public.visits (day date NOT NULL, visitor text NOT NULL, UNIQUE (day, visitor)) PARTITION BY RANGE (day);
CREATE TABLE tenant.visits_old PARTITION OF public.visits FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE public.visits_new PARTITION OF public.visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE public.staff (contact text);
CREATE TABLE public.night_staff (shift text) INHERITS (public.staff);
CREATE TABLE tenant."it's ""a""; DROP TABLE users; --" ("e;""mail" text, "parity_ranks" int UNIQUE);

INSERT INTO public.people (email, login, code, full_name, phone, street, note, salary, staff_no, badge, reference, birthday, data)
  SELECT '${raw}' || n || '@x.test', '${raw}' || n, 'z' || n % 10, '${raw} ' || n % 50, '${raw}' || n, '${raw} ' || n, repeat('${raw} ', n % 30),
         n * 7.25, n, md5(n::text)::uuid, md5('${raw}' || n), date '2000-01-01' + n, json_build_object('name', '${raw}')
    FROM generate_series(1, 200) n;
INSERT INTO public.people (email, login, code, full_name) VALUES ('${raw}A@x.test', '', '', ''), ('${raw}a@x.test', NULL, NULL, NULL);
CREATE INDEX people_name ON public.people (lower(full_name)) WHERE note <> '';
CREATE INDEX people_id ON public.people (id DESC);
COMMENT ON INDEX public.people_name IS 'it''s for "search"';
COMMENT ON CONSTRAINT people_email ON public.people IS 'once';
CREATE INDEX people_code ON public.people (code);
ALTER TABLE public.people CLUSTER ON people_code;
ALTER TABLE public.friends REPLICA IDENTITY USING INDEX friends_pkey;
CREATE FUNCTION public.meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a trigger fired'; END $$;
CREATE TRIGGER "mind; this" BEFORE UPDATE ON public.people FOR EACH ROW EXECUTE FUNCTION public.meddle();
CREATE TRIGGER always AFTER UPDATE ON public.people EXECUTE FUNCTION public.meddle();
CREATE TRIGGER sleeping AFTER UPDATE ON public.people EXECUTE FUNCTION public.meddle();
ALTER TABLE public.people ENABLE ALWAYS TRIGGER always, DISABLE TRIGGER sleeping;
CREATE TRIGGER part BEFORE UPDATE ON tenant.visits_old FOR EACH ROW EXECUTE FUNCTION public.meddle();
CREATE INDEX visits_own ON tenant.visits_old (visitor);

INSERT INTO public.friends SELECT '${raw}' || n, CASE WHEN n > 1 THEN '${raw}' || n - 1 END FROM generate_series(1, 50) n;
INSERT INTO tenant.letters (recipient, body) SELECT '${raw}' || 1 + n % 50, '${raw}' FROM generate_series(1, 100) n;
CREATE RULE no_update AS ON UPDATE TO tenant.letters DO INSTEAD NOTHING;
INSERT INTO public.visits SELECT date '2023-12-01' + n, '${raw}' FROM generate_series(1, 60) n;
ALTER TABLE public.visits ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY few ON public.visits USING (visitor = 'nobody');
INSERT INTO public.staff VALUES ('${raw}');
INSERT INTO public.night_staff VALUES ('${raw}', 'late');
INSERT INTO tenant."it's ""a""; DROP TABLE users; --" SELECT '${raw}', n FROM generate_series(1, 20) n;
CREATE VIEW public.names AS SELECT id, full_name FROM public.people;
CREATE MATERIALIZED VIEW public.b_names AS SELECT full_name FROM public.names;
CREATE MATERIALIZED VIEW public.a_names AS SELECT count(*) AS people, max(full_name) AS last FROM public.b_names;
CREATE UNIQUE INDEX ON public.a_names (people);
`

const rules = {
  users: { email: 'email', name: 'name', phone: "'+1 555 ' || id" },
  'public.people': {
    ...{ email: 'email', login: 'email', code: 'text', full_name: 'name', phone: 'phone', street: 'address' },
    ...{ note: 'text', salary: 'number', staff_no: 'number', badge: 'uuid', reference: 'uuid', birthday: 'null' },
    data: `jsonb_build_object('name', left(full_name, 1)) -- the old one`,
  },
  friends: { email: 'email' },
  letters: { body: 'text' },
  visits: { visitor: 'email' },
  staff: { contact: null },
  'it\'s "a"; DROP TABLE users; --': { 'e;"mail': 'text', parity_ranks: 'number' },
}

let sandbox: Sandbox
let stateOf: () => Promise<State>
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 2000 })
  await sandbox.heroku.query('acme-production', structure)
  await sandbox.heroku.backUp('acme-production')
  stateOf = await makeOracle(sandbox)
})
afterAll(() => sandbox.stop())

const configure = (restore: object) => writeFile(join(sandbox.project, '.parityrc'), JSON.stringify({ restore }))
const restore = (...words: string[]) => sandbox.run(['development', 'restore', 'production', ...words])
const here = (sql: string) => sandbox.local.querySuper(live, sql)
const there = (sql: string) => sandbox.heroku.query('acme-production', sql)
/** The lines of a failed run after the one of its last stage. */
const complaint = (stderr: string) => stderr.replace(/^.*\n(?:load|scrub|refresh|run): [^\n]*\n/s, '')

async function undo(): Promise<void> {
  expect(await sandbox.run(['development', 'undo'])).toMatchObject({ status: 0 })
  expect(await stateOf()).toBe('old')
}

describe('a database where much stands in the way', () => {
  let before: Row[]
  beforeAll(async () => {
    await configure({ scrub: rules })
    const done = await restore('--no-pristine')
    expect([done.status, done.stderr]).toEqual([0, expect.stringContaining('scrub: ')])
    before = await there('SELECT * FROM people ORDER BY id')
  })
  afterAll(undo)

  test('no file of the database holds a raw value', async () => {
    await here('CHECKPOINT')
    const found = await here(`
      SELECT oid::regclass::text AS name FROM pg_class
       WHERE pg_relation_filepath(oid) IS NOT NULL AND position('${raw}'::bytea IN pg_read_binary_file(pg_relation_filepath(oid))) > 0`)
    expect(found).toEqual([])
  })

  test('every preset, each in its place', async () => {
    const [first] = await here('SELECT * FROM people WHERE id = 137')
    expect(first).toEqual({
      id: '137',
      email: expect.stringMatching(/^user-[0-9a-f]{16}@example\.com$/),
      login: expect.stringMatching(/^\d+@example\.com$/),
      code: expect.stringMatching(/^[0-9a-f]{2} {2}$/),
      full_name: expect.stringMatching(/^[A-Z][a-z]+ [A-Z][a-z]+$/),
      phone: expect.stringMatching(/^\+1555\d{7}$/),
      street: expect.stringMatching(/^\d+ Example/),
      note: expect.stringMatching(/^[0-9a-f]{16} lorem ipsum dolor/),
      salary: expect.stringMatching(/^\d{3}\.\d\d$/),
      staff_no: expect.any(Number),
      badge: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
      reference: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
      birthday: null,
      data: { name: 'z' },
      shouting: String(first?.full_name).toUpperCase(),
    })
  })

  test('what was alike stays alike, what was different stays different', async () => {
    const after = await here('SELECT * FROM people ORDER BY id')
    const different = (rows: Row[], column: string) => new Set(rows.map((row) => row[column])).size
    for (const column of ['email', 'login', 'phone', 'staff_no', 'badge', 'reference'])
      expect([column, different(after, column)]).toEqual([column, different(before, column)])
    const names = new Map(before.map((row, index) => [row.full_name, after[index]?.full_name]))
    expect(after.map(({ full_name }) => full_name)).toEqual(before.map(({ full_name }) => names.get(full_name)))
  })

  test('NULL and empty texts stay', async () => {
    expect(await here('SELECT login, code, full_name, phone, staff_no FROM people WHERE id > 200 ORDER BY id')).toEqual(
      [
        { login: '', code: '    ', full_name: '', phone: null, staff_no: null },
        { login: null, code: null, full_name: null, phone: null, staff_no: null },
      ],
    )
  })

  test('foreign keys hold, and who refers to a scrubbed value follows it', async () => {
    expect(
      await here(`SELECT count(*)::int AS letters, count(DISTINCT recipient)::int AS recipients, count(f.email)::int AS friends
                    FROM tenant.letters LEFT JOIN friends f ON f.email = recipient`),
    ).toEqual([{ letters: 100, recipients: 50, friends: 100 }])
    expect(await here('SELECT count(*)::int AS chain FROM friends a JOIN friends b ON b.of = a.email')).toEqual([
      { chain: 49 },
    ])
  })

  test('partitions, heirs and hostile names', async () => {
    expect(await here('SELECT count(*)::int AS rows, count(DISTINCT visitor)::int AS visitors FROM visits')).toEqual([
      { rows: 60, visitors: 1 },
    ])
    expect(await here('SELECT contact FROM staff')).toEqual([{ contact: null }, { contact: null }])
    expect(
      await here(
        `SELECT count(DISTINCT "e;""mail")::int AS mails, min(parity_ranks), max(parity_ranks) FROM tenant."it's ""a""; DROP TABLE users; --"`,
      ),
    ).toEqual([{ mails: 1, min: 1, max: 20 }])
    expect(await here('SELECT count(*)::int AS users, count(DISTINCT email)::int AS emails FROM users')).toEqual([
      { users: 200, emails: 200 },
    ])
  })

  test('materialized views are of the new values', async () => {
    expect(await here('SELECT last = (SELECT max(full_name) FROM people) AS same FROM a_names')).toEqual([
      { same: true },
    ])
  })

  test('everything else is as it was: indexes, constraints, triggers, rules, policies, comments', async () => {
    const look = `
      SELECT json_agg(DISTINCT pg_get_indexdef(indexrelid) || indisvalid || indisclustered || indisreplident || coalesce(obj_description(indexrelid), '')) AS indexes,
             (SELECT json_agg(pg_get_constraintdef(oid) || conname || coalesce(obj_description(oid), '') ORDER BY conrelid::regclass::text, conname) FROM pg_constraint WHERE conrelid <> 0) AS constraints,
             (SELECT json_agg(tgname::text || tgenabled::text ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal) AS triggers,
             (SELECT json_agg(rulename::text || ev_enabled::text ORDER BY rulename) FROM pg_rewrite WHERE rulename <> '_RETURN' ) AS rules,
             (SELECT json_agg(relname ORDER BY relname) FROM pg_class WHERE relforcerowsecurity) AS forced
        FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
       WHERE relnamespace IN ('public'::regnamespace, 'tenant'::regnamespace)`
    const [now, once] = [await here(look), await there(look)]
    expect(now).toEqual(once)
    expect(JSON.stringify(now)).toContain('it\'s for \\"search\\"')
  })

  rarely('the same value becomes the same again, by a key that only its owner reads', async () => {
    const twin = await restore('--no-pristine', '--database', sandbox.local.url('acme_twin'))
    expect([twin.status, twin.stderr]).toEqual([0, expect.stringContaining('acme_twin is now')])
    const people = 'SELECT * FROM people ORDER BY id'
    expect(await sandbox.local.querySuper('acme_twin', people)).toEqual(await here(people))
    const key = join(sandbox.folder, 'home/.cache/parity/_scrub.key')
    expect([(await stat(key)).mode & 0o777, (await readFile(key, 'utf8')).length]).toEqual([0o600, 64])
  })
})

describe('presets in columns of every type', () => {
  const values = {
    number: ['0', '-7', '42', '99', '32767', '31000'],
    int4: ['2147483647', '-2147483648', '1999999999', '7'],
    int8: ['9223372036854775807', '-9223372036854775808', '1', '1000000000000000000'],
    decimal: ['0.01', '-9.99', '0', '123.45', '999.99'],
    float: ['0.25', '-1e300', 'NaN', 'Infinity', '3.14'],
    text: ['a', 'zorro@x.example', 'ünïcödé ✓', ''],
  }
  const longTypes = ['text', 'varchar(60)', 'varchar(36)', 'char(40)', 'citext', 'short']
  test.each<[type: string, preset: Preset, values: string[]]>([
    ...(['int2', 'int4', 'int8', 'numeric', 'numeric(7,2)', 'real'] as const).map(
      (type) => [type, 'number', values.number] as never,
    ),
    ['int4', 'number', values.int4],
    ['int8', 'number', values.int8],
    ['numeric(5,2)', 'number', values.decimal],
    ['numeric', 'number', ['123456789012345678901234567890', '-1', '0']],
    ['float8', 'number', values.float],
    ...longTypes.flatMap((type) =>
      presets.flatMap((preset) =>
        type === 'short' && preset === 'uuid' ? [] : [[type, preset, values.text] as never],
      ),
    ),
    ...(['name', 'address', 'text', 'number', 'phone'] as const).map(
      (preset) => ['varchar(4)', preset, ['a', 'abcd', '']] as never,
    ),
    ['uuid', 'uuid', ['00000000-0000-0000-0000-000000000000']],
    ['date', 'null', ['2024-01-01']],
  ])('%s: %s', async (type, preset, values) => {
    const literals = values.map((value) => `('${value}')`).join(', ')
    const setUp = `CREATE DOMAIN pg_temp.short AS varchar(16); CREATE TEMP TABLE t (v ${type}); INSERT INTO t VALUES ${literals};`
    const [, length] = /\((\d+)\)$/.exec(type) ?? []
    const [, scale] = /,(\d+)\)$/.exec(type) ?? []
    const base =
      type === 'short'
        ? 'varchar'
        : type
            .replace(/\(.*/, '')
            .replace('real', 'float4')
            .replace(/^char$/, 'bpchar')
    const column = {
      baseType: base,
      length: type === 'short' ? 16 : length ? Number(length) : null,
      scale: scale ? Number(scale) : null,
    }
    const made = presetExpression(preset, 'v', roomOf(column as ColumnFacts, false), '1')
    if (typeof made === 'string') throw new Error(made)
    const sql = `${setUp} SET parity.scrub_key = 'k'; ALTER TABLE t ADD old text; UPDATE t SET old = v::text; UPDATE t SET v = ${made.sql}; SELECT v::text AS new, old FROM t`
    const rows = await sandbox.local.query(live, sql)
    expect(rows.length).toBe(values.length)
    for (const { new: scrubbed, old } of rows) {
      const isNothing = /^( *|0(\.0+)?|NaN)$/.test(String(old))
      if (preset === 'null') expect(scrubbed).toBeNull()
      else if (isNothing) expect(scrubbed).toBe(old)
      else expect(scrubbed).not.toBe(old)
    }
  })
})

describe('the promise', () => {
  test('at no moment does the live name show a raw value', async () => {
    await configure({ scrub: { users: { email: 'email' } } })
    // A superuser's session would be one that the restore may not end.
    const asDeveloper = (sql: string) => sandbox.local.query(live, sql)
    const looks = { old: 0, new: 0, raw: 0 }
    const run = begin(sandbox, ['development', 'restore', 'production', '--no-pristine'])
    let isOver = false
    const end = run.end.finally(() => {
      isOver = true
    })
    while (!isOver) {
      // The old database has three users. A look may be cut off by the swap.
      const [row] = await asDeveloper('SELECT email FROM users WHERE id = 100 UNION ALL SELECT NULL ORDER BY 1').catch(
        () => [],
      )
      if (row) looks[row.email === null ? 'old' : String(row.email).endsWith('@example.com') ? 'new' : 'raw'] += 1
    }
    expect((await end).status).toBe(0)
    expect(await here('SELECT email FROM users WHERE id = 100')).toEqual([
      { email: expect.stringMatching(/^user-\w{16}@example\.com$/) },
    ])
    expect([looks.old > 10, looks.raw]).toEqual([true, 0])
    await undo()
  })

  const fails = async (settings: object, status: number, message: string) => {
    await configure(settings)
    const done = await restore('--no-pristine')
    expect([complaint(done.stderr), done.status, await stateOf(), await remains(sandbox)]).toEqual([
      `${message}${live} is as it was\n`,
      status,
      'old',
      [],
    ])
  }
  const fix = 'fix `restore.scrub` in the configuration and run this again\n'

  rarely('rules that mean nothing: all at once, before any rows are loaded', async () => {
    const scrub = { usrs: { email: 'email' }, users: { emial: 'email', phone: 'phne', id: 'null', settings: 'text' } }
    const message = [
      'restore.scrub.usrs: there is no such table, did you mean `users`?',
      'restore.scrub.users.emial: public.users has no such column, did you mean `email`?',
      'restore.scrub.users.phone: `phne` is no preset and no column, did you mean `phone`?',
      "restore.scrub.users.id: the preset `null` can't be, the column is NOT NULL",
      'restore.scrub.users.settings: the preset `text` makes texts, and the type is jsonb: write an SQL expression instead',
      fix,
    ].join('\n')
    await fails({ scrub }, 2, message)
    const { stdout } = await restore('--json')
    expect(stdout).toContain('"event":"begin"')
    expect(stdout).not.toContain('"event":"progress"')
  })

  rarely('values that a constraint refuses', async () => {
    const message =
      'public.people could not be scrubbed: Postgres refused: new row for relation "people" violates check constraint "people_email_check"\n' +
      'use an SQL expression in `restore.scrub` whose values satisfy the constraint\n'
    await fails({ scrub: { people: { email: "'nobody'" } } }, 1, message)
  })

  rarely('an expression that is no SQL', async () => {
    const message =
      'public.users could not be scrubbed: Postgres refused: syntax error at or near ")"\n' +
      'the rule is in `restore.scrub` of the configuration\n'
    await fails({ scrub: { users: { phone: 'SELECT FROM' } } }, 1, message)
  })

  rarely('Ctrl-C in the middle', async () => {
    await configure({ scrub: { users: { phone: 'pg_sleep(0.1)::text' } } })
    const run = begin(sandbox, ['development', 'restore', 'production', '--no-pristine'])
    await run.line('scrub: ')
    run.kill('SIGINT')
    expect([(await run.end).signal, await stateOf(), await remains(sandbox)]).toEqual(['SIGINT', 'old', []])
  })

  rarely('strict: whatever looks personal', async () => {
    const keep = ['articles.*', 'people.*', 'tenant.*.*', 'friends.*', 'visits.*', '*staff.*', 'names.*']
    const message = [
      'public.users.name looks personal; below `restore.scrub` add one of',
      '  users: { name: name }',
      '  keep: [users.name]',
      'public.users.phone looks personal; below `restore.scrub` add one of',
      '  users: { phone: phone }',
      '  keep: [users.phone]',
      fix,
    ].join('\n')
    await fails({ scrub: { strict: true, keep, users: { email: 'email' } } }, 2, message)
  })

  test('--no-scrub, where that is not allowed', async () => {
    const message =
      '`--no-scrub` is not allowed by the configuration\n' + 'remove it, or set `restore.scrub.optional: true`\n'
    await configure({ scrub: { users: { email: 'email' } } })
    const { status, stderr } = await restore('--no-scrub')
    expect([status, stderr, await stateOf()]).toEqual([2, message, 'old'])
  })

  rarely('--no-scrub, where it is: and no pristine copy is kept of raw rows', async () => {
    await configure({ scrub: { optional: true, users: { email: 'email' } } })
    const done = await restore('--no-scrub')
    expect([done.status, done.stderr]).toEqual([0, expect.not.stringMatching(/scrub|pristine/)])
    expect(await stateOf()).toBe('new')
    await undo()
  })
})

describe('scrub files', () => {
  const write = (name: string, text: string) => writeFile(join(sandbox.project, name), text)

  test('run in their order, after the rules, and leave nothing raw behind', async () => {
    await write('first.sql', `UPDATE articles SET title = 'scrubbed by ' || (SELECT max(email) FROM users);\n`)
    await write('second.sql', `\\set word done\nUPDATE articles SET body = :'word' || title; DELETE FROM events;\n`)
    await configure({ scrub: { users: { email: 'email' } }, scrubFiles: ['first.sql', 'second.sql'] })
    const done = await restore('--no-pristine')
    expect([done.status, done.stderr]).toEqual([0, expect.stringContaining('refresh: ')])
    expect(await here('SELECT DISTINCT body FROM articles')).toEqual([
      { body: expect.stringMatching(/^donescrubbed by user-\w{16}@example.com$/) },
    ])
    await here('CHECKPOINT')
    const holds = (table: string, word: string) =>
      here(`SELECT position('${word}'::bytea IN pg_read_binary_file(pg_relation_filepath('${table}'))) > 0 AS raw`)
    expect([await holds('articles', 'Article 1'), await holds('events', 'page_view')]).toEqual([
      [{ raw: false }],
      [{ raw: false }],
    ])
    await undo()
  })

  rarely('one that fails fails the restore, and shows no row', async () => {
    await write('broken.sql', `SELECT 1;\nINSERT INTO users SELECT * FROM users;\n`)
    await configure({ scrubFile: 'broken.sql' })
    const done = await restore('--no-pristine')
    expect([done.status, await stateOf(), await remains(sandbox)]).toEqual([3, 'old', []])
    expect(done.stderr).toMatch(
      /psql:\S*broken\.sql:2: ERROR: {2}duplicate key value violates unique constraint "users_pkey"\n/,
    )
    expect(done.stderr).not.toContain('customer.example')
  })

  test('one that is not there is told before anything', async () => {
    await configure({ scrubFiles: ['none.sql'] })
    const { status, stderr } = await restore()
    expect([status, stderr]).toEqual([
      2,
      `restore.scrubFiles: \`none.sql\` cannot be read: ENOENT: no such file or directory\npaths are relative to the root of the project\n`,
    ])
  })
})
