import { chmodSync, existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { few } from '../often.ts'
import { startServer, type TestServer } from '../unit/http-server.ts'
import { Terminal } from './pty.ts'
import { fileOf, World } from './world.ts'

let world: World
/** The version of the app's database; undefined without one. */
let postgres: string | undefined
let heroku: TestServer
beforeEach(async () => {
  postgres = undefined
  world = new World()
    .repository()
    .write('.parityrc', 'environments: { production: acme, gone: acme-gone }\n')
    .record('heroku', { stdout: 'heroku/11.10.0 linux-x64 node-v20.20.2\n' })
  for (const bin of ['production', 'staging', 'development', 'pr_app', 'parity'])
    world.program(bin, `#!/bin/sh\nexec ${process.execPath} ${fileOf(bin)} "$@"\n`)
  heroku = await startServer(({ url }, response) => {
    const answers: Record<string, object> = {
      '/account': { email: 'ada@acme.test' },
      '/apps/acme': { stack: { name: 'heroku-24' } },
      '/apps/acme/addon-attachments': postgres === undefined ? [] : [{ name: 'DATABASE', addon }],
      '/client/v11/databases/p': { info: [{ name: 'PG Version', values: [postgres] }] },
    }
    response.writeHead(url in answers ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answers[url] ?? { id: 'not_found', message: "Couldn't find that app." }))
  })
})
afterEach(async () => {
  world.remove()
  await heroku.close()
})

const addon = { id: 'p', plan: { name: 'heroku-postgresql:essential-0' } }

type Check = { id: string; status: string; value: string; fix?: string }

/** Status and checks of `parity doctor --json`. */
async function doctor(
  more: Record<string, string> = {},
): Promise<{ status: number | null; checks: Map<string, Check> }> {
  const env = {
    HEROKU_HOST: heroku.url,
    HEROKU_DATA_HOST: '127.0.0.1',
    HEROKU_API_KEY: 'key',
    DISABLE_TELEMETRY: 'true',
    ...more,
  }
  const { status, stdout, stderr } = await world.run('parity', ['doctor', '--json'], { env })
  expect(stderr).toBe('')
  return { status, checks: new Map(JSON.parse(stdout).checks.map((check: Check) => [check.id, check])) }
}

test('each check has an id, and an app that is not there is a problem', async () => {
  const { status, checks } = await doctor()
  expect(status).toBe(1)
  expect(Object.fromEntries([...checks.values()].map(({ id, status }) => [id, status]))).toMatchObject({
    node: 'ok',
    git: 'ok',
    bins: 'ok',
    'heroku.cli': 'ok',
    'heroku.login': 'ok',
    'heroku.telemetry': 'ok',
    configuration: 'ok',
    'environment.production': 'ok',
    'environment.gone': 'problem',
    'word.gone': 'warning',
    database: 'warning',
    docker: 'ok',
  })
  expect(checks.get('heroku.login')?.value).toBe('ada@acme.test')
  expect(checks.get('environment.gone')?.value).toContain('no app `')
})

test('the fix of a check turns it green', async () => {
  const netrc = join(world.home, '.netrc')
  writeFileSync(netrc, '', { mode: 0o644 })
  chmodSync(netrc, 0o644)
  const before = await doctor({ HEROKU_APP: 'acme' })
  expect(before.checks.get(`private.${netrc}`)?.fix).toBe(`chmod go= ${netrc}`)
  expect(before.checks.get('heroku.app')?.fix).toBe('unset HEROKU_APP')
  const { fix = '' } = before.checks.get('word.gone') ?? {}
  const [, ...words] = fix.split(' ')
  expect((await world.run('parity', words)).status).toBe(0)
  chmodSync(netrc, 0o600)
  const after = await doctor()
  expect([...after.checks.keys()].filter((id) => before.checks.get(id)?.status !== 'ok')).toEqual(
    [...before.checks.keys()].filter(
      (id) => !['word.gone', 'heroku.app', `private.${netrc}`].includes(id) && before.checks.get(id)?.status !== 'ok',
    ),
  )
})

test('a configuration with a mistake is a line among the others', async () => {
  world.write('.parityrc', 'environments: { demo: ACME }\n')
  const { status, checks } = await doctor()
  expect([status, checks.get('configuration')?.status, checks.get('node')?.status]).toEqual([1, 'problem', 'ok'])
  expect(checks.get('configuration')?.value).toContain('environments.demo should be a Heroku app name')
})

test('of several productions on PATH, and of the gem’s, there is a line', async () => {
  const old = join(world.folder, 'old', 'bin')
  mkdirSync(old, { recursive: true })
  world.program('production', `#!/bin/sh\nexec node ${fileOf('production')}\n`, old)
  world.program('staging', "#!/usr/bin/env ruby\nload Gem.bin_path('parity', 'staging')\n", old)
  const { checks } = await doctor({ PATH: `${world.bin}:${old}` })
  expect(checks.get('bins.production')?.fix).toBe(
    `npm uninstall --global --prefix ${join(world.folder, 'old')} heroku-parity`,
  )
  expect(checks.get('bins.staging')?.fix).toBe('gem uninstall parity --executables')
  expect(checks.get('bins.parity')?.status).toBe('ok')
})

test('without a login, a program or an engine it goes on', async () => {
  world.record('heroku', { stdout: 'heroku/9.5.1 linux-x64\n' }, { status: 1 })
  world.program('docker', '#!/bin/sh\nexit 1\n').real('sh')
  const { status, stdout } = await world.run('parity', ['doctor'])
  expect(status).toBe(1)
  expect(stdout).toMatch(/^ {2}✗ heroku\.login +not logged in to Heroku\n {6}heroku login$/m)
  expect(stdout).toMatch(/^ {2}! docker +the client is there, and no engine answers$/m)
  expect(stdout).toMatch(/\n\d problems?, \d warnings?\n$/)
})

/** What is wrong with a machine, the check that says so, and the line that it shows. */
type Broken = {
  readonly id: string
  readonly is?: 'warning'
  readonly fix: string | RegExp
  readonly env?: () => Record<string, string>
  readonly break: () => void
  /** What a person does where the line is advice and no command. */
  readonly heed?: () => void
}

const old = () => join(world.folder, 'old')
const netrc = () => join(world.home, '.netrc')
/** Programs that install, start or remove, if they are asked by the very words that they know. */
const acting = (name: string, words: string, body: string) =>
  world.program(name, `#!/bin/sh\n[ "$*" = '${words}' ] || exit 64\n${body}\n`)
const printing = (file: string, text: string) =>
  `printf '#!/bin/sh\\necho "${text}"\\n' > ${file} && /bin/chmod 755 ${file}`

const brokenMachines: [string, Broken][] = [
  [
    'an old Heroku CLI',
    {
      id: 'heroku.cli',
      is: 'warning',
      fix: 'npm install --global heroku@latest',
      break: () => {
        world.program('heroku', '#!/bin/sh\necho heroku/9.5.1 linux-x64\n')
        acting('npm', 'install --global heroku@latest', printing(join(world.bin, 'heroku'), 'heroku/11.10.0 linux-x64'))
      },
    },
  ],
  [
    'no Postgres where it is said to be',
    {
      id: 'postgres.clients',
      fix: 'unset PARITY_PG_BIN',
      env: () => ({ PARITY_PG_BIN: '/nowhere' }),
      break: () => world.program('pg_restore', '#!/bin/sh\necho "pg_restore (PostgreSQL) 17.6"\n'),
    },
  ],
  [
    'a Postgres older than Heroku’s',
    {
      id: 'postgres.clients',
      is: 'warning',
      fix: 'sudo apt-get install postgresql-client-99 # or: brew install postgresql@99',
      break: () => {
        postgres = '99.1'
        world.program('pg_restore', '#!/bin/sh\necho "pg_restore (PostgreSQL) 14.1"\n')
        const installed = printing(join(world.bin, 'pg_restore'), 'pg_restore (PostgreSQL) 99.1')
        acting('sudo', 'apt-get install postgresql-client-99', installed)
      },
    },
  ],
  [
    'two copies of production',
    {
      id: 'bins.production',
      fix: /^npm uninstall --global --prefix \S+\/old heroku-parity$/,
      env: () => ({ PATH: `${world.bin}:${old()}/bin` }),
      break: () => {
        world.program('production', `#!/bin/sh\nexec node ${fileOf('production')}\n`, join(old(), 'bin'))
        acting('npm', `uninstall --global --prefix ${old()} heroku-parity`, `/bin/rm ${old()}/bin/production`)
      },
    },
  ],
  [
    'not logged in',
    {
      id: 'heroku.login',
      fix: 'heroku login',
      env: () => ({ HEROKU_API_KEY: '' }),
      break: () =>
        world.program(
          'heroku',
          `#!/bin/sh
case $1 in
  --version) echo heroku/11.10.0 ;;
  login) : > ${netrc()}; /bin/chmod 600 ${netrc()} ;;
  *) [ -e ${netrc()} ] && echo key ;;
esac`,
        ),
    },
  ],
  [
    'an invalid configuration',
    {
      id: 'configuration',
      fix: /^# /,
      break: () => world.write('.parityrc', 'environments: { production: ACME }\n'),
      heed: () => world.write('.parityrc', 'environments: { production: acme }\n'),
    },
  ],
  [
    'a remote database',
    {
      id: 'database',
      is: 'warning',
      fix: '# if `db.acme.invalid` is yours to overwrite, add it to `development.allowHosts` in the configuration',
      break: () => world.write('.env', 'DATABASE_URL=postgres://db.acme.invalid/acme\n'),
      heed: () =>
        world.write(
          '.parityrc',
          'environments: { production: acme }\ndevelopment: { allowHosts: [db.acme.invalid] }\n',
        ),
    },
  ],
  [
    'a client of Docker without an engine',
    {
      id: 'docker',
      is: 'warning',
      fix: 'sudo service docker start',
      break: () => {
        world.program('docker', `#!/bin/sh\n[ "$1" != info ] || [ -e ${world.folder}/engine ]\n`)
        acting('sudo', 'service docker start', `: > ${world.folder}/engine`)
      },
    },
  ],
  [
    'a key that others may read',
    {
      id: 'private.~/.netrc',
      fix: /^chmod go= \S+\/\.netrc$/,
      break: () => {
        writeFileSync(netrc(), '')
        chmodSync(netrc(), 0o644)
        world.real('chmod')
      },
    },
  ],
]

test.each(
  few(3, brokenMachines),
)('%s: the line that is shown, typed in a shell, turns the check green', async (_, broken) => {
  world.write('.parityrc', 'environments: { production: acme }\n').real('sh')
  broken.break()
  const id = broken.id.replace('~', world.home)
  const { checks } = await doctor(broken.env?.())
  const { status, fix = '' } = checks.get(id) ?? {}
  expect(status).toBe(broken.is ?? 'problem')
  if (typeof broken.fix === 'string') expect(fix).toBe(broken.fix)
  else expect(fix).toMatch(broken.fix)
  expect(broken.heed === undefined).toBe(!fix.startsWith('#'))
  broken.heed?.()
  const env = {
    HEROKU_HOST: heroku.url,
    HEROKU_DATA_HOST: '127.0.0.1',
    HEROKU_API_KEY: 'key',
    DISABLE_TELEMETRY: 'true',
    ...broken.env?.(),
  }
  const { stdout } = await world.runProgram('/bin/sh', ['-c', `${fix}\nexec parity doctor --json`], { env })
  const after: Check[] = JSON.parse(stdout).checks
  // A check of what is gone is gone too; five bins that are well are one line.
  expect(after.find((check) => check.id === id)?.status ?? 'ok', stdout).toBe('ok')
})

describe('--fix', () => {
  const linked = () => join(world.bin, 'gone')
  const left = () => join(world.home, '.cache', 'parity', 'acme', 'b001.dump.2147483647-0a.part')

  const key = () => join(dirname(dirname(left())), '_scrub.key')
  const modeOf = (path: string) => statSync(path).mode & 0o777

  /** A download that broke two days ago, and a key that others may read. */
  function leavePart(): void {
    mkdirSync(dirname(left()), { recursive: true })
    writeFileSync(left(), 'PGDMP', { mode: 0o600 })
    const then = new Date(Date.now() - 2 * 86_400_000)
    utimesSync(left(), then, then)
    writeFileSync(key(), '')
    chmodSync(key(), 0o644)
  }
  const env = () => ({ HEROKU_HOST: heroku.url, HEROKU_API_KEY: 'key', DISABLE_TELEMETRY: 'true' })

  test('without a terminal lists what it would ask for, and changes nothing', async () => {
    leavePart()
    const { status, stdout, stderr } = await world.run('parity', ['doctor', '--fix'], { env: env() })
    expect([status, stderr]).toEqual([1, ''])
    expect(stdout.slice(stdout.indexOf('`parity doctor --fix` asks'))).toBe(
      `\`parity doctor --fix\` asks in a terminal whether to
  take the rights of others away: ${key()}
  remove: 1 unfinished download, 5 bytes
  write: ${linked()} (undo: parity unlink gone)
`,
    )
    expect([existsSync(left()), existsSync(linked())]).toEqual([true, false])
    expect(modeOf(key())).toBe(0o644)
  })

  test('asks once for each, does what was answered by yes, and looks again', async () => {
    leavePart()
    const terminal = new Terminal(world, process.execPath, [fileOf('parity'), 'doctor', '--fix'], env())
    await terminal.shows(`take the rights of others away: ${key()}? [y/N] `)
    terminal.type('y\r')
    await terminal.shows('remove: 1 unfinished download, 5 bytes? [y/N] ')
    terminal.type('\r')
    await terminal.shows(`write: ${linked()}? [y/N] `)
    terminal.type('yes\r')
    await terminal.shows(`gone: linked in ${world.bin}; try \`gone ps\``)
    await terminal.shows('1 problem')
    expect((await terminal.ended).status).toBe(1)
    expect([existsSync(left()), existsSync(linked())]).toEqual([true, true])
    expect(modeOf(key())).toBe(0o600)
    const { checks } = await doctor()
    expect([checks.has('cache.parts'), checks.has('word.gone')]).toEqual([true, false])
  })

  test('removes what a broken download left, and what is noted of it', async () => {
    leavePart()
    writeFileSync(`${left()}.json`, '{}')
    const terminal = new Terminal(world, process.execPath, [fileOf('parity'), 'doctor', '--fix'], env())
    for (const [question, answer] of [
      [key(), 'n'],
      ['5 bytes', 'y'],
      [linked(), ''],
    ]) {
      await terminal.shows(`${question}? [y/N] `)
      terminal.type(`${answer}\r`)
    }
    await terminal.ended
    expect([existsSync(left()), existsSync(`${left()}.json`), existsSync(linked())]).toEqual([false, false, false])
    expect(modeOf(key())).toBe(0o644)
  })

  test('with --dry-run prints the questions', async () => {
    const { status, stdout } = await world.run('parity', ['doctor', '--fix', '--dry-run'], { env: env() })
    expect([status, stdout]).toEqual([0, `# ask: write: ${linked()} (undo: parity unlink gone)?\n`])
    expect(existsSync(linked())).toBe(false)
  })

  test('writes a first configuration, in a repository alone', async () => {
    rmSync(join(world.project, '.parityrc'))
    const terminal = new Terminal(world, process.execPath, [fileOf('parity'), 'doctor', '--fix'], env())
    await terminal.shows('write: .parityrc? [y/N] ')
    terminal.type('y\r')
    await terminal.shows('# add it to .parityrc: environments: { production: APP }')
    await terminal.ended
    expect(existsSync(join(world.project, '.parityrc'))).toBe(true)
    const { stdout } = await world.run('parity', ['doctor', '--fix'], { folder: world.home, env: env() })
    expect(stdout).toMatch(/\nnothing that `--fix` could do\n$/)
  })

  test('is not for --json', async () => {
    const { status, stderr } = await world.run('parity', ['doctor', '--fix', '--json'], { env: env() })
    expect([status, stderr]).toEqual([2, '`--fix` and `--json` cannot be combined\nuse one of them\n'])
  })
})
