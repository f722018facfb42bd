import { hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { few, often, rarely } from '../often.ts'
import { run as runProgram } from '../sandbox/processes.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, fingerprint } from './local-restore.ts'
import { releasePrograms, releasesMissing } from './postgres-releases.ts'

/** `development services rehearse postgres MAJOR`: production's newest backup on a server of a newer major. */

const majors = [17, 18] as const
let sandbox: Sandbox
let env: Record<string, string>

beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300 })
  const folders = majors.filter((major) => !releasesMissing.includes(major))
  const programs = await Promise.all(folders.map((major) => releasePrograms(sandbox, major)))
  env = { PATH: [sandbox.env.PATH, ...programs].join(':') }
})
afterAll(async () => {
  await rehearse('--remove')
  await sandbox.stop()
})

const rehearse = (...args: string[]): Promise<Finished> =>
  sandbox.run(['development', 'services', 'rehearse', ...args], { env })
const folder = (...parts: string[]) => join(sandbox.project, '.parity', ...parts)
/** Folders and processes of rehearsals. */
async function remains(): Promise<string[]> {
  const names = existsSync(folder()) ? await readdir(folder()) : []
  const { stdout } = await runProgram(['ps', '-axww', '-o', 'args='])
  return [
    ...names.filter((name) => name.startsWith('rehearsal')),
    ...stdout.split('\n').filter((line) => line.includes(folder('rehearsal'))),
  ]
}
const local = () => fingerprint((sql) => sandbox.local.querySuper('acme_development', sql))

/** What is on the disk and must stay as it is: the dumps of the cache, the services, the databases. */
async function kept(): Promise<Record<string, string>> {
  const cache = join(sandbox.env.HOME ?? '', '.cache/parity')
  const files = [cache, folder()].filter(existsSync).flatMap((place) =>
    readdirSync(place, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      const path = join(entry.parentPath, entry.name)
      return entry.isFile() && !/\/_(log|load)\//.test(path)
        ? [[path, hash('sha256', readFileSync(path))] as const]
        : []
    }),
  )
  const databases = await sandbox.local.querySuper('postgres', 'SELECT datname, oid FROM pg_database')
  return Object.fromEntries([...files, ...databases.map(({ datname, oid }) => [String(datname), String(oid)] as const)])
}

const production = (sql: string) => sandbox.heroku.query('acme-production', sql)
/** Production with something in it that goes away again. */
async function withProduction<T>(make: string, unmake: string, work: () => Promise<T>): Promise<T> {
  await production(make)
  try {
    await sandbox.heroku.backUp('acme-production')
    return await work()
  } finally {
    await production(unmake)
    await sandbox.heroku.backUp('acme-production')
  }
}
type Report = {
  ok: boolean
  parts: { name: string; state: string }[]
  findings: { kind: string; what: string; fix?: string }[]
  kept?: { url: string }
}
const reportOf = ({ stdout, stderr }: Finished): Report => (stdout === '' ? expect.fail(stderr) : JSON.parse(stdout))

describe.each(few(1, majors))('on Postgres %i', (major) => {
  const missing = releasesMissing.includes(major)
  const onMajor = (...args: string[]) => rehearse('postgres', String(major), ...args)

  test.runIf(often && !missing)('a clean run leaves nothing behind', async () => {
    const before = { database: await local(), kept: await kept() }
    const script = 'echo "$DATABASE_URL $PGDATABASE by $PARITY_BACKUP"'
    const done = await onMajor('--', 'sh', '-c', script)
    expect(done, done.stderr).toMatchObject({ status: 0 })
    expect(done.stdout).toMatch(
      new RegExp(`^acme-production b\\d+, Postgres [\\d.]+.*, on Postgres ${major}\\.\\d+\n\n`),
    )
    expect(done.stdout).toMatch(/\nload +[\d.]+ s +ok\n/)
    expect(done.stdout).toContain('\n\nnothing was found\n')
    expect(done.stderr).toMatch(
      /\npostgres:\/\/postgres:\S+@127\.0\.0\.1:\d+\/acme_rehearsal\?\S* acme_rehearsal by b\d+\n/,
    )
    expect(await remains()).toEqual([])
    expect(await local()).toBe(before.database)
    expect(await kept()).toMatchObject(before.kept)
  })

  test.skipIf(missing)('what cannot be made is found, with what helps, and the rest is tried', async () => {
    const make = `
      CREATE FUNCTION public.inner_name(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)';
      CREATE FUNCTION public.outer_name(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT inner_name(t)';
      CREATE INDEX users_outer ON public.users (public.outer_name(email))`
    const unmake = 'DROP FUNCTION public.outer_name CASCADE; DROP FUNCTION public.inner_name'
    const done = await withProduction(make, unmake, () => onMajor('--json', '--', 'sh', '-c', 'exit 3'))
    expect(done.status, done.stderr).toBe(1)
    const { ok, findings, parts } = reportOf(done)
    expect(ok).toBe(false)
    expect(findings).toEqual([
      {
        kind: 'object',
        what: 'index public.users_outer: function inner_name(text) does not exist',
        fix: 'in production: ALTER FUNCTION public.outer_name(text) SET search_path = public',
      },
      { kind: 'command', what: "`sh -c 'exit 3'` failed with status 3" },
    ])
    expect(parts.map(({ name, state }) => [name, state])).toEqual([
      ['create', 'ok'],
      ['load', 'ok'],
      ['finish', 'ok'],
      ['analyze', 'ok'],
      ["sh -c 'exit 3'", 'failed'],
    ])
    expect(await remains()).toEqual([])
  })
})

describe.skipIf(releasesMissing.includes(17))('a backup that the new major does not take', () => {
  rarely('a word that is reserved now', async () => {
    const done = await withProduction('CREATE TABLE public.logins (system_user text)', 'DROP TABLE public.logins', () =>
      rehearse('postgres', '17', '--markdown', '--', 'true'),
    )
    expect(done.status, done.stderr).toBe(1)
    expect(done.stdout).toMatch(/^# acme-production b\d+, Postgres .*\n\n\| part \| time \| state \|\n/)
    expect(done.stdout).toMatch(/\n\| `load` \| [\d.]+ s \| failed \|\n\| `true` \| {2}\| not run \|\n/)
    expect(done.stdout).toMatch(/\n\*\*1 finding\*\*\n\n- .*syntax error at or near "system\\_user"/s)
    expect(await remains()).toEqual([])
  })

  rarely('an extension and a setting that are gone', async () => {
    // As a release before 14 has let it be set.
    const gone = "'{work_mem=8MB,operator_precedence_warning=off}'"
    const done = await withProduction(
      `CREATE EXTENSION adminpack;
       CREATE VIEW public.server_logs AS SELECT * FROM pg_logdir_ls() AS (at timestamp, name text);
       CREATE FUNCTION public.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
       CREATE VIEW public.doubled AS SELECT public.twice(7) AS n;
       UPDATE pg_proc SET proconfig = ${gone} WHERE proname = 'twice';
       ALTER DATABASE acme_production SET work_mem = '8MB';
       UPDATE pg_db_role_setting SET setconfig = ${gone} WHERE setrole = 0`,
      `ALTER DATABASE acme_production RESET ALL; DROP VIEW public.doubled, public.server_logs;
       DROP FUNCTION public.twice; DROP EXTENSION adminpack`,
      () => rehearse('postgres', '17', '--json', '--', 'true'),
    )
    expect(done.status, done.stderr).toBe(1)
    const { findings, parts } = reportOf(done)
    expect(findings).toEqual([
      {
        kind: 'extension',
        what: 'extension adminpack is not installed on this server; no table needs it',
        fix: 'install it here for this major, or see whether Heroku has it there',
      },
      {
        kind: 'setting',
        what: 'the database sets operator_precedence_warning, which this release does not have',
        fix: 'in production: ALTER DATABASE acme_production RESET operator_precedence_warning',
      },
      {
        kind: 'setting',
        what: 'function public.twice(integer) sets operator_precedence_warning, which this release does not have',
        fix: 'in production: ALTER FUNCTION public.twice(integer) RESET operator_precedence_warning',
      },
      { kind: 'object', what: 'view public.doubled: function public.twice(integer) does not exist' },
      { kind: 'object', what: 'view public.server_logs: function pg_logdir_ls() does not exist' },
    ])
    expect(parts.at(-1)).toMatchObject({ name: 'true', state: 'ok' })
  })
})

describe.skipIf(releasesMissing.includes(18))('what is left', () => {
  const ready = 'echo "ready $$" >&2; exec tail -f /dev/null'
  const command = ['development', 'services', 'rehearse', 'postgres', '18', '--', 'sh', '-c', ready]

  rarely('with --keep a server that answers, until it is removed', async () => {
    const done = await rehearse('postgres', '18', '--keep', '--json')
    expect(done.status, done.stderr).toBe(0)
    const client = new pg.Client(reportOf(done).kept?.url ?? expect.fail(done.stdout))
    await client.connect()
    const { rows } = await client.query('SELECT count(*)::int AS n FROM articles')
    await client.end()
    expect(rows).toEqual([{ n: 300 }])
    expect(await sandbox.run(['development', 'services', 'reset', '--yes'])).toMatchObject({
      ...{ status: 0, stdout: '' },
      stderr:
        'there is no data of services here\n.parity/rehearsal-18 stays: `development services rehearse --remove` removes a rehearsal\n',
    })
    expect(await rehearse('--remove')).toMatchObject({ status: 0, stderr: 'remove: .parity/rehearsal-18\n' })
    expect(await remains()).toEqual([])
    expect(await rehearse('--remove')).toMatchObject({ status: 0, stderr: 'there is no rehearsal here\n' })
  })

  test('by an interruption: nothing', async () => {
    const run = begin(sandbox, command, env)
    await run.line('ready ')
    run.kill('SIGTERM')
    expect(await run.end, run.said()).toMatchObject({ signal: 'SIGTERM', status: null })
    expect(await remains()).toEqual([])
  })

  rarely.each([/load: /, /ready \d/])('by Ctrl-C in a terminal, at %s: nothing', async (moment) => {
    const [bin = '', ...words] = command
    const place = { cwd: sandbox.project, env: { ...sandbox.env, ...env } }
    const terminal = spawn(join(sandbox.folder, 'bin', bin), words, place)
    let shown = ''
    terminal.onData((text) => {
      if (!moment.test(shown) && moment.test(shown + text)) terminal.write('\x03')
      shown += text
    })
    const ended = await new Promise<{ signal?: number | undefined }>((resolve) => terminal.onExit(resolve))
    expect(ended.signal, shown).toBe(2)
    expect(await remains()).toEqual([])
  })

  rarely('by a kill: what the next run removes; meanwhile a second one is refused', async () => {
    const run = begin(sandbox, command, env)
    await run.line('ready ')
    const second = await rehearse('postgres', '18')
    expect(second).toMatchObject({
      status: 1,
      stderr: `another rehearsal is running (process ${run.pid})\nwait for it to finish, then run this again\n`,
    })
    run.kill('SIGKILL')
    process.kill(Number(/\nready (\d+)\n/.exec(run.said())?.[1]), 'SIGKILL')
    await run.end
    expect(await remains()).not.toEqual([])
    const next = await rehearse('postgres', '18')
    expect(next.status, next.stderr).toBe(0)
    expect(next.stderr).toContain('\nclear: .parity/rehearsal-18, of before\n')
    expect(await remains()).toEqual([])
  })
})

describe.skipIf(releasesMissing.includes(18))('a disk that fills midway', () => {
  const rows = "CREATE TABLE public.big AS SELECT repeat('x', 900) AS t FROM generate_series(1, 60000)"
  const mount = async (option: string) => {
    const words = ['mount', '-t', 'tmpfs', '-o', `mode=711,${option}`, 'tmpfs', folder()]
    return runProgram(words).then(
      ({ status }) => status === 0,
      () => false,
    )
  }

  rarely('nothing is left, and it is no finding', async ({ skip }) => {
    await mkdir(folder(), { recursive: true })
    // Only root may mount, and not in every container.
    skip(!(await mount('size=75m')), 'nothing can be mounted here')
    try {
      const amidLoad = await withProduction(rows, 'DROP TABLE public.big', () => rehearse('postgres', '18'))
      const full = `the disk of \`${folder('rehearsal-18')}\` is full\nfree some space for the server of the rehearsal\n`
      expect(amidLoad).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(`\n${full}`) })
      expect(await remains()).toEqual([])
      await mount('remount,size=30m')
      expect(await rehearse('postgres', '18')).toMatchObject({
        ...{ status: 1, stdout: '' },
        stderr: expect.stringMatching(
          /\ninitdb failed: could not .*: No space left on device\nfree some space, or correct what initdb names, and run this again\n$/,
        ),
      })
      expect(await remains()).toEqual([])
    } finally {
      await runProgram(['umount', folder()])
    }
  })
})

describe('refused first', () => {
  test('a database for which there is no room', async () => {
    await sandbox.heroku.backUp('acme-production')
    const backups = sandbox.heroku.backups('acme-production')
    Object.assign(backups.at(-1) ?? expect.fail(), { source_bytes: 1e15 })
    const done = await rehearse('postgres', '18')
    expect(done).toMatchObject({ status: 1, stdout: '' })
    expect(done.stderr).toMatch(
      /^909 TB needed in `\S+`, \d.* free\nfree some space for the server of the rehearsal\n$/,
    )
    expect(await remains()).toEqual([])
  })

  const rows: [args: string, status: number, stderr: string | RegExp][] = [
    [
      'postgres',
      2,
      '`` is not a major version of Postgres\n`development services rehearse postgres 18`, for example\n',
    ],
    [
      'redis 7',
      2,
      '`services rehearse` takes `postgres` and a major version\n`development services rehearse postgres 18 -- COMMAND`\n',
    ],
    ['postgres 18 --json --markdown', 2, '`--json` and `--markdown` cannot be combined\nuse one of them\n'],
    ['postgres 18 --remove', 2, '`--remove` stands alone\n`development services rehearse --remove`\n'],
    ['postgres 99', 1, /^no server of Postgres 99 is installed, found [\d., ]+\ninstall /],
  ]
  test.each(rows)('%s', async (args, status, stderr) => {
    const said = typeof stderr === 'string' ? stderr : expect.stringMatching(stderr)
    expect(await rehearse(...args.split(' '))).toMatchObject({ status, stdout: '', stderr: said })
  })
})
