import { expect, test } from 'vitest'
import { ParityError } from '../../../src/errors.ts'
import {
  captureBackup,
  psql,
  psqlFile,
  pushDatabase,
  resetDatabase,
  restartDynos,
  restoreBackup,
  runOnDyno,
  setMaintenance,
  tailLogs,
} from '../../../src/heroku/calls.ts'
import { passthroughCall, refuseSecondApp, splitRunArguments } from '../../../src/passthrough/passthrough.ts'
import type { Call } from '../../../src/run/call.ts'

const line = ({ program, args }: Call) => [program, ...args].join(' ')

function typed(words: string): Call {
  const [command = '', ...args] = words.split(' ')
  return passthroughCall('acme-production', 'production', command, args)
}

function runs(words: string, expected: string) {
  test(`production ${words}`, () => expect(line(typed(words))).toBe(expected))
}

function refuses(words: string, expected: string) {
  test(`production ${words} is refused`, () => {
    let error: unknown
    try {
      typed(words)
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(ParityError)
    const { status, message, hint } = error as ParityError
    expect(status).toBe(2)
    expect(`${message}\n${hint}`).toBe(`\`production\` already means acme-production; ${expected}`)
  })
}

// An app, as a rule.
runs('ps', 'heroku ps --app acme-production')
runs('logs --tail -n 50', 'heroku logs --app acme-production --tail -n 50')
runs('config:set A=1 B=-a', 'heroku config:set --app acme-production A=1 B=-a')
runs('psql -c --', 'heroku psql --app acme-production -c --')
runs('access', 'heroku access --app acme-production')
runs('pipelines:create acme --team t', 'heroku pipelines:create --app acme-production acme --team t')
runs('usage:addons --team t', 'heroku usage:addons --app acme-production --team t')
runs('addons --all', 'heroku addons --app acme-production --all')
runs('some-plugin:verb -x', 'heroku some-plugin:verb --app acme-production -x')

// None.
runs('help ps', 'heroku help ps')
runs('version', 'heroku version')
runs('whoami', 'heroku whoami')
runs('auth:token', 'heroku auth:token')
runs('pipelines:info acme', 'heroku pipelines:info acme')
runs('plugins:install x', 'heroku plugins:install x')
runs('twofactor:disable', 'heroku twofactor:disable')
runs('apps --team t', 'heroku apps --team t')
runs('apps:create acme-new -r other', 'heroku apps:create acme-new -r other')
runs('create --app acme-new', 'heroku create --app acme-new')
runs('local -r', 'heroku local -r')
runs('members -r admin', 'heroku members -r admin')

// An option that stands in for it.
runs('ci --pipeline acme', 'heroku ci --pipeline acme')
runs('ci --pipeline=acme', 'heroku ci --pipeline=acme')
runs('webhooks -p acme', 'heroku webhooks -p acme')
runs('webhooks -pacme', 'heroku webhooks -pacme')
runs('ci:config -sp acme', 'heroku ci:config -sp acme')
runs('ci:config -s', 'heroku ci:config --app acme-production -s')
runs('telemetry --space s', 'heroku telemetry --space s')
runs('ci -- --pipeline acme', 'heroku ci --app acme-production -- --pipeline acme')
runs('container:run -p 80', 'heroku container:run --app acme-production -p 80')

// A second app.
refuses('ps --app other', '`--app other` names another\nleave `--app` out, or run `heroku ps --app other`')
refuses('ps --app=other', '`--app=other` names another\nleave `--app=other` out, or run `heroku ps --app=other`')
refuses('ps web -a other', '`-a other` names another\nleave `-a` out, or run `heroku ps -a other`')
refuses('ps -aother', '`-aother` names another\nleave `-aother` out, or run `heroku ps -aother`')
refuses('ps -a=other', '`-a=other` names another\nleave `-a=other` out, or run `heroku ps -a=other`')
refuses('ps -xa other', '`-xa other` names another\nleave `-xa` out, or run `heroku ps -xa other`')
refuses('ps -a', '`-a` names one too\nleave `-a` out, or run `heroku ps -a`')
refuses(
  'ps --remote staging',
  '`--remote staging` names one too\nleave `--remote` out, or run `heroku ps --remote staging`',
)
refuses('ps -r staging', '`-r staging` names one too\nleave `-r` out, or run `heroku ps -r staging`')
refuses('logs -tr staging', '`-tr staging` names one too\nleave `-tr` out, or run `heroku logs -tr staging`')
refuses('ps --app acme-production', '`--app acme-production` names it again\nleave `--app` out')
refuses('ps -aacme-production', '`-aacme-production` names it again\nleave `-aacme-production` out')
refuses('ci -p acme --app other', '`--app other` names another\nleave `--app` out, or run `heroku ci --app other`')
refuses('git:clone -a other', '`-a other` names another\nleave `-a` out, or run `heroku git:clone -a other`')
refuses('rake -r x', "`-r x` names one too\nleave `-r` out, or put `--` before the dyno's command")
refuses('plugin:verb --app x', '`--app x` names another\nleave `--app` out, or run `heroku plugin:verb --app x`')

// What only looks like one.
runs('run:detached -- ls -a', 'heroku run:detached --app acme-production -- ls -a')
runs('git:remote -r staging', 'heroku git:remote --app acme-production -r staging')
runs('git:clone --remote staging', 'heroku git:clone --app acme-production --remote staging')
runs('telemetry -r x', 'heroku telemetry --app acme-production -r x')
runs('ps --apple --remotely', 'heroku ps --app acme-production --apple --remotely')
runs('logs -sapp', 'heroku logs --app acme-production -sapp')
runs('plugin:verb -a -r --remote x', 'heroku plugin:verb --app acme-production -a -r --remote x')

// An app as an argument.
runs('apps:info', 'heroku apps:info --app acme-production')
runs('info -js acme-production', 'heroku info --app acme-production -js acme-production')
runs('destroy --confirm acme', 'heroku destroy --app acme-production --confirm acme')
runs('destroy -c acme acme-production', 'heroku destroy --app acme-production -c acme acme-production')
refuses('info other', '`other` names another\nleave `other` out, or run `heroku info other`')
refuses('info -j other', '`other` names another\nleave `other` out, or run `heroku info other`')
refuses('apps:info -- other', '`other` names another\nleave `other` out, or run `heroku apps:info other`')
refuses('apps:destroy -c x other', '`other` names another\nleave `other` out, or run `heroku apps:destroy other`')
refuses('apps:delete other -c x', '`other` names another\nleave `other` out, or run `heroku apps:delete other`')
refuses('destroy -r x', '`-r x` names one too\nleave `-r` out, or run `heroku destroy -r x`')

test('arguments arrive byte for byte', () => {
  const args = ['', ' a  b ', "it's", '$HOME', '*', 'ü\n', '--', '--app', 'x']
  expect(passthroughCall('acme-demo', 'demo', 'ps:exec', args).args).toEqual(['ps:exec', '--app', 'acme-demo', ...args])
})

test('a command of ours that forwards its arguments refuses a second app too', () => {
  expect(() => refuseSecondApp('acme-demo', 'demo', 'logs', ['-a', 'x'])).toThrow('`-a x` names another')
  expect(() => refuseSecondApp('acme-demo', 'demo', 'logs', ['--num', '3'])).not.toThrow()
})

function splits(args: string, options: string, command: string | string[]) {
  test(`run ${args}`, () =>
    expect(splitRunArguments(args.split(' '))).toEqual({ options: options.split(' ').filter(Boolean), command }))
}

splits('ls', '', 'ls')
splits('ls -a -s x', '', ['ls', '-a', '-s', 'x'])

test.each([
  ['exit 4', true],
  ['cd x && exit 4', true],
  ['(exit 1)', true],
  ['test -f x || { exit 3; }', true],
  ['rake exit_survey', false],
  ['ls | wc -l', false],
])('the line %j gets a shell of its own: %s', (line, isOwn) => {
  expect(splitRunArguments([line]).command).toEqual(isOwn ? ['sh', '-c', line] : line)
})
splits('-- ls', '', 'ls')
splits('--size standard-2x ls -l', '--size standard-2x', ['ls', '-l'])
splits('-s standard-2x -- ls -- x', '-s standard-2x', ['ls', '--', 'x'])
splits('-xs standard-2x ls', '-xs standard-2x', 'ls')
splits('--size=standard-2x --no-tty ls', '--size=standard-2x --no-tty', 'ls')
splits('-a other ls', '-a other', 'ls')
splits('-e A=1', '-e A=1', [])

const onDyno = (command: string | string[], options: string[] = []) =>
  runOnDyno('acme-production', options, command, true).args.slice(4)

function quotes(command: string | string[], ...expected: string[]) {
  test(`on a dyno: ${JSON.stringify(command)}`, () => expect(onDyno(command)).toEqual(['--', ...expected]))
}

quotes(
  ['bundle', 'exec', 'rails', 'db:migrate', '--trace', 'A=1,2'],
  'bundle',
  'exec',
  'rails',
  'db:migrate',
  '--trace',
  'A=1,2',
)
quotes(['echo', "it's"], "echo 'it'\\''s'")
quotes(['echo', 'a  b', ''], "echo 'a  b' ''")
quotes(['echo', '$HOME', 'a\nb'], "echo '$HOME' 'a\nb'")
quotes(["it's"], "'it'\\''s'")
quotes('a | b', 'a | b')
quotes("it's", "it's")
quotes([])
// Words that the CLI would find before `--` as well: see dynoArguments.
quotes(['npm', 'run', 'build'], 'npm run build')
quotes(['echo', 'acme-production'], 'echo acme-production')
quotes(['git', 'checkout', '--', 'x'], 'git checkout -- x')
quotes(['/usr/bin/node', 'x.js'], '/usr/bin/node x.js')
quotes('run', 'run ')
quotes(['run'], 'run ')

function builds(call: Call, expected: string) {
  test(expected, () => expect(line(call)).toBe(expected))
}

builds(
  runOnDyno('acme-demo', ['--size', 'standard-2x'], ['rails', 'console'], true),
  'heroku run --exit-code --app acme-demo --size standard-2x -- rails console',
)
// What is piped gets no terminal, and the word is given once.
builds(
  runOnDyno('acme-demo', ['-s', 'standard-2x'], ['cat'], false),
  'heroku run --exit-code --app acme-demo --no-tty -s standard-2x -- cat',
)
builds(runOnDyno('acme-demo', ['--no-tty'], ['cat'], false), 'heroku run --exit-code --app acme-demo --no-tty -- cat')
test('a word that stands before `--` as well', () =>
  expect(runOnDyno('acme-demo', [], ['echo', '--no-tty'], false).args.at(-1)).toBe('echo --no-tty'))
builds(captureBackup('acme-demo'), 'heroku pg:backups:capture --app acme-demo')
builds(captureBackup('acme-demo', ['PINK']), 'heroku pg:backups:capture --app acme-demo PINK')
builds(tailLogs('acme-demo', ['--dyno', 'web']), 'heroku logs --tail --app acme-demo --dyno web')
builds(psql('acme-demo', ['-c', 'select']), 'heroku pg:psql --app acme-demo -c select')
builds(restartDynos('acme-demo'), 'heroku ps:restart --app acme-demo')
builds(resetDatabase('acme-demo'), 'heroku pg:reset --app acme-demo --confirm acme-demo')
builds(resetDatabase('acme-demo', 'PINK'), 'heroku pg:reset PINK --app acme-demo --confirm acme-demo')
builds(
  resetDatabase('acme-demo', undefined, ['--extensions', 'citext']),
  'heroku pg:reset --app acme-demo --confirm acme-demo --extensions citext',
)
builds(psqlFile('acme-demo', 'db/a.sql'), 'heroku pg:psql --app acme-demo --file db/a.sql')
builds(psqlFile('acme-demo', 'db/a.sql', 'PINK'), 'heroku pg:psql PINK --app acme-demo --file db/a.sql')
builds(setMaintenance('acme-demo', 'on'), 'heroku maintenance:on --app acme-demo')
builds(setMaintenance('acme-demo', 'off'), 'heroku maintenance:off --app acme-demo')
builds(
  restoreBackup('acme-staging', 'acme-production', ''),
  'heroku pg:backups:restore acme-production:: DATABASE_URL --app acme-staging --confirm acme-staging',
)
builds(
  restoreBackup('acme-staging', 'acme-production', 'b001'),
  'heroku pg:backups:restore acme-production::b001 DATABASE_URL --app acme-staging --confirm acme-staging',
)
builds(
  restoreBackup('acme-staging', 'acme-production', 'b001', 'PINK', ['--extensions', 'citext']),
  'heroku pg:backups:restore acme-production::b001 PINK --app acme-staging --confirm acme-staging --extensions citext',
)
builds(
  pushDatabase('acme-staging', 'postgres://me@localhost:5432/acme'),
  'heroku pg:push postgres://me@localhost:5432/acme DATABASE_URL --app acme-staging',
)
