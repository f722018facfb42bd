import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { commands } from '../../src/commands/index.ts'
import { topicNames } from '../../src/line/topics.ts'
import { few } from '../often.ts'
import { World } from './world.ts'

const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'))

const folderOfTopics = fileURLToPath(new URL('../../src/help', import.meta.url))

const world = new World()
  .repository({
    production: 'https://git.heroku.com/acme-production.git',
    staging: 'https://git.heroku.com/acme-staging.git',
  })
  .record('heroku')
const nowhere = new World()
afterAll(() => {
  world.remove()
  nowhere.remove()
})

const texts = new Map<string, Promise<string>>()

/** What a line prints on stdout, which must be all it does; what several tests ask for is run once. */
function printed(bin: string, words: readonly string[], where = world): Promise<string> {
  const key = JSON.stringify([bin, words, where.folder])
  const text = texts.get(key) ?? print(bin, words, where)
  texts.set(key, text)
  return text
}

async function print(bin: string, words: readonly string[], where: World): Promise<string> {
  const { stdout, ...ended } = await where.run(bin, words)
  expect(ended).toEqual({ status: 0, signal: null, stderr: '', calls: [] })
  return stdout
}

const bins = ['production', 'staging', 'development', 'pr_app', 'parity'] as const
const placeOf = (bin: (typeof bins)[number]) =>
  bin === 'parity' ? 'parity' : bin === 'development' ? 'local' : 'heroku'

describe.each(bins)('%s', (bin) => {
  const own = commands.filter((command) => command[placeOf(bin)])

  test('without arguments shows the short help, and so does --help', async () => {
    const help = await printed(bin, [])
    expect(await printed(bin, ['--help'])).toBe(help)
    expect(await printed(bin, ['-h'])).toBe(help)
    if (bin === 'parity') return
    const [usage] = help.split('\n')
    expect(usage).toBe(`Usage: ${bin} [options] ${bin === 'pr_app' ? '[number | branch] ' : ''}<command> [args...]`)
    const listed = [...help.matchAll(/^ {2}([a-z]\S*) {2,}\S/gm)].map(([, name]) => name)
    expect(listed).toEqual(own.map(({ name }) => name))
    const examples = help.split('Examples:\n')[1]?.trimEnd().split('\n') ?? []
    expect(examples).toHaveLength(3)
    expect(examples.filter((line) => !line.startsWith(`  ${bin} `))).toEqual([])
  })

  test('shows its help outside of any project', async () => {
    const help = await printed(bin, [], nowhere)
    expect(withoutEnvironments(help)).toBe(withoutEnvironments(await printed(bin, [])))
    expect(notFitting(help)).toEqual([])
  })

  test('has a version', async () => {
    expect(await printed(bin, ['--version'])).toBe(`${version}\n`)
  })

  test.each(
    few(
      3,
      own.map((command) => [command.name, command] as const),
    ),
  )('shows the help of %s, before it and behind it', async (name, command) => {
    const help = await printed(bin, ['--help', name], nowhere)
    const handler = command[placeOf(bin)]
    const before = bin === 'pr_app' ? 'pr_app [number]' : bin
    expect(help.split('\n')[0]).toBe(`Usage: ${before} ${name} ${handler?.usage}`.trimEnd())
    const oneLine = help.replace(/\s+/g, ' ')
    const shown = bin === 'pr_app' ? [] : command.examples
    for (const words of [command.summary, `runs: ${handler?.runs}`, ...shown]) expect(oneLine).toContain(words)
    expect(command.examples.length).toBeGreaterThanOrEqual(3)
    expect(await printed(bin, [name, '--help'])).toBe(help)
    if (handler?.words === 'read') expect(help).toContain('--dry-run')
    expect(notFitting(help)).toEqual([])
  })
})

test.each([
  ['parity', ['staging']],
  ['parity', ['development']],
  ['parity', ['development', 'services', '--help']],
  ['parity', ['all', '--help']],
  ['parity', ['production,staging', 'ps', '--help']],
  ['pr_app', ['1234', 'restore', '--help']],
])('the help of `%s` %j fits the screen', async (bin, words) => {
  const { status, stdout } = await world.run(bin, words)
  expect([status, notFitting(stdout)]).toEqual([0, []])
})

/** What is wider than a screen of 80 columns, and how many lines are below its 40. */
function notFitting(help: string): string[] {
  const lines = help.trimEnd().split('\n')
  return [...lines.filter((line) => line.length > 80), ...(lines.length > 40 ? [`${lines.length} lines`] : [])]
}

/** The help of `parity` but for what depends on the folder. */
function withoutEnvironments(help: string): string {
  return help.replace(/^Environments here:.*?\n\n/ms, '')
}

test('the help of production, whole', async () => {
  expect(await printed('production', [])).toBe(`Usage: production [options] <command> [args...]

Options:
  --dry-run        print the plan; run nothing
  --config <file>  read this configuration
  --version        the version of parity
  -h, --help       this help; before a command, the help of that command

Commands:
  console          open the console of the app
  run              run a command (on Heroku: in a one-off dyno)
  migrate          migrate the database; on Heroku in a one-off dyno, and then
                   restart the app
  tail             follow the logs
  psql             open the database with psql
  backup           back up the database: on Heroku, or here as a snapshot that
                   \`restore NAME\` brings back
  backups          list the backups on Heroku, or here the snapshots and the
                   dumps in the cache
  restore          replace the database with the newest backup of SOURCE
  diff             show what would ship to the app: commits, migrations, missing
                   config vars
  deploy           push a commit to the app: HEAD, or the upstream branch of a
                   protected environment
  promote          show what would ship to the next stage of the pipeline,
                   promote it, and wait for its release

Any other command goes to the Heroku CLI with --app: \`production logs --tail\`
Examples:
  production ps
  production console
  production --dry-run migrate
`)
})

test('the help of one command, whole', async () => {
  expect(await printed('development', ['undo', '--help'])).toBe(`Usage: development undo [options]

swap back to the database that the last restore replaced; run it again to return

runs: renames of the local database and its previous one, in one transaction

Options:
  --database <url>  the local database, a URL or a name
  --db <entry>      the entry of config/database.yml, if it has several
  --quiet           print errors and warnings only
  --verbose         show the output of pg_restore and psql
  --json            print one JSON event per line
  --dry-run         print the plan; run nothing
  --config <file>   read this configuration

Examples:
  development undo
  development undo --dry-run
  development undo --database acme_development
`)
})

test('the examples of a review app have the number of a pull request', async () => {
  expect((await printed('pr_app', ['migrate', '--help'])).split('Examples:\n')[1]).toBe(`  pr_app 1234 migrate
  pr_app 1234 deploy && pr_app 1234 migrate
  pr_app 1234 --dry-run migrate
`)
})

test('the help of parity, whole', async () => {
  expect(await printed('parity', ['--help'])).toBe(`Usage: parity [options] <environment> <command> [args...]

Start here:
  parity init                     name your apps: writes .parityrc
  production logs --tail          any Heroku command, on that app
  development restore production  copy production’s database to this machine
  development undo                return to the database that was there before

Environments here:
  development  this machine
  production   acme-production, protected
  staging      acme-staging

In an environment, \`staging COMMAND\` or \`parity staging COMMAND\`:
  on Heroku     console, run, migrate, tail, psql, backup, backups, restore,
                diff, deploy, promote, and every command of the Heroku CLI
  this machine  console, run, migrate, psql, backup, backups, backups:delete,
                restore, undo, services, start

Compare:
  check         measure how far apart the environments are: time, personnel,
                tools
  environments  list the environments: name, app, origin, protection
Set up:
  init          write a first .parityrc from git remotes and the Heroku pipeline
  link          make custom environments words of their own: \`demo logs\`
  unlink        remove what \`link\` made
  completion    print the script that completes words in bash, zsh or fish
This machine:
  cache         list the downloaded dumps, or remove them
  doctor        look at what parity needs on this machine, with a fix for each
                problem

Options: --dry-run (print the plan), --config <file>, --version, -h, --help

Read on: \`parity help COMMAND\`, or \`parity help TOPIC\`: check, configuration,
deploy, exit-status, from-the-gem, protect, restore, scrub, services, uninstall
`)
})

describe('the environments in the help of parity', () => {
  /** What is said of them where the configuration is this. */
  async function here(parityrc: string): Promise<string | undefined> {
    const folder = new World().repository().write('.parityrc', parityrc)
    try {
      const { status, stdout } = await folder.run('parity', ['--help'])
      expect([status, notFitting(stdout)]).toEqual([0, []])
      return /^Environments here:.*?(?=\n\n)/ms.exec(stdout)?.[0]
    } finally {
      folder.remove()
    }
  }

  test('none outside of a project', async () => {
    expect(await printed('parity', [], nowhere)).toContain(
      '\nEnvironments here: none on Heroku; type `parity init` in the repository of an\napp, or add a git remote of its name\n\n',
    )
  })

  test('of many the first', async () => {
    const apps = ['production', 'staging', 'demo', 'qa', 'an-environment-with-a-name-that-is-longer-than-half-a-screen']
    expect(await here(`environments:\n${apps.map((name) => `  ${name}: acme-${name.slice(0, 6)}\n`).join('')}`)).toBe(
      `Environments here:
  development  this machine
  production   acme-produc, protected
  staging      acme-stagin
  demo         acme-demo
  …            2 more: \`parity environments\``,
    )
  })

  test('a long name is cut', async () => {
    const name = 'an-environment-with-a-name-that-is-longer-than-half-a-screen'
    expect(await here(`environments: { ${name}: ${'a'.repeat(30)} }\n`)).toBe(`Environments here:
  development                               this machine
  an-environment-with-a-name-that-is-long…  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa`)
  })

  test('a configuration with a mistake', async () => {
    expect(await here('environments: { demo: ACME }\n')).toBe(
      'Environments here: the configuration cannot be read; `parity doctor` says why',
    )
  })
})

test('the help of parity names each of its commands once, and each topic', async () => {
  const help = await printed('parity', [])
  const listed = [...help.slice(help.indexOf('Compare:')).matchAll(/^ {2}([a-z]\S*) {2,}\S/gm)].map(([, name]) => name)
  expect(listed.toSorted()).toEqual(commands.flatMap(({ name, parity }) => (parity ? [name] : [])).toSorted())
  const read = help.slice(help.indexOf('Read on:')).replace(/\s+/g, ' ').trimEnd()
  expect(read.endsWith(`: ${topicNames(folderOfTopics).join(', ')}`)).toBe(true)
})

describe('parity', () => {
  test.each<[string[], string, string[]]>(
    few(4, [
      [['help', 'undo'], 'development', ['undo', '--help']],
      [['restore', '--help'], 'development', ['restore', '--help']],
      [['deploy', '-h'], 'production', ['deploy', '--help']],
      [['help', 'init'], 'parity', ['init', '--help']],
      [['help', 'doctor'], 'parity', ['doctor', '--help']],
      [['help', 'production'], 'production', []],
      [['help', 'development'], 'development', []],
      [['help', 'parity'], 'parity', []],
      [['help', 'staging'], 'staging', []],
      [['help', 'pr_app'], 'pr_app', []],
      [['pr_app', '--help'], 'pr_app', []],
      [['pr_app', '7', 'console', '--help'], 'pr_app', ['console', '--help']],
    ]),
  )('%j prints what %s %j does', async (words, bin, same) => {
    expect(await printed('parity', words, nowhere)).toBe(await printed(bin, same, nowhere))
  })

  test.each(['restore', 'deploy', 'check', 'scrub'])('help %s is a topic', async (topic) => {
    expect(await printed('parity', ['help', topic], nowhere)).toMatch(new RegExp(`^${topic.toUpperCase()} — `))
  })

  test.each([[['help']], [['--help']]])('%j is its own help', async (words) => {
    expect(await printed('parity', words)).toBe(await printed('parity', []))
  })

  test.each(['restore', 'deploy', 'check'])('`help %s` is the topic of that name', async (word) => {
    expect((await printed('parity', ['help', word], nowhere)).startsWith(`${word.toUpperCase()} — `)).toBe(true)
  })

  test('with an environment alone shows the help of that', async () => {
    const help = await printed('parity', ['staging'])
    expect(help.split('\n')[0]).toBe('Usage: parity staging [options] <command> [args...]')
    expect(await printed('parity', ['staging', '--help'])).toBe(help)
    expect((await printed('parity', ['development'])).split('\n')[0]).toBe(
      'Usage: parity development [options] <command> [args...]',
    )
  })

  test('shows the help of a command of an environment', async () => {
    const help = await printed('parity', ['staging', 'deploy', '--help'])
    expect(help.split('\n')[0]).toBe('Usage: parity staging deploy [REF] [options]')
    expect(await printed('parity', ['staging', '--help', 'deploy'])).toBe(help)
    expect(await printed('parity', ['--help', 'staging', 'deploy'])).toBe(help)
  })
})

describe('help of Heroku’s commands is Heroku’s, and never runs the command', () => {
  test.each([
    ['production', ['--help', 'pg:reset'], ['pg:reset', '--app', 'acme-production', '--help']],
    [
      'production',
      ['--help', 'pg:reset', '--confirm', 'acme-production'],
      ['pg:reset', '--app', 'acme-production', '--help'],
    ],
    ['production', ['pg:reset', '--help'], ['pg:reset', '--app', 'acme-production', '--help']],
    ['production', ['tail', '--', '--help'], ['logs', '--tail', '--app', 'acme-production', '--', '--help']],
    ['production', ['help'], ['help']],
    ['production', ['help', 'ps'], ['help', 'ps']],
    ['production', ['--help', 'whoami'], ['whoami', '--help']],
  ])('%s %j', async (bin, words, args) => {
    const { calls, ...ended } = await world.run(bin, words)
    expect(ended).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
    expect(calls.map((call) => call.args)).toEqual([args])
  })
})
