import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { blockOf } from '../../../src/services/compose/blocks.ts'
import { editCompose, managedServices } from '../../../src/services/compose/edit.ts'
import type { Service } from '../../../src/services/recipe.ts'

const service = (name: string, engine: Service['engine'], version: string, extensions: string[] = []): Service => ({
  name,
  engine,
  version,
  addon: `heroku-${name}:mini`,
  configVars: [],
  extensions,
})
const block = (...words: Parameters<typeof service>) => blockOf(service(...words), 20_001, 'acme_development')
const postgres = block('postgres', 'postgres', '17')
const redis = block('redis', 'redis', '7.2')

const ours = {
  postgres: `  postgres:
    image: postgres:17
    environment:
      POSTGRES_USER: postgres
      POSTGRES_PASSWORD: postgres
      POSTGRES_DB: acme_development
    volumes:
      - parity-postgres-17:/var/lib/postgresql/data
    healthcheck:
      test: [CMD, pg_isready, '-U', postgres, '-d', acme_development]
      interval: 5s
      timeout: 5s
      retries: 10
    ports:
      - '127.0.0.1:20001:5432'
    x-parity:
      service: postgres
      version: '17'
      stands-for: 'heroku-postgres:mini'
`,
  volumes: 'volumes:\n  parity-postgres-17:\n',
}

describe('a new file', () => {
  test('has the services and their volumes', () => {
    expect(editCompose(undefined, [postgres])).toEqual({ text: `services:\n${ours.postgres}${ours.volumes}` })
  })
  test('keeps a comment that was all there was', () => {
    expect(editCompose('# ours\n', [postgres])).toEqual({ text: `# ours\nservices:\n${ours.postgres}${ours.volumes}` })
  })
})

/** What the published schema says against a file, by https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json */
function schemaErrors(text: string): string[] {
  fits(parse(text, { merge: true, logLevel: 'error' }))
  return (fits.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
const schemaFile = new URL('../../../node_modules/dclint/schemas/compose.schema.json', import.meta.url)
// Its formats and its name for its own language are ones that a validator does not know.
const { $schema: _, ...schema } = JSON.parse(readFileSync(schemaFile, 'utf8'))
const fits = new Ajv({
  strict: false,
  validateFormats: false,
  allErrors: true,
}).compile(schema)

/** `«` is where the block of Postgres belongs, `»` where its volume does; both with the indent that stands there. */
const accepted: [style: string, text: string][] = [
  ['one service', 'services:\n  web:\n    image: web\n«volumes:\n  data:\n»'],
  ['indent 4', 'services:\n    web:\n        image: web\n«volumes:\n    data:\n»'],
  ['indent 1', 'services:\n web:\n  image: web\n«volumes:\n data:\n»'],
  ['CRLF', 'services:\r\n  web:\r\n    image: web\r\n«volumes:\r\n  data:\r\n»'],
  ['no line break at the end', 'services:\n  web:\n    image: web\n«volumes:\n  data: {}»'],
  ['a map in braces', 'services:\n  web: { image: web, ports: ["1:1"] }\n«volumes:\n  data:\n»'],
  [
    'an anchor and `<<`',
    'x-a: &a\n  restart: always\nservices:\n  web:\n    <<: *a\n    image: web\n«volumes:\n  data:\n»',
  ],
  ['an alias last', 'x-a: &a\n  image: web\nservices:\n  web: *a\n«volumes:\n  data:\n»'],
  ['`services:` empty', 'services:\n«volumes:\n  data:\n»'],
  ['`services:` empty with a comment', 'services: # none\n«volumes:\n  data:\n»'],
  ['a block scalar last', 'services:\n  web:\n    command: |\n      a\n\n      b\n«volumes:\n  data:\n»'],
  [
    'a folded scalar that keeps its line breaks',
    'services:\n  web:\n    command: >+\n      a\n\n«volumes:\n  data:\n»',
  ],
  [
    'comments between everything',
    '# a\nservices: # b\n  # c\n  web: # d\n    # e\n    image: web # f\n    # g\n«# h\n\nvolumes: # i\n  data: # j\n»# k\n',
  ],
  ['a comment of the next section', 'services:\n  web:\n    image: web\n«\n# volumes\nvolumes:\n  data:\n»'],
  ['services last', 'volumes:\n  data:\n»\nservices:\n  web:\n    image: web\n«'],
  ['a list at the level of its key', 'services:\n  web:\n    ports:\n    - "1:1"\n    - "2:2"\n«volumes:\n  data:\n»'],
  ['a document mark', '---\nservices:\n  web:\n    image: web\n«volumes:\n  data:\n»'],
  ['`!reset`', 'services:\n  web:\n    ports: !reset []\n«volumes:\n  data:\n»'],
  ['a name and a version', "version: '3.8'\nname: acme\nservices:\n  web:\n    build: .\n«volumes:\n  data:\n»"],
  ['a long quoted text', `services:\n  web:\n    command: "${'word '.repeat(40)}"\n«volumes:\n  data:\n»`],
  [
    'text that older YAML reads as numbers',
    'services:\n  web:\n    ports: [22:22]\n    mode: 0755\n    a: yes\n«volumes:\n  data:\n»',
  ],
  ['no value of the last key', 'services:\n  web:\n    image: web\n    environment:\n«volumes:\n  data:\n»'],
  ['a byte order mark', '\ufeffservices:\n  web:\n    image: web\n«volumes:\n  data:\n»'],
  ['quoted keys', '"services":\n  "web":\n    "image": "web"\n«"volumes":\n  "data":\n»'],
  ['spaces at the ends of lines', 'services:  \n  web: \n    image: web  \n«volumes: \n  data: \n»'],
  [
    'blank lines between services, and at the end',
    'services:\n\n  db:\n    image: db\n\n  web:\n    image: web\n«\n\nvolumes:\n\n  data:\n»\n\n',
  ],
  [
    'what other tools put in',
    'include: [other.yaml]\nservices:\n  web:\n    image: web\n«volumes:\n  data:\n»networks: { default: {} }\nsecrets:\n  a: { file: a }\nx-b: [1]\n',
  ],
]

function withOurs(text: string): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const indent = /^services:[^\n]*\n(?: *#[^\n]*\n)*( +)\w/m.exec(text)?.[1] ?? '  '
  const step =
    /^services:[^\n]*\n(?: *#[^\n]*\n)*( +)\w[\w-]*:[^\n{*]*\n(?: *#[^\n]*\n)*( +)\w/m.exec(text)?.[2]?.length ??
    2 * indent.length
  const lines = ours.postgres.trimEnd().split('\n')
  const block = lines.map((line) => {
    const depth = line.search(/\S/) / 2 - 1
    return `${indent}${' '.repeat((step - indent.length) * depth)}${line.trimStart()}${newline}`
  })
  const [before = '', after = ''] = text.split('»')
  const broken = before.endsWith('\n') || before === '' ? '' : newline
  return `${before}${broken}${indent}parity-postgres-17:${newline}${after}`.replace('«', block.join(''))
}

describe('services are added where they belong, and every other byte stays', () => {
  test.each(accepted)('%s', (_, marked) => {
    const text = marked.replace(/[«»]/g, '')
    const wanted = withOurs(marked)
    expect(editCompose(text, [postgres])).toEqual({ text: wanted })
    expect(editCompose(wanted, [postgres])).toEqual({ text: wanted })
    const before = schemaErrors(text)
    expect(schemaErrors(wanted).filter((error) => !before.includes(error))).toEqual([])
  })
})

describe('what is written fits the published schema', () => {
  const extensions = [[], ['vector'], ['postgis', 'vector'], ['pg_stat_statements', 'pg_cron']]
  const services: [string, ReturnType<typeof blockOf>][] = [
    ...extensions.flatMap((names) =>
      ['15', '17', '18'].map((version): [string, ReturnType<typeof blockOf>] => [
        `Postgres ${version} ${names.join(' ')}`,
        block('postgres', 'postgres', version, names),
      ]),
    ),
    ['Redis', block('redis', 'redis', '7.0')],
    ['Valkey', block('redis-cache', 'redis', '8.1')],
    ['Memcached', block('memcached', 'memcached', '1.6')],
    ['mail', blockOf({ ...service('mail', 'mail', ''), version: undefined }, 20_001, '')],
  ]
  test.each(services)('%s', (_, written) => {
    const edited = editCompose(undefined, [written])
    expect(schemaErrors('text' in edited ? edited.text : '')).toEqual([])
  })
  // On a machine without the plugin there is only the schema, which lets some values pass.
  test.skipIf(spawnSync('docker', ['compose', 'version']).status !== 0)('and Compose reads it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parity-compose-'))
    const entries = services.flatMap(([, { lines }], at) => [`  s${at}:`, ...lines.map((line) => `    ${line}`)])
    const volumes = services.flatMap(([, { volume }]) => (volume === undefined ? [] : [`  ${volume}:`]))
    const text = ['services:', ...entries, 'volumes:', ...new Set(volumes), ''].join('\n')
    writeFileSync(join(folder, 'compose.yaml'), text)
    const { status, stderr, stdout } = spawnSync('docker', ['compose', 'config', '--services'], { cwd: folder })
    rmSync(folder, { recursive: true })
    expect([status, String(stderr)]).toEqual([0, ''])
    expect(String(stdout).trim().split('\n')).toHaveLength(services.length)
  })
  test('which finds what does not', () => {
    expect(schemaErrors('services: { web: { imagge: web } }')).toContain(
      '/services/web must NOT have additional properties',
    )
  })
})

describe('what cannot be edited in place is refused', () => {
  test.each([
    ['several documents', 'services:\n---\nservices:\n', 'it has several documents'],
    ['a map in braces', 'services: { web: { image: web } }\n', 'its `services` are not a map, one a line'],
    ['`~`', 'services: ~\n', 'its `services` are not a map, one a line'],
    ['an alias', 'x: &a\n  web: {}\nservices: *a\n', 'its `services` are not a map, one a line'],
    ['a file in braces', '{ services: {} }\n', 'it is not a map of keys, one a line'],
    ['a list', '- a\n', 'it is not a map of keys, one a line'],
    [
      'a key twice',
      'services:\n  a: {}\n  a: {}\n',
      expect.stringMatching(/^it is not valid YAML: Map keys must be unique/),
    ],
    ['tabs', 'services:\n\tweb: {}\n', expect.stringMatching(/^it is not valid YAML: Tabs are not allowed/)],
    [
      'a service of ours with an anchor',
      `services:\n${ours.postgres.replace('image:', 'image: &i')}`,
      'its service `postgres` has an anchor',
    ],
  ])('%s', (_, text, refused) => {
    expect(editCompose(text, [postgres])).toEqual({ refused })
  })
})

test('a service of ours is replaced where it is, whatever its key', () => {
  const text = `services:\n  db:\n${ours.postgres.split('\n').slice(1).join('\n').replace(':17\n', ':16\n')}    # inner\n\n  # of web\n  web:\n    image: web\nvolumes:\n  parity-postgres-16:\n`
  const edited = editCompose(text, [postgres])
  expect(edited).toEqual({
    text: text
      .replace(':16\n', ':17\n')
      .replace('    # inner\n', '')
      .replace('-16:\n', '-16:\n  parity-postgres-17:\n'),
  })
})

test('a service of that name that is not ours stays', () => {
  const edited = editCompose('services:\n  postgres:\n    image: postgres:9\n', [postgres])
  const text = 'text' in edited ? edited.text : ''
  expect(text).toContain('  postgres:\n    image: postgres:9\n  parity-postgres:\n    image: postgres:17\n')
  expect(managedServices(text)).toEqual([
    {
      ...{ name: 'postgres', key: 'parity-postgres', version: '17', port: 20_001, builds: false },
      ...{ database: 'acme_development', password: 'postgres' },
    },
  ])
})

test('several services at once', () => {
  const edited = editCompose('services:\n  web:\n    image: web\n', [postgres, redis])
  const text = 'text' in edited ? edited.text : ''
  expect(managedServices(text).map(({ key }) => key)).toEqual(['postgres', 'redis'])
  expect(text.endsWith('volumes:\n  parity-postgres-17:\n  parity-redis-7.2:\n')).toBe(true)
})

describe('images', () => {
  const image = (...words: Parameters<typeof service>) =>
    block(...words)
      .lines.filter((line) => /image|FROM|RUN|command|\/var\/lib\/postgresql/.test(line))
      .map((line) => line.trim())
  test.each([
    [
      'Postgres',
      ['postgres', 'postgres', '17'],
      ['image: postgres:17', '- parity-postgres-17:/var/lib/postgresql/data'],
    ],
    ['Postgres 18', ['postgres', 'postgres', '18'], ['image: postgres:18', '- parity-postgres-18:/var/lib/postgresql']],
    [
      'pgvector',
      ['postgres', 'postgres', '17', ['vector']],
      ['image: pgvector/pgvector:pg17', '- parity-postgres-17:/var/lib/postgresql/data'],
    ],
    [
      'PostGIS and pgvector',
      ['postgres', 'postgres', '17', ['postgis', 'vector', 'citext']],
      [
        'FROM postgres:17',
        'RUN apt-get update && apt-get install -y --no-install-recommends postgresql-17-pgvector postgresql-17-postgis-3 && rm -rf /var/lib/apt/lists/*',
        '- parity-postgres-17:/var/lib/postgresql/data',
      ],
    ],
    [
      'what has to be preloaded',
      ['postgres', 'postgres', '17', ['pg_stat_statements']],
      [
        'image: postgres:17',
        "command: [postgres, -c, 'shared_preload_libraries=pg_stat_statements']",
        '- parity-postgres-17:/var/lib/postgresql/data',
      ],
    ],
    ['Redis 7.0', ['redis', 'redis', '7.0'], ['image: redis:7.0', "command: [redis-server, --appendonly, 'yes']"]],
    [
      'Valkey',
      ['redis', 'redis', '7.2'],
      ['image: valkey/valkey:7.2', "command: [valkey-server, --appendonly, 'yes']"],
    ],
    ['Memcached', ['memcached', 'memcached', '1.6'], ['image: memcached:1.6']],
  ] as [string, Parameters<typeof service>, string[]][])('%s', (_, words, expected) => {
    expect(image(...words)).toEqual(expected)
  })
})
