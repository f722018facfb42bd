import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseConfiguration } from '../../../../src/environments/parse-configuration.ts'
import { scrubKey } from '../../../../src/restore/scrub/key.ts'
import { personalWords } from '../../../../src/restore/scrub/personal-words.ts'
import { presets } from '../../../../src/restore/scrub/presets.ts'
import { projectRules } from '../../../../src/restore/scrub/rules.ts'

test.each([
  ['email', { preset: 'email' }],
  ['null', { preset: 'null' }],
  [null, { preset: 'null' }],
  ['Email', { sql: 'Email' }],
  ['"email"', { sql: '"email"' }],
  ["'none'", { sql: "'none'" }],
])('the rule %j', (written, rule) =>
  expect(rulesOf({ scrub: { users: { email: written } } })?.tables).toEqual([
    { table: 'users', columns: { email: rule } },
  ]))

const root = import.meta.dirname
const rulesOf = (restore: object) => projectRules({ root, configuration: { restore } }, true)

test('four words are settings, every other key is a table', () => {
  const scrub = {
    strict: true,
    optional: true,
    keep: ['a.b'],
    personal: ['c'],
    users: { email: 'email' },
    'public.keep': { a: null },
  }
  expect(rulesOf({ scrub, scrubFiles: ['plan.test.ts'], scrubFile: 'columns.ts' })).toEqual({
    tables: [
      { table: 'users', columns: { email: { preset: 'email' } } },
      { table: 'public.keep', columns: { a: { preset: 'null' } } },
    ],
    files: [join(root, 'plan.test.ts'), join(root, 'columns.ts')],
    ...{ strict: true, optional: true, keep: ['a.b'], personal: ['c'] },
  })
})

test.each([
  {},
  { scrub: {} },
  { scrub: { optional: true, keep: ['a'] } },
  { scrubFiles: [] },
])('%j scrubs nothing', (restore) => expect(rulesOf(restore)).toBeUndefined())

test('the key is made once, and only its owner reads it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parity-key-'))
  try {
    const keys = await Promise.all([scrubKey(join(folder, 'cache')), scrubKey(join(folder, 'cache'))])
    const file = join(folder, 'cache', '_scrub.key')
    expect(keys).toEqual([readFileSync(file, 'utf8'), keys[0]])
    expect([keys[0]?.length, statSync(file).mode & 0o777]).toEqual([64, 0o600])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('`parity help scrub` lists every word that looks personal', () => {
  const topic = readFileSync(new URL('../../../../src/help/scrub.md', import.meta.url), 'utf8')
  const listed = /```words\n([\s\S]*?)```/.exec(topic)?.[1]?.trim().split(/\s+/)
  expect(listed).toEqual(Object.keys(personalWords))
})

const aRule = `${presets.join(', ')}, or an SQL expression in quotes`

test.each<[string, string]>([
  ['scrub: users', 'restore.scrub should be a map of tables, got "users"'],
  [
    'scrub: { users: email }',
    'restore.scrub.users should be a map of columns to presets or SQL expressions, got "email"',
  ],
  ['scrub: { users: { admin: false } }', `restore.scrub.users.admin should be ${aRule}, got false`],
  ['scrub: { users: { admin: "" } }', `restore.scrub.users.admin should be ${aRule}, got ""`],
  ['scrub: { strict: { a: email } }', 'restore.scrub.strict should be true or false, got {"a":"email"}'],
  [
    'scrub: { keep: users.city }',
    'restore.scrub.keep should be a list of columns such as users.city, got "users.city"',
  ],
  ['scrub: { personal: 1 }', 'restore.scrub.personal should be a list of column names such as *_note, got 1'],
  ['scrubFiles: a.sql', 'restore.scrubFiles should be a list of SQL files, got "a.sql"'],
  ['scrubFile: ""', 'restore.scrubFile should be the path of an SQL file, got ""'],
])('the configuration %s', (text, problem) => {
  expect(() => parseConfiguration(`restore: { ${text} }`, '.parityrc')).toThrow(
    expect.objectContaining({ status: 2, message: `.parityrc: ${problem}` }),
  )
})
