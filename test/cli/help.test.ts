import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { commands } from '../../src/commands/index.ts'
import { World } from './world.ts'

const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'))

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
    const [usage] = help.split('\n')
    expect(usage).toBe(
      bin === 'parity'
        ? 'Usage: parity [options] <environment> <command> [args...]'
        : `Usage: ${bin} [options] ${bin === 'pr_app' ? '[number] ' : ''}<command> [args...]`,
    )
    const listed = [...help.matchAll(/^ {2}([a-z]\S*) {2,}\S/gm)].map(([, name]) => name)
    expect(listed).toEqual(own.map(({ name }) => name))
    const examples = help.split('Examples:\n')[1]?.trimEnd().split('\n') ?? []
    expect(examples).toHaveLength(3)
    expect(examples.filter((line) => !line.startsWith(`  ${bin} `))).toEqual([])
  })

  test('shows its help outside of any project', async () => {
    expect(await printed(bin, [], nowhere)).toBe(await printed(bin, []))
  })

  test('has a version', async () => {
    expect(await printed(bin, ['--version'])).toBe(`${version}\n`)
  })

  test.each(
    own.map((command) => [command.name, command] as const),
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
  })
})

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

describe('parity', () => {
  test.each<[string[], string, string[]]>([
    [['help', 'undo'], 'development', ['undo', '--help']],
    [['restore', '--help'], 'development', ['restore', '--help']],
    [['deploy', '-h'], 'production', ['deploy', '--help']],
    [['help', 'init'], 'parity', ['init', '--help']],
    [['help', 'parity'], 'parity', []],
    [['help', 'staging'], 'staging', []],
    [['help', 'pr_app'], 'pr_app', []],
    [['pr_app', '--help'], 'pr_app', []],
    [['pr_app', '7', 'console', '--help'], 'pr_app', ['console', '--help']],
  ])('%j prints what %s %j does', async (words, bin, same) => {
    expect(await printed('parity', words, nowhere)).toBe(await printed(bin, same, nowhere))
  })

  test.each(['restore', 'deploy', 'check', 'scrub'])('help %s is a topic', async (topic) => {
    expect(await printed('parity', ['help', topic], nowhere)).toMatch(new RegExp(`^${topic.toUpperCase()} — `))
  })

  test.each([[['help']], [['--help']]])('%j is its own help', async (words) => {
    expect(await printed('parity', words)).toBe(await printed('parity', []))
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
