import { describe, expect, test } from 'vitest'
import { parseConfiguration } from '../../../src/environments/parse-configuration.ts'

const read = (text: string) => parseConfiguration(text, '.parityrc')

describe('reads', () => {
  test.each<[string, string, unknown]>([
    ['an app in a word', 'environments: { demo: acme-demo }', { environments: { demo: 'acme-demo' } }],
    [
      'every setting of an environment',
      'environments: { demo: { app: acme-demo, remote: heroku, protected: true, branch: topic, from: production } }',
      {
        environments: {
          demo: {
            app: 'acme-demo',
            remote: 'heroku',
            protected: true,
            branch: 'topic',
            from: 'production',
          },
        },
      },
    ],
    [
      'any name',
      'environments: { feature-geoff: a, qa_2: b, 1: c, EU: d }',
      { environments: { 1: 'c', 'feature-geoff': 'a', qa_2: 'b', EU: 'd' } },
    ],
    ['JSON', '{ "environments": { "demo": "acme-demo" } }', { environments: { demo: 'acme-demo' } }],
    ['nothing', '', {}],
    ['comments', '# nothing yet\n', {}],
    ['null', 'null', {}],
    [
      'commands as lines and lists',
      'commands: { console: bin/c -x, migrate: [bin/m, a b] }',
      { commands: { console: 'bin/c -x', migrate: ['bin/m', 'a b'] } },
    ],
    [
      'what follows a restore',
      'environments: { demo: { restore: { after: [{ psql: a.sql }, { run: bin/up }, { run: [bin/up, a b] }, { restart: true }] } } }',
      {
        environments: {
          demo: {
            restore: { after: [{ psql: 'a.sql' }, { run: 'bin/up' }, { run: ['bin/up', 'a b'] }, { restart: true }] },
          },
        },
      },
    ],
    ['times', 'restore: { warnAfter: 30m }', { restore: { warnAfter: '30m' } }],
    ['a time in hours', 'restore: { warnAfter: 0 }', { restore: { warnAfter: 0 } }],
    [
      'anchors and merges, kept under a key of the user’s',
      'x-base: &base { protected: true, branch: main }\nenvironments:\n  eu: { <<: *base, app: acme-eu }\n  us: { <<: *base, app: acme-us, branch: us }\n',
      {
        environments: {
          eu: { app: 'acme-eu', protected: true, branch: 'main' },
          us: { app: 'acme-us', protected: true, branch: 'us' },
        },
      },
    ],
    ['x- keys anywhere', 'restore: { keep: 3, x-why: disk }\nx-y: [1]', { restore: { keep: 3 } }],
    ['the name of its JSON Schema', '{ "$schema": "./schema.json" }', { $schema: './schema.json' }],
    ['a name that looks like a number', 'environments: { 01: acme }', { environments: { '01': 'acme' } }],
    [
      'anchors among the environments',
      'environments: { x-all: &all { protected: true }, demo: { <<: *all, app: acme } }',
      { environments: { demo: { app: 'acme', protected: true } } },
    ],
    [
      'words that YAML 1.1 takes for true',
      'environments: { on: acme-on, no: acme-no }',
      { environments: { on: 'acme-on', no: 'acme-no' } },
    ],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toEqual(expected)
  })
})

const shown = 'see .parityrc.example for all keys; `--config FILE` uses another file'

describe('tells', () => {
  const app = 'should be a Heroku app name (a-z, 0-9, -)'
  const name = (name: string) => `environments.${name} should be a name of letters, digits, - and _`
  const followedBy = (step: string) => `environments: { demo: { restore: { after: [{ restart: true }, ${step}] } } }`
  const second = 'environments.demo.restore.after.1'
  const oneOf = `${second} should be one of \`psql: FILE\`, \`run: COMMAND\` and \`restart: true\`, got`

  test.each<[string, string]>([
    [followedBy('restart'), `${oneOf} "restart"`],
    [followedBy('{}'), `${oneOf} {}`],
    [followedBy('{ psql: a.sql, run: bin/up }'), `${oneOf} {"psql":"a.sql","run":"bin/up"}`],
    [followedBy('{ restart: false }'), `${second}.restart should be true, got false`],
    [followedBy('{ psql: [] }'), `${second}.psql should be the path of a file of SQL, got []`],
    [followedBy('{ pqsl: a.sql }'), `unknown key ${second}.pqsl, did you mean \`psql\`?`],
    ['environments: { demo: { app: 42 } }', `environments.demo.app ${app}, got 42`],
    ['environments: { demo: Acme }', `environments.demo ${app}, got "Acme"`],
    ['environments: { demo: "" }', `environments.demo ${app}, got ""`],
    ['environments: { demo: "acme\\n" }', `environments.demo ${app}, got "acme\\n"`],
    ['environments: { demo: 5 }', `environments.demo ${app}, or an object with \`app\`, got 5`],
    ['environments: { demo: }', `environments.demo ${app}, or an object with \`app\`, got null`],
    ['environments: { demo: [acme] }', 'environments.demo should be a map, got ["acme"]'],
    ['environments: { demo: { protected: "yes" } }', 'environments.demo.protected should be true or false, got "yes"'],
    ['environments: { demo: { branch: 3 } }', 'environments.demo.branch should be the name of a branch, got 3'],
    ['environments: { demo: { remote: "" } }', 'environments.demo.remote should be the name of a git remote, got ""'],
    ...['/backend', '../backend', 'a/../../b', '', 3].map((folder): [string, string] => [
      `environments: { demo: { folder: ${JSON.stringify(folder)} } }`,
      `environments.demo.folder should be the path of a folder in the repository, such as backend, got ${JSON.stringify(folder)}`,
    ]),
    ['environments: { demo: { from: [] } }', 'environments.demo.from should be the name of an environment, got []'],
    ['environments: { demo: { ap: acme } }', 'unknown key environments.demo.ap, did you mean `app`?'],
    ['environments: acme', 'environments should be a map of names to apps, got "acme"'],
    ['environments: [acme]', 'environments should be a map of names to apps, got ["acme"]'],
    ['environments: { a b: acme }', name('a b')],
    ['environments: { "": acme }', name('')],
    ['environments: { a.b: acme }', name('a.b')],
    ['environments: { --app: acme }', name('--app')],
    [
      'environments: { restore: acme }',
      'environments.restore is reserved: `restore` is a command of parity, choose another name',
    ],
    ['environments: { all: acme }', 'environments.all is reserved: `all` is a command of parity, choose another name'],
    ['environments: { constructor: acme }', 'environments.constructor is reserved, choose another name'],
    ['environments: { __proto__: { protected: true } }', 'environments.__proto__ is reserved, choose another name'],
    [
      'environments: { x-live: { app: acme, protected: true } }',
      'environments.x-live would be ignored: keys that begin with `x-` are not read, choose another name',
    ],
    [
      'environments: !!omap [{ live: acme }]',
      'unknown key environments.0.live\n.parityrc: environments should be a map of names to apps, got [{"live":"acme"}]',
    ],
    ['enviroments: {}', 'unknown key enviroments, did you mean `environments`?'],
    ['nonsense: 1', 'unknown key nonsense'],
    ['text', 'the file should be a map of settings, got "text"'],
    ['42', 'the file should be a map of settings, got 42'],
    ['- a', 'the file should be a map, got ["a"]'],
    ['development: { database: "" }', 'development.database should be a database URL or name, got ""'],
    ['development: { allowHosts: db }', 'development.allowHosts should be a list of host names, got "db"'],
    ['development: { allowHosts: [1] }', 'development.allowHosts.0 should be a list of host names, got 1'],
    ['development: acme', 'development should be an object, got "acme"'],
    ['commands: { console: [] }', 'commands.console should be a command line, or a list of words, got []'],
    ['commands: { console: "" }', 'commands.console should be a command line, or a list of words, got ""'],
    ['commands: { migrate: 3 }', 'commands.migrate should be a command line, or a list of words, got 3'],
    ['commands: { migrate: [a, 3] }', 'commands.migrate.1 should be a command line, or a list of words, got 3'],
    ['commands: rake', 'commands should be a map of verbs to commands, got "rake"'],
    ['commands: { ps: x }', 'commands.ps is reserved: `ps` is a command of Heroku, choose another name'],
    ['restore: { warnAfter: soon }', 'restore.warnAfter should be a time such as 30m, 24h or 7d, got "soon"'],
    ['restore: { warnAfter: -1 }', 'restore.warnAfter should be a time such as 30m, 24h or 7d, got -1'],
    ['restore: { keep: 0 }', 'restore.keep should be at least 1, got 0'],
    ['restore: { keep: two }', 'restore.keep should be a number of dumps, got "two"'],
    ['restore: { jobs: 1.5 }', 'restore.jobs should be a whole number, got 1.5'],
    ['restore: { jobs: "4" }', 'restore.jobs should be a number of jobs, got "4"'],
    ['restore: { jobs: 0 }', 'restore.jobs should be at least 1, got 0'],
    ['restore: { keep: 1.5 }', 'restore.keep should be a whole number, got 1.5'],
    [
      'restore: { skipExtensions: postgis }',
      'restore.skipExtensions should be a list of extension names, got "postgis"',
    ],
    ['restore: { after: rake }', 'restore.after should be a list of commands, got "rake"'],
    ['restore: { after: [[]] }', 'restore.after.0 should be a command line, or a list of words, got []'],
    ['restore: true', 'restore should be an object, got true'],
    ['reviewApps: { pattern: acme-pr }', 'reviewApps.pattern should be an app name with {number}, got "acme-pr"'],
    ['reviewApps: { pattern: 3 }', 'reviewApps.pattern should be an app name with {number}, got 3'],
    ['reviewApps: acme', 'reviewApps should be an object, got "acme"'],
    ['$schema: 3', '$schema should be the address of the JSON Schema, got 3'],
  ])('%j', (text, problem) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ status: 2, message: `.parityrc: ${problem}`, hint: shown }),
    )
  })

  test('every problem in one go', () => {
    const text =
      'environments: { demo: { app: 42, colour: 1, shape: 2 }, "a b": c, run: d }\nbaz: 1\nrestore: { keep: 0 }\nqux: 1\n'
    const problems = [
      'environments.demo.app should be a Heroku app name (a-z, 0-9, -), got 42',
      'unknown key environments.demo.colour',
      'unknown key environments.demo.shape',
      'restore.keep should be at least 1, got 0',
      'unknown key baz',
      'unknown key qux',
      'environments.a b should be a name of letters, digits, - and _',
      'environments.run is reserved: `run` is a command of parity, choose another name',
    ]
    expect(() => read(text)).toThrow(problems.map((problem) => `.parityrc: ${problem}`).join('\n'))
    expect(() => read(text)).toThrow(expect.objectContaining({ hint: shown }))
  })
})

describe('can’t read', () => {
  test.each([
    [
      'environments:\n  demo: [a\n  b: c\n',
      ':3: flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['environments:\n  demo: a\n other: b\n', ':3: all mapping items must start at the same column'],
    ['environments:\n\tdemo: a\n', ':2: tabs are not allowed as indentation'],
    ['environments:\n  demo: a\n  demo: b\n', ':3: map keys must be unique'],
    ['environments:\n  demo: *base\n', ':2: there is no `&base` before it'],
    ['environments: &all\n  demo: *all\n', ':2: `&all` contains itself'],
    ['x-a: &a [x, { y: *a }]\n', ':1: `&a` contains itself'],
    ['x: 1\n---\ny: 2\n', ':2: source contains multiple documents'],
    ['{ "environments": ', ':1: flow map must end with a }'],
    [
      'x-a: &a [x,x]\nx-b: &b [*a,*a,*a,*a]\nx-c: &c [*b,*b,*b,*b,*b]\nx-d: &d [*c,*c,*c,*c,*c]\nx-e: [*d,*d,*d,*d,*d]\n',
      ': excessive alias count indicates a resource exhaustion attack',
    ],
  ])('%j', (text, problem) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        status: 2,
        message: `.parityrc${problem}`,
        hint: 'fix the line, or use another file with `--config FILE`',
      }),
    )
  })
})
