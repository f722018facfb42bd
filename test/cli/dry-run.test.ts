import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { few } from '../often.ts'
import { startServer, type TestServer } from '../unit/http-server.ts'
import { type RecordedCall, World } from './world.ts'

const world = new World()
  .repository({
    production: 'https://git.heroku.com/acme-production.git',
    staging: 'https://git.heroku.com/acme-staging.git',
  })
  .record('heroku')
  .write('manage.py', '')
const tricky = [
  "it's",
  '$HOME',
  ' two  blanks ',
  '',
  '"',
  '\\',
  '*',
  '`id`',
  '$(id)',
  '; touch planted',
  'a\nb',
  'ü',
  '-x',
  '!!',
  '#',
  '~',
]

let heroku: TestServer
let env: Record<string, string>
/** Backups that were captured while the tests ran. */
let newBackups: ReturnType<typeof backup>[] = []

beforeAll(async () => {
  heroku = await startServer(({ url }, response) => {
    response.setHeader('content-type', 'application/json')
    if (url === '/client/v11/apps/acme-production/transfers') return response.end(JSON.stringify(backups()))
    if (url === '/client/v11/apps/acme-busy/transfers') {
      newBackups.push(backup(8 + newBackups.length, 0))
      return response.end(JSON.stringify([...backups(), ...newBackups]))
    }
    const app = url?.match(/^\/apps\/([^/]+)\/addon-attachments$/)?.[1]
    if (app !== undefined) return response.end(JSON.stringify(attachments(app)))
    if (url === '/apps/acme-staging') return response.end('{"maintenance":false}')
    response.statusCode = 404
    return response.end('{"id":"not_found"}')
  })
  env = { HEROKU_HOST: heroku.url, HEROKU_DATA_HOST: '127.0.0.1', HEROKU_API_KEY: 'a-key' }
})

afterAll(async () => {
  await heroku.close()
  world.remove()
})

/** A backup of 90 minutes ago, and a scheduled one of the day before. */
function backups() {
  const day = 24 * 60
  return [backup(7, 90), backup(6, day + 90, { schedule: { uuid: 's' } })]
}

/** Two databases of the app itself. */
function attachments(app: string) {
  const plan = { name: 'heroku-postgresql:essential-0' }
  return ['DATABASE', 'HEROKU_POSTGRESQL_PINK'].map((name) => ({
    name,
    addon: { name: `${name}-1`, app: { name: app }, plan },
  }))
}

function backup(num: number, minutesAgo: number, more = {}) {
  const at = new Date(Date.now() - minutesAgo * 60_000).toISOString()
  const times = { created_at: at, finished_at: at }
  return {
    num,
    uuid: `${num}`,
    from_type: 'pg_dump',
    to_type: 'gof3r',
    succeeded: true,
    processed_bytes: 3 << 20,
    ...times,
    ...more,
  }
}

/** Runs the line for real, and then what it prints with --dry-run by `sh -e`: both must leave the same record, which is returned. */
async function sameRecord(bin: string, words: readonly string[], more = {}): Promise<readonly RecordedCall[]> {
  const real = await world.run(bin, words, { env: { ...env, ...more } })
  const dry = await world.run(bin, ['--dry-run', ...words], { env: { ...env, ...more } })
  expect({ ...dry, stdout: '' }).toEqual({ status: 0, signal: null, stdout: '', stderr: '', calls: [] })
  const typed = await world.runProgram('/bin/sh', ['-e'], { env: { ...env, ...more }, input: dry.stdout })
  expect(typed).toEqual({ ...real, stderr: '' })
  return real.calls
}

describe('a dry run, typed into `sh -e`, leaves the record of a real run', () => {
  const app = ['--app', 'acme-production']
  const dyno = ['run', '--exit-code', ...app, '--no-tty', '--']

  test.each<[string, string[], string[][]]>(
    few(6, [
      ['backup', ['backup'], [['pg:backups:capture', ...app]]],
      [
        'backup ARGS',
        ['backup', 'DATABASE_URL', ...tricky],
        [['pg:backups:capture', ...app, 'DATABASE_URL', ...tricky]],
      ],
      ['console', ['console'], [[...dyno, 'python', 'manage.py', 'shell']]],
      ['console ARGS', ['console', '-i', 'ipython'], [[...dyno, 'python', 'manage.py', 'shell', '-i', 'ipython']]],
      ['run of plain words', ['run', 'rake', 'stats'], [[...dyno, 'rake', 'stats']]],
      ['run of a line', ['run', 'ls | wc -l'], [[...dyno, 'ls | wc -l']]],
      [
        'run with options',
        ['run', '--size=standard-2x', '--', 'rake', '-T'],
        [['run', '--exit-code', ...app, '--no-tty', '--size=standard-2x', '--', 'rake', '-T']],
      ],
      [
        'run of words with blanks',
        ['run', 'echo', 'a b', "it's", '$HOME'],
        [[...dyno, `echo 'a b' 'it'\\''s' '$HOME'`]],
      ],
      [
        'migrate',
        ['migrate'],
        [
          [...dyno, 'python', 'manage.py', 'migrate'],
          ['ps:restart', ...app],
        ],
      ],
      ['tail', ['tail'], [['logs', '--tail', ...app]]],
      ['tail ARGS', ['tail', ...tricky], [['logs', '--tail', ...app, ...tricky]]],
      [
        'psql',
        ['psql', '--command', "select 'it''s', \"$HOME\""],
        [['pg:psql', ...app, '--command', "select 'it''s', \"$HOME\""]],
      ],
      ['passthrough', ['ps'], [['ps', ...app]]],
      ['passthrough ARGS', ['config:set', 'A=b c', ...tricky], [['config:set', ...app, 'A=b c', ...tricky]]],
      ['passthrough --', ['logs', '--', '--dry-run'], [['logs', ...app, '--', '--dry-run']]],
      ['a command without an app', ['whoami'], [['whoami']]],
    ]),
  )('%s', async (_, words, calls) => {
    expect((await sameRecord('production', words)).map(({ args }) => args)).toEqual(calls)
  })

  test('run of anything', async () => {
    const calls = await sameRecord('production', ['run', 'echo', ...tricky])
    expect(calls.map(({ args }) => args.slice(0, -1))).toEqual([dyno])
    const line = calls[0]?.args.at(-1) ?? ''
    const { stdout } = await world.runProgram('/bin/sh', [
      '-c',
      `set -- ${line}; shift; for word; do echo "<$word>"; done`,
    ])
    expect(stdout).toBe(tricky.map((word) => `<${word}>\n`).join(''))
  })

  test('parity’s own word before the command makes no difference', async () => {
    const calls = await sameRecord('parity', ['production', 'backup'])
    expect(calls.map(({ args }) => args)).toEqual([['pg:backups:capture', ...app]])
  })

  test('a configured command', async () => {
    world.write('configured.yml', `commands: { migrate: [bin/up, "it's $HOME"] }`)
    const calls = await sameRecord('production', ['migrate'], { PARITY_CONFIG: 'configured.yml' })
    expect(calls.map(({ args }) => args)).toEqual([
      [...dyno, `bin/up 'it'\\''s $HOME'`],
      ['ps:restart', ...app],
    ])
  })

  test('a plan that fails at its first step', async () => {
    const failing = new World()
      .repository({ production: 'https://git.heroku.com/acme-production.git' })
      .write('manage.py', '')
    failing.record('heroku', { status: 7 })
    const real = await failing.run('production', ['migrate'])
    const dry = await failing.run('production', ['--dry-run', 'migrate'])
    const typed = await failing.runProgram('/bin/sh', ['-e'], { input: dry.stdout })
    failing.remove()
    const line = 'heroku run --exit-code --app acme-production --no-tty -- python manage.py migrate'
    expect({ ...real, calls: real.calls.length }).toEqual({
      status: 7,
      signal: null,
      stdout: '',
      stderr: `step 1 of 2 failed with status 7: \`${line}\`\n`,
      calls: 1,
    })
    expect(typed).toEqual({ ...real, stderr: '' })
  })

  test('restore of a Heroku environment', async () => {
    const calls = await sameRecord('staging', ['restore', 'production'])
    const confirmed = ['--app', 'acme-staging', '--confirm', 'acme-staging']
    expect(calls.map(({ args }) => args)).toEqual([
      ['pg:reset', ...confirmed],
      ['pg:backups:restore', 'acme-production::b007', 'DATABASE_URL', ...confirmed],
    ])
  })

  test('restore of a chosen backup', async () => {
    const calls = await sameRecord('staging', ['restore', '--backup', 'a006', 'production'])
    expect(calls.map(({ args }) => args[1])).toEqual(['--app', 'acme-production::a006'])
  })

  test('restore of a protected environment', async () => {
    world.write('protected.yml', 'environments: { staging: { app: acme-staging, protected: true } }')
    const calls = await sameRecord('staging', ['restore', 'production', '--force', '--confirm', 'acme-staging'], {
      PARITY_CONFIG: 'protected.yml',
    })
    expect(calls.map(({ args }) => args[0])).toEqual(['pg:backups:capture', 'pg:reset', 'pg:backups:restore'])
  })
})

describe('the options of a remote restore, too', () => {
  const confirmed = ['--app', 'acme-staging', '--confirm', 'acme-staging']
  const lines = async (...words: string[]) => {
    world.write('options.yml', configuration)
    const calls = await sameRecord('staging', ['restore', ...words], { PARITY_CONFIG: 'options.yml' })
    return calls.map(({ args }) => args)
  }
  const configuration = `
environments:
  busy: acme-busy
  staging: { app: acme-staging, restore: { after: [{ psql: it's.sql }, { restart: true }] } }
`
  world.write("it's.sql", '')

  test('--fresh takes the newest, which was just captured', async () => {
    newBackups = []
    expect(await lines('busy', '--fresh', '--from-db', 'pink')).toEqual([
      ['pg:backups:capture', '--app', 'acme-busy', 'HEROKU_POSTGRESQL_PINK'],
      ['pg:reset', ...confirmed],
      ['pg:backups:restore', 'acme-busy::', 'DATABASE_URL', ...confirmed],
      ['pg:psql', '--app', 'acme-staging', '--file', "it's.sql"],
      ['ps:restart', '--app', 'acme-staging'],
    ])
  })

  test('--maintenance, --to-db, --extensions', async () => {
    expect(await lines('production', '--maintenance', '--to-db', 'PINK', '--extensions', 'citext,hstore')).toEqual([
      ['maintenance:on', '--app', 'acme-staging'],
      ['pg:reset', 'HEROKU_POSTGRESQL_PINK', ...confirmed, '--extensions', 'citext,hstore'],
      [
        'pg:backups:restore',
        'acme-production::b007',
        'HEROKU_POSTGRESQL_PINK',
        ...confirmed,
        '--extensions',
        'citext,hstore',
      ],
      ['pg:psql', 'HEROKU_POSTGRESQL_PINK', '--app', 'acme-staging', '--file', "it's.sql"],
      ['ps:restart', '--app', 'acme-staging'],
      ['maintenance:off', '--app', 'acme-staging'],
    ])
  })
})

describe('prints', () => {
  test('the lines and nothing else, whatever is installed', async () => {
    const bare = new World()
      .repository({ production: 'https://git.heroku.com/acme-production.git' })
      .write('manage.py', '')
    const ended = await bare.run('production', ['--dry-run', 'migrate'])
    bare.remove()
    expect(ended).toEqual({
      status: 0,
      signal: null,
      stdout: `heroku run --exit-code --app acme-production --no-tty -- python manage.py migrate
heroku ps:restart --app acme-production
`,
      stderr: '',
      calls: [],
    })
  })

  test('facts as comments, in the order of things', async () => {
    const ended = await world.run('staging', ['restore', '--dry-run', 'production'], { env })
    expect(ended).toEqual({
      status: 0,
      signal: null,
      stdout: `# restoring production: backup b007 of acme-production, 1 hour old, 3 MB
# into staging: acme-staging, whose database is emptied first
heroku pg:reset --app acme-staging --confirm acme-staging
heroku pg:backups:restore acme-production::b007 DATABASE_URL --app acme-staging --confirm acme-staging
`,
      stderr: '',
      calls: [],
    })
  })

  test('a question as a comment', async () => {
    const { stdout, ...ended } = await world.run(
      'production',
      ['restore', 'production', '--backup', 'b007', '--force', '--dry-run'],
      { env },
    )
    expect(ended).toEqual({ status: 0, signal: null, stderr: '', calls: [] })
    expect(stdout.split('\n').slice(2, 5)).toEqual([
      '# production is protected (it is named production): it is backed up first',
      '# ask: the name of the app, acme-production, has to be typed',
      'heroku pg:backups:capture --app acme-production',
    ])
  })
})
