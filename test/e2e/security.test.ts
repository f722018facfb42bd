import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cutToBytes, quoteIdentifier, quoteLiteral } from '../../src/postgres/identifiers.ts'
import { few, rarely } from '../often.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, remains, until } from './local-restore.ts'
import { hasProc, watchCommandLines } from './remote-restore.ts'

/** What must not leak, and names that must not be obeyed. */

let sandbox: Sandbox
let dump: string
const password = 's3ntinel+Pass/word'
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 50 })
  await sandbox.heroku.query('acme-production', hostileObjects())
  await sandbox.heroku.query('acme-demo', trap)
  const apps = ['production', 'staging', 'demo']
  const backups = await Promise.all(apps.map((app) => sandbox.run(['parity', app, 'backup'])))
  expect(backups.map(({ status }) => status)).toEqual([0, 0, 0])
  const [backup] = sandbox.heroku.backups('acme-staging')
  dump = sandbox.heroku.dumpFile('acme-staging', backup ?? expect.fail('no backup'))
  await askForPassword()
})
afterAll(() => sandbox.stop())
afterEach(() => configure({}))

const configure = (restore: object) =>
  writeFileSync(join(sandbox.project, '.parityrc'), JSON.stringify({ environments: { demo: 'acme-demo' }, restore }))
const superuser = (sql: string, database = 'postgres') => sandbox.local.querySuper(database, sql)

/** A role that gets in by its password alone. */
async function askForPassword(): Promise<void> {
  await superuser(`CREATE ROLE careful LOGIN CREATEDB PASSWORD '${password}' IN ROLE developer`)
  const [row] = await superuser("SELECT current_setting('hba_file') AS file")
  const rules = readFileSync(String(row?.file), 'utf8')
  writeFileSync(String(row?.file), `host all careful 127.0.0.1/32 scram-sha-256\n${rules}`)
  await superuser('SELECT pg_reload_conf()')
}

/** Words that a shell, SQL, psql, pg_restore, printf, a terminal or a reader of logs could obey. */
const hostileNames = [
  'a"; CREATE TABLE pwned (); --',
  "a'; CREATE TABLE pwned (); --",
  "a\\'; CREATE TABLE pwned (); --",
  '$(touch pwned)',
  '`touch pwned`',
  '; touch pwned #',
  '\\! touch pwned',
  '--clean',
  '-d postgres',
  'host=example.com dbname=postgres',
  'postgres://example.com/postgres',
  '%s%n%x',
  'two\nlines; CREATE TABLE pwned ();',
  'carriage\rreturn\ttab\u0007bell',
  '\u001b[31mred\u001b]0;title\u0007',
  '\u202ertl\u200f',
  '\npg_restore: error: could not execute query',
  'x\npg_restore: error: COPY failed for table "x": ERROR:  y',
  'x'.repeat(63),
  '12; 1259 16385 TABLE public users developer',
  '\x24{HOME}*?[a-z]~',
]

/** The same in few names, for what is tried name by name. */
const typedNames = [
  `it's "q"; CREATE TABLE pwned (); -- \\'`,
  '$(touch pwned)`touch pwned`; touch pwned #',
  '--clean',
  'host=example.com dbname=postgres',
  'two\nlines\r\u001b[31mred\u0007\u202ertl%s%n',
  '\\! touch pwned \x24{HOME}*?',
  'x'.repeat(63),
]

/** Every kind of object by every one of those names. */
function hostileObjects(): string {
  return hostileNames
    .map((name, index) => {
      const id = quoteIdentifier(name)
      const other = (suffix: string) => quoteIdentifier(cutToBytes(name, 60) + suffix)
      const text = quoteLiteral(name)
      return `
        CREATE SCHEMA ${id};
        CREATE TYPE ${id}.${other('_t')} AS ENUM (${text}, 'b');
        CREATE TABLE ${id}.${id} (${id} text CONSTRAINT ${other('_c')} CHECK (${id} <> ''), n int CONSTRAINT ${other('_p')} PRIMARY KEY,
          kind ${id}.${other('_t')} DEFAULT ${text}, mail text);
        CREATE INDEX ${other('_i')} ON ${id}.${id} (${id});
        CREATE SEQUENCE ${id}.${other('_s')};
        CREATE FUNCTION ${id}.${id}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER ${id} BEFORE UPDATE ON ${id}.${id} FOR EACH ROW EXECUTE FUNCTION ${id}.${id}();
        CREATE VIEW ${id}.${other('_v')} AS SELECT ${id} FROM ${id}.${id};
        CREATE TABLE ${id}.${other('_r')} (n int CONSTRAINT ${id} REFERENCES ${id}.${id});
        COMMENT ON TABLE ${id}.${id} IS ${text};
        CREATE TABLE public.${id} (${id} text, mail text);
        INSERT INTO public.${id} VALUES (${text}, ${text});
        INSERT INTO ${id}.${id} (${id}, n, mail) VALUES (${text}, ${index}, ${text});`
    })
    .join('')
}

/** A table that can't be loaded anywhere else, and says so in colours. */
const trap = `
  CREATE FUNCTION public.trap(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    IF current_database() <> 'acme_demo' THEN RAISE EXCEPTION E'\\033[31mtrap\\u202e'; END IF; RETURN true; END $$;
  CREATE TABLE public.trapped (n int CHECK (public.trap(n)));
  INSERT INTO public.trapped VALUES (1);
  GRANT SELECT ON public.trapped TO public`

/** All names in a database, and what the hostile tables hold. */
const namesQuery = `
  SELECT json_agg(format('%s %s %s', kind, schema, name) ORDER BY kind, schema, name) AS all FROM (
    SELECT relkind::text AS kind, relnamespace::regnamespace::text AS schema, relname::text AS name FROM pg_class
     WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
       AND relname NOT LIKE 'pg_stat_statements%'
     UNION ALL SELECT 'column', attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
      WHERE attnum > 0 AND relkind = 'r' AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
     UNION ALL SELECT 'constraint', conrelid::regclass::text, conname FROM pg_constraint WHERE connamespace <> 'information_schema'::regnamespace
     UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal
     UNION ALL SELECT 'label', enumtypid::regtype::text, enumlabel FROM pg_enum) AS named`

/** Nothing of what the names say was done: no file, no table, in any database, and no program of that kind. */
async function nothingWasObeyed(): Promise<void> {
  const places = [sandbox.project, sandbox.folder, join(sandbox.folder, 'home'), join(sandbox.folder, 'tmp'), '.']
  expect(places.filter((folder) => existsSync(join(folder, 'pwned')))).toEqual([])
  const databases = await superuser(
    "SELECT datname AS name FROM pg_database WHERE datallowconn AND datname <> 'template0'",
  )
  for (const { name } of databases)
    expect(await superuser("SELECT FROM pg_class WHERE relname = 'pwned'", String(name))).toEqual([])
}

/** No line of it could move the cursor, colour the text, turn it around or end early. */
function isHarmless({ stdout, stderr }: Finished): void {
  expect(stdout + stderr).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/u)
}

/** Everything below a folder: paths with their kind and mode. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  )
}

describe('secrets', () => {
  const url = () => `postgres://careful:${encodeURIComponent(password)}@127.0.0.1:${sandbox.local.port}/${live}`
  const signature = 'X-Amz-Signature'
  const secrets = () => [password, encodeURIComponent(password), sandbox.heroku.token, signature]

  /** Whatever of a run could be read by others or later: what it said, and every file that it left. */
  function nothingLeaks(done: Finished, lines: readonly string[]): void {
    const files = listing(join(sandbox.folder, 'home')).filter(
      (path) => basename(path) !== '.netrc' && lstatSync(path).isFile(),
    )
    for (const secret of secrets()) {
      expect(lines.filter((line) => line.includes(secret))).toEqual([])
      expect(done.stdout + done.stderr).not.toContain(secret)
      expect(files.filter((file) => readFileSync(file).includes(secret))).toEqual([])
    }
  }

  const everything = (hook: string) => ({
    scrub: { users: { email: 'email' } },
    scrubFiles: ['scrub.sql'],
    after: [hook],
  })

  test.skipIf(!hasProc).each<[what: string, words: string[], hook: string, status: number]>(
    few(1, [
      ['a restore with all that it has', [], 'true', 0],
      ['a hook that fails, and leaves the log', ['--no-pristine', '--verbose'], 'false', 1],
      ['the same again, by the pristine copy', [], 'true', 0],
      ['a dry run', ['--dry-run'], 'true', 0],
      ['from an address', ['--url'], 'true', 0],
      ['undo', ['undo'], 'true', 0],
    ]),
  )('are in no argv, file or word: %s', async (_, words, hook, status) => {
    writeFileSync(join(sandbox.project, 'scrub.sql'), "UPDATE users SET name = 'nobody';")
    configure(everything(hook))
    const address = async () =>
      (await sandbox.run(['heroku', 'pg:backups:url', 'b001', '--app', 'acme-staging'])).stdout
        .trim()
        .replace(sandbox.url, 'https://git.heroku.com')
    const source = words[0] === '--url' ? [await address()] : ['staging']
    const command = words[0] === 'undo' ? ['undo'] : ['restore', ...source, ...words.filter((word) => word !== '--url')]
    const linesSeen = watchCommandLines(sandbox)
    const run = await sandbox.run(['development', ...command], {
      env: { DATABASE_URL: url(), ...(words[0] === '--url' ? { HTTPS_PROXY: sandbox.url } : {}) },
    })
    // An address that was typed is in our own argv: nobody but who typed it put it there.
    const lines = (await linesSeen()).filter((line) => !/development restore https:/.test(line))
    expect(run.status, run.stderr).toBe(status)
    nothingLeaks(run, lines)
  })

  test('files are for nobody else to read, whatever the umask, and while they are written', async () => {
    configure(everything('true'))
    const cache = join(sandbox.folder, 'home', randomUUID())
    const undo = sandbox.misbehave({ path: '/storage/', action: { kind: 'throttle', bytesPerSecond: 30_000 } })
    const run = begin(sandbox, ['sh', '-c', 'umask 000; exec development restore staging'], {
      XDG_CACHE_HOME: cache,
    })
    const wrong = new Set<string>()
    let over = false
    run.end.finally(() => {
      over = true
    })
    await until('the end of the restore', () => {
      // Below `_compiled`, which nobody else can enter, Node makes what there is.
      for (const path of existsSync(cache) ? listing(cache).filter((path) => !path.includes('_compiled/')) : []) {
        const facts = lstatSync(path, { throwIfNoEntry: false })
        const mode = facts && (facts.mode & 0o777).toString(8)
        if (facts && mode !== (facts.isDirectory() ? '700' : '600')) wrong.add(`${basename(path)} ${mode}`)
      }
      return over
    })
    undo()
    expect([(await run.end).status, [...wrong]]).toEqual([0, []])
    const all = ['_configuration', '_load', '_log', '_scrub.key', 'acme-staging']
    const there = readdirSync(join(cache, 'parity')).filter((name) => name !== '_compiled') // which Node ≥ 22 has
    expect(there.sort()).toEqual(all)
  })
})

describe('hostile names', () => {
  test('of whatever a dump holds: all of it arrives, and nothing is obeyed', async () => {
    const tables = hostileNames.filter((name) => !name.includes('.') && !name.includes('\n'))
    configure({
      scrub: Object.fromEntries(tables.map((name) => [`public.${name}`, { mail: 'email' }])),
      excludeTableData: [hostileNames[0], hostileNames[3]],
      after: ['true'],
    })
    const done = await sandbox.run(['development', 'restore', 'production', '--verbose'])
    expect(done.status, done.stderr).toBe(0)
    isHarmless(done)
    const [here] = await superuser(namesQuery, live)
    const [there] = await sandbox.heroku.query('acme-production', namesQuery)
    expect(here).toEqual(there)
    for (const [index, name] of hostileNames.entries()) {
      if (index === 0 || index === 3) continue
      const id = quoteIdentifier(name)
      expect(await superuser(`SELECT ${id} AS text, n FROM ${id}.${id}`, live)).toEqual([{ text: name, n: index }])
    }
    await nothingWasObeyed()
    isHarmless(await sandbox.run(['development', 'restore', 'production', '--dry-run']))
  })

  rarely('in a scrub that fails, and in a load that fails', async () => {
    configure({ scrub: { 'public.\u001b[31mred\u001b]0;title\u0007': { mail: '1/0' } } })
    const scrubbed = await sandbox.run(['development', 'restore', 'production'])
    expect([scrubbed.status, scrubbed.stderr]).toEqual([
      1,
      expect.stringContaining('public.\\u001b[31mred\\u001b]0;title\\u0007 could not be scrubbed'),
    ])
    isHarmless(scrubbed)
    configure({})
    const trapped = await sandbox.run(['development', 'restore', 'demo', '--json'])
    expect([trapped.status, trapped.stderr]).toEqual([1, expect.stringContaining('ERROR:  \\u001b[31mtrap\\u202e')])
    isHarmless(trapped)
    await nothingWasObeyed()
  })

  test.each(
    few(
      1,
      typedNames.map((name) => [name]),
    ),
  )('of a database: %j', async (name) => {
    const env = { DATABASE_URL: `postgres://developer@127.0.0.1:${sandbox.local.port}/${encodeURIComponent(name)}` }
    configure({ pristine: false })
    await sandbox.local.query('postgres', `CREATE DATABASE ${quoteIdentifier(name)}`)
    const done = await sandbox.run(['development', 'restore', 'staging', '--no-keep'], { env })
    expect(done.status, done.stderr).toBe(0)
    isHarmless(done)
    expect(await superuser('SELECT count(*)::int AS n FROM articles', name)).toEqual([{ n: 100 }])
    await superuser(`DROP DATABASE ${quoteIdentifier(name)}`)
    expect(await remains(sandbox)).toEqual([])
    await nothingWasObeyed()
  })

  rarely.each(
    few(
      1,
      typedNames.map((name) => [name]),
    ),
  )('of a dump: %j', async (name) => {
    const file = join(sandbox.project, name)
    copyFileSync(dump, file)
    const dryRun = await sandbox.run(['development', 'restore', `--file=${name}`, '--dry-run'])
    expect(dryRun.status, dryRun.stderr).toBe(0)
    isHarmless(dryRun)
    rmSync(file)
    const missing = await sandbox.run(['development', 'restore', `--file=${name}`])
    expect(missing.status).toBe(2)
    isHarmless(missing)
    await nothingWasObeyed()
  })

  rarely('of a dump that is restored, and of one that is damaged', async () => {
    const name = "it's $(touch pwned)\n\u001b[31m; --clean.dump"
    const file = join(sandbox.project, name)
    copyFileSync(dump, file)
    const done = await sandbox.run(['development', 'restore', '--file', name, '--no-pristine'])
    expect(done.status, done.stderr).toBe(0)
    isHarmless(done)
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.subarray(0, -100))
    const damaged = await sandbox.run(['development', 'restore', '--file', name])
    expect([damaged.status, damaged.stderr]).toEqual([1, expect.stringContaining(' is damaged: ')])
    isHarmless(damaged)
    rmSync(file)
    await nothingWasObeyed()
  })
})

describe('a hostile configuration', () => {
  const bad = '$(touch pwned)`touch pwned`; touch pwned'

  test.each<[what: string, configuration: object]>(
    few(3, [
      ['an app', { environments: { production: bad } }],
      ['a name of an environment', { environments: { [bad]: 'acme-demo' } }],
      ['a database', { development: { database: bad } }],
      [
        'a database with a server',
        { development: { database: `postgres://developer@127.0.0.1/${encodeURIComponent(bad)}` } },
      ],
      ['a hook with operators', { restore: { after: [bad] } }],
      ['a scrub file', { restore: { scrubFiles: [bad] } }],
      ['a table to be scrubbed', { restore: { scrub: { 'users"; CREATE TABLE pwned (); --': { email: 'email' } } } }],
      [
        'a column to be scrubbed',
        { restore: { scrub: { users: { "email\" = ''; CREATE TABLE pwned (); --": 'email' } } } },
      ],
      ['an extension to be left out', { restore: { skipExtensions: [bad] } }],
      ['a table without rows', { restore: { excludeTableData: [`'; CREATE TABLE pwned (); --`, bad] } }],
      ['a number of jobs', { restore: { jobs: bad } }],
    ]),
  )('in the place of %s', async (_, configuration) => {
    writeFileSync(join(sandbox.project, '.parityrc'), JSON.stringify(configuration))
    isHarmless(await sandbox.run(['development', 'restore', 'staging', '--no-pristine']))
    await nothingWasObeyed()
  })
})

describe('a link that was planted in the cache is not followed', () => {
  test.each<[place: string, kind: 'folder' | 'file', status: number, says: string]>(
    few(1, [
      ['_log', 'folder', 1, ' is not a folder\n'],
      ['', 'folder', 1, ' is not a folder\n'],
      ['_load', 'folder', 1, ' is not a folder\n'],
      ['_scrub.key', 'file', 1, ' is not a file\n'],
      ['acme-staging', 'folder', 1, ' is not a folder\n'],
      ['acme-staging/b001.dump', 'file', 1, ' is not a file\n'],
      ['acme-staging/b001.json', 'file', 0, ''],
      ['acme-staging/b001.dump.999999999-abcd.part', 'file', 1, ' is not a file that parity made\n'],
      ['acme-staging/b001.dump.999999999-abcd.part.json', 'file', 0, ''],
    ]),
  )('%j, to a %s', async (place, kind, status, says) => {
    configure({ scrub: { users: { email: 'email' } }, pristine: false })
    const cache = join(sandbox.folder, 'home', randomUUID(), 'parity')
    const elsewhere = join(sandbox.folder, 'home', randomUUID())
    if (kind === 'folder') mkdirSync(elsewhere)
    else writeFileSync(elsewhere, 'precious')
    chmodSync(elsewhere, 0o755)
    mkdirSync(dirname(join(cache, place)), { recursive: true })
    symlinkSync(elsewhere, join(cache, place))
    const done = await sandbox.run(['development', 'restore', 'staging'], { env: { XDG_CACHE_HOME: dirname(cache) } })
    expect([done.status, done.stderr]).toEqual([status, expect.stringContaining(says)])
    const there = kind === 'folder' ? readdirSync(elsewhere) : readFileSync(elsewhere, 'utf8')
    expect([there, lstatSync(elsewhere).mode & 0o777]).toEqual([kind === 'folder' ? [] : 'precious', 0o755])
    expect(await remains(sandbox)).toEqual([])
  })
})
