import { describe, expect, test } from 'vitest'
import { backup } from '../../../src/commands/backup.ts'
import { consoleCommand } from '../../../src/commands/console.ts'
import { migrate } from '../../../src/commands/migrate.ts'
import { psql } from '../../../src/commands/psql.ts'
import { run } from '../../../src/commands/run.ts'
import { tail } from '../../../src/commands/tail.ts'
import type { HerokuEnvironment } from '../../../src/environments/environments.ts'
import type { Command, Request } from '../../../src/line/command.ts'
import { isCall } from '../../../src/run/plan.ts'

const request: Omit<Request<HerokuEnvironment>, 'args'> = {
  project: {
    root: '/nowhere',
    folder: '/nowhere',
    ambient: { env: {}, cache: '/nowhere', folder: '/nowhere', now: new Date(0), hasTerminal: true },
    inGit: true,
    configuration: { commands: { console: 'bin/console -i', migrate: ['bin/migrate', 'a b'] } },
    remotes: () => [],
  },
  environment: { kind: 'heroku', name: 'staging', app: 'acme', origin: '.parityrc' },
  extra: [],
  options: {},
  dryRun: false,
}

/** The argv of each call that the command comes to. */
async function argv(command: Command, ...args: string[]): Promise<string[][]> {
  const prepared = await command.heroku?.prepare({ ...request, args })
  if (!prepared || 'text' in prepared) throw new Error('no plan')
  const { steps, notes, cleanup } = prepared.plan
  expect([notes, cleanup]).toEqual([[], []])
  return steps.map((step) => (isCall(step) ? [step.call.program, ...step.call.args] : [step.description]))
}

const dyno = ['heroku', 'run', '--exit-code', '--app', 'acme']

describe('a plan of one call', () => {
  test.each<[string, Command, string[], string[]]>([
    ['backup', backup, [], ['heroku', 'pg:backups:capture', '--app', 'acme']],
    [
      'backup of a database',
      backup,
      ['PINK', '--verbose'],
      ['heroku', 'pg:backups:capture', '--app', 'acme', 'PINK', '--verbose'],
    ],
    ['tail', tail, [], ['heroku', 'logs', '--tail', '--app', 'acme']],
    ['tail of a dyno', tail, ['--dyno', 'web.1'], ['heroku', 'logs', '--tail', '--app', 'acme', '--dyno', 'web.1']],
    ['psql', psql, ['-c', 'select 1'], ['heroku', 'pg:psql', '--app', 'acme', '-c', 'select 1']],
    ['console', consoleCommand, [], [...dyno, '--', 'bin/console', '-i']],
    [
      'console with words',
      consoleCommand,
      ['--sandbox', "it's"],
      [...dyno, '--', `bin/console -i --sandbox 'it'\\''s'`],
    ],
    ['run', run, ['rake', 'stats'], [...dyno, '--', 'rake', 'stats']],
    ['run of a line', run, ['ls | wc -l'], [...dyno, '--', 'ls | wc -l']],
    [
      'run with options',
      run,
      ['--size', 'standard-2x', '-x', 'rake', '-x'],
      [...dyno, '--size', 'standard-2x', '-x', '--', `rake -x`],
    ],
    ['run behind --', run, ['--', '--version'], [...dyno, '--', '--version']],
    ['run of words', run, ['echo', 'a b'], [...dyno, '--', `echo 'a b'`]],
  ])('%s', async (_, command, args, expected) => {
    expect(await argv(command, ...args)).toEqual([expected])
  })
})

test('migrate restarts the app afterwards', async () => {
  expect(await argv(migrate)).toEqual([
    [...dyno, '--', `bin/migrate 'a b'`],
    ['heroku', 'ps:restart', '--app', 'acme'],
  ])
})

test.each([[[]], [['--size', 'standard-2x']], [['--']]])('run of %j is a usage error', async (args) => {
  expect(() => run.heroku?.prepare({ ...request, args })).toThrow(
    expect.objectContaining({
      status: 2,
      message: '`run` needs a command',
      hint: 'for example `staging run rake stats`',
    }),
  )
})
