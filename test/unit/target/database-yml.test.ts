import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Connection } from '../../../src/postgres/connection.ts'
import { readDatabaseYml } from '../../../src/target/database-yml.ts'
import { type RubyErb, renderErb, rubyErb } from '../../../src/target/erb.ts'
import { otherWays } from '../../../src/target/other-ways.ts'

const noRuby: RubyErb = async () => undefined

type Given = { environment?: NodeJS.ProcessEnv; entry?: string; ruby?: RubyErb }

async function read(text: string, { environment = {}, entry, ruby = noRuby }: Given): Promise<Connection> {
  const name = 'config/database.yml'
  const originOf = (variable: string) => variable
  const file = { path: `/app/${name}`, name, text, environment, entry, originOf }
  return (await readDatabaseYml(file, ruby)).connection
}

function gives(name: string, text: string, expected: Connection, given: Given = {}): void {
  test(name, async () => expect(await read(text, given)).toEqual(expected))
}

function fails(name: string, text: string, message: string, hint: string = otherWays, given: Given = {}): void {
  test(name, async () => await expect(read(text, given)).rejects.toMatchObject({ status: 2, message, hint }))
}

/** Ruby would read the setting on `line` as something else. */
function changed(line: string): void {
  const text = development(...(line.startsWith('database') ? [] : ['database: acme']), line)
  fails(
    line,
    text,
    `\`config/database.yml\` line ${text.trim().split('\n').length}: Ruby reads this \`${line.split(':')[0]}\` as something other than the text that stands there`,
    'put it in quotes',
  )
}

/** A file whose `development` has the settings of `lines`. */
function development(...lines: string[]): string {
  return ['development:', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

describe('renderErb', () => {
  const environment = { NAME: 'acme', EMPTY: '' }
  const rendered = (text: string, expected: string) =>
    test(text, () => expect(renderErb(text, environment)).toMatchObject({ text: expected, open: [] }))

  rendered('plain', 'plain')
  rendered('<%= ENV["NAME"] %>', 'acme')
  rendered("<%=ENV['NAME']%>", 'acme')
  rendered('a <%= ENV["NAME"] -%>\nb', 'a acmeb')
  rendered('<%= ENV["UNSET"] %>!', '!')
  rendered('<%= ENV["EMPTY"] %>!', '!')
  rendered('<%= ENV.fetch("NAME") %>', 'acme')
  rendered('<%= ENV.fetch( "NAME" , "other" ) %>', 'acme')
  rendered('<%= ENV.fetch("UNSET", "other") %>', 'other')
  rendered("<%= ENV.fetch('UNSET', 5) %>", '5')
  rendered('<%= ENV.fetch("UNSET", nil) %>!', '!')
  rendered('<%= ENV.fetch("UNSET") { "other" } %>', 'other')
  rendered('<%= ENV.fetch("UNSET") { 5432 } %>', '5432')
  rendered('<%= ENV.fetch("NAME") { "other" } %>', 'acme')
  rendered('<%= ENV.fetch("EMPTY", "other") %>!', '!')
  rendered('<%= ENV.fetch("UNSET") { ENV["NAME"] } %>', 'acme')
  rendered('<%= ENV.fetch("UNSET", ENV.fetch("NAME", "x")) %>', 'acme')
  rendered('<%= ENV["UNSET"] || "other" %>', 'other')
  rendered('<%= ENV["UNSET"] || ENV["NAME"] || "other" %>', 'acme')
  rendered('<%= ENV["EMPTY"] || "other" %>!', '!')
  rendered('<%= "a \\"b\\" # c" %>', 'a "b" # c')
  rendered("<%= 'it\\'s' %>", "it's")
  rendered('<%= (ENV["UNSET"] || "other").to_json %>', '"other"')
  rendered('<%= ENV["EMPTY"].presence || "other" %>', 'other')
  rendered('<%= ENV["UNSET"]&.strip || "other" %>', 'other')
  rendered('<%= "app_#{Rails.env}" %>', 'app_development')
  rendered('<%= "app_#{ENV["NAME"]}_#{1}" %>', 'app_acme_1')
  rendered('<%= ENV["NAME"] + "_" + Rails.env %>', 'acme_development')
  rendered("<%= ENV.fetch('P','5432').to_i %>", '5432')
  rendered('<%= ENV["UNSET"].to_i %>', '0')
  rendered('<%= ENV.fetch("X") { } %>!', '!')
  rendered('<%= ENV.fetch("X") {} %>!', '!')
  rendered('<%= ENV.fetch "X", "other" %>', 'other')
  rendered('<%= ENV.fetch "NAME" %>', 'acme')
  rendered('<%= ENV.key?("NAME") ? "yes" : "no" %>', 'yes')
  rendered('<%= ENV["UNSET"].present? && "a" || "b" %>', 'b')
  rendered('<%= ENV["EMPTY"].blank? ? ENV.fetch("NAME") : ENV.fetch("UNSET") %>', 'acme')
  rendered('<%= Rails.env.test? ? "one" : "other" %>', 'other')
  rendered('<%= ENV["NAME"] == "acme" %> <%= !ENV["NAME"] %>', 'true false')
  rendered('<%= ENV["NAME"].upcase.freeze %>', 'ACME')
  rendered('<% name = ENV["UNSET"] || "other" %>\n<%= name %>_<%= Rails.env %>', '\nother_development')
  rendered('<%# ENV["NAME"] %>a', 'a')
  rendered('<%# over\n two lines %>a', 'a')
  rendered('<% # a comment %>a', 'a')
  rendered('<%% kept', '<% kept')

  const open = (text: string, expected: object) =>
    test(`${text} stays open`, () => expect(renderErb(text, environment).open).toMatchObject([expected]))

  open('<%= ENV.fetch("UNSET") %>', { line: 1, code: 'ENV.fetch("UNSET")', unset: 'UNSET', statement: false })
  open('a\nb <%= `hostname` %>', { line: 2, code: '`hostname`', statement: false })
  open('<% if true %>', { line: 1, code: 'if true', statement: true })
  open('<%- if true -%>', { line: 1, code: 'if true', statement: true })
  for (const code of [
    'ENV["A" "B"]',
    'ENV.fetch("NAME") { |name| name }',
    'ENV.fetch("NAME"',
    'ENV["NAME"].tr("-", "_")',
    'Rails.env.foo',
    'name',
    '010',
    '"#{`hostname`}"',
    'ENV["NAME"',
    'ENV',
    'Rails.root',
    '"a\\n"',
    'ENV["NAME"] ||',
    '',
  ]) {
    open(`<%= ${code} %>`, { code: code.trim(), statement: false })
  }
})

describe('settings', () => {
  gives('only a database', development('database: acme_development'), { database: 'acme_development' })
  gives(
    'all of them',
    development(
      'adapter: postgresql',
      'database: acme',
      'host: localhost',
      'port: 5433',
      'username: ada',
      'password: "007"',
      'sslmode: disable',
      'pool: 5',
    ),
    { database: 'acme', host: 'localhost', port: 5433, user: 'ada', password: '007', sslmode: 'disable' },
  )
  gives('empty ones say nothing', development('database: acme', 'host:', 'port: ""', 'password: ~'), {
    database: 'acme',
  })
  gives('no `socket`, which is for MySQL', development('database: acme', 'socket: /tmp'), { database: 'acme' })
  gives('a URL', development('url: postgres://ada@localhost/acme'), {
    database: 'acme',
    host: 'localhost',
    user: 'ada',
  })
  gives(
    'a URL wins over what is beside it',
    development('url: postgres://localhost/acme', 'database: other', 'username: ada'),
    {
      database: 'acme',
      host: 'localhost',
      user: 'ada',
    },
  )
  gives('a URL that is nothing does not', development('url:', 'database: acme'), { database: 'acme' })
  for (const adapter of ['postgresql_makara', 'postgis_makara', 'jdbcpostgresql', 'postgresql_proxy', 'timescaledb'])
    gives(adapter, development(`adapter: ${adapter}`, 'database: acme'), { database: 'acme' })
  gives(
    'the master of Makara',
    development(
      'adapter: postgresql_makara',
      'database: acme',
      'makara:',
      '  connections:',
      '    - { role: replica, host: other }',
      '    - { role: master, host: localhost, port: 5433 }',
    ),
    { database: 'acme', host: 'localhost', port: 5433 },
  )
  for (const [text, password] of [
    ['01239', '01239'],
    ['1e5', '1e5'],
    ['12345678901234567890', '12345678901234567890'],
    ['"01234"', '01234'],
    ['-5', '-5'],
    ['1.5', '1.5'],
  ] as const)
    gives(`password: ${text}`, development('database: acme', `password: ${text}`), { database: 'acme', password })
  for (const line of ['password: yes', 'password: 01234', 'password: 1_000', 'password: 12:30', 'password: 1.10'])
    changed(line)
  for (const line of ['host: ::1', 'user: on', 'sslmode: off', 'port: 0x1538']) changed(line)
  for (const line of ['database: 2024-01-01', 'database: on', 'database: :acme']) changed(line)
  fails(
    'a host that leads elsewhere',
    development('database: acme', 'hostaddr: 10.0.0.1'),
    '`config/database.yml` has `hostaddr`, which may lead to another machine',
    'name the host with `host`',
  )
  fails(
    'a `$` in a name',
    development('database: app_$NAME'),
    'the value of `config/database.yml` has a `$` in the host, port or name: a variable that was not replaced',
    'write its value there',
  )
  fails(
    'a text that is no URL',
    'development: acme\n',
    '`development` in `config/database.yml` is neither a list of settings nor a URL',
  )
  gives('postgis', development('adapter: postgis', 'database: acme'), { database: 'acme' })
  gives('a name of digits', development('database: 2024'), { database: '2024' })
  gives('keys that are symbols', ':development:\n  :database: acme\n  :host: localhost\n', {
    database: 'acme',
    host: 'localhost',
  })
  gives(
    'anchors and merges',
    'default: &default\n  host: localhost\n  username: ada\ndevelopment:\n  <<: *default\n  database: acme\n  username: bob\n',
    { database: 'acme', host: 'localhost', user: 'bob' },
  )
})

describe('settings that fail', () => {
  fails('no development', 'production:\n  database: acme\n', '`config/database.yml` has no `development`')
  fails('an empty file', '', '`config/database.yml` has no `development`')
  fails(
    'an empty name',
    development('database: ""'),
    '`config/database.yml` names no database',
    'use a name, or a URL such as `postgres://localhost/NAME`',
  )
  fails(
    'a name from an unset variable',
    development('database: <%= ENV["DB"] %>'),
    '`config/database.yml` line 2 needs the variable `DB`, which is not set',
    `set \`DB\`, also in \`.env\`, or ${otherWays}`,
  )
  fails(
    'a URL from an unset variable',
    development('url: <%= ENV["DB_URL"].presence %>'),
    '`config/database.yml` line 2 needs the variable `DB_URL`, which is not set',
    `set \`DB_URL\`, also in \`.env\`, or ${otherWays}`,
  )
  fails(
    'an empty URL',
    development('url: ""', 'database: acme'),
    'the `url` in `config/database.yml` is empty',
    'remove it, or set the variable it uses',
  )
  fails(
    'a port that is none',
    development('database: acme', 'port: tcp'),
    'the port of `config/database.yml` should be a number from 1 to 65535',
    'Postgres usually listens on 5432',
  )
  for (const adapter of ['sqlite3', 'mysql2', 'trilogy']) {
    fails(
      adapter,
      development(`adapter: ${adapter}`, 'database: db/development.sqlite3'),
      `\`config/database.yml\` uses \`${adapter}\`, but a Heroku Postgres backup can only be restored into Postgres`,
      'use Postgres in development too; `parity check` reports this as a tools gap',
    )
  }
  fails(
    'YAML that is none',
    'development:\n  database: acme\n host: x\n',
    '`config/database.yml` line 3 cannot be parsed: All mapping items must start at the same column',
  )
  fails(
    'a merge of no map',
    'one: &one 1\ndevelopment:\n  <<: *one\n',
    '`config/database.yml` names no database',
    'use a name, or a URL such as `postgres://localhost/NAME`',
  )
  fails(
    'an alias of nothing',
    'development:\n  <<: *default\n',
    '`config/database.yml` line 2 cannot be parsed: there is no `&default` before it',
  )
})

describe('several databases', () => {
  const several = development(
    'animals:',
    '  database: animals',
    '  database_tasks: true',
    'primary:',
    '  database: acme',
    'primary_replica:',
    '  database: replica',
    '  replica: true',
    'legacy:',
    '  database: legacy',
    '  database_tasks: false',
  )
  const hint = 'choose one of `animals`, `primary`; replicas and those with `database_tasks: false` are left alone'

  gives('primary by default', several, { database: 'acme' })
  gives('another by name', several, { database: 'animals' }, { entry: 'animals' })
  gives('the first where none is primary', development('one:', '  database: one', 'two:', '  database: two'), {
    database: 'one',
  })
  gives('never a replica', development('one:', '  database: one', '  replica: true', 'two:', '  database: two'), {
    database: 'two',
  })
  for (const entry of ['primary_replica', 'legacy', 'plants']) {
    fails(
      `not ${entry}`,
      several,
      `\`config/database.yml\` has no database \`${entry}\` that parity may write to`,
      hint,
      { entry },
    )
  }
  fails(
    'replicas only',
    development('one:', '  database: one', '  replica: true'),
    '`development` in `config/database.yml` has only replicas and databases without `database_tasks`',
  )
  gives('primary of a single one', development('database: acme'), { database: 'acme' }, { entry: 'primary' })
  fails(
    'another of a single one',
    development('database: acme'),
    '`config/database.yml` has no database `animals`',
    'it has only one: leave `--db` out',
    { entry: 'animals' },
  )
})

describe('ERB', () => {
  const hard = development('database: <%= Rails.app %>')
  const needsRuby = (line: number, code: string) =>
    `\`config/database.yml\` line ${line} needs \`ruby\`, which is not on PATH, for \`${code}\``

  gives(
    'look-ups',
    development('database: <%= ENV.fetch("DB") { "acme" } %>', 'port: <%= ENV["PORT"] %>'),
    { database: 'acme', port: 5433 },
    { environment: { PORT: '5433' } },
  )
  gives(
    'of another environment is not in the way',
    `production:\n  password: <%= Rails.application.credentials.db %>\n  host: <%= ENV.fetch("HOST") %>\n${development('database: acme')}`,
    { database: 'acme' },
  )
  gives(
    'of a setting that is not used',
    development('database: acme', 'pool: <%= ENV.fetch("THREADS", 5) %>', 'ssl: <%= Rails.x %>'),
    { database: 'acme' },
  )
  fails(
    'an unset variable',
    development('host: localhost', 'database: <%= ENV.fetch("DB") %>'),
    '`config/database.yml` line 3 needs the variable `DB`, which is not set',
    `set \`DB\`, also in \`.env\`, or ${otherWays}`,
  )
  fails('too hard', hard, needsRuby(2, 'Rails.app'))
  fails('a statement', `<% if x %>\n${development('database: acme')}<% end %>\n`, needsRuby(1, 'if x'))
  fails('YAML made by Ruby', `${development('database: acme')}  <%= more %>\n`, needsRuby(3, 'more'))
  gives(
    'too hard, with Ruby',
    hard,
    { database: 'by_ruby_in_/app/config/database.yml' },
    { ruby: async (path, template) => (template === '<%= Rails.app %>' ? `by_ruby_in_${path}` : template) },
  )
  fails(
    'Ruby fails',
    hard,
    '`ruby` cannot evaluate `config/database.yml` line 2: uninitialized constant Rails (NameError)',
    otherWays,
    {
      ruby: async () =>
        Promise.reject(
          Object.assign(new Error(), {
            stderr: "(erb):1:in `<main>': uninitialized constant Rails (NameError)\n\tfrom x",
          }),
        ),
    },
  )
  const neither = { ruby: () => Promise.reject(new Error('asked')) }
  gives(
    'shaping another environment',
    `${development('database: acme')}test:\n  <% if x %>\n  database: y\n  <% end %>\nproduction:\n  url: <%= Rails.x %>\n`,
    { database: 'acme' },
    neither,
  )
  gives(
    'a hard name that is not used',
    `<% x = \`hostname\` %>\n${development('database: acme')}`,
    { database: 'acme' },
    neither,
  )
  for (const adapter of ['sqlite3', 'mysql2']) {
    fails(
      `${adapter} before a hard expression`,
      development(`adapter: ${adapter}`, 'database: <%= Rails.root.join("x") %>'),
      `\`config/database.yml\` uses \`${adapter}\`, but a Heroku Postgres backup can only be restored into Postgres`,
      'use Postgres in development too; `parity check` reports this as a tools gap',
      neither,
    )
  }
  gives(
    'a hard name that is used needs the whole file',
    `<% x = \`hostname\` %>\n${development('database: <%= x %>', 'pool: <%= y %>')}`,
    { database: 'by_ruby' },
    {
      ruby: async (_, template) => {
        expect(template).toMatch(
          /^<% x = `hostname` %>\ndevelopment:\n {2}database: <%= begin; {2}x \n; rescue Exception; /,
        )
        return development('database: by_ruby', 'pool: 5')
      },
    },
  )
  fails(
    'what the whole file does not tell',
    `<% if x %>\n${development('database: <%= Rails.x %>')}<% end %>\n`,
    '`ruby` cannot evaluate `config/database.yml` line 3: `Rails.x`',
    otherWays,
    { ruby: async (_, template) => development(`database: ${template.match(/"(\uE000\d+\uE001)"/)?.[1]}`) },
  )
  const unreadable = { environment: { DATABASE_URL: 'postgres://localhost/by_url' } }
  gives(
    'DATABASE_URL is a way out',
    hard.replace('database', 'url'),
    { host: 'localhost', database: 'by_url' },
    unreadable,
  )
  gives('also of a file that is no YAML', 'a: b: c', { host: 'localhost', database: 'by_url' }, unreadable)
  gives(
    'Ruby is not asked without need',
    development('database: acme'),
    { database: 'acme' },
    { ruby: () => Promise.reject(new Error('asked')) },
  )
})

describe('rubyErb', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parity-ruby-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('gives the template in no argument, and works in the folder of the project', async () => {
    mkdirSync(join(folder, 'bin'))
    const program = join(folder, 'bin', 'ruby')
    writeFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$#" "$1" "$PARITY_ERB" "$NAME" "$PWD"\n')
    chmodSync(program, 0o755)
    const path = join(folder, 'config', 'database.yml')
    const printed = await rubyErb(path, "it's `secret`", { PATH: join(folder, 'bin'), NAME: 'acme' })
    expect(printed).toBe(`2\n-e\nit's \`secret\`\nacme\n${folder}`)
  })

  test('says nothing where there is no Ruby', async () => {
    const path = join(folder, 'config', 'database.yml')
    expect(await rubyErb(path, '', { PATH: join(folder, 'empty') })).toBeUndefined()
  })
})
