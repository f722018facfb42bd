import { setTimeout as delay } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import type { Finished, Sandbox } from '../sandbox/sandbox.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, makeOracle, remains, type State, until } from './local-restore.ts'

/** `development backup`, `backups`, `restore NAME`, `backups:delete`: copies of the local database, made and brought back. */

let sandbox: Sandbox
let stateOf: (name?: string) => Promise<State>
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300 })
  stateOf = await makeOracle(sandbox)
  expect(await run('restore', 'production', '--no-pristine')).toMatchObject({ status: 0 })
})
afterAll(() => sandbox.stop())

const run = (...args: string[]): Promise<Finished> => sandbox.run(['development', ...args])
const superuser = (sql: string) => sandbox.local.querySuper('postgres', sql)
const snapshotOf = (name: string) => `${live}__parity_snap_${name}`
const list = async () => JSON.parse((await run('backups', '--json')).stdout).snapshots as { name: string }[]
const names = async () => (await list()).map(({ name }) => name)
const databases = async () =>
  (await superuser("SELECT datname FROM pg_database WHERE datname LIKE '%parity%' ORDER BY 1")).map(
    ({ datname }) => datname,
  )

/** Each test begins with the database as it was at the start, the other one as its previous, and no snapshot. */
beforeEach(async () => {
  for (const name of await databases())
    if (name !== `${live}__parity_previous`) await superuser(`DROP DATABASE "${name}"`)
  if ((await stateOf()) === 'new') expect(await run('undo')).toMatchObject({ status: 0 })
  expect([await stateOf(), await stateOf(`${live}__parity_previous`), await remains(sandbox)]).toEqual([
    'old',
    'new',
    [],
  ])
})

describe('a snapshot', () => {
  test('is made, listed, brought back, and stays', async () => {
    expect(await run('backup', 'first')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(
          `^snapshot first of ${live}, [\\d.]+ MB\n` +
            `copy: ${live} as ${snapshotOf('first')}, a template copy\n` +
            `${live} was saved as first; \`development restore first\` restores it\n$`,
        ),
      ),
    })
    await sandbox.local.query(live, 'CREATE TABLE scratch ()')
    expect(await stateOf()).toBe('BROKEN')
    expect(await run('restore', 'first')).toMatchObject({ status: 0 })
    expect([await stateOf(), await stateOf(`${live}__parity_previous`)]).toEqual(['old', 'BROKEN'])
    expect(await run('undo')).toMatchObject({ status: 0 })
    expect([await stateOf(), await stateOf(snapshotOf('first'))]).toEqual(['BROKEN', 'old'])
    expect(await run('restore', 'first', '--no-keep')).toMatchObject({ status: 0 })
    expect([await databases(), await stateOf()]).toEqual([[snapshotOf('first')], 'old'])
    expect(await run('restore', 'production', '--no-pristine')).toMatchObject({ status: 0 })
  })

  rarely('has a name by the clock where none is typed', async () => {
    expect(await run('backup')).toMatchObject({ status: 0 })
    expect(await names()).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d-\d{4}$/)])
  })

  rarely('is removed, and nothing else', async () => {
    await run('backup', 'first')
    await run('backup', 'second')
    expect(await run('backups:delete', 'first')).toMatchObject({ status: 0 })
    expect(await databases()).toEqual([`${live}__parity_previous`, snapshotOf('second')])
  })

  rarely('comes before a file of its name, and an environment before it', async () => {
    await run('backup', 'README.md')
    expect((await run('restore', 'README.md', '--dry-run')).stdout).toMatch(/^# restoring the snapshot README\.md of /)
    await sandbox.run(['git', 'remote', 'add', 'README.md', 'https://git.heroku.com/acme-staging.git'])
    const { stderr } = await run('restore', 'README.md', '--dry-run')
    await sandbox.run(['git', 'remote', 'remove', 'README.md'])
    expect(stderr).toContain('acme-staging has no completed backup')
  })

  rarely('has the settings, grants and owner of the database, and so has what it becomes', async () => {
    await superuser(`
      CREATE ROLE guest;
      GRANT guest TO developer;
      ALTER DATABASE ${live} SET statement_timeout = '7s';
      ALTER ROLE developer IN DATABASE ${live} SET search_path = '$user', public, "Odd";
      ALTER DATABASE ${live} CONNECTION LIMIT 40;
      REVOKE CONNECT ON DATABASE ${live} FROM public;
      GRANT CONNECT ON DATABASE ${live} TO guest WITH GRANT OPTION;
      COMMENT ON DATABASE ${live} IS 'mine'`)
    const of = async (name: string) =>
      superuser(`
        SELECT pg_get_userbyid(datdba) AS owner, ARRAY(SELECT unnest(datacl)::text ORDER BY 1) AS grants, datconnlimit AS connections,
               (SELECT json_agg(s ORDER BY s.setrole) FROM (SELECT setrole, setconfig FROM pg_db_role_setting WHERE setdatabase = d.oid) s) AS settings
          FROM pg_database d WHERE datname = '${name}'`)
    const before = await of(live)
    expect(await run('backup', 'settings')).toMatchObject({ status: 0 })
    expect(await of(snapshotOf('settings'))).toEqual(before)
    const restored = await run('restore', 'settings')
    expect([restored.stderr.includes('warning'), await of(live), await stateOf()]).toEqual([false, before, 'old'])
    const [comment] = await superuser(
      `SELECT shobj_description(oid, 'pg_database') AS text FROM pg_database WHERE datname = '${live}'`,
    )
    expect(comment).toEqual({ text: 'mine' })
    await superuser(`DROP DATABASE ${live}`)
    expect(await run('restore', 'settings')).toMatchObject({ status: 0 })
    expect([await of(live), await stateOf()]).toEqual([before, 'old'])
    await superuser(
      `ALTER DATABASE ${live} RESET ALL; ALTER DATABASE ${live} CONNECTION LIMIT -1; ALTER ROLE developer IN DATABASE ${live} RESET ALL`,
    )
    await superuser(`GRANT CONNECT ON DATABASE ${live} TO public`)
    expect(await run('restore', 'production', '--no-pristine', '--no-keep')).toMatchObject({ status: 0 })
    expect(await run('restore', 'settings')).toMatchObject({ status: 0 })
  })
})

describe('words that can’t be meant', () => {
  const rows: [args: string, stderr: string][] = [
    [
      'backup production',
      '`production` is an environment; `development restore production` would mean that\nchoose another name\n',
    ],
    ['backup local', '`local` is an environment; `development restore local` would mean that\nchoose another name\n'],
    ['backup pristine', '`pristine` is reserved for the snapshot that a restore keeps\nchoose another name\n'],
    ['backup a/b', '`a/b` is not a valid snapshot name\nuse letters, digits, `.`, `-` and `_`\n'],
    ['backup \u001b[2J', '`\\u001b[2J` is not a valid snapshot name\nuse letters, digits, `.`, `-` and `_`\n'],
    [
      'backup first',
      `snapshot \`first\` of ${live} already exists\nchoose another name, or \`development backups:delete first\`\n`,
    ],
    ['backup a b', '`backup` takes one name, got `a b`\n`development backup a`\n'],
    ['backups:delete', '`backups:delete` needs the name of a snapshot\n`development backups` lists them\n'],
    [
      'backups:delete frist',
      `no snapshot \`frist\` of ${live}, did you mean \`first\`?\n\`development backups\` lists them\n`,
    ],
    ['backups:delete previous', `no snapshot \`previous\` of ${live}\n\`development backups\` lists them\n`],
    ['backups now', '`backups` takes no arguments, got `now`\n`development backups`\n'],
    [
      'restore frist',
      'there is no environment, no snapshot and no file `frist`, did you mean `first`?\n' +
        'one of: `development restore first`, `development restore demo`, `development restore staging`, `development restore production`, `development restore --file db.dump`\n',
    ],
    [
      'restore first --backup b001',
      '`--backup` needs an environment on Heroku; `first` is not one\nleave `--backup` out\n',
    ],
    [
      'restore first --skip-extension citext',
      '`--skip-extension` is about loading a dump; `first` is a snapshot\nleave `--skip-extension` out\n',
    ],
    [
      'restore first --allow-missing users_email',
      '`--allow-missing` is about loading a dump; `first` is a snapshot\nleave `--allow-missing` out\n',
    ],
    [
      'restore first -- --verbose',
      '`-- --verbose` is about loading a dump; `first` is a snapshot\nleave `-- --verbose` out\n',
    ],
  ]

  rarely('each gets its answer, and nothing is changed', async () => {
    await run('backup', 'first')
    const before = await databases()
    for (const [args, stderr] of rows)
      expect(await run(...args.split(' ')), args).toMatchObject({ status: 2, stdout: '', stderr })
    expect(await databases()).toEqual(before)
  })

  rarely('a database that is not there', async () => {
    const { status, stderr } = await run('backup', '--database', 'nothing')
    expect([status, stderr]).toEqual([
      2,
      'no local database nothing (by --database)\n`development restore SOURCE` creates it\n',
    ])
  })

  test('a target that belongs to somebody else', async () => {
    await superuser('CREATE DATABASE others')
    const { status, stderr } = await run('backup', '--database', 'others')
    await superuser('DROP DATABASE others')
    expect([status, stderr]).toEqual([
      1,
      'others belongs to `postgres`, and role `developer` may not copy it\nas a superuser: ALTER DATABASE "others" OWNER TO "developer"\n',
    ])
  })
})

describe('a dry run', () => {
  rarely('says what would happen, and does nothing of it', async () => {
    await run('backup', 'first')
    const before = await databases()
    const said = await Promise.all([
      run('backup', 'second', '--dry-run'),
      run('--dry-run', 'restore', 'first'),
      run('backups:delete', '--dry-run', 'first'),
    ])
    const lines = said.map(({ status, stdout, stderr }) => [
      status,
      stderr,
      stdout.replace(/, \d+ seconds? old|, [\d.]+ MB/g, ''),
    ])
    const into = `# into ${live} on 127.0.0.1:${sandbox.local.port} (by config/database.yml), Postgres VERSION`
    expect(
      lines.map(([status, stderr, text]) => [status, stderr, String(text).replace(/Postgres .*/, 'Postgres VERSION')]),
    ).toEqual([
      [0, '', `# snapshot second of ${live}\n# copy: ${live} as ${snapshotOf('second')}, a template copy\n`],
      [
        0,
        '',
        `# restoring the snapshot first of ${live}\n${into}\n# copy: ${snapshotOf('first')} as ${live}__parity_incoming, a template copy\n` +
          `# swap, in one transaction: ${live}__parity_previous becomes ${live}__parity_discard, ${live} becomes ${live}__parity_previous, ${live}__parity_incoming becomes ${live}\n` +
          `# tidy: drop ${live}__parity_discard\n`,
      ],
      [0, '', `# drop: ${snapshotOf('first')}, the snapshot first of ${live}\n`],
    ])
    expect(await databases()).toEqual(before)
  })
})

describe('sessions on the database', () => {
  /** A client that sleeps on the database until it is cut off; its process on the server. */
  async function client(): Promise<{ pid: unknown; gone: Promise<boolean> }> {
    const gone = sandbox.local.query(live, "SET application_name = 'rails'; SELECT pg_sleep(70)").then(
      () => false,
      () => true,
    )
    const find = () => superuser("SELECT pid FROM pg_stat_activity WHERE application_name = 'rails'")
    await until('the client', async () => (await find()).length === 1)
    return { pid: (await find())[0]?.pid, gone }
  }

  const end = () => superuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rails'")

  test('are named, and stay', async () => {
    const { pid, gone } = await client()
    const { status, stderr } = await run('backup', 'used')
    const planned = await run('backup', 'used', '--dry-run')
    await end()
    expect([status, stderr, await gone, await names()]).toEqual([
      1,
      `${live} is in use by rails (process ${pid}); Postgres can only copy a database without other sessions\n` +
        'use `--force` to end these sessions, or close them and run this again\n',
      true,
      [],
    ])
    expect(planned.stdout).toContain(
      `# connected to it: rails (process ${pid})\n# ask: may the sessions on ${live} be ended?\n`,
    )
  })

  rarely('are ended with --force', async () => {
    const { pid, gone } = await client()
    const { status, stderr } = await run('backup', 'used', '--force')
    expect([status, await gone, await stateOf(snapshotOf('used'))]).toEqual([0, true, 'old'])
    expect(stderr).toContain(`connected to it: rails (process ${pid})\n`)
    expect(stderr).toContain(`  ended: rails (process ${pid})\n`)
  })

  rarely('that come again and again do not get in its way', async () => {
    let over = false
    const clients = Array.from({ length: 4 }, async () => {
      while (!over) await sandbox.local.query(live, 'SELECT pg_sleep(60)').catch(() => {})
    })
    const there = async () => (await superuser(`SELECT FROM pg_stat_activity WHERE datname = '${live}'`)).length > 2
    for (const name of ['one', 'two']) {
      await until('the clients', there)
      expect(await run('backup', name, '--force')).toMatchObject({ status: 0 })
      expect(await stateOf(snapshotOf(name))).toBe('old')
    }
    over = true
    await superuser(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${live}'`)
    await Promise.all(clients)
  })

  rarely('that the role may not end', async () => {
    const sleeper = sandbox.local.querySuper(live, 'SELECT pg_sleep(71)').catch(() => {})
    const find = () => superuser(`SELECT pid FROM pg_stat_activity WHERE datname = '${live}'`)
    await until('the session', async () => (await find()).length === 1)
    const pid = (await find())[0]?.pid
    const { status, stderr } = await run('backup', 'used', '--force')
    await superuser(`SELECT pg_terminate_backend(${pid})`)
    await sleeper
    expect([status, stderr]).toEqual([
      1,
      `${live} is in use by sessions that role \`developer\` may not end: postgres (process ${pid})\n` +
        'close them, or as a superuser: GRANT pg_signal_backend TO your role\n',
    ])
  })

  test.each<[answer: string, status: number, made: string[]]>(
    few(1, [
      ['y\r', 0, ['asked']],
      ['n\r', 1, []],
      ['\r', 1, []],
      ['\x04', 1, []],
    ]),
  )('on a terminal the answer %j decides', async (answer, status, made) => {
    const { gone } = await client()
    const terminal = spawn(`${sandbox.folder}/bin/development`, ['backup', 'asked'], {
      cwd: sandbox.project,
      env: sandbox.env,
    })
    let said = ''
    terminal.onData((text) => {
      said += text
    })
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
    await until('the question', () => said.includes(`end 1 session on ${live}? [y/N] `))
    terminal.write(answer)
    expect([await ended, await names()]).toEqual([status, made])
    if (status !== 0) expect(said).toContain('sessions were left open; no snapshot was made')
    await end()
    expect(await gone).toBe(true)
  })
})

describe('what is not ours', () => {
  test('a database that bears the name of a snapshot is neither replaced nor listed nor dropped', async () => {
    const name = snapshotOf('mine')
    await sandbox.local.query('postgres', `CREATE DATABASE ${name}`)
    const marks = [
      'NULL',
      `'made by parity, which may drop it: {"madeBy":"parity","target":"other","kind":{"snapshot":"mine"}}'`,
      `'made by parity, which may drop it: {"madeBy":"parity","target":"${live}","kind":{"snapshot":"yours"}}'`,
      `'made by parity, which may drop it: {"madeBy":"parity","target":"${live}","kind":"discard"}'`,
    ]
    for (const mark of few(1, marks)) {
      await superuser(`COMMENT ON DATABASE ${name} IS ${mark}`)
      const said = [await run('backup', 'mine'), await run('backups:delete', 'mine'), await run('restore', 'mine')]
      expect([said.map(({ status }) => status), await names()]).toEqual([[1, 2, 2], []])
      expect(said[0]?.stderr).toBe(
        `the database ${name} has a name that parity needs, but was not made by parity\n` +
          `rename it, or drop it: dropdb ${name}\n`,
      )
    }
    expect(await databases()).toContain(name)
    await superuser(`DROP DATABASE ${name}`)
  })

  rarely('a database where the copy is made, with rows of somebody’s, stays', async () => {
    const name = `${live}__parity_copy`
    await sandbox.local.query('postgres', `CREATE DATABASE ${name}`)
    for (const command of [['backup', 'x'], ['restore', 'production'], ['undo']]) {
      expect(await run(...command)).toMatchObject({
        status: 1,
        stderr:
          `the database ${name} has a name that parity needs, but was not made by parity\n` +
          `rename it, or drop it: dropdb ${name}\n`,
      })
    }
    await superuser(`DROP DATABASE ${name}`)
  })

  rarely('a copy that nobody could mark any more is known by its stamp', async () => {
    const name = `${live}__parity_copy`
    await sandbox.local.query('postgres', `CREATE DATABASE ${name} TEMPLATE ${live} CONNECTION LIMIT ${0x70617269}`)
    const { status, stderr } = await run('backup', 'next')
    expect([status, stderr.split('\n')[1]]).toEqual([0, `drop: ${name}, left by a run that was killed`])
    expect(await databases()).toEqual([`${live}__parity_previous`, snapshotOf('next')])
  })
})

describe('databases with names that are hard to write', () => {
  const long = `${'ü'.repeat(31)}x`
  rarely.each(
    few(1, [
      [`it's "quoted"; DROP DATABASE x; --`, 'naïve.name'],
      ['--force', 'a'],
      [long, 'x'.repeat(100)],
    ]),
  )('%j, and the snapshot %j', async (name, snapshot) => {
    const quoted = `"${name.replaceAll('"', '""')}"`
    await sandbox.local.query('postgres', `CREATE DATABASE ${quoted}`)
    await sandbox.local.query(name, 'CREATE TABLE t AS SELECT 1 AS n')
    const on = (...args: string[]) => run(...args, `--database=${name}`)
    const before = await databases()
    expect(await on('backup', snapshot)).toMatchObject({ status: 0 })
    await sandbox.local.query(name, 'UPDATE t SET n = 2')
    expect(await on('restore', snapshot, '--no-keep')).toMatchObject({ status: 0 })
    expect(await sandbox.local.query(name, 'SELECT n FROM t')).toEqual([{ n: 1 }])
    expect(await on('backups:delete', snapshot)).toMatchObject({ status: 0 })
    expect(await databases()).toEqual(before)
    await superuser(`DROP DATABASE ${quoted}`)
  })
})

describe('two at once', () => {
  rarely.each([[['backup', 'second']], [['restore', 'first']], [['backups:delete', 'first']]])(
    '%j waits for no other',
    async (command) => {
      await run('backup', 'first')
      const first = begin(sandbox, ['development', 'restore', 'production', '--no-pristine'])
      await first.line('create: ')
      const second = await run(...command)
      expect([second.status, second.stderr.replace(/\d\d:\d\d:\d\d/, 'NOW')]).toEqual([
        1,
        `another parity process is working on ${live}: parity restore, process ${first.pid}, since NOW\nwait for it to finish, then run this again\n`,
      ])
      expect(await first.end).toMatchObject({ status: 0 })
      expect(await names()).toEqual(['first'])
      await run('restore', 'first')
      await run('restore', 'production', '--no-pristine')
    },
  )
})

describe('ended in the middle', () => {
  /** Our lock lasts until the server has noticed. */
  const noLock = () =>
    until(
      'the end of the lock',
      async () => (await superuser("SELECT FROM pg_locks WHERE locktype = 'advisory'")).length === 0,
    )

  /** Every snapshot there is is whole, and the next run cleans up. */
  async function isWhole(): Promise<void> {
    await noLock()
    for (const name of await names()) expect(await stateOf(snapshotOf(name))).toBe('old')
    expect(await run('backup', 'afterwards')).toMatchObject({ status: 0 })
    expect([await remains(sandbox), await stateOf(snapshotOf('afterwards'))]).toEqual([[], 'old'])
  }

  rarely.each([40, 0, 110])('kill -9 of `backup`, %d ms after the copy began', async (milliseconds) => {
    const backup = begin(sandbox, ['development', 'backup', 'killed'])
    await backup.line('copy: ')
    await delay(milliseconds)
    backup.kill('SIGKILL')
    await backup.end
    expect(await stateOf()).toBe('old')
    await isWhole()
  })

  test.each<[line: string, milliseconds: number]>(
    few(1, [
      ['swap, ', 10],
      ['copy: ', 80],
      ['copy: ', 0],
      ['swap, ', 0],
      ['tidy: ', 0],
    ]),
  )('kill -9 of `restore NAME` at %j and %d ms', async (line, milliseconds) => {
    expect(await run('backup', 'kept')).toMatchObject({ status: 0 })
    expect(await run('undo')).toMatchObject({ status: 0 })
    const restore = begin(sandbox, ['development', 'restore', 'kept'])
    await restore.line(line)
    await delay(milliseconds)
    restore.kill('SIGKILL')
    await restore.end
    await noLock()
    const [now, before] = [await stateOf(), await stateOf(`${live}__parity_previous`)]
    expect([
      ['new', 'old'],
      ['old', 'new'],
    ]).toContainEqual([now, before])
    expect(await stateOf(snapshotOf('kept'))).toBe('old')
    expect(await run('restore', 'kept')).toMatchObject({ status: 0 })
    expect([await stateOf(), await remains(sandbox)]).toEqual(['old', []])
    if ((await stateOf(`${live}__parity_previous`)) === 'old')
      expect(await run('restore', 'production', '--no-pristine')).toMatchObject({ status: 0 })
  })

  rarely.each<[milliseconds: number, signal: NodeJS.Signals]>(
    few(1, [
      [0, 'SIGINT'],
      [20, 'SIGTERM'],
      [60, 'SIGHUP'],
      [120, 'SIGINT'],
    ]),
  )('%d ms after the copy began: %s; the status tells the truth', async (milliseconds, signal) => {
    const backup = begin(sandbox, ['development', 'backup', 'ended'])
    await backup.line('copy: ')
    await delay(milliseconds)
    backup.kill(signal)
    const end = await backup.end
    // A signal that comes when it has said that it is done may still catch it at the door.
    const isDone = backup.said().includes('was saved as ended')
    expect([end.signal ?? end.status, await names()]).toEqual(
      isDone ? [expect.toBeOneOf([0, signal]), ['ended']] : [signal, []],
    )
    expect(await remains(sandbox)).toEqual([])
    await isWhole()
  })
})
