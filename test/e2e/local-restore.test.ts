import { readdirSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, makeOracle, programs, remains, type State, until } from './local-restore.ts'

let sandbox: Sandbox
let stateOf: (name?: string) => Promise<State>
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 1000 })
  stateOf = await makeOracle(sandbox)
})
afterAll(() => sandbox.stop())

const run = (...args: string[]) => sandbox.run(['development', ...args])
const restore = (...args: string[]) => run('restore', 'production', '--no-pristine', ...args)
const backToOld = async () => {
  if ((await stateOf()) === 'new') expect(await run('undo')).toMatchObject({ status: 0 })
}
const superuser = (sql: string, database = 'postgres') => sandbox.local.querySuper(database, sql)
const names = async () =>
  (await superuser("SELECT datname FROM pg_database WHERE datname LIKE 'acme%' ORDER BY 1")).map(
    ({ datname }) => datname,
  )
const storageRequests = () => sandbox.requests.filter(({ path }) => path.startsWith('/storage/')).length

describe('a restore', () => {
  test('a dry run changes nothing, and fetches no more than the first bytes', async () => {
    const before = await names()
    const { status, stdout, stderr } = await restore('--dry-run')
    expect([status, stderr, await names(), await stateOf()]).toEqual([0, '', before, 'old'])
    expect(
      sandbox.requests.filter(({ path }) => path.startsWith('/storage/')).map(({ bytesSent }) => bytesSent),
    ).toEqual([8])
    expect(stdout.split('\n').filter((line) => !line.startsWith('# '))).toEqual([''])
    expect(await remains(sandbox)).toEqual([])
  })

  test('while four clients come back again and again: each sees the old rows or the new ones, and nothing else', async () => {
    const clients = Array.from({ length: 4 }, () => reconnecting())
    await until('every client', () => clients.every(({ seen }) => seen.length > 0))
    const idle = sandbox.local.query(live, "SET application_name TO 'rails console'; SELECT pg_sleep(600)")
    const ended = expect(idle).rejects.toThrow('terminating connection')
    const done = await restore()
    await ended
    await until('the new rows for every client', () => clients.every(({ seen }) => seen.at(-1) === 1000))
    for (const client of clients) client.stop()
    await Promise.all(clients.map(({ over }) => over))
    expect([done.status, await stateOf()]).toEqual([0, 'new'])
    expect(new Set(clients.flatMap(({ seen }) => changes(seen)))).toEqual(new Set([12, 1000]))
    for (const { seen } of clients) expect(changes(seen)).toEqual([12, 1000])
    // What a client may meet is the end of its session, or that the name changed hands while it was kept waiting.
    for (const message of clients.flatMap(({ met }) => met))
      expect(message).toMatch(/terminat|reset|connection error|just been dropped or renamed/)
    expect(done.stderr).toMatch(/\n {2}ended: .*rails console \(process \d+\)/)
    expect(await remains(sandbox)).toEqual([])
  })

  test('what it left: rows, nothing of Heroku’s own platform, statistics, Rails’s word for the environment', async () => {
    const [facts] = await superuser(
      `SELECT to_regnamespace('_heroku') AS platform, (SELECT count(*)::int FROM pg_event_trigger) AS triggers,
              (SELECT json_agg(extname || ' in ' || extnamespace::regnamespace ORDER BY 1) FROM pg_extension WHERE extname <> 'plpgsql') AS extensions,
              (SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'articles') AS analyzed,
              (SELECT value FROM ar_internal_metadata WHERE key = 'environment') AS environment,
              (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'users') AS owner,
              (SELECT count(*)::int FROM users WHERE email OPERATOR(heroku_ext.=) 'PERSON1@customer.example') AS found`,
      live,
    )
    expect(facts).toEqual({
      platform: null,
      triggers: 0,
      extensions: ['citext in heroku_ext'],
      analyzed: true,
      environment: 'development',
      owner: 'developer',
      found: 1,
    })
    await sandbox.local.query(live, 'BEGIN; DROP EXTENSION citext CASCADE; ROLLBACK')
  })

  test('the dump is in the cache, for nobody else to read, and is used again without a download', async () => {
    const cache = join(sandbox.folder, 'home', '.cache', 'parity')
    const mode = (path: string) => (statSync(join(cache, path)).mode & 0o777).toString(8)
    expect(['', 'acme-production', 'acme-production/b001.dump', 'acme-production/b001.json'].map(mode)).toEqual([
      '700',
      '700',
      '600',
      '600',
    ])
    expect(readdirSync(join(cache, '_load'))).toEqual([])
    expect(readdirSync(join(cache, '_log'))).toEqual([])
    await backToOld()
    const before = storageRequests()
    const again = await restore()
    expect([again.status, await stateOf(), storageRequests()]).toEqual([0, 'new', before])
    expect(again.stderr).toContain(`using the cached dump ${cache}/acme-production/b001.dump\n`)
    await backToOld()
  })

  rarely('from a file, which stays', async () => {
    const file = join(sandbox.folder, 'home', '.cache', 'parity', 'acme-production', 'b001.dump')
    const done = await run('restore', '--file', file, '--no-pristine')
    expect([done.status, await stateOf(), statSync(file).isFile()]).toEqual([0, 'new', true])
    expect(done.stderr.split('\n').at(-2)).toBe(`${live} is now ${file}; \`development undo\` brings the old one back`)
    await backToOld()
  })

  test('what an extension brings is found in `heroku_ext`: emails of citext are equal whatever their case', async () => {
    expect(await restore()).toMatchObject({ status: 0 })
    const same = 'SELECT count(*)::int AS n FROM users WHERE email = upper(email::text)::heroku_ext.citext'
    const all = 'SELECT count(*)::int AS n FROM users'
    expect(await sandbox.local.query(live, same)).toEqual(await sandbox.local.query(live, all))
    await backToOld()
  })

  rarely('--no-keep leaves no previous one', async () => {
    expect(await restore('--no-keep')).toMatchObject({ status: 0 })
    expect([await names(), await stateOf()]).toEqual([[live], 'new'])
  })
})

/** A client that connects, counts and goes, over and over. */
function reconnecting() {
  const client = { seen: [] as number[], met: [] as string[], isOver: false }
  const go = async () => {
    while (!client.isOver) {
      await sandbox.local.query(live, 'SELECT count(*)::int AS n, pg_sleep(0.02) FROM articles').then(
        ([row]) => client.seen.push(Number(row?.n)),
        (error: { message: string; detail?: string }) => client.met.push(`${error.message} ${error.detail}`),
      )
      await delay(30)
    }
  }
  return {
    seen: client.seen,
    met: client.met,
    over: go(),
    stop: () => {
      client.isOver = true
    },
  }
}

function changes(seen: readonly number[]): number[] {
  return seen.filter((count, index) => count !== seen[index - 1])
}

describe('what the target has is carried over', () => {
  test('settings, limit, grants, comment, locale', async () => {
    const name = 'acme_carried'
    await superuser('CREATE ROLE reader LOGIN; CREATE ROLE manager')
    await superuser(`CREATE DATABASE ${name} OWNER developer TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`)
    for (const sql of [
      `ALTER DATABASE ${name} SET search_path TO "$user", public, heroku_ext, "Odd, name"`,
      `ALTER DATABASE ${name} SET work_mem TO '7MB'`,
      `ALTER DATABASE ${name} SET default_transaction_read_only TO on`,
      `ALTER DATABASE ${name} SET application_name TO 'it''s = "me"'`,
      `ALTER DATABASE ${name} CONNECTION LIMIT 17`,
      `REVOKE ALL ON DATABASE ${name} FROM public`,
      `GRANT CONNECT ON DATABASE ${name} TO reader`,
      `COMMENT ON DATABASE ${name} IS 'ours; don''t touch'`,
    ])
      await sandbox.local.query('postgres', sql)
    const facts = async () => ({
      database: await superuser(
        `SELECT datcollate, datctype, datconnlimit, datacl::text, pg_get_userbyid(datdba), shobj_description(oid, 'pg_database')
           FROM pg_database WHERE datname = '${name}'`,
      ),
      settings: await superuser(
        `SELECT setrole, unnest(setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase WHERE datname = '${name}' ORDER BY 2`,
      ),
    })
    const before = await facts()
    const done = await restore('--database', name)
    expect([done.status, done.stderr.includes('warning')]).toEqual([0, false])
    expect(await facts()).toEqual(before)
    expect(await stateOf(name)).toBe('new')
    // The old one keeps its own comment, inside parity's mark, and gets it back.
    expect(await run('undo', '--database', name)).toMatchObject({ status: 0 })
    expect(await facts()).toEqual(before)
  })

  rarely('what the role may not set is said, and nothing else is lost for it', async () => {
    await superuser('CREATE DATABASE acme_logged OWNER developer')
    await superuser("ALTER DATABASE acme_logged SET log_min_duration_statement TO '1s'")
    const done = await restore('--database', 'acme_logged')
    expect([done.status, await stateOf('acme_logged')]).toEqual([0, 'new'])
    expect(done.stderr).toContain(
      'warning: a setting of the old database was not copied: Postgres refused: ' +
        'permission denied to set parameter "log_min_duration_statement": ' +
        `ALTER DATABASE "acme_logged__parity_incoming" SET "log_min_duration_statement" TO '1s'\n`,
    )
  })

  rarely('a target that is not there yet is made', async () => {
    const done = await restore('--database', 'acme_fresh')
    expect([done.status, await stateOf('acme_fresh')]).toEqual([0, 'new'])
    expect(done.stderr.split('\n').at(-2)).toBe("acme_fresh is now production's b001")
    expect((await names()).filter((name) => String(name).startsWith('acme_fresh'))).toEqual(['acme_fresh'])
    expect((await run('undo', '--database', 'acme_fresh')).status).toBe(2)
  })

  rarely('as a superuser, over the socket', async () => {
    const url = `postgres:///acme_fresh?host=${sandbox.local.socketFolder}&user=postgres`
    const done = await restore('--database', url)
    expect([done.status, done.stderr, await stateOf('acme_fresh')]).toEqual([
      0,
      expect.not.stringContaining('warning'),
      'new',
    ])
    expect(await superuser('SELECT count(*)::int AS n FROM pg_event_trigger', 'acme_fresh')).toEqual([{ n: 0 }])
    expect(
      await superuser("SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = 'acme_fresh'"),
    ).toEqual([{ owner: 'developer' }])
  })
})

describe('names', () => {
  rarely.each(['x'.repeat(63), `${'ü'.repeat(31)}x`, `Quotes " ' and \\ back`, 'dbname=postgres', '-dash'])(
    '%j',
    async (name) => {
      const quoted = `"${name.replaceAll('"', '""')}"`
      await sandbox.local.query('postgres', `CREATE DATABASE ${quoted}`)
      await sandbox.local.query(name, 'CREATE TABLE mine ()')
      const done = await restore(`--database=${name}`)
      expect([done.status, await stateOf(name)]).toEqual([0, 'new'])
      const undone = await run('undo', `--database=${name}`)
      expect([undone.status, await sandbox.local.query(name, "SELECT to_regclass('mine')::text AS there")]).toEqual([
        0,
        [{ there: 'mine' }],
      ])
      expect(await remains(sandbox)).toEqual([])
      expect(readdirSync(sandbox.project)).not.toContain('x')
    },
  )

  rarely('the database that everybody is connected to for such work', async () => {
    await superuser('ALTER DATABASE postgres OWNER TO developer')
    const done = await restore('--database', 'postgres')
    expect([done.status, await stateOf('postgres')]).toEqual([0, 'new'])
    expect(await run('undo', '--database', 'postgres')).toMatchObject({ status: 0 })
  })
})

describe('hooks', () => {
  const configure = async (after: string) =>
    writeFile(
      join(sandbox.project, '.parityrc'),
      `environments:\n  demo: acme-demo\nrestore:\n  after:\n    - ${JSON.stringify(after)}\n`,
    )
  const script = async (text: string) => {
    await writeFile(join(sandbox.project, 'hook.sh'), text)
    await configure('sh hook.sh')
  }
  const hooked = 'acme_hooked'

  test('get the incoming database in DATABASE_URL and in PG*, and what they are about', async () => {
    await script(`
      psql "$DATABASE_URL" --quiet --command "CREATE TABLE by_url AS SELECT '$PARITY_SOURCE/$PARITY_TARGET/$PARITY_BACKUP' AS about" &&
      psql --quiet --command 'CREATE TABLE by_pg AS SELECT current_database() AS name'`)
    const done = await restore('--database', hooked)
    expect([done.status, done.stderr]).toEqual([0, expect.stringContaining('analyze: ')])
    expect(await sandbox.local.query(hooked, 'SELECT name, about FROM by_pg, by_url')).toEqual([
      { name: `${hooked}__parity_incoming`, about: `production/${hooked}/b001` },
    ])
  })

  test('one that fails fails the restore, and the old database stays', async () => {
    await script('psql --quiet --command "DROP TABLE IF EXISTS by_pg, users CASCADE"; exit 7')
    const { status, stderr } = await restore('--database', hooked)
    expect(status).toBe(7)
    expect(stderr).toContain(`${hooked} is as it was; the command is one of \`restore.after\` in the configuration\n`)
    expect(await sandbox.local.query(hooked, 'SELECT count(*)::int AS n FROM by_pg')).toEqual([{ n: 1 }])
    expect(await remains(sandbox)).toEqual([])
  })

  rarely('TERM, HUP and kill -9 while one runs', async () => {
    await script('echo $$ > pid; exec sleep 600')
    for (const signal of few(2, ['SIGTERM', 'SIGKILL', 'SIGHUP'] as const)) {
      await writeFile(join(sandbox.project, 'pid'), '')
      const going = begin(sandbox, ['development', 'restore', 'production', '--database', hooked])
      const pid = () => readFile(join(sandbox.project, 'pid'), 'utf8').then(Number)
      await until('the hook', async () => (await pid()) > 0)
      going.kill(signal)
      if (signal === 'SIGKILL') process.kill(await pid(), 'SIGKILL')
      expect((await going.end).signal).toBe(signal)
      expect(await sandbox.local.query(hooked, 'SELECT count(*)::int AS n FROM by_pg')).toEqual([{ n: 1 }])
      if (signal !== 'SIGKILL') expect(await remains(sandbox)).toEqual([])
    }
    await writeFile(join(sandbox.project, '.parityrc'), 'environments:\n  demo: acme-demo\n')
    expect(await restore('--database', hooked)).toMatchObject({ status: 0 })
    expect([await stateOf(hooked), await remains(sandbox)]).toEqual(['new', []])
  })
})

rarely('a table of Rails’s is never made where there is none', async () => {
  await sandbox.heroku.query('acme-staging', 'DROP TABLE ar_internal_metadata')
  await sandbox.heroku.backUp('acme-staging')
  expect(await run('restore', 'staging', '--database', 'acme_plain')).toMatchObject({ status: 0 })
  expect(await sandbox.local.query('acme_plain', "SELECT to_regclass('ar_internal_metadata') AS there")).toEqual([
    { there: null },
  ])
})

rarely('a password is in no command line, no line that is said, no log and no dry run', async () => {
  const secret = 'pa55-w0rd'
  await superuser(`CREATE ROLE keeper LOGIN CREATEDB PASSWORD '${secret}'`)
  const [{ file } = expect.fail('no file')] = await superuser("SELECT current_setting('hba_file') AS file")
  const rules = await readFile(String(file), 'utf8')
  await writeFile(String(file), `host all keeper 127.0.0.1/32 scram-sha-256\n${rules}`)
  await superuser('SELECT pg_reload_conf()')
  const url = (password: string) => `postgres://keeper:${password}@127.0.0.1:${sandbox.local.port}/acme_kept`
  const env = { DATABASE_URL: url(secret) }
  const dry = await sandbox.run(['development', 'restore', 'production', '--dry-run'], { env })
  const going = begin(sandbox, ['development', 'restore', 'production'], env)
  const lines = new Set<string>()
  const isOver = going.end.then(() => true)
  while (!(await Promise.race([isOver, delay(10, false)]))) for (const { line } of programs(sandbox)) lines.add(line)
  const done = await going.end
  expect([dry.status, done.status, await stateOf('acme_kept')]).toEqual([0, 0, 'new'])
  expect([...lines].some((line) => line.includes('pg_restore'))).toBe(true)
  const wrong = await sandbox.run(['development', 'restore', 'production'], {
    env: { DATABASE_URL: url(`${secret}x`) },
  })
  expect([wrong.status, wrong.stderr]).toEqual([
    1,
    `cannot connect to postgres on 127.0.0.1:${sandbox.local.port}: password authentication failed for user "keeper"\n` +
      'the server refused user or password: look at what names the database, `parity` reads the same places as your app\n',
  ])
  const everything = [...lines, dry.stdout, dry.stderr, done.stdout, done.stderr, wrong.stdout, wrong.stderr].join('\n')
  expect(everything).not.toContain(secret)
})

rarely('two dumps of an app stay in the cache', async () => {
  for (let n = 0; n < 2; n++) {
    await sandbox.heroku.backUp('acme-production')
    expect(await restore()).toMatchObject({ status: 0 })
  }
  const kept = readdirSync(join(sandbox.folder, 'home', '.cache', 'parity', 'acme-production'))
  expect(kept).toEqual(['b002.dump', 'b002.json', 'b003.dump', 'b003.json'])
  // An older one is fetched again, and stays as long as it is in use.
  expect((await restore('--backup', 'b001')).stderr).toContain('download: backup b001 of acme-production')
})
