/** A `config/database.yml`, and what is around it. */
export type Shape = {
  readonly name: string
  readonly yml: string
  readonly environment?: Readonly<Record<string, string>>
  readonly entry?: string
}

const pg = 'adapter: postgresql'

/** A file whose `development` has the settings of `lines`. */
function development(...lines: string[]): string {
  return ['development:', ...[pg, ...lines].map((line) => `  ${line}`), ''].join('\n')
}

function shape(name: string, yml: string, given: Omit<Shape, 'name' | 'yml'> = {}): Shape {
  return { name, yml, ...given }
}

const scalars = [
  ...[
    '01239',
    '0123',
    '1e5',
    '1.5e3',
    '1.5e+3',
    'yes',
    'Yes',
    'no',
    'on',
    'OFF',
    'y',
    'n',
    'true',
    '12345678901234567890',
  ],
  ...[
    '1_000',
    '1,000',
    '12:30',
    '1:2:3.5',
    '1.10',
    '1.5',
    '0.001',
    '1.',
    '.5',
    '+5',
    '-5',
    '-0',
    '0',
    '00',
    '0x1F',
    '0b11',
  ],
  ...[
    '0o17',
    '2024-01-01',
    '2024-01-01 10:00:00',
    '2024-1-1',
    '.inf',
    '-.INF',
    '.nan',
    '.',
    ':sym',
    ':"a b"',
    '~',
    'null',
    'NULL',
  ],
  ...[
    '"01234"',
    "'yes'",
    '!!str 123',
    '!!int "5"',
    '! 12',
    'a b',
    'a:b',
    'a#b',
    'a #b',
    'p@ss',
    '"a\\tb"',
    '"\\u0061"',
  ],
  ...[
    '|\n    acme',
    '>-\n    a\n    b',
    'a\n    b',
    '"a\n    b"',
    '=',
    '<<',
    'null1',
    'nö',
    'é',
    '100%',
    '%a',
    '1__0',
    '0_7',
    '08',
    '- 1',
  ],
]

export const shapes: readonly Shape[] = [
  ...scalars.map((text) => shape(`password: ${text}`, development('database: acme', `password: ${text}`))),
  shape(
    'shared',
    `shared:\n  ${pg}\n  host: localhost\n  username: ada\ndevelopment:\n  database: acme\n  username: bob\n`,
  ),
  shape(
    'shared of three tiers',
    `shared:\n  primary:\n    host: localhost\n  animals:\n    host: other\ndevelopment:\n  primary:\n    ${pg}\n    database: acme\n  animals:\n    ${pg}\n    database: zoo\n`,
  ),
  shape(
    'shared of two tiers over three',
    `shared:\n  ${pg}\n  host: localhost\ndevelopment:\n  primary:\n    database: acme\n  animals:\n    database: zoo\n`,
    { entry: 'animals' },
  ),
  shape('shared with nothing', `shared:\n  ${pg}\ndevelopment:\n  database: acme\n  host:\n`),
  shape('shared and no development', `shared:\n  ${pg}\n  database: acme\n`),
  shape('shared and an empty development', `shared:\n  ${pg}\n  database: acme\ndevelopment: {}\n`),
  shape('shared and nothing in development', `shared:\n  ${pg}\n  database: acme\ndevelopment:\n`),
  shape(
    'shared of three tiers lacking one',
    `shared:\n  animals:\n    host: other\ndevelopment:\n  primary:\n    ${pg}\n    database: acme\n`,
  ),
  shape('user', development('database: acme', 'user: ada')),
  shape('user and username', development('database: acme', 'user: ada', 'username: bob')),
  shape('user and no username', development('database: acme', 'user: ada', 'username:')),
  shape('dbname', development('dbname: acme')),
  shape('dbname and database', development('dbname: acme', 'database: other')),
  shape('socket', development('database: acme', 'socket: /tmp')),
  shape(
    'encoding and the like',
    development('database: acme', 'encoding: unicode', 'pool: 5', 'variables:', '  statement_timeout: 1000'),
  ),
  shape(
    '<< below',
    `default: &default\n  ${pg}\n  database: other\n  host: localhost\ndevelopment:\n  database: acme\n  <<: *default\n`,
  ),
  shape(
    '<< above',
    `default: &default\n  ${pg}\n  database: other\n  host: localhost\ndevelopment:\n  <<: *default\n  database: acme\n`,
  ),
  shape('<< twice', `a: &a\n  ${pg}\n  database: one\nb: &b\n  database: two\ndevelopment:\n  <<: *a\n  <<: *b\n`),
  shape(
    '<< of a list',
    `a: &a\n  ${pg}\n  database: one\nb: &b\n  database: two\n  host: localhost\ndevelopment:\n  <<: [*a, *b]\n`,
  ),
  shape('<< of a list below', `a: &a\n  ${pg}\n  database: one\ndevelopment:\n  database: two\n  <<: [*a]\n`),
  shape(
    '<< of an alias to a list',
    `a:\n  b: &a\n  - {database: one}\ndevelopment:\n  ${pg}\n  database: two\n  <<: *a\n`,
  ),
  shape('<< written out', `development:\n  <<: { ${pg}, database: acme }\n`),
  shape('<< in quotes', `a: &a\n  ${pg}\n  database: one\ndevelopment:\n  "<<": *a\n`),
  shape('<< of <<', `a: &a\n  ${pg}\n  database: one\nb: &b\n  <<: *a\n  host: localhost\ndevelopment:\n  <<: *b\n`),
  shape('an alias as a whole', `default: &default\n  ${pg}\n  database: acme\ndevelopment: *default\n`),
  shape(
    'an anchor that is set twice',
    `a: &a\n  database: one\nb: &a\n  ${pg}\n  database: two\ndevelopment:\n  <<: *a\n`,
  ),
  shape(
    'an alias to a scalar',
    `default:\n  host: &host localhost\ndevelopment:\n  ${pg}\n  database: acme\n  host: *host\n`,
  ),
  shape('an alias to nothing', `development:\n  <<: *default\n`),
  shape('an alias to what comes later', `development:\n  <<: *later\nlater: &later\n  database: acme\n`),
  shape('duplicate keys', development('database: one', 'database: two')),
  shape('duplicate environments', `${development('database: one', 'host: localhost')}${development('database: two')}`),
  shape('keys that are symbols', ':development:\n  :adapter: postgresql\n  :database: acme\n'),
  shape('keys in quotes', '"development":\n  "adapter": postgresql\n  \'database\': acme\n'),
  shape('flow style', `development: { ${pg}, database: acme, port: 5433 }\n`),
  shape('a second document', `${development('database: one')}---\n${development('database: two')}`),
  shape('a document marker', `---\n${development('database: one')}`),
  shape('carriage returns', development('database: acme', 'host: localhost').replaceAll('\n', '\r\n')),
  shape('a byte order mark', `\uFEFF${development('database: acme')}`),
  shape('comments', `# development:\n#   database: other\n${development('database: acme # mine')}`),
  shape('a list as host', development('database: acme', 'host: [a, b]')),
  shape('an empty file', ''),
  shape('a list', '- development\n'),
  shape('a text with a scheme', 'development: postgres://ada@localhost/acme\n'),
  shape('a text with another scheme', 'development: mysql2://ada@localhost/acme\n'),
  shape('a text without a scheme', 'development: acme\n'),
  shape('a text and DATABASE_URL', 'development: postgres://localhost/acme\n', {
    environment: { DATABASE_URL: 'postgres://localhost/other' },
  }),
  shape('a url', `development:\n  url: postgres://ada:p%40ss@localhost:5433/acme\n`),
  shape('a url over keys', development('url: postgres://localhost/acme', 'database: other', 'username: ada')),
  shape('a url without a database', development('url: postgresql://u:p@localhost', 'database: acme')),
  shape('a url with parameters', development('url: "postgres:///acme?host=/tmp&sslmode=disable"')),
  shape('a url of nothing', development('url:', 'database: acme')),
  shape('an empty url', development('url: ""', 'database: acme')),
  shape('a url of nothing and DATABASE_URL', development('url:', 'database: acme'), {
    environment: { DATABASE_URL: 'postgres://localhost/other' },
  }),
  shape('a url and DATABASE_URL', development('url: postgres://localhost/acme'), {
    environment: { DATABASE_URL: 'postgres://localhost/other' },
  }),
  shape('DATABASE_URL', development('database: acme', 'username: ada', 'password: p'), {
    environment: { DATABASE_URL: 'postgres://localhost/other' },
  }),
  shape('DATABASE_URL without a database', development('database: acme'), {
    environment: { DATABASE_URL: 'postgresql://u:p@localhost' },
  }),
  shape('DATABASE_URL over sqlite3', 'development:\n  adapter: sqlite3\n  database: db/x.sqlite3\n', {
    environment: { DATABASE_URL: 'postgres://localhost/other' },
  }),
  shape('DATABASE_URL of MySQL', development('database: acme'), {
    environment: { DATABASE_URL: 'mysql2://localhost/other' },
  }),
  shape('DATABASE_URL alone', 'production:\n  database: x\n', {
    environment: { DATABASE_URL: 'postgres://localhost/other' },
  }),
  shape('DATABASE_URL and an empty development', 'development: {}\n', {
    environment: { DATABASE_URL: 'postgres://localhost/other' },
  }),
  shape('PRIMARY_DATABASE_URL', development('database: acme'), {
    environment: { PRIMARY_DATABASE_URL: 'postgres://localhost/one', DATABASE_URL: 'postgres://localhost/other' },
  }),
  ...several(),
  shape('sqlite3', 'development:\n  adapter: sqlite3\n  database: db/development.sqlite3\n'),
  shape('mysql2', 'development:\n  adapter: mysql2\n  database: acme\n'),
  shape('postgis', 'development:\n  adapter: postgis\n  database: acme\n'),
  shape('no adapter', 'development:\n  database: acme\n'),
  ...erb(),
]

function several(): Shape[] {
  const two = (first: string, second: string, ...more: string[]) =>
    [
      'development:',
      `  ${first}:`,
      `    ${pg}`,
      `    database: ${first}`,
      ...more.map((line) => `    ${line}`),
      `  ${second}:`,
      `    ${pg}`,
      `    database: ${second}`,
      '',
    ].join('\n')
  const DATABASE_URL = 'postgres://localhost/other'
  return [
    shape('primary stands second', two('animals', 'primary')),
    shape('no primary', two('one', 'two')),
    shape('no primary and DATABASE_URL', two('one', 'two'), { environment: { DATABASE_URL } }),
    shape('primary and DATABASE_URL', two('primary', 'animals'), { environment: { DATABASE_URL } }),
    shape('another and DATABASE_URL', two('primary', 'animals'), { environment: { DATABASE_URL }, entry: 'animals' }),
    shape('another and its own URL', two('primary', 'animals'), {
      environment: { ANIMALS_DATABASE_URL: DATABASE_URL },
      entry: 'animals',
    }),
    shape('the first and its own URL', two('one', 'two'), { environment: { ONE_DATABASE_URL: DATABASE_URL } }),
    shape('another that is not there', two('primary', 'animals'), { entry: 'plants' }),
    shape('primary without tasks', two('primary', 'animals', 'database_tasks: false')),
    shape('primary that is a replica', two('primary', 'animals', 'replica: true')),
    shape('a replica that is wanted', two('animals', 'primary', 'replica: true'), { entry: 'animals' }),
    shape('tasks of a text', two('primary', 'animals', 'database_tasks: "false"')),
    shape('no replica', two('primary', 'animals', 'replica: no')),
    shape('one among scalars', `development:\n  pool: 5\n  primary:\n    ${pg}\n    database: acme\n`),
    shape('a single one with a name', `development:\n  main:\n    ${pg}\n    database: acme\n`, {
      environment: { DATABASE_URL },
    }),
  ]
}

function erb(): Shape[] {
  const expressions: [string, Record<string, string>?][] = [
    ['ENV["DB"]', { DB: 'acme' }],
    ["ENV['DB'] || 'acme'"],
    ['ENV.fetch("DB") { "acme" }'],
    ['ENV.fetch("DB") { }'],
    ['ENV.fetch("DB")'],
    ['ENV.fetch("DB", nil)'],
    ['ENV.fetch "DB", "acme"'],
    ['(ENV["DB"] || "acme").to_json'],
    ['(ENV["DB"] || "2024-01-01").to_json'],
    ['ENV["DB"].presence || "acme"', { DB: ' ' }],
    ['"app_#{Rails.env}"'],
    ["'app_#{Rails.env}'"],
    ['"app_#{ENV["DB"]}_#{Rails.env}"', { DB: 'x' }],
    ['"a" + "b"'],
    ['ENV["DB"] ? "one" : "two"'],
    ['ENV.key?("DB") ? "one" : "two"', { DB: '' }],
    ['Rails.env.development? ? "one" : "two"'],
    ['Rails.env.test? || "two"'],
    ['ENV["DB"].to_s + "x"'],
    ['ENV["A"] && ENV["B"] || "c"', { A: '1' }],
    ['"a\\\\b"'],
    ["'a\\'b\\x'"],
    ['ENV["DB"].nil? ? "x" : ENV["DB"].downcase', { DB: 'ACME' }],
    ['ENV.fetch("DB", "01234")'],
    ['ENV.fetch("DB", 5)'],
    ['1 + 2'],
    ['nil'],
    ['""'],
    ['"x".empty? ? 1 : 2'],
    ['ENV["DB"]', { DB: 'a: b' }],
    ['ENV["DB"]', { DB: 'a # b' }],
    ['ENV["DB"]', { DB: '"quoted"' }],
    ['ENV["DB"]', { DB: 'yes' }],
    ['ENV.fetch("DB", false) ? 1 : 2'],
    ['"a".presence&.upcase'],
  ]
  return [
    ...expressions.map(([code, environment = {}]) =>
      shape(`<%= ${code} %> ${Object.entries(environment).join()}`.trim(), development(`database: <%= ${code} %>`), {
        environment,
      }),
    ),
    shape('ERB in quotes', development('database: "<%= ENV["DB"] %>"', 'password: "<%= ENV["PW"] %>"'), {
      environment: { DB: 'acme', PW: '01234' },
    }),
    shape('ERB within a text', development('database: app_<%= ENV["X"] %>_dev')),
    shape('ERB in a comment', `# <%= ENV["X"] %>\n${development('database: acme')}`),
    shape('an ERB comment', `<%# x %>\n${development('database: acme')}`),
    shape('a local variable', `<% name = ENV["DB"] || "acme" %>\n${development('database: <%= name %>')}`),
    shape(
      'ERB that fails in another environment',
      `${development('database: acme')}test:\n  database: <%= Nothing.here %>\n`,
    ),
    shape('ERB for a port', development('database: acme', "port: <%= ENV.fetch('P','5432').to_i %>")),
    shape('ERB for no port', development('database: acme', 'port: <%= ENV["P"] %>')),
    shape('ERB for a key', development('<%= "database" %>: acme')),
    shape('<%%', development('database: "a<%%b"')),
    shape('ERB for a whole line', development('database: acme', '<%= "host: localhost" %>')),
    shape(
      'ERB over an anchor',
      `default: &default\n  ${pg}\n  host: <%= ENV.fetch("H", "localhost") %>\ndevelopment:\n  <<: *default\n  database: acme\n`,
    ),
  ]
}
