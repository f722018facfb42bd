import { describe, expect, test } from 'vitest'
import type { DoctorFacts, SeenEnvironment } from '../../../src/doctor/facts.ts'
import { judgeMachine } from '../../../src/doctor/judge.ts'
import { renderChecks } from '../../../src/doctor/render.ts'

const names = ['production', 'staging', 'development', 'pr_app', 'parity']
const bins = names.map((name) => ({ name, copies: [{ path: `/n/bin/${name}`, kind: 'parity' as const }] }))
const environment: SeenEnvironment = {
  name: 'production',
  app: 'acme',
  origin: '.parityrc',
  isProtected: true,
  isWord: true,
  seen: { stack: 'heroku-24', generation: 'cedar', postgres: '17.6' },
}

/** A machine on which all is well. */
const well: DoctorFacts = {
  now: new Date('2026-04-01'),
  node: '24.1.0',
  bins,
  heroku: { path: '/n/bin/heroku', version: '11.10.0' },
  git: { path: '/usr/bin/git', version: '2.39.5' },
  variables: { telemetryOff: true, herokuApp: undefined },
  login: { account: 'ada@acme.test' },
  inGit: true,
  configuration: { file: '.parityrc', problem: undefined },
  environments: [environment],
  clients: [{ version: '17.6', major: 17, folder: '/usr/lib/postgresql/17/bin' }],
  database: { address: 'acme on 127.0.0.1:5432', origin: '.env', unread: [], server: { version: '17.5' } },
  services: [],
  staleParts: [],
  container: 'ready',
  composeFiles: ['compose.yaml'],
  exposed: [],
}

/** What is not well: `status id: value → fix`. */
function found(facts: Partial<DoctorFacts>): string[] {
  const checks = judgeMachine({ ...well, ...facts }).filter(({ status }) => status !== 'ok')
  return checks.map(({ status, id, value, fix }) => `${status} ${id}: ${value} → ${fix}`)
}

/** The bins, with these copies of `production`. */
const production = (...copies: DoctorFacts['bins'][number]['copies'][number][]) => ({
  bins: bins.map((bin) => (bin.name === 'production' ? { ...bin, copies } : bin)),
})
const trouble = (why: string, hint?: string) => ({ why, hint })

describe('a machine', () => {
  test.each<[facts: Partial<DoctorFacts>, lines: string[]]>([
    [{}, []],
    [
      { bins: bins.map(({ name }) => ({ name, copies: [] })) },
      [`warning bins: ${names.join(', ')} are not on PATH → npm install --global heroku-parity`],
    ],
    [production(), ['problem bins.production: not on PATH → npm install --global heroku-parity']],
    [
      production({ path: '/g/production', kind: 'gem' }, { path: '/n/bin/production', kind: 'parity' }),
      [
        `problem bins.production: the gem's is on PATH: /g/production, /n/bin/production → gem uninstall parity --executables`,
      ],
    ],
    [
      production({ path: '/n/bin/production', kind: 'parity' }, { path: '/old one/bin/production', kind: 'parity' }),
      [
        `problem bins.production: there are several: /n/bin/production, /old one/bin/production → npm uninstall --global --prefix '/old one' heroku-parity`,
      ],
    ],
    [
      production({ path: '/x/production', kind: 'other' }),
      [
        'problem bins.production: another program comes first on PATH: /x/production → export PATH="$(npm prefix --global)/bin:$PATH"',
      ],
    ],
    [{ exposed: ['/h/.netrc'] }, ['problem private./h/.netrc: others may read it → chmod go= /h/.netrc']],
    [{ git: undefined }, ['problem git: not on PATH → sudo apt-get install git # or: brew install git']],
    [
      { heroku: undefined, login: trouble('`heroku` is not installed') },
      ['problem heroku.cli: not on PATH → npm install --global heroku'],
    ],
    [
      { heroku: { path: '/n/heroku', version: '9.5.1' } },
      ['warning heroku.cli: 9.5.1 is old; parity is tested with 11 → npm install --global heroku@latest'],
    ],
    [
      { heroku: { path: '/mnt/c/Program Files/heroku.exe', version: '11.0.0' } },
      ['problem heroku.cli: it is the one of Windows: /mnt/c/Program Files/heroku.exe → npm install --global heroku'],
    ],
    [
      { login: trouble('not logged in to Heroku', '`heroku login`') },
      ['problem heroku.login: not logged in to Heroku → heroku login'],
    ],
    [
      { login: trouble('no answer in time', 'look at `HTTPS_PROXY`') },
      ['problem heroku.login: no answer in time → # look at `HTTPS_PROXY`'],
    ],
    [
      { variables: { telemetryOff: false, herokuApp: 'acme' } },
      [
        'warning heroku.telemetry: on, at some 0.6 s a command of the Heroku CLI → export DISABLE_TELEMETRY=true',
        'warning heroku.app: HEROKU_APP is acme: plain `heroku` ignores the git remotes → unset HEROKU_APP',
      ],
    ],
    [
      { configuration: { file: undefined, problem: trouble('.parityrc:1: wrong', 'fix the line') }, environments: [] },
      ['problem configuration: .parityrc:1: wrong → # fix the line'],
    ],
    [
      { environments: [], configuration: { file: undefined, problem: undefined } },
      ['warning environments: no app on Heroku is known here → parity init'],
    ],
    [
      { environments: [{ ...environment, name: 'demo', isWord: false }] },
      ['warning word.demo: `demo` is no command yet → parity link demo'],
    ],
    [
      { environments: [{ ...environment, seen: trouble('Heroku says: not found') }] },
      ['problem environment.production: acme (by .parityrc): Heroku says: not found → heroku apps --all'],
    ],
    [
      { clients: [] },
      [
        'problem postgres.clients: no pg_restore was found → sudo apt-get install postgresql-client-17 # or: brew install postgresql@17',
      ],
    ],
    [
      { clients: [{ version: '15.18', major: 15, folder: '/x' }] },
      [
        'warning postgres.clients: the newest is 15, and Heroku runs Postgres 17 → sudo apt-get install postgresql-client-17 # or: brew install postgresql@17',
      ],
    ],
    [
      { database: trouble('`db.acme.com` is not this machine', 'add it to `development.allowHosts`') },
      ['warning database: `db.acme.com` is not this machine → # add it to `development.allowHosts`'],
    ],
    [
      { database: { adapter: 'sqlite3', origin: 'config/database.yml' } },
      ['warning database: sqlite3 (by config/database.yml): parity restores into Postgres alone → parity check'],
    ],
    [
      {
        database: {
          address: 'acme',
          origin: '.env',
          unread: [],
          server: trouble('cannot connect', 'check with `pg_isready`'),
        },
      },
      ['problem postgres.server: cannot connect → # check with `pg_isready`'],
    ],
    [
      { environments: [{ ...environment, seen: { stack: 'heroku-24', generation: 'cedar', postgres: '15.4' } }] },
      [
        'warning postgres.deprecated.production: Postgres 15.4 of production: Heroku ends it in September 2026 → development services rehearse postgres 17',
      ],
    ],
    [
      {
        environments: [{ ...environment, seen: { stack: 'heroku-24', generation: 'cedar', postgres: '15.4' } }],
        now: new Date('2026-10-01'),
      },
      [
        'warning postgres.deprecated.production: Postgres 15.4 of production: Heroku ended it in September 2026 → development services rehearse postgres 17',
      ],
    ],
    [
      { database: { address: 'acme', origin: '.env', unread: [], server: { version: '15.18' } } },
      [
        'warning postgres.deprecated.development: Postgres 15.18 of development: Heroku ends it in September 2026 → sudo apt-get install postgresql-17 # or: brew install postgresql@17',
      ],
    ],
    [
      { database: { address: 'acme', origin: '.env', unread: [], server: { version: '12.22' } }, environments: [] },
      [
        'warning environments: no app on Heroku is known here → # add it to .parityrc: environments: { production: APP }',
        'warning postgres.deprecated.development: Postgres 12.22 of development: Heroku has ended it → # upgrade it together with production',
      ],
    ],
    [{ database: { address: 'acme', origin: '.env', unread: [], server: { version: '18.1' } } }, []],
    [
      { staleParts: [{ path: '/c/acme/b001.dump.1-0.part', bytes: 3_145_728 }] },
      ['warning cache.parts: 1 unfinished download, 3 MB of more than a day ago → parity doctor --fix'],
    ],
    [{ staleParts: trouble('`/c` is a link', 'remove it') }, ['problem cache: `/c` is a link → # remove it']],
    [
      {
        services: [
          { service: 'postgres', version: '17.6', address: '127.0.0.1:5401', state: 'ready' },
          { service: 'redis', version: '7.2', address: '127.0.0.1:5402', state: 'not answering' },
          { service: 'memcached', version: '1.6', address: '127.0.0.1:5403', state: 'stopped' },
        ],
      },
      [
        'warning service.redis: 7.2 runs at 127.0.0.1:5402, but does not answer → development services down && development services up',
      ],
    ],
    [
      { services: trouble('a file in `/p/.parity` is broken', '`development services reset` removes it') },
      ['problem services: a file in `/p/.parity` is broken → # `development services reset` removes it'],
    ],
    [
      { container: 'no engine' },
      ['warning docker: the client is there, and no engine answers → sudo service docker start'],
    ],
    [
      { container: 'no compose' },
      ['warning docker: the plugin Compose is missing → sudo apt-get install docker-compose-plugin'],
    ],
    [{ container: 'not installed' }, []],
    [
      { composeFiles: ['compose.yaml', 'docker-compose.yml'] },
      [
        'warning compose: compose.yaml, docker-compose.yml: Compose reads the first alone → export COMPOSE_FILE=compose.yaml',
      ],
    ],
  ])('%j', (facts, lines) => {
    expect(found(facts)).toEqual(lines)
  })
})

test('dotenv files that nothing reads are named', () => {
  const database = {
    address: 'acme',
    origin: '.env',
    unread: ['.env.local', '.env.development'],
    server: { version: '17.5' },
  }
  const check = judgeMachine({ ...well, database }).find(({ id }) => id === 'database')
  expect(check?.why).toBe('by .env; read by no tool of this project: .env.local, .env.development')
})

test('of an app on Fir it says which one-off commands work', () => {
  const seen = { stack: 'cnb', generation: 'fir', postgres: undefined }
  const checks = judgeMachine({ ...well, environments: [{ ...environment, seen }] })
  expect(checks.find(({ id }) => id === 'fir.production')).toMatchObject({
    status: 'ok',
    value: 'on Fir `run:detached` and `run:inside DYNO` work, `ps:exec` does not',
  })
  expect(judgeMachine(well).map(({ id }) => id)).not.toContain('fir.production')
})

test('on a narrow terminal they are broken between words, and a fix is not', () => {
  const plain = (...texts: string[]) => texts.join(' ') // as chalk takes them
  const colours = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain }
  const checks = judgeMachine({ ...well, container: 'no engine' })
  const show = (columns: number) => renderChecks(checks, colours, columns).split('\n')
  const from = (lines: string[], id: string, count: number) => {
    const at = lines.findIndex((line) => line.includes(id))
    return lines.slice(at, at + count)
  }
  expect(from(show(60), 'docker', 3)).toEqual([
    '  ! docker                  the client is there, and no',
    '                            engine answers',
    '      sudo service docker start',
  ])
  expect(from(show(40), 'environment.production', 3)).toEqual([
    '  ✓ environment.production',
    '      acme',
    '      (.parityrc, heroku-24, protected)',
  ])
  const broken = show(40).filter((line) => line.length > 40 && !/^ {6}\S+$/.test(line))
  expect(broken).toEqual([])
})

test('the checks for people', () => {
  const plain = (text: string) => text
  const colours = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain }
  const checks = judgeMachine({ ...well, git: undefined, variables: { telemetryOff: false, herokuApp: undefined } })
  expect(renderChecks(checks, colours)).toBe(`programs
  ✓ node                    24.1.0
  ✗ git                     not on PATH
      sudo apt-get install git # or: brew install git
  ✓ bins                    production, staging, development, pr_app, parity  (/n/bin/production)

heroku
  ✓ heroku.cli              11.10.0  (/n/bin/heroku)
  ✓ heroku.login            ada@acme.test
  ! heroku.telemetry        on, at some 0.6 s a command of the Heroku CLI
      export DISABLE_TELEMETRY=true

project
  ✓ configuration           .parityrc
  ✓ environment.production  acme  (.parityrc, heroku-24, protected)

database
  ✓ postgres.clients        17.6  (/usr/lib/postgresql/17/bin)
  ✓ database                acme on 127.0.0.1:5432  (by .env)
  ✓ postgres.server         17.5

containers
  ✓ docker                  an engine answers

1 problem, 1 warning`)
})
