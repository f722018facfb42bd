import { mkdir, writeFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { type FaultAction, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, makeOracle, remains, type State, until } from './local-restore.ts'

/** What can't end well is refused, in whole sentences, before anything is changed. */

let sandbox: Sandbox
let stateOf: () => Promise<State>
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 200 })
  stateOf = await makeOracle(sandbox)
})
afterAll(() => sandbox.stop())

/** Every database with what is said of it: a refusal changes none of it. */
const databases = () =>
  sandbox.local.querySuper(
    'postgres',
    `SELECT oid::text, datname, pg_get_userbyid(datdba) AS owner, datacl::text, datconnlimit, shobj_description(oid, 'pg_database') AS comment
       FROM pg_database ORDER BY oid`,
  )

type Env = Record<string, string | undefined>

async function refusal(args: string, env: Env = {}): Promise<{ status: number | null; stderr: string }> {
  const before = await databases()
  const { status, stderr, stdout } = await sandbox.run(['development', ...args.split(' ')], { env })
  expect([stdout, await databases(), await stateOf(), await remains(sandbox)]).toEqual(['', before, 'old', []])
  return { status, stderr }
}

const as = (user: string, database = live) => ({
  DATABASE_URL: `postgres://${user}@127.0.0.1:${sandbox.local.port}/${database}`,
})
const superuser = (sql: string) => sandbox.local.querySuper('postgres', sql)

describe('words that can’t be meant', () => {
  const sources =
    'one of: `development restore demo`, `development restore staging`, `development restore production`, `development restore --file db.dump`\n'
  test.each<[args: string, stderr: string]>(
    few(3, [
      ['restore', `\`development restore\` needs a source\n${sources}`],
      [
        'restore prodcution',
        `there is no environment, no snapshot and no file \`prodcution\`, did you mean \`production\`?\none of: \`development restore production\`, \`development restore demo\`, \`development restore staging\`, \`development restore --file db.dump\`\n`,
      ],
      ['restore nothing', `there is no environment, no snapshot and no file \`nothing\`\n${sources}`],
      [
        'restore development',
        'development cannot be restored from itself\n`development restore production` restores the newest backup of production\n',
      ],
      [
        'restore production staging',
        '`restore` takes one source, got `production staging`\n`development restore production`\n',
      ],
      [
        'restore production --file README.md',
        'both `production` and `--file README.md` name a source\nuse one of them\n',
      ],
      ['restore production --jobs 0', '`--jobs` expects a number from 1, got `0`\nremove it to use one job per core\n'],
      [
        'restore production --jobs two',
        '`--jobs` expects a number from 1, got `two`\nremove it to use one job per core\n',
      ],
      [
        'restore production --force',
        '`--force` is for environments on Heroku\n`development restore --help` shows the options\n',
      ],
      [
        'restore --file none.dump',
        'no file `PROJECT/none.dump`\n`--file` expects a dump made by `pg_dump --format=custom`\n',
      ],
      ['restore production --backup b999', 'acme-production has no backup b999\n`production backups` lists them\n'],
      ['undo now', '`undo` takes no arguments, got `now`\n`development undo` goes back to the previous database\n'],
      ['undo', `no previous database of ${live} was found\n\`development restore SOURCE\` keeps one\n`],
    ]),
  )('development %s', async (args, stderr) => {
    const said = await refusal(args)
    expect([said.status, said.stderr.replaceAll(sandbox.project, 'PROJECT').replaceAll('’', "'")]).toEqual([
      2,
      stderr.replaceAll('’', "'"),
    ])
  })

  rarely('an option may stand before the source', async () => {
    const plain = await sandbox.run(['development', 'restore', 'production', '--jobs', '3', '--dry-run'])
    const before = await sandbox.run(['development', 'restore', '--dry-run', '--jobs', '3', 'production'])
    const number = /\d+\.list/g
    expect(before.stdout.replace(number, 'N.list')).toBe(plain.stdout.replace(number, 'N.list'))
    expect(plain.stdout).toContain('--jobs 3')
  })
})

describe('no backup to be had', () => {
  test('none at all', async () => {
    expect(await refusal('restore demo')).toEqual({
      status: 1,
      stderr: 'acme-demo has no completed backup\n`parity demo backup` makes one\n',
    })
  })

  rarely('one that is being captured, one that failed', async () => {
    const backups = () => sandbox.heroku.backups('acme-demo')
    sandbox.heroku.failNextTransfer('out of disk')
    const first = begin(sandbox, ['parity', 'demo', 'backup'])
    await until('the failure', () => backups()[0]?.succeeded === false)
    const go = sandbox.heroku.pauseTransfers()
    const second = begin(sandbox, ['parity', 'demo', 'backup'])
    await until('the second backup', () => backups().length === 2)
    expect((await refusal('restore demo')).stderr).toBe(
      'acme-demo has no completed backup; b002 is being captured now\n`parity demo backup` makes one\n',
    )
    expect((await refusal('restore demo --backup b001')).stderr).toBe(
      'backup b001 of acme-demo did not succeed\n`parity demo backups` lists the others\n',
    )
    expect((await refusal('restore demo --backup b002')).stderr).toBe(
      'backup b002 of acme-demo is still being captured\n`parity demo backups` lists the others\n',
    )
    go()
    for (const run of [first, second]) run.kill('SIGKILL')
  })

  rarely('nobody is logged in', async () => {
    const home = `${sandbox.folder}/home/nobody`
    await mkdir(home, { recursive: true })
    const env = { HEROKU_API_KEY: undefined, HOME: home, XDG_CACHE_HOME: undefined, HEROKU_NETRC_WRITE: undefined }
    expect(await refusal('restore production', env)).toEqual({
      status: 1,
      stderr: 'not logged in to Heroku\n`heroku login`\n',
    })
  })

  const html = '<html>Please log in</html>'
  test.each<[what: string, action: FaultAction, message: string]>(
    few(1, [
      ['401', { kind: 'answer', status: 401, body: '{"id":"unauthorized"}' }, 'Heroku does not accept the token\n'],
      [
        '403',
        { kind: 'answer', status: 403, body: '{"message":"You do not have access."}' },
        'Heroku says: You do not have access\n',
      ],
      ['404', { kind: 'answer', status: 404, body: '{"id":"not_found"}' }, ''],
      ['500', { kind: 'answer', status: 500, body: '{}' }, 'Heroku answered 500\n'],
      ['no JSON', { kind: 'answer', status: 200, body: html }, 'did not return JSON\n'],
      ['JSON of another shape', { kind: 'answer', status: 200, body: '"yes"' }, ''],
      ['a body that is cut', { kind: 'cut', afterBytes: 20 }, ''],
      ['no answer', { kind: 'cut', afterBytes: 0 }, ''],
    ]),
  )('the API answers %s', async (_, action, message) => {
    // What is asked again, with growing pauses, is tried in one place only.
    const isAskedAgain = action.kind === 'cut' || (action.kind === 'answer' && action.status === 500)
    for (const path of isAskedAgain ? ['/public-url'] : ['/transfers', '/public-url']) {
      const undo = sandbox.misbehave({ path: new RegExp(`${path}$`), action })
      const { status, stderr } = await refusal('restore production')
      undo()
      expect(status).toBe(1)
      expect(stderr).toContain(message)
      expect(stderr).not.toContain('report')
    }
  })
})

describe('a server that can’t take it', () => {
  afterEach(async () => {
    for (const role of ['weak', 'stranger']) await superuser(`DROP ROLE IF EXISTS ${role}`)
  })

  test('it is not there', async () => {
    const { status, stderr } = await sandbox.run(['development', 'restore', 'production'], { env: { PGPORT: '1' } })
    expect([status, stderr]).toEqual([
      1,
      'cannot connect to postgres on 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n' +
        'check with `pg_isready`; `brew services start postgresql` or `sudo service postgresql start` starts Postgres\n',
    ])
  })

  test('no `pg_restore` runs where it should be', async () => {
    expect(await refusal('restore production', { PARITY_PG_BIN: '/nowhere' })).toEqual({
      status: 2,
      stderr:
        '`PARITY_PG_BIN` is `/nowhere`, which has no working `pg_restore`\nset it to the folder of `pg_restore`, or unset it\n',
    })
  })

  test('it is another machine: refused before anything is asked', async () => {
    const asked = sandbox.requests.length
    expect(
      await refusal('restore production', { DATABASE_URL: 'postgres://u:secret@db.example.com:5433/acme' }),
    ).toEqual({
      status: 2,
      stderr:
        'acme on db.example.com:5433 is not on this machine\n' +
        'if `db.example.com` is yours to overwrite, add it to `development.allowHosts` in the configuration\n',
    })
    expect(sandbox.requests.length).toBe(asked)
  })

  rarely('the role may not create databases', async () => {
    await superuser(`CREATE ROLE weak LOGIN IN ROLE developer`)
    expect(await refusal('restore production', as('weak'))).toEqual({
      status: 1,
      stderr:
        'role `weak` may not create databases; a restore loads into a new database\nas a superuser: ALTER ROLE "weak" CREATEDB\n',
    })
  })

  test('the target belongs to somebody else', async () => {
    await superuser('CREATE ROLE stranger LOGIN CREATEDB')
    expect(await refusal('restore production', as('stranger'))).toEqual({
      status: 1,
      stderr: `${live} belongs to \`developer\`, and role \`stranger\` may not rename it\nas a superuser: ALTER DATABASE "${live}" OWNER TO "stranger"\n`,
    })
  })

  rarely('too few connections are free', async () => {
    await superuser('ALTER ROLE developer CONNECTION LIMIT 5')
    const { status, stderr } = await refusal('restore production --jobs 8')
    await superuser('ALTER ROLE developer CONNECTION LIMIT -1')
    expect([status, stderr]).toEqual([
      1,
      'the server has 4 free connections; a restore with 8 jobs needs 11\nclose some sessions, or use `--jobs 1`\n',
    ])
  })

  rarely('a session that the role may not end', async () => {
    const sleeper = sandbox.local.querySuper(live, 'SELECT pg_sleep(61)').catch(() => {})
    const who = async () => (await superuser(`SELECT pid FROM pg_stat_activity WHERE datname = '${live}'`))[0]?.pid
    await until('the session', async () => (await who()) !== undefined)
    const pid = await who()
    const said = await refusal('restore production')
    await superuser(`SELECT pg_terminate_backend(${pid})`)
    await sleeper
    expect(said).toEqual({
      status: 1,
      stderr:
        `${live} is in use by sessions that role \`developer\` may not end: postgres (process ${pid})\n` +
        'close them, or as a superuser: GRANT pg_signal_backend TO your role\n',
    })
  })

  rarely('a prepared transaction on the target', async () => {
    await superuser('ALTER SYSTEM SET max_prepared_transactions = 2')
    await sandbox.local.stop()
    await sandbox.local.start()
    await sandbox.local.query(live, "BEGIN; CREATE TABLE t (); PREPARE TRANSACTION 'mine'")
    const said = await refusal('restore production')
    await sandbox.local.query(live, "ROLLBACK PREPARED 'mine'")
    expect(said).toEqual({
      status: 1,
      stderr:
        `${live} has 1 prepared transactions and cannot be renamed before they end\n` +
        '`select * from pg_prepared_xacts` lists them; COMMIT PREPARED or ROLLBACK PREPARED ends them\n',
    })
  })
})

describe('a database of somebody’s that bears a name of ours', () => {
  const foreign = (kind: string) => ({
    status: 1,
    stderr:
      `the database ${live}__parity_${kind} has a name that parity needs, but was not made by parity\n` +
      `rename it, or drop it: dropdb ${live}__parity_${kind}\n`,
  })
  const mark = (target: string, kind: string) =>
    `'made by parity, which may drop it: {"madeBy":"parity","target":"${target}","kind":"${kind}"}'`

  test.each<[kind: string, what: string, fill: string]>(
    few(3, [
      ['incoming', 'with a table', 'CREATE TABLE precious ()'],
      ['incoming', 'with a type and no more', 'CREATE DOMAIN precious AS int'],
      ['incoming', 'with a large object and no more', 'SELECT lo_create(0)'],
      ['incoming', 'empty, with a comment', `COMMENT ON DATABASE ${live}__parity_incoming IS 'precious'`],
      [
        'incoming',
        'with the mark of another target',
        `COMMENT ON DATABASE ${live}__parity_incoming IS ${mark('other', 'incoming')}`,
      ],
      [
        'incoming',
        'with the mark of another kind',
        `COMMENT ON DATABASE ${live}__parity_incoming IS ${mark(live, 'previous')}`,
      ],
      ['previous', 'empty', 'SELECT'],
      ['discard', 'empty', 'SELECT'],
    ]),
  )('%s, %s', async (kind, _, fill) => {
    const name = `${live}__parity_${kind}`
    await sandbox.local.query('postgres', `CREATE DATABASE ${name}`)
    await sandbox.local.query(name, fill)
    const before = await databases()
    const said = await sandbox.run(['development', 'restore', 'production'])
    const after = await databases()
    await superuser(`DROP DATABASE ${name}`)
    expect({ status: said.status, stderr: said.stderr }).toEqual(foreign(kind))
    expect(after).toEqual(before)
  })

  rarely('one that is marked as ours but belongs to another role', async () => {
    const name = `${live}__parity_previous`
    await superuser(`CREATE DATABASE ${name}`)
    await superuser(`COMMENT ON DATABASE ${name} IS ${mark(live, 'previous')}`)
    const said = await sandbox.run(['development', 'restore', 'production'])
    await superuser(`DROP DATABASE ${name}`)
    expect([said.status, said.stderr, await stateOf()]).toEqual([
      1,
      `${name} belongs to \`postgres\`, and role \`developer\` may not rename it\nas a superuser: ALTER DATABASE "${name}" OWNER TO "developer"\n`,
      'old',
    ])
  })

  test('an incoming one without a mark and without contents is ours: we were killed before we marked it', async () => {
    await sandbox.local.query('postgres', `CREATE DATABASE ${live}__parity_incoming`)
    const done = await sandbox.run(['development', 'restore', 'production'])
    expect([done.status, await stateOf(), await remains(sandbox)]).toEqual([0, 'new', []])
    expect(await sandbox.run(['development', 'undo'])).toMatchObject({ status: 0 })
  })
})

describe('an archive that this server can’t take', () => {
  test('a file that is no archive', async () => {
    await writeFile(`${sandbox.project}/page.dump`, '<html>')
    const { status, stderr } = await refusal('restore --file page.dump')
    expect([status, stderr.split('\n').slice(-3)]).toEqual([
      1,
      [
        `\`${sandbox.project}/page.dump\` is a web page or an XML error, not a dump`,
        'its URL may have expired: get a new one',
        '',
      ],
    ])
  })

  rarely('an extension that something needs and nobody may create; leaving it out works', async () => {
    await sandbox.heroku.query(
      'acme-staging',
      'CREATE VIEW public.statements AS SELECT query, calls FROM pg_stat_statements',
    )
    await sandbox.heroku.backUp('acme-staging')
    const { status, stderr } = await refusal('restore staging')
    expect([status, stderr.split('\n').slice(-4)]).toEqual([
      1,
      [
        'the backup needs the extension pg_stat_statements (for VIEW public.statements): only a superuser may create it',
        'install it for the server (Debian: postgresql-contrib or postgresql-NN-pg_stat_statements), or leave it out: `--skip-extension pg_stat_statements`',
        `${live} is as it was`,
        '',
      ],
    ])
    const skipping = await sandbox.run(['development', 'restore', 'staging', '--skip-extension', 'pg_stat_statements'])
    expect(skipping).toMatchObject({ status: 0 })
    expect(
      await sandbox.local.query(
        live,
        "SELECT to_regclass('public.statements') AS there, count(*)::int AS n FROM articles",
      ),
    ).toEqual([{ there: null, n: 100 }])
  })
})
