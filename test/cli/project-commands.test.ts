import { afterAll, describe, expect, test } from 'vitest'
import { World } from './world.ts'

/** One verb, every environment: entries of `commands:`, and our own verbs on this machine. */

const worlds: World[] = []
afterAll(() => {
  for (const world of worlds) world.remove()
})

function newWorld(configuration: string): World {
  const world = new World()
    .repository({ production: 'https://git.heroku.com/acme-production.git' })
    .write('.parityrc', configuration)
    .write('bin/rails', '#!/bin/sh\n')
    .write('config/database.yml', 'development:\n  adapter: postgresql\n  host: localhost\n  database: acme\n')
  for (const program of ['heroku', 'rake', 'bundle', 'sh', 'seed']) world.record(program)
  worlds.push(world)
  return world
}

const world = newWorld('commands: { seed: rake db:seed, "db:stats": [rake, it\'s, ls -l], server: bundle exec puma }\n')
const named = newWorld(
  'development: { database: "postgres://u:secret@localhost/other" }\ncommands: { seed: rake db:seed }\n',
)

/** The one program that a line starts, its words, and the DATABASE_URL that it gets. */
async function started(line: string, where = world, env = {}): Promise<unknown> {
  const [bin = '', ...words] = line.split(' ')
  const { calls, stderr, status } = await where.run(bin, words, { env })
  expect([line, status, stderr]).toEqual([line, 0, ''])
  return calls.map(({ program, args, env }) => [program, ...args, ...(env.DATABASE_URL ? [env.DATABASE_URL] : [])])
}

describe('an entry of `commands:`', () => {
  test.each([
    ['development seed', ['rake', 'db:seed']],
    ['development seed --trace', ['rake', 'db:seed', '--trace']],
    ['local seed', ['rake', 'db:seed']],
    ['development db:stats', ['rake', "it's", 'ls -l']],
    ['production seed', ['heroku', 'run', '--exit-code', '--app', 'acme-production', '--', 'rake', 'db:seed']],
    [
      'production seed --trace',
      ['heroku', 'run', '--exit-code', '--app', 'acme-production', '--', 'rake', 'db:seed', '--trace'],
    ],
    [
      'production db:stats',
      ['heroku', 'run', '--exit-code', '--app', 'acme-production', '--', "rake 'it'\\''s' 'ls -l'"],
    ],
  ])('%s', async (line, call) => {
    const parity = line.startsWith('local') ? `parity ${line}` : line
    const [[program, ...words] = []] = (await started(parity)) as string[][]
    expect([program, ...words.filter((word) => word !== '--no-tty')]).toEqual(call)
  })

  test('it is in the help, and has help', async () => {
    for (const bin of ['production', 'development'])
      expect((await world.run(bin, ['--help'])).stdout).toMatch(/^ {2}seed +run `rake db:seed`$/m)
    expect((await world.run('production', ['seed', '--help'])).stdout).toContain('Usage: production seed [ARGS...]')
    expect((await world.run('production', ['seed', '--help'])).calls).toEqual([])
  })

  test.each([
    ['ps', 'commands.ps is reserved: `ps` is a command of Heroku, choose another name'],
    ['"pg:psql"', 'commands.pg:psql is reserved: `pg:psql` is a command of Heroku, choose another name'],
    ['restore', 'commands.restore is reserved: `restore` is a command of parity, choose another name'],
    ['"a b"', 'commands.a b should be a name of letters, digits, -, _ and :'],
  ])('called %s is refused', async (name, message) => {
    const { status, stderr, calls } = await newWorld(`commands: { ${name}: rake x }\n`).run('production', ['ps'])
    expect([status, stderr.split('\n')[0], calls]).toEqual([2, `.parityrc: ${message}`, []])
  })

  test('a word that no command has is told what there is', async () => {
    const { status, stderr } = await world.run('development', ['sede'])
    expect([status, stderr.split('\n')[0]]).toEqual([
      2,
      '`sede` is not a command of this machine, did you mean `seed`?',
    ])
  })
})

describe('our own verbs on this machine', () => {
  test.each([
    ['development console', ['bundle', 'exec', 'rails', 'console']],
    ['development console --sandbox', ['bundle', 'exec', 'rails', 'console', '--sandbox']],
    ['development migrate', ['bundle', 'exec', 'rails', 'db:migrate']],
    ['development run rake stats -x', ['rake', 'stats', '-x']],
    ['development run -- rake stats', ['rake', 'stats']],
    ['development run seed', ['seed']],
  ])('%s', async (line, call) => {
    expect(await started(line)).toEqual([call])
  })

  test('one word with blanks is a line for a shell', async () => {
    const { calls } = await world.run('development', ['run', 'ls | wc -l'])
    expect(calls.map(({ program, args }) => [program, ...args])).toEqual([['sh', '-c', 'ls | wc -l']])
  })

  test('the status is the program’s', async () => {
    const failing = newWorld('{}').record('rake', { status: 7 })
    expect((await failing.run('development', ['run', 'rake'])).status).toBe(7)
  })

  test('`migrate` takes no arguments here either', async () => {
    const { status, stderr } = await world.run('development', ['migrate', 'VERSION=0'])
    expect([status, stderr]).toEqual([
      2,
      '`migrate` takes no arguments, got `VERSION=0`\n`development run COMMAND` runs any other command\n',
    ])
  })
})

describe('DATABASE_URL', () => {
  const url = 'postgres://u:secret@localhost/other'

  test('is not added where the program reads the same files', async () => {
    expect(await started('development seed')).toEqual([['rake', 'db:seed']])
  })

  test('is added where the configuration names the database', async () => {
    expect(await started('development seed', named)).toEqual([['rake', 'db:seed', url]])
    expect(await started('development console', named)).toEqual([['bundle', 'exec', 'rails', 'console', url]])
  })

  test('is in no dry run, since it holds a password', async () => {
    const { stdout } = await named.run('development', ['--dry-run', 'seed'])
    expect(stdout).not.toContain('secret')
  })

  test.each([
    'rake test',
    'rake test:models',
    'bin/rspec spec/models',
    'bundle exec rspec',
    'bin/rails test test/models/a_test.rb',
    'npx jest',
    'python -m pytest',
    'npm test',
    'env RAILS_ENV=test rake db:reset',
  ])('never reaches tests: %s', async (line) => {
    const one = newWorld('development: { database: "postgres://u:secret@localhost/other" }\n')
    for (const program of [line.split(' ')[0] ?? '']) if (!program.includes('/')) one.record(program)
    one.write('bin/rspec', '').write('bin/rails', '')
    const { calls, stdout } = await one.run('development', ['--dry-run', 'run', ...line.split(' ')])
    expect(calls).toEqual([])
    expect(stdout).toBe(`${line}\n`)
  })

  test.each(['RAILS_ENV', 'RACK_ENV', 'NODE_ENV', 'APP_ENV'])('nor a run with %s=test', async (name) => {
    expect(await started('development seed', named, { [name]: 'test' })).toEqual([['rake', 'db:seed']])
  })
})
