import { describe, expect, test } from 'vitest'
import { commands } from '../../../src/commands/index.ts'
import { findCommand, type Place } from '../../../src/line/command.ts'
import { type Line, understand } from '../../../src/line/request.ts'

const ambient = { env: {}, cache: '/nowhere', folder: '/nowhere', now: new Date(0), hasTerminal: true }

/** What a line comes to, in a word or two: `help`, `plan` for a dry run, `run`, each with what is handed on. */
async function meaning(typed: string, place: Place, globals: Line['globals'] = {}): Promise<string> {
  const asked = await understand(
    { ambient, globals, typed: 'X', words: typed.split(' ').filter(Boolean) },
    place,
    commands,
  )
  if (asked.kind === 'help') return `help ${asked.command?.name ?? ''}`.trim()
  if (asked.kind === 'other') return ['heroku', asked.word, ...asked.args].join(' ')
  const words = [asked.command.name, ...asked.args, ...(asked.extra.length > 0 ? ['|', ...asked.extra] : [])]
  return [asked.globals.dryRun ? 'plan' : 'run', ...words].join(' ')
}

const forwarding = ['console', 'run', 'migrate', 'tail', 'psql', 'backup', 'backups']
const reading: [string, Place][] = commands.flatMap(({ name, ...command }) =>
  (['heroku', 'local', 'parity'] as const).flatMap((place): [string, Place][] =>
    command[place]?.words === 'read' ? [[name, place]] : [],
  ),
)

test('all commands that forward their words are looked at', () => {
  const found = commands.filter(({ heroku, local }) => heroku?.words === 'forwarded' || local?.words === 'forwarded')
  expect(found.map(({ name }) => name)).toEqual(forwarding)
  expect(reading.length).toBeGreaterThan(8)
})

describe.each(forwarding)('%s, which forwards its words', (name) => {
  test.each([
    [name, `run ${name}`],
    [`${name} --help`, `help ${name}`],
    [`${name} -h`, `help ${name}`],
    [`${name} --dry-run`, `plan ${name}`],
    [`${name} --help --dry-run`, `help ${name}`],
    [`${name} --dry-run --help`, `help ${name}`],
    [`${name} --dry-run -x a`, `plan ${name} -x a`],
    [`${name} --help a`, `help ${name}`],
    [`${name} -h localhost`, `run ${name} -h localhost`],
    [`${name} a --help`, `run ${name} a --help`],
    [`${name} a -h`, `run ${name} a -h`],
    [`${name} a --dry-run`, `run ${name} a --dry-run`],
    [`${name} -- --help`, `run ${name} -- --help`],
    [`${name} -- -h`, `run ${name} -- -h`],
    [`${name} -- --dry-run`, `run ${name} -- --dry-run`],
    [`${name} --dry-run -- --dry-run`, `plan ${name} -- --dry-run`],
    [`${name} --helpful`, `run ${name} --helpful`],
    [`${name} --help=all`, `run ${name} --help=all`],
  ])('%s: %s', async (typed, means) => {
    expect(await meaning(typed, 'heroku')).toBe(means)
  })
})

describe.each(reading)('%s %s, which reads options', (name, place) => {
  test.each([
    [name, `run ${name}`],
    [`${name} --help`, `help ${name}`],
    [`${name} -h`, `help ${name}`],
    [`${name} a --help`, `help ${name}`],
    [`${name} a -h`, `help ${name}`],
    [`${name} --dry-run`, `plan ${name}`],
    [`${name} a --dry-run`, `plan ${name} a`],
    [`${name} -- --help`, `run ${name} | --help`],
    [`${name} -- -h`, `run ${name} | -h`],
    [`${name} a -- --dry-run`, `run ${name} a | --dry-run`],
  ])('%s: %s', async (typed, means) => {
    expect(await meaning(typed, place)).toBe(means)
  })
})

describe('other words', () => {
  test.each<[typed: string, means: string]>([
    ['', 'help'],
    ['logs --tail', 'heroku logs --tail'],
    ['logs --help', 'heroku logs --help'],
    ['ps -h', 'heroku ps -h'],
    ['pg:psql --dry-run', 'heroku pg:psql --dry-run'],
    ['restore_from a', 'run restore a'],
  ])('%s', async (typed, means) => {
    expect(await meaning(typed, 'heroku')).toBe(means)
  })

  test('with --help before them', async () => {
    expect(await meaning('console -x', 'heroku', { help: true })).toBe('help console')
    expect(await meaning('logs --tail', 'heroku', { help: true })).toBe('heroku logs --help')
  })

  test('a command is found where it has a handler', () => {
    expect(findCommand(commands, 'undo', 'heroku')).toBeUndefined()
    expect(findCommand(commands, 'undo', 'local')?.name).toBe('undo')
  })
})
