import { describe, expect, test } from 'vitest'
import { derivedName } from '../../../src/databases/names.ts'
import {
  carryOver,
  createDatabase,
  dropDatabase,
  markDatabase,
  removeStamp,
  type SwapNames,
  swapStatements,
  undoStatements,
} from '../../../src/databases/statements.ts'
import type { DatabaseFacts } from '../../../src/postgres/catalog.ts'
import { database } from '../restore/sample.ts'

const at = '2025-03-01T12:00:00.000Z'
const like = (changes: Partial<DatabaseFacts> = {}): DatabaseFacts => ({ ...database, ...changes })
const namesOf = (target: string): SwapNames => ({
  target,
  incoming: derivedName(target, 'incoming'),
  previous: derivedName(target, 'previous'),
  discard: derivedName(target, 'discard'),
})
const mark = (more: string) => `made by parity, which may drop it: {"madeBy":"parity",${more}}`

describe('createDatabase', () => {
  test('a target that is not there yet', () => {
    expect(createDatabase('acme__parity_incoming', 'acme', 'UTF8', undefined)).toBe(
      `CREATE DATABASE "acme__parity_incoming" TEMPLATE template0 ENCODING 'UTF8'`,
    )
  })

  test.each<[what: string, changes: Partial<DatabaseFacts>, options: string]>([
    ['libc', {}, `OWNER "ada" LOCALE_PROVIDER libc LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8'`],
    [
      'a server before Postgres 15',
      { localeProvider: null },
      `OWNER "ada" LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8'`,
    ],
    ['C', { collate: 'C', ctype: 'C' }, `OWNER "ada" LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'`],
    [
      'icu',
      { localeProvider: 'icu', locale: 'de-DE', icuRules: '&a < b' },
      `OWNER "ada" LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' ICU_RULES '&a < b' LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8'`,
    ],
    [
      'builtin',
      { localeProvider: 'builtin', locale: 'C.UTF-8' },
      `OWNER "ada" LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8'`,
    ],
    [
      'another tablespace and a strange owner',
      { tablespace: 'fa"st', owner: 'a"; DROP' },
      `OWNER "a""; DROP" LOCALE_PROVIDER libc LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8' TABLESPACE "fa""st"`,
    ],
  ])('like one of %s', (_, changes, options) => {
    expect(createDatabase('i', 'acme', 'UTF8', like(changes))).toBe(
      `CREATE DATABASE "i" TEMPLATE template0 ENCODING 'UTF8' ${options}`,
    )
  })
})

describe('carryOver', () => {
  const carried = (changes: Partial<DatabaseFacts>) => carryOver('in"coming', like(changes))
  const settings = (role: string | null, ...list: string[]) =>
    carried({ settings: list.map((setting) => ({ role, setting })) })

  test('nothing, where nothing was set', () => expect(carried({})).toEqual([]))

  test.each<[setting: string, statement: string]>([
    ['work_mem=7MB', `"work_mem" TO '7MB'`],
    ['search_path="$user", public', `"search_path" TO '$user', 'public'`],
    ['search_path="a, b", "say ""hi""", c', `"search_path" TO 'a, b', 'say "hi"', 'c'`],
    ['search_path=', `"search_path" TO ''`],
    ['search_path=""', `"search_path" TO ''`],
    ['temp_tablespaces=fast, "Slow One"', `"temp_tablespaces" TO 'fast', 'Slow One'`],
    ['DateStyle=ISO, DMY', `"DateStyle" TO 'ISO, DMY'`],
    ["acme.tenant=it's = \\ me", `"acme"."tenant" TO  E'it''s = \\\\ me'`],
  ])('SET %s', (setting, statement) => {
    expect(settings(null, setting)).toEqual([`ALTER DATABASE "in""coming" SET ${statement}`])
  })

  test('for one role only', () => {
    expect(settings('o"ne', 'work_mem=1MB')).toEqual([
      `ALTER ROLE "o""ne" IN DATABASE "in""coming" SET "work_mem" TO '1MB'`,
    ])
  })

  test('limit and grants', () => {
    expect(
      carried({
        connectionLimit: 0,
        grants: [
          { grantee: 'public', privilege: 'TEMPORARY', grantable: false },
          { grantee: '"Odd"', privilege: 'CONNECT', grantable: true },
        ],
      }),
    ).toEqual([
      'ALTER DATABASE "in""coming" CONNECTION LIMIT 0',
      'REVOKE ALL ON DATABASE "in""coming" FROM public',
      'GRANT TEMPORARY ON DATABASE "in""coming" TO public',
      'GRANT CONNECT ON DATABASE "in""coming" TO "Odd" WITH GRANT OPTION',
    ])
  })

  test('nobody may connect', () => {
    expect(carried({ grants: [] })).toEqual(['REVOKE ALL ON DATABASE "in""coming" FROM public'])
  })
})

describe('swapStatements', () => {
  const plain = { hasTarget: true, hasPrevious: false, comment: null, missing: [], at }
  const previousMark = (more = '') => mark(`"target":"acme","kind":"previous","createdAt":"${at}"${more}`)

  test('target → previous, incoming → target', () => {
    expect(swapStatements(namesOf('acme'), plain)).toEqual([
      'ALTER DATABASE "acme" RENAME TO "acme__parity_previous"',
      `COMMENT ON DATABASE "acme__parity_previous" IS '${previousMark()}'`,
      'ALTER DATABASE "acme__parity_incoming" RENAME TO "acme"',
      'COMMENT ON DATABASE "acme" IS NULL',
    ])
  })

  test('an older previous → discard first; the comment stays with the name', () => {
    expect(swapStatements(namesOf('acme'), { ...plain, hasPrevious: true, comment: "Ada's" })).toEqual([
      'ALTER DATABASE "acme__parity_previous" RENAME TO "acme__parity_discard"',
      `COMMENT ON DATABASE "acme__parity_discard" IS '${mark('"target":"acme","kind":"discard"')}'`,
      'ALTER DATABASE "acme" RENAME TO "acme__parity_previous"',
      `COMMENT ON DATABASE "acme__parity_previous" IS '${previousMark(`,"comment":"Ada''s"`)}'`,
      'ALTER DATABASE "acme__parity_incoming" RENAME TO "acme"',
      `COMMENT ON DATABASE "acme" IS 'Ada''s'`,
    ])
  })

  test('what is missing is said in a line behind a person’s own words, and the next one takes it off', () => {
    const without = (comment: string, ...missing: string[]) =>
      swapStatements(namesOf('acme'), { ...plain, comment, missing }).at(-1)
    expect(without('mine\nand long', 'index public.a', 'view "b"')).toBe(
      `COMMENT ON DATABASE "acme" IS  E'mine\nand long\nrestored by parity without ["index public.a","view \\\\"b\\\\""]'`,
    )
    expect(without('mine\nrestored by parity without ["a"]')).toBe(`COMMENT ON DATABASE "acme" IS 'mine'`)
    expect(without('restored by parity without ["a"]')).toBe('COMMENT ON DATABASE "acme" IS NULL')
    expect(without('restored by parity without care')).toBe(
      `COMMENT ON DATABASE "acme" IS 'restored by parity without care'`,
    )
  })

  test('no target yet', () => {
    expect(swapStatements(namesOf('acme'), { ...plain, hasTarget: false })).toEqual([
      'ALTER DATABASE "acme__parity_incoming" RENAME TO "acme"',
      'COMMENT ON DATABASE "acme" IS NULL',
    ])
  })
})

test('undoStatements: the two change names, the mark changes sides', () => {
  expect(undoStatements(namesOf('acme'), { comment: 'now', previousComment: 'then', at })).toEqual([
    'ALTER DATABASE "acme" RENAME TO "acme__parity_discard"',
    'ALTER DATABASE "acme__parity_previous" RENAME TO "acme"',
    'ALTER DATABASE "acme__parity_discard" RENAME TO "acme__parity_previous"',
    `COMMENT ON DATABASE "acme" IS 'then'`,
    `COMMENT ON DATABASE "acme__parity_previous" IS '${mark(`"target":"acme","kind":"previous","createdAt":"${at}","comment":"now"`)}'`,
  ])
})

describe('hostile names', () => {
  const names = [
    `a"b`,
    `a'b`,
    'a\\b',
    'a;DROP DATABASE x;--',
    '$(touch x)',
    'a\nb',
    'ü'.repeat(31),
    'x'.repeat(63),
    'x'.repeat(62),
  ]

  /** What is left of a statement when quoted names and texts are taken out: our own words. */
  const ownWords = (statement: string) =>
    statement.replace(/"(?:[^"]|"")*"/g, 'NAME').replace(/ E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'/gs, 'TEXT')

  test.each(names)('%j stays inside its quotes', (target) => {
    const all = [
      createDatabase(derivedName(target, 'incoming'), target, 'UTF8', like({ owner: target })),
      dropDatabase(derivedName(target, 'incoming'), target, 15),
      ...swapStatements(namesOf(target), {
        hasTarget: true,
        hasPrevious: true,
        comment: target,
        missing: [target],
        at,
      }),
      ...undoStatements(namesOf(target), { comment: target, previousComment: null, at }),
      ...carryOver(
        derivedName(target, 'incoming'),
        like({ connectionLimit: 3, settings: [{ role: target, setting: `work_mem=${target}` }] }),
      ),
    ]
    for (const statement of all) expect(ownWords(statement)).toMatch(/^[A-Za-z0-9_ ]+(?:\(FORCE\))?$/)
  })

  test.each(names)('%j is never created or dropped itself, cut to 63 bytes or not', (target) => {
    for (const name of [target, `${target}${'x'.repeat(63)}`].filter((text) =>
      Buffer.from(text).subarray(0, 63).equals(Buffer.from(target).subarray(0, 63)),
    )) {
      expect(() => createDatabase(name, target, 'UTF8', undefined)).toThrow('is the name of the live database')
      expect(() => dropDatabase(name, target, 15)).toThrow('is the name of the live database')
    }
  })

  test('NUL is in no statement', () => {
    expect(() => removeStamp('a\0b')).toThrow('`a\\u0000b` contains a NUL character')
  })
})

test('dropDatabase ends sessions in the same statement where Postgres can', () => {
  expect(dropDatabase('i', 'acme', 13)).toBe('DROP DATABASE "i" WITH (FORCE)')
  expect(dropDatabase('i', 'acme', 12)).toBe('DROP DATABASE "i"')
})

test('marks', () => {
  expect(markDatabase('a', { madeBy: 'parity', target: "it's", kind: 'incoming' })).toBe(
    `COMMENT ON DATABASE "a" IS '${mark(`"target":"it''s","kind":"incoming"`)}'`,
  )
})
