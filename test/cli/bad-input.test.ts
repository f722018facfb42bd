import { chmodSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { few } from '../often.ts'
import { fileOf, World } from './world.ts'

const remotes = {
  production: 'https://git.heroku.com/acme-production.git',
  staging: 'https://git.heroku.com/acme-staging.git',
  origin: 'git@github.com:acme/app.git',
}
const world = new World().repository(remotes).record('heroku')
const others: World[] = []

afterAll(() => world.remove())
afterEach(() => {
  for (const other of others.splice(0)) other.remove()
})

function newWorld(): World {
  const made = new World()
  others.push(made)
  return made
}

/** Types a line, words separated by blanks, and wants exactly this refusal: one message, one hint, and no program was called. */
async function refused(line: string | string[], message: string, hint: string, { in: where = world, status = 2 } = {}) {
  const [bin = '', ...args] = typeof line === 'string' ? line.split(' ') : line
  expect(await where.run(bin, args)).toEqual({
    status,
    signal: null,
    stdout: '',
    stderr: `${message}\n${hint}\n`,
    calls: [],
  })
}

type Row = readonly [typed: string, message: string, hint: string]

const addIt = (name: string) =>
  `\`heroku git:remote --app APP --remote ${name}\` adds a remote, or .parityrc the line \`environments: { ${name}: APP }\``
const known = 'no configuration; git remotes are production, staging, origin'

describe('an environment', () => {
  const rows: Row[] = [
    ['parity acceptance ps', `no environment \`acceptance\` (${known})`, addIt('acceptance')],
    ['parity constructor ps', `no environment \`constructor\` (${known})`, addIt('constructor')],
    ['parity orgin ps', `no environment \`orgin\` (${known})`, addIt('orgin')],
    [
      'parity origin ps',
      `the git remote \`origin\` does not lead to an app on Heroku (${known})`,
      '`parity environments` lists those there are',
    ],
    [
      'parity check prod --json',
      `no environment \`prod\`, did you mean \`production\`? (${known})`,
      '`parity check production`',
    ],
    [
      'parity help pshaw',
      '`pshaw` is not a command of parity or a help topic',
      '`parity --help` lists the commands; topics: check, configuration, deploy, exit-status, from-the-gem, protect, restore, scrub, services, uninstall',
    ],
    ['parity help logs', '`logs` is a command of Heroku', '`heroku help logs`'],
  ]
  test.each(few(4, rows))('`%s`', (typed, message, hint) => refused(typed, message, hint))

  const needs = (word: string) => `\`${word}\` is a command; an environment comes first`
  const meant = (word: string, name: string) => `no environment or command \`${word}\`, did you mean \`${name}\`?`
  test.each<[typed: string, message: string, leads: string]>([
    ['parity prod logs', meant('prod', 'production'), 'parity production logs'],
    ['parity stagging', meant('stagging', 'staging'), 'parity staging'],
    ['parity chek --json', meant('chek', 'check'), 'parity check --json'],
    ['parity env', meant('env', 'environments'), 'parity environments'],
    ['parity logs -n 5', needs('logs'), 'parity production logs -n 5'],
    ['parity maintenance:on', needs('maintenance:on'), 'parity staging maintenance:on'],
    ['parity console', needs('console'), 'development console'],
    ['parity restore production', needs('restore'), 'development restore production'],
    ['parity undo', needs('undo'), 'development undo'],
    ['parity production:ps', '`production:ps` is not an environment and not a command', 'parity production ps'],
    ['parity whoami', '`whoami` is a command of Heroku that takes no environment', 'heroku whoami'],
  ])('`%s` is refused with the line that was meant', async (typed, message, leads) => {
    await refused(typed, message, `\`${leads}\``)
  })

  test.each([
    'parity prod logs',
    'parity logs -n 5',
    'parity production:ps',
    'parity env',
    'parity stagging',
  ])('the second line of `%s`, typed as it stands, runs', async (typed) => {
    const { stderr } = await world.run('parity', typed.split(' ').slice(1))
    const [, leads = ''] = /^`(.*)`$/m.exec(stderr.split('\n')[1] ?? '') ?? []
    const [bin = '', ...args] = leads.split(' ')
    expect(await world.run(bin, args)).toMatchObject({ status: 0, stderr: '' })
  })

  test('that only the configuration knows, and without an app', () =>
    refused(
      'parity demo ps',
      'environment `demo` has no `app`, and there is no git remote `demo` (.parityrc has demo; no git remotes)',
      '`heroku git:remote --app APP --remote demo` adds the remote, or .parityrc the line `app: APP` below `demo`',
      {
        in: newWorld().repository().record('heroku').write('.parityrc', 'environments: { demo: { protected: true } }'),
      },
    ))

  test('with a configuration that has none', () =>
    refused('parity demo ps', 'no environment `demo` (.parityrc has no environments; no git remotes)', addIt('demo'), {
      in: newWorld().repository().record('heroku').write('.parityrc', 'restore: { keep: 3 }'),
    }))

  test('outside of a git repository', () =>
    refused(
      'production ps',
      'no environment `production` (no configuration; not a git repository)',
      'run this in the repository of the app, or name its configuration with `--config FILE`',
      { in: newWorld().record('heroku') },
    ))
})

test('a working directory that was removed', async () => {
  const other = newWorld().record('heroku').link('sh', '/bin/sh').link('node', process.execPath)
  other.link('mkdir', '/bin/mkdir').link('rmdir', '/bin/rmdir')
  const { status, stdout } = await other.runProgram('/bin/sh', [
    '-c',
    'exec 2>&1; mkdir gone; cd gone; rmdir ../gone; exec node "$0" ps',
    fileOf('production'),
  ])
  expect([status, stdout]).toEqual([
    1,
    'the working directory no longer exists\n`cd` into a folder that does, and run this again\n',
  ])
})

test('an output that is closed or full leaves the status as it is', async () => {
  const other = newWorld().repository(remotes).link('sh', '/bin/sh').link('node', process.execPath)
  const lines = [
    'environments >&-',
    'environments 2>&-',
    'nosuch 2>&-',
    'nosuch >&- 2>/dev/full',
    'environments >/dev/full',
  ]
  const script = lines.map((line) => `node "$0" ${line}; echo $? >&3`).join('; ')
  const { stdout, stderr } = await other.runProgram('/bin/sh', ['-c', `exec 3>&1; ( ${script} ) >&2`, fileOf('parity')])
  expect(stdout.trim().split('\n')).toEqual(['0', '0', '2', '2', '1'])
  expect(stderr).toContain(
    'cannot write to stdout: ENOSPC: no space left on device, write\nfree some space, or write elsewhere\n',
  )
})

describe('an option', () => {
  const noForce =
    '`deploy` needs no `--force`: an unprotected app gets the commit whatever it has, and a protected one is never forced'
  const rows: Row[] = [
    [
      'production --bogus ps',
      'unknown option `--bogus`',
      'options of a command come after it: `production logs --tail`',
    ],
    [
      'production --force restore',
      'unknown option `--force`',
      'options of a command come after it: `production logs --tail`',
    ],
    [
      'production --dryrun ps',
      'unknown option `--dryrun`, did you mean `--dry-run`?',
      'options of a command come after it: `production logs --tail`',
    ],
    [
      'parity --bogus staging ps',
      'unknown option `--bogus`',
      'options of a command come after it: `parity staging logs --tail`',
    ],
    [
      'parity staging --bogus ps',
      'unknown option `--bogus`',
      'options of a command come after it: `parity staging logs --tail`',
    ],
    ['pr_app --bogus', 'unknown option `--bogus`', 'options of a command come after it: `pr_app 1234 logs --tail`'],
    [
      'production --config',
      'option `--config <file>` argument missing',
      'options of a command come after it: `production logs --tail`',
    ],
    ['staging restore production --bogus', 'unknown option `--bogus`', '`staging restore --help` shows the options'],
    [
      'staging restore production --bakcup b1',
      'unknown option `--bakcup`, did you mean `--backup`?',
      '`staging restore --help` shows the options',
    ],
    [
      'staging restore --backup',
      'option `--backup <id>` argument missing',
      '`staging restore --help` shows the options',
    ],
    [
      'development restore --bogus production',
      'unknown option `--bogus`',
      '`development restore --help` shows the options',
    ],
    ['production deploy --force', noForce, '`production deploy`'],
    ['staging deploy -f', noForce, '`staging deploy`'],
    ['parity environments --yaml', 'unknown option `--yaml`', '`parity environments --help` shows the options'],
    [
      'development restore production --force',
      '`--force` is for environments on Heroku',
      '`development restore --help` shows the options',
    ],
    [
      'staging restore production --jobs 4',
      '`--jobs` is for this machine alone',
      '`staging restore --help` shows the options',
    ],
    [
      'staging restore production --skip-extension postgis',
      '`--skip-extension` is for this machine alone',
      '`staging restore --help` shows the options',
    ],
    [
      'development restore production --jobs many',
      '`--jobs` expects a number from 1, got `many`',
      'remove it to use one job per core',
    ],
  ]
  test.each(few(4, rows))('`%s`', (typed, message, hint) => refused(typed, message, hint))
})

describe('a command', () => {
  const rows: Row[] = [
    [
      'development logs',
      '`logs` is not a command of this machine',
      'it is for apps on Heroku; development has: console, run, migrate, psql, backup, backups, backups:delete, restore, undo, services, start',
    ],
    [
      'development resotre production',
      '`resotre` is not a command of this machine, did you mean `restore`?',
      '`development restore production`',
    ],
    [
      'development rails c',
      '`rails` is not a command of this machine',
      '`development run rails c` runs a program; development has: console, run, migrate, psql, backup, backups, backups:delete, restore, undo, services, start',
    ],
    [
      'local ps',
      '`ps` is not a command of this machine',
      'it is for apps on Heroku; parity local has: console, run, migrate, psql, backup, backups, backups:delete, restore, undo, services, start',
    ],
    [
      'development deploy',
      '`deploy` is not a command of this machine',
      'it is for apps on Heroku; development has: console, run, migrate, psql, backup, backups, backups:delete, restore, undo, services, start',
    ],
    [
      'development --help logs',
      '`logs` is not a command of this machine',
      'it is for apps on Heroku; development has: console, run, migrate, psql, backup, backups, backups:delete, restore, undo, services, start',
    ],
    [
      'production migrate VERSION=1 now',
      '`migrate` takes no arguments, got `VERSION=1 now`',
      '`production run COMMAND` runs any other command',
    ],
    ['production run', '`run` needs a command', 'for example `production run rake stats`'],
    ['production run --size=standard-2x', '`run` needs a command', 'for example `production run rake stats`'],
    ['production run --', '`run` needs a command', 'for example `production run rake stats`'],
    [
      'staging deploy main other',
      '`deploy` takes one branch, tag or commit, got `main other`',
      '`staging deploy main`',
    ],
    [
      'staging deploy main -- other',
      '`deploy` takes one branch, tag or commit, got `main other`',
      '`staging deploy main`',
    ],
    [
      'development undo twice',
      '`undo` takes no arguments, got `twice`',
      '`development undo` goes back to the previous database',
    ],
    [
      'development undo -- twice',
      '`undo` takes no arguments, got `twice`',
      '`development undo` goes back to the previous database',
    ],
    ['parity environments demo', '`environments` takes no arguments, got `demo`', '`parity environments`'],
  ]
  test.each(few(4, rows))('`%s`', (typed, message, hint) =>
    refused(typed.replace(/^local /, 'parity local '), message, hint))

  test('`console` and `migrate` of nothing that is recognised', async () => {
    const unknown = (verb: string) =>
      `cannot tell what \`${verb}\` runs: no framework was recognised in ${world.project}`
    const lines = (verb: string) => `add these two lines to .parityrc:\ncommands:\n  ${verb}: COMMAND`
    await refused('production console', unknown('console'), lines('console'))
    await refused('production migrate', unknown('migrate'), lines('migrate'))
  })

  test('a list for a shell, as that refusal offers it, runs', async () => {
    const other = newWorld()
      .repository(remotes)
      .record('heroku')
      .write('.parityrc', 'commands: { migrate: [sh, -c, "rake db:migrate && rake seed"] }')
    const { stdout, status } = await other.run('parity', ['--dry-run', 'production', 'migrate'])
    expect([status, stdout.split('\n')[0]]).toEqual([
      0,
      `heroku run --exit-code --app acme-production --no-tty -- 'sh -c '\\''rake db:migrate && rake seed'\\'''`,
    ])
  })

  test('the folder of an environment says what its console is', async () => {
    const other = newWorld()
      .repository(remotes)
      .record('heroku')
      .write('backend/manage.py', '')
      .write('.parityrc', 'environments: { production: { folder: backend }, staging: { folder: api } }')
    const { stdout } = await other.run('parity', ['--dry-run', 'production', 'console'])
    expect(stdout).toBe('heroku run --exit-code --app acme-production --no-tty -- python manage.py shell\n')
    await refused(
      'staging console',
      'the folder `api` does not exist',
      `\`folder\` of the environment in .parityrc is a path from ${other.project}`,
      { in: other },
    )
  })

  test('with shell operators in the configuration', () =>
    refused(
      'production migrate',
      'commands.migrate: `rake db:migrate && rake seed` has `&&`, and no shell reads it',
      'put the line into a script, for example bin/task, and name that; or run it in a shell with `[sh, -c, "rake db:migrate && rake seed"]`',
      {
        in: newWorld()
          .repository(remotes)
          .record('heroku')
          .write('.parityrc', 'commands: { migrate: rake db:migrate && rake seed }'),
      },
    ))
})

describe('a source', () => {
  const here = '`development restore production`, `development restore staging`, `development restore --file db.dump`'
  const rows: Row[] = [
    ['development restore', '`development restore` needs a source', `one of: ${here}`],
    [
      'development restore productoin',
      'there is no environment and no file `productoin`, did you mean `production`?',
      `one of: ${here}`,
    ],
    ['development restore origin', 'there is no environment and no file `origin`', `one of: ${here}`],
    [
      'development restore production b001',
      '`restore` takes one source, got `production b001`',
      '`development restore production --backup b001`',
    ],
    [
      'staging restore production 12',
      '`restore` takes one source, got `production 12`',
      '`staging restore production --backup b012`',
    ],
    [
      'development restore production latest',
      '`restore` takes one source, got `production latest`',
      '`development restore production`',
    ],
    [
      'development backups delete mine',
      '`backups` takes no arguments, got `delete mine`',
      '`development backups:delete mine`',
    ],
    [
      'development restore production staging',
      '`restore` takes one source, got `production staging`',
      '`development restore production`',
    ],
    [
      'development restore production --file db.dump',
      'both `production` and `--file db.dump` name a source',
      'use one of them',
    ],
    [
      'development restore development',
      'development cannot be restored from itself',
      '`development restore production` restores the newest backup of production',
    ],
    [
      'development restore local',
      'development cannot be restored from itself',
      '`development restore production` restores the newest backup of production',
    ],
    ['development restore --parallelize', '`development restore` needs a source', `one of: ${here}`],
    [
      'staging restore production other',
      '`restore` takes one source, got `production other`',
      '`staging restore production`',
    ],
    [
      'staging restore production -- --verbose',
      '`--verbose` is an option of pg_restore, which runs on Heroku here',
      'remove what follows `--`',
    ],
  ]
  test.each(few(4, rows))('`%s`', (typed, message, hint) => refused(typed, message, hint))

  test.each([
    ['staging restore', '`staging restore` needs a source'],
    ['staging restore-from', '`staging restore` needs a source'],
    ['staging restore productoin', 'there is no environment and no file `productoin`, did you mean `production`?'],
    ['production restore --force', '`production restore` needs a source'],
  ])('`%s`', async (typed, message) => {
    const [bin = '', ...args] = typed.split(' ')
    const { stderr, ...ended } = await world.run(bin, args)
    expect(ended).toEqual({ status: 2, signal: null, stdout: '', calls: [] })
    const [said, hint] = stderr.split('\n')
    expect(said).toBe(message)
    expect(hint).toMatch(new RegExp(`^one of: \`${bin} restore (staging|production)\``))
  })
})

describe('a target', () => {
  const own = 'in the configuration'
  const foreign = (place: string, host: string): [string, string] => [
    `${place} is not on this machine`,
    `if \`${host}\` is yours to overwrite, add it to \`development.allowHosts\` ${own}`,
  ]

  test('on another machine', () =>
    refused(
      'development restore production --database postgres://me:secret@db.example.com/acme',
      ...foreign('acme on db.example.com', 'db.example.com'),
    ))

  test('on another machine, by DATABASE_URL', async () => {
    const env = { DATABASE_URL: 'postgres://db.example.com:5433/acme' }
    const [message, hint] = foreign('acme on db.example.com:5433', 'db.example.com')
    expect(await world.run('development', ['undo'], { env })).toEqual({
      status: 2,
      signal: null,
      stdout: '',
      stderr: `${message}\n${hint}\n`,
      calls: [],
    })
  })

  test('that nothing names', () =>
    refused(
      'development restore production',
      'no local database is configured',
      'name the database with `--database URL`, as `development.database` in the configuration, or in `DATABASE_URL`, in `.env` or in `config/database.yml`',
    ))

  test('of another adapter', () =>
    refused(
      'development restore production --database mysql2://localhost/acme',
      '`--database` uses `mysql2`, but a Heroku Postgres backup can only be restored into Postgres',
      'use Postgres in development too; `parity check` reports this as a tools gap',
    ))

  test('where no server answers', async () => {
    await refused(
      `development restore production --database postgres://me@127.0.0.1:1/acme`,
      'cannot connect to postgres on 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
      'check with `pg_isready`; `brew services start postgresql` or `sudo service postgresql start` starts Postgres',
      { status: 1 },
    )
  })
})

describe('a configuration', () => {
  const shown = 'see .parityrc.example for all keys; `--config FILE` uses another file'
  const asYaml = 'fix the line, or use another file with `--config FILE`'
  const rows: Row[] = [
    [
      'environments:\n  demo: [a\n',
      '.parityrc:3: flow sequence in block collection must be sufficiently indented and end with a ]',
      asYaml,
    ],
    ['environments:\n\tdemo: acme\n', '.parityrc:2: tabs are not allowed as indentation', asYaml],
    ['environments: &e { demo: *f }\n', '.parityrc:1: there is no `&f` before it', asYaml],
    [
      'environments: { demo: Acme }',
      '.parityrc: environments.demo should be a Heroku app name (a-z, 0-9, -), got "Acme"',
      shown,
    ],
    ['enviroments: {}', '.parityrc: unknown key enviroments, did you mean `environments`?', shown],
    [
      'environments: { demo: { app: 42 } }\nrestore: { keep: 0 }\nfoo: 1\nbar: 2',
      '.parityrc: environments.demo.app should be a Heroku app name (a-z, 0-9, -), got 42\n.parityrc: restore.keep should be at least 1, got 0\n.parityrc: unknown key foo\n.parityrc: unknown key bar',
      shown,
    ],
    [
      'environments: { deploy: acme }',
      '.parityrc: environments.deploy is reserved: `deploy` is a command of parity, choose another name',
      shown,
    ],
    ['just words', '.parityrc: the file should be a map of settings, got "just words"', shown],
  ]
  test.each(few(4, rows))('%j', (text, message, hint) =>
    refused('production ps', message, hint, {
      in: newWorld().repository(remotes).record('heroku').write('.parityrc', text),
    }))

  test('in package.json, of the wrong type', () =>
    refused('production ps', 'package.json: the file should be a map of settings, got 3', shown, {
      in: newWorld().repository(remotes).record('heroku').write('package.json', '{ "parity": 3 }'),
    }))

  test('that is named and not there', () =>
    refused(
      'production --config nope.yml ps',
      'the configuration file `nope.yml` cannot be read: it does not exist',
      `it was named by --config or PARITY_CONFIG; look in ${world.project}`,
    ))

  test('that is named and is a folder', () =>
    refused(
      'production --config .git ps',
      'the configuration file `.git` cannot be read: it is a folder',
      `it was named by --config or PARITY_CONFIG; look in ${world.project}`,
    ))

  test('that is found and can’t be read', () => {
    const other = newWorld().repository(remotes).record('heroku')
    const file = join(other.project, '.parityrc')
    symlinkSync(file, file)
    return refused(
      'production ps',
      'the configuration file `.parityrc` cannot be read: it is a link to itself',
      'fix or remove it, or use another file with `--config FILE`',
      { in: other },
    )
  })

  // Root may read everything.
  test.skipIf(process.getuid?.() === 0)('that is found and may not be read', () => {
    const other = newWorld().repository(remotes).record('heroku').write('.parityrc', 'restore: { keep: 3 }')
    const file = join(other.project, '.parityrc')
    chmodSync(file, 0)
    return refused(
      'production ps',
      'the configuration file `.parityrc` cannot be read: permission denied',
      'fix or remove it, or use another file with `--config FILE`',
      { in: other },
    )
  })

  test.each([
    ['empty', ''],
    ['of comments only', '# nothing yet\n'],
  ])('one that is %s is none', async (_, text) => {
    const other = newWorld().repository(remotes).record('heroku').write('.parityrc', text)
    const { calls, ...ended } = await other.run('production', ['ps'])
    expect(ended).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
    expect(calls.map(({ args }) => args)).toEqual([['ps', '--app', 'acme-production']])
  })
})

describe('a missing program', () => {
  const heroku =
    'install it with `npm install --global heroku`, or see https://devcenter.heroku.com/articles/heroku-cli'

  test.each(['ps', 'backup', 'tail', 'psql', 'run rake', 'console'])('`production %s` without heroku', (words) =>
    refused(`production ${words}`, '`heroku` is not installed, or not on PATH', heroku, {
      in: newWorld().repository(remotes).write('manage.py', ''),
      status: 127,
    }))

  test('is looked up before the first step', () =>
    refused('production migrate', '`heroku` is not installed, or not on PATH', heroku, {
      in: newWorld().repository(remotes).write('manage.py', ''),
      status: 127,
    }))
})

describe('a second app', () => {
  const rows: Row[] = [
    [
      'production ps --app acme-staging',
      '`production` already means acme-production; `--app acme-staging` names another',
      'leave `--app` out, or run `heroku ps --app acme-staging`',
    ],
    [
      'production tail -a acme-staging',
      '`production` already means acme-production; `-a acme-staging` names another',
      'leave `-a` out, or run `heroku logs -a acme-staging`',
    ],
    [
      'production backup --remote=staging',
      '`production` already means acme-production; `--remote=staging` names one too',
      'leave `--remote=staging` out, or run `heroku pg:backups:capture --remote=staging`',
    ],
    [
      'production psql --app acme-production',
      '`production` already means acme-production; `--app acme-production` names it again',
      'leave `--app` out',
    ],
    [
      'production run -a acme-staging rake',
      '`production` already means acme-production; `-a acme-staging` names another',
      "leave `-a` out, or put `--` before the dyno's command",
    ],
  ]
  test.each(few(4, rows))('`%s`', (typed, message, hint) => refused(typed, message, hint))
})
