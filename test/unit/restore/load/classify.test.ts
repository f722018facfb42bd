import { describe, expect, test } from 'vitest'
import { isDamage, judge, parseErrors, whyHarmless } from '../../../../src/restore/load/classify.ts'

const settingUnknown =
  'pg_restore: while INITIALIZING:\n' +
  'pg_restore: error: could not execute query: FEHLER:  unbekannter Konfigurationsparameter »transaction_timeout«\n' +
  'Command was: SET transaction_timeout = 0;\n'
const tableExists =
  'pg_restore: while PROCESSING TOC:\n' +
  'pg_restore: from TOC entry 215; 1259 16390 TABLE users acme\n' +
  'pg_restore: error: could not execute query: ERROR:  relation "users" already exists\n' +
  'Command was: CREATE TABLE public.users (\n    id bigint\n);\n\n\n'
const ignored = (count: number) => `pg_restore: warning: errors ignored on restore: ${count}\n`

describe('judge', () => {
  test('an unknown setting does no harm, in any language', () => {
    expect(judge(settingUnknown + ignored(1))).toEqual({
      harmless: ['this server has no setting transaction_timeout'],
      errors: [],
    })
  })

  test.each([
    [
      'COMMENT ON EXTENSION plpgsql IS $$x$$;',
      'must be owner of extension plpgsql',
      'only the owner of extension plpgsql may comment on it',
    ],
    [
      "COMMENT ON SCHEMA public IS 'x';",
      'must be owner of schema public',
      'only the owner of schema public may comment on it',
    ],
    [
      'CREATE POLICY p ON t TO reader;',
      'role "reader" does not exist',
      'a policy is for role reader, which is not here',
    ],
  ])('%s', (command, message, why) => {
    const stderr = `pg_restore: error: could not execute query: ERROR:  ${message}\nCommand was: ${command}\n\n`
    expect(judge(stderr + ignored(1))).toEqual({ harmless: [why], errors: [] })
  })

  test('anything else is harm, with the entry that it was', () => {
    expect(judge(settingUnknown + tableExists + ignored(2))).toEqual({
      harmless: ['this server has no setting transaction_timeout'],
      errors: [
        {
          dumpId: 215,
          text: 'could not execute query: ERROR:  relation "users" already exists\nCommand was: CREATE TABLE public.users (\n    id bigint\n);',
        },
      ],
    })
  })

  test('a setting that some function sets is not one of pg_restore’s', () => {
    const stderr =
      'pg_restore: error: could not execute query: ERROR:  x\nCommand was: CREATE TABLE t ();\nSET transaction_timeout = 0;\n'
    expect(judge(stderr + ignored(1))?.harmless).toEqual([])
  })

  test('other errors than were counted: nothing is known', () => {
    expect(judge(tableExists + ignored(3))).toBeUndefined()
    expect(judge(tableExists)).toBeUndefined()
  })

  test('what two jobs wrote at once is read one after the other', () => {
    const alone = `${tableExists}pg_restore: executing SEQUENCE SET users_id_seq\npg_restore: creating INDEX "public.a"\n`
    const after = alone.replace('pg_restore: executing', 'pg_restore:pg_restore: executing')
    const message = after.replace('pg_restore: creating', ' creating')
    expect(judge(message + ignored(1))).toEqual(judge(tableExists + ignored(1)))
    const error = `pg_restore:${alone.split('\n').at(-2)}\n error: could not execute query: ERROR:  x\nCommand was: SELECT 1;\n`
    expect(judge(error + ignored(1))?.errors.map(({ text }) => text)).toEqual([
      'could not execute query: ERROR:  x\nCommand was: SELECT 1;',
    ])
    expect(
      judge(`${tableExists}pg_restore:pg_restore: finished item 7\n warning: errors ignored on restore: 1\n`),
    ).toEqual(judge(tableExists + ignored(1)))
  })

  test('several jobs count an error twice', () => {
    expect(judge(settingUnknown + ignored(2))?.harmless).toHaveLength(1)
  })

  describe('a name that looks like a message', () => {
    const name = `we"ird\npg_restore: error: of a table`
    const verbose = [
      `skipping item 230 TABLE ${name}`,
      `creating CONSTRAINT "zoo.${name} ${name}_pkey"`,
      `from TOC entry 231; 2606 16570 CONSTRAINT ${name} ${name}_pkey acme`,
    ].map((line) => `pg_restore: ${line}\n`)
    const log = verbose.join('')
    const called = (tag: string, description = 'TABLE') => ({ tag, description, namespace: 'zoo', owner: 'acme' })
    const entries = [called(name), called(`${name} ${name}_pkey`, 'CONSTRAINT')]

    test('is none', () => {
      expect(judge(log + settingUnknown + ignored(2))).toBeUndefined()
      expect(judge(log + settingUnknown + ignored(2), entries)?.harmless).toHaveLength(1)
      expect(parseErrors(log, entries)).toEqual([])
    })

    test('and stays as it is in an error that names it', () => {
      const text = `could not execute query: ERROR:  relation "${name}" exists\nCommand was: CREATE TABLE zoo."${name.replaceAll('"', '""')}" ();`
      expect(judge(`${log}pg_restore: error: ${text}\n${ignored(1)}`, entries)?.errors).toEqual([{ dumpId: 231, text }])
    })

    test.each([
      ['\npg_restore: '],
      [':\npg_restore: '],
      ['users acme\npg_restore: error: '],
    ])('%j hides no error', (tag) => {
      expect(judge(tableExists + ignored(1), [called(tag)])?.errors).toHaveLength(1)
    })

    test('is not the count either, which comes last', () => {
      const tag = `x\n${ignored(1)}`
      expect(judge(`pg_restore: creating TABLE "zoo.${tag}"\n`, [called(tag)])).toBeUndefined()
    })
  })

  test('one that ended it was not counted: nothing is known, and which error did no harm still is', () => {
    const stderr = `${settingUnknown}pg_restore: error: could not open large object 4711: ERROR:  no\n`
    expect(judge(stderr)).toBeUndefined()
    expect(parseErrors(stderr).map(whyHarmless)).toEqual(['this server has no setting transaction_timeout', undefined])
  })

  test('what it says of its work is no error', () => {
    const work = 'pg_restore: connecting to database for restore\npg_restore: creating TABLE "public.users"\n'
    expect(parseErrors(work)).toEqual([])
    expect(judge(work)).toBeUndefined()
  })
})

test.each([
  ['could not uncompress data: incorrect data check', true],
  ['could not read from input file: end of file', true],
  ['unexpected block ID (0) when reading data -- expected 3400', true],
  ['invalid compression code: 9', true],
  ['invalid sslmode value: "no-verify"', false],
  ['invalid integer value "x" for connection option "port"', false],
  ['invalid port number: "0"', false],
  ['connection to server at "localhost" (::1), port 5432 failed: FATAL:  no', false],
  ['COPY failed for table "t": ERROR:  could not uncompress data', false],
  ['could not execute query: ERROR:  invalid', false],
])('%s: damage %s', (text, is) => {
  expect(parseErrors(`pg_restore: error: ${text}\n`).map(isDamage)).toEqual([is])
})
