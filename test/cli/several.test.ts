import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { World } from './world.ts'

/** A command on several environments at once, against a program that says what it was asked. */

const world = new World()
const heroku = (body: string) => world.program('heroku', `#!/bin/sh\n${body}\n`)
/** Two lines on stdout in three pieces, one on stderr, and the status that is the app's. */
const talkative = `app=$3
printf 'one of '; printf "$app\\ntwo"; printf '\\n'
echo "said by $app" >&2
[ "$app" = acme-staging ] && exit 3
exit 0`

beforeAll(() => {
  world.repository({
    production: 'https://git.heroku.com/acme-production.git',
    staging: 'https://git.heroku.com/acme-staging.git',
  })
  world.write('.parityrc', 'environments: { demo: acme-demo }\n')
  world.real('sleep')
})
afterAll(() => world.remove())

const sorted = (text: string) => text.trimEnd().split('\n').sort()

describe('a command that reads', () => {
  test('runs on all of them, each line whole and with its environment; the worst status counts', async () => {
    heroku(talkative)
    const { status, stdout, stderr } = await world.run('parity', ['all', 'ps'])
    expect(status).toBe(3)
    expect(sorted(stdout)).toEqual([
      'demo       | one of acme-demo',
      'demo       | two',
      'production | one of acme-production',
      'production | two',
      'staging    | one of acme-staging',
      'staging    | two',
    ])
    expect(sorted(stderr)).toEqual([
      'demo       | said by acme-demo',
      'production | said by acme-production',
      'staging    | said by acme-staging',
    ])
  })

  test('as data is one line an environment, in their order', async () => {
    heroku(talkative)
    for (const words of [
      ['--json', 'staging,production', 'ps'],
      ['staging,production', '--json', 'ps'],
    ]) {
      const { status, stdout, stderr } = await world.run('parity', words)
      expect([status, stderr]).toEqual([3, ''])
      expect(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toEqual([
        {
          environment: 'staging',
          app: 'acme-staging',
          status: 3,
          stdout: 'one of acme-staging\ntwo\n',
          stderr: 'said by acme-staging\n',
        },
        {
          environment: 'production',
          app: 'acme-production',
          status: 0,
          stdout: 'one of acme-production\ntwo\n',
          stderr: 'said by acme-production\n',
        },
      ])
    }
    const one = await world.run('production', ['--json', 'ps'])
    expect(JSON.parse(one.stdout)).toMatchObject({ environment: 'production', status: 0 })
  })

  test('in colours where they are wanted', async () => {
    heroku(talkative)
    const { stdout } = await world.run('parity', ['production,staging', 'ps'], { env: { FORCE_COLOR: '1' } })
    expect(stdout).toContain('\x1b[36mproduction |\x1b[39m two\n')
    expect(stdout).toContain('\x1b[33mstaging    |\x1b[39m two\n')
  })

  test('is printed by a dry run, line by line', async () => {
    const { status, stdout } = await world.run('parity', ['--dry-run', 'all', 'tail', '--source', 'app'])
    expect([status, stdout]).toEqual([
      0,
      'heroku logs --tail --app acme-demo --source app\nheroku logs --tail --app acme-production --source app\nheroku logs --tail --app acme-staging --source app\n',
    ])
  })

  test('runs at the same time: each one waits for the others', async () => {
    heroku(`: > "$3.here"
until [ -e acme-demo.here ] && [ -e acme-production.here ] && [ -e acme-staging.here ]; do sleep 0.05; done
echo met`)
    expect((await world.run('parity', ['all', 'ps'])).stdout.match(/met/g)).toHaveLength(3)
  })

  test('ends on each of them by a Ctrl-C', async () => {
    heroku('echo begun; exec sleep 100')
    const child = world.start('parity', ['all', 'tail'], { ownGroup: true })
    let stdout = ''
    await new Promise<void>((resolve) =>
      child.stdout?.on('data', (text) => {
        stdout += text
        if (stdout.match(/begun/g)?.length === 3) resolve()
      }),
    )
    const ended = world.ended(child)
    process.kill(-(child.pid ?? 0), 'SIGINT')
    expect(await ended).toMatchObject({ status: null, signal: 'SIGINT' })
  })

  test('ends where nobody reads any more', async () => {
    heroku('echo begun; exec sleep 100')
    const child = world.start('parity', ['all', 'tail'])
    child.stdout?.destroy()
    expect(await world.ended(child)).toMatchObject({ signal: 'SIGPIPE' })
  })

  test('of which there is no program', async () => {
    const { status, stderr } = await world.run('parity', ['all', 'ps'], { env: { PATH: '/nowhere' } })
    expect([status, stderr.split('\n')[0]]).toEqual([127, '`heroku` is not installed, or not on PATH'])
  })
})

describe('is refused', () => {
  test.each<[string, string, string]>([
    [
      'all maintenance:on',
      '`maintenance:on` is not known to only read, so it runs on one environment at a time',
      '`parity demo maintenance:on`, then the others',
    ],
    [
      'production,staging console',
      '`console` is not known to only read, so it runs on one environment at a time',
      '`production console`, then the others',
    ],
    [
      'production,staging pg:psql',
      '`pg:psql` is not known to only read, so it runs on one environment at a time',
      '`production pg:psql`, then the others',
    ],
    [
      'production,staging restore demo',
      '`restore` is not known to only read, so it runs on one environment at a time',
      '`production restore`, then the others',
    ],
    [
      '--json production run ls',
      '`--json` before a command is for those that only read, and `run` is none',
      '`production run`',
    ],
    ['--json --dry-run all ps', '`--json` and `--dry-run` cannot be combined', 'use one of them'],
    [
      '--json environments',
      '`--json` before a command is for environments on Heroku',
      '`parity COMMAND --json` where the command has it',
    ],
    [
      'production,staging ps --app other',
      '`production` already means acme-production; `--app other` names another',
      'leave `--app` out, or run `heroku ps --app other`',
    ],
  ])('%s', async (line, message, hint) => {
    world.record('heroku')
    const ended = await world.run('parity', line.split(' '))
    expect(ended).toEqual({ status: 2, signal: null, stdout: '', stderr: `${message}\n${hint}\n`, calls: [] })
  })
})

test.each([['all'], ['all', '--help'], ['production,staging']])('parity %s: what can be asked', async (...words) => {
  const { status, stdout } = await world.run('parity', words)
  expect(status).toBe(0)
  expect(stdout).toContain('Usage: parity [--json] all|ENVIRONMENT,ENVIRONMENT <command> [args...]\n')
  expect(stdout).toContain('\nCommands: tail, backups, diff\n')
})
