import { describe, expect, test } from 'vitest'
import type { ColumnFacts, ForeignKeyFacts, TableFacts } from '../../../../src/postgres/columns.ts'
import { planScrub } from '../../../../src/restore/scrub/plan.ts'
import { projectRules } from '../../../../src/restore/scrub/rules.ts'

type More = Partial<ColumnFacts>

const lengths: Record<string, number> = { varchar10: 10, varchar20: 20, varchar30: 30, varchar60: 60 }

/** A column by its type, `varchar20` being one with room for 20 characters; `!` says NOT NULL. */
function column(name: string, written: string, more: More = {}): ColumnFacts {
  const type = written.replace('!', '')
  const length = lengths[type] ?? null
  return {
    name,
    type: length === null ? type : `character varying(${length})`,
    baseType: length === null ? type : 'varchar',
    length,
    scale: null,
    isRequired: written.endsWith('!'),
    isGenerated: false,
    isIdentity: false,
    isPartitionKey: false,
    ...more,
  }
}

function table(
  name: string,
  columns: Record<string, string | [string, More]>,
  more: Partial<TableFacts> = {},
): TableFacts {
  const made = Object.entries(columns).map(([name, type]) =>
    typeof type === 'string' ? column(name, type) : column(name, ...type),
  )
  const [one, two] = name.split('.')
  return {
    ...{
      schema: two === undefined ? 'public' : (one ?? ''),
      name: two ?? name,
      kind: 'table',
      isPartition: false,
      parent: null,
    },
    ...{ forcesRowSecurity: false, columns: made, indexes: [], foreignKeys: [], hooks: [] },
    ...more,
  }
}

type IndexFacts = TableFacts['indexes'][number]
const index = (name: string, columns: string[], more: Partial<IndexFacts> = {}): IndexFacts => ({
  ...{ name, columns, isUnique: false, constraint: null, create: [`CREATE ${name}`] },
  ...more,
})
const unique = (name: string, columns: string[]) => index(name, columns, { isUnique: true })

const foreignKey = (name: string, column: string, to: string, toColumn: string): ForeignKeyFacts => ({
  ...{ name, columns: [column], references: { schema: 'public', name: to, columns: [toColumn] } },
  ...{ index: `${to}_${toColumn}`, create: [`CREATE ${name}`] },
})

type Scrub = Record<string, unknown>
const plan = (scrub: Scrub, ...tables: TableFacts[]) => {
  const rules = projectRules(
    { root: '/', configuration: { restore: { scrub } } } as unknown as Parameters<typeof projectRules>[0],
    true,
  )
  return planScrub(rules ?? expect.fail('there are no rules'), tables)
}

describe('statements', () => {
  const key = "md5(current_setting('parity.scrub_key') || "

  test('one UPDATE a table, and the table is written anew', () => {
    const users = table('users', { id: 'int8!', phone: 'text', email: 'text' })
    expect(plan({ users: { email: "'user-' || id -- short", phone: null } }, users)).toEqual({
      before: [],
      tables: [
        {
          table: { schema: 'public', name: 'users' },
          statements: [
            `UPDATE "public"."users" SET\n  "email" = ('user-' || id -- short\n),\n  "phone" = NULL`,
            'VACUUM FULL "public"."users"',
          ],
        },
      ],
      after: [],
    })
  })

  test('what stands on the columns goes and comes back; nothing else is touched', () => {
    const users = table(
      'users',
      { id: 'int8!', email: 'citext!', name: 'text' },
      {
        forcesRowSecurity: true,
        indexes: [
          unique('users_pkey', ['id']),
          index('users_email', ['email'], { isUnique: true, constraint: 'once', create: ['ADD once', 'COMMENT once'] }),
          index('users_lower', ['email', 'name']),
        ],
        hooks: [
          { kind: 'trigger', name: 'audit', always: false },
          { kind: 'rule', name: 'no"update', always: true },
        ],
      },
    )
    const orders = table(
      'orders',
      { user_email: 'citext', id: 'int8!' },
      { foreignKeys: [foreignKey('to_user', 'user_email', 'users', 'email')] },
    )
    const email = (name: string) =>
      `CASE WHEN "${name}"::text <> '' THEN 'user-' || left(${key}lower("${name}"::text)), 16) || '@example.com' ELSE "${name}"::text END`
    expect(plan({ users: { email: 'email' } }, orders, users)).toEqual({
      before: [
        'ALTER TABLE "public"."users" NO FORCE ROW LEVEL SECURITY',
        'ALTER TABLE "public"."orders" DROP CONSTRAINT "to_user"',
      ],
      tables: [
        {
          table: { schema: 'public', name: 'users' },
          statements: [
            'ALTER TABLE "public"."users" DROP CONSTRAINT "once"',
            'DROP INDEX "public"."users_lower"',
            'ALTER TABLE "public"."users" DISABLE TRIGGER "audit"',
            'ALTER TABLE "public"."users" DISABLE RULE "no""update"',
            `UPDATE "public"."users" SET\n  "email" = ${email('email')}`,
            'ALTER TABLE "public"."users" ENABLE TRIGGER "audit"',
            'ALTER TABLE "public"."users" ENABLE ALWAYS RULE "no""update"',
            'VACUUM FULL "public"."users"',
            'ADD once',
            'COMMENT once',
            'CREATE users_lower',
          ],
        },
        {
          table: { schema: 'public', name: 'orders' },
          statements: [
            `UPDATE "public"."orders" SET\n  "user_email" = ${email('user_email')}`,
            'VACUUM FULL "public"."orders"',
          ],
        },
      ],
      after: ['CREATE to_user', 'ALTER TABLE "public"."users" FORCE ROW LEVEL SECURITY'],
    })
  })

  test('a foreign key that leans on an index with the column goes too', () => {
    const users = table('users', { id: 'int8!', email: 'text' }, { indexes: [unique('users_id', ['id', 'email'])] })
    const orders = table(
      'orders',
      { user_id: 'int8' },
      { foreignKeys: [foreignKey('to_user', 'user_id', 'users', 'id')] },
    )
    expect(plan({ users: { email: 'null' } }, users, orders)).toMatchObject({
      before: ['ALTER TABLE "public"."orders" DROP CONSTRAINT "to_user"'],
      after: ['CREATE to_user'],
    })
  })

  test('partitions and heirs', () => {
    const visits = table(
      'visits',
      { who: 'text' },
      { kind: 'partitioned table', indexes: [index('visits_who', ['who'])] },
    )
    const old = table(
      'a.old',
      { who: 'text' },
      {
        ...{
          isPartition: true,
          parent: visits,
          indexes: [index('own', ['who'])],
          hooks: [{ kind: 'trigger', name: 't', always: false }],
        },
      },
    )
    expect(plan({ visits: { who: 'null' } }, visits, old)).toMatchObject({
      tables: [
        {
          statements: [
            'DROP INDEX "public"."visits_who"',
            'DROP INDEX "a"."own"',
            'ALTER TABLE "a"."old" DISABLE TRIGGER "t"',
            'UPDATE "public"."visits" SET\n  "who" = NULL',
            'ALTER TABLE "a"."old" ENABLE TRIGGER "t"',
            'VACUUM FULL "a"."old"',
            'CREATE visits_who',
            'CREATE own',
          ],
        },
      ],
    })
  })

  test('ranks number the rows in the order of the hash', () => {
    const users = table('users', { 'no; "1"': 'int4!' }, { indexes: [unique('u', ['no; "1"'])] })
    const result = plan({ users: { 'no; "1"': 'number' } }, users)
    const [, update] = 'tables' in result ? (result.tables[0]?.statements ?? []) : []
    expect(update).toBe(
      [
        'UPDATE "public"."users" SET',
        '  "no; ""1""" = CASE WHEN "no; ""1""" IS NOT NULL THEN parity_ranks.rank_1 END',
        'FROM (SELECT tableoid AS parity_part, ctid AS parity_place, ' +
          `row_number() OVER (ORDER BY ${key}"no; ""1"""::text), "no; ""1""") AS rank_1 FROM "public"."users") parity_ranks`,
        'WHERE parity_part = "public"."users".tableoid AND parity_place = "public"."users".ctid',
      ].join('\n'),
    )
  })

  test('a rule for a bare name is for every table of it, but for one that is named in full', () => {
    const result = plan(
      { users: { email: 'null' }, 'b.users': { email: '1' } },
      table('a.users', { email: 'text' }),
      table('b.users', { email: 'text' }),
    )
    expect('tables' in result && result.tables.map(({ statements }) => statements[0])).toEqual([
      'UPDATE "b"."users" SET\n  "email" = (1\n)',
      'UPDATE "a"."users" SET\n  "email" = NULL',
    ])
  })
})

describe('problems', () => {
  const users = table('users', { id: 'int8!', email: 'text!', data: 'jsonb', code: 'varchar10' })
  const orders = table(
    'orders',
    { user_email: 'text', other: 'text!' },
    { foreignKeys: [foreignKey('to_user', 'user_email', 'users', 'email')] },
  )
  const says = (name: string, scrub: Scrub, tables: TableFacts[], ...problems: string[]) =>
    test(name, () => expect(plan(scrub, ...tables)).toEqual({ problems }))
  const odd = (kind: TableFacts['kind'], more: Partial<TableFacts> = {}) =>
    table('odd', { a: 'text' }, { kind, ...more })
  const one = (type: string, more: More) => table('users', { a: [type, more] })

  says(
    'no table',
    { user: { a: 'null' } },
    [users],
    'restore.scrub.user: there is no such table, did you mean `users`?',
  )
  says('nothing like it', { elsewhere: { a: 'null' } }, [users], 'restore.scrub.elsewhere: there is no such table')
  says(
    'no column',
    { users: { mail: 'null' } },
    [users],
    'restore.scrub.users.mail: public.users has no such column, did you mean `email`?',
  )
  says(
    'several',
    { a: {}, users: { xyzzy: '1', data: 'emial' } },
    [users],
    'restore.scrub.a: there is no such table',
    'restore.scrub.users.xyzzy: public.users has no such column',
    'restore.scrub.users.data: `emial` is no preset and no column, did you mean `email`?',
  )
  says(
    'a view',
    { odd: { a: 'null' } },
    [odd('view')],
    'restore.scrub.odd: public.odd is a view: scrub the tables that it reads',
  )
  says(
    'a materialized view',
    { odd: { a: 'null' } },
    [odd('materialized view')],
    'restore.scrub.odd: public.odd is a materialized view, and refreshed afterwards: scrub the tables that it reads',
  )
  says(
    'a foreign table',
    { odd: { a: 'null' } },
    [odd('foreign table')],
    'restore.scrub.odd: public.odd is a foreign table: rows on another server are left alone',
  )
  says(
    'a table with a foreign partition',
    { users: { email: 'email' } },
    [users, odd('foreign table', { parent: users })],
    'restore.scrub.users: public.users is a table with a foreign table among its own: rows on another server are left alone',
  )
  says(
    'a partition',
    { odd: { a: 'null' } },
    [odd('table', { isPartition: true, parent: users })],
    'restore.scrub.odd: public.odd is a partition: scrub public.users',
  )
  says(
    'generated',
    { users: { a: '1' } },
    [one('text', { isGenerated: true })],
    'restore.scrub.users.a: the column is generated from others: scrub those',
  )
  says(
    'an identity',
    { users: { a: '1' } },
    [one('int8', { isIdentity: true })],
    'restore.scrub.users.a: the column is an identity that Postgres always generates',
  )
  says(
    'a partition key',
    { users: { a: '1' } },
    [one('date', { isPartitionKey: true })],
    'restore.scrub.users.a: the column decides which partition a row is in, and has to stay',
  )
  says(
    'NOT NULL',
    { users: { email: null } },
    [users],
    "restore.scrub.users.email: the preset `null` can't be, the column is NOT NULL",
  )
  says(
    'NOT NULL of one that follows',
    { users: { code: 'null' } },
    [users, table('orders', { of: 'text!' }, { foreignKeys: [foreignKey('k', 'of', 'users', 'code')] })],
    "restore.scrub.users.code, which public.orders.of refers to: the preset `null` can't be, the column is NOT NULL",
  )
  says(
    'types',
    { users: { data: 'text', id: 'uuid', email: 'uuid', code: 'uuid' } },
    [users],
    'restore.scrub.users.data: the preset `text` makes texts, and the type is jsonb: write an SQL expression instead',
    'restore.scrub.users.id: the preset `uuid` makes UUIDs, and the type is int8: write an SQL expression instead',
    'restore.scrub.users.code: the preset `uuid` needs 36 characters, and the type is character varying(10): write an SQL expression instead',
  )
  says(
    'a date is no number',
    { users: { a: 'number' } },
    [one('date', {})],
    'restore.scrub.users.a: the preset `number` makes numbers, and the type is date: write an SQL expression instead',
  )
  says(
    'too short',
    { users: { code: 'email' } },
    [users],
    'restore.scrub.users.code: the preset `email` needs 16 characters, and the type is character varying(10): write an SQL expression instead',
  )
  says(
    'one side of a foreign key',
    { orders: { user_email: 'email' } },
    [users, orders],
    'restore.scrub.orders.user_email: it refers to public.users.email, which is not scrubbed alike: name that column, and this one follows',
  )
  says(
    'both sides, not alike',
    { orders: { user_email: 'name' }, users: { email: 'email' } },
    [users, orders],
    'restore.scrub.orders.user_email: it refers to public.users.email, which is not scrubbed alike: name that column, and this one follows',
  )
  const short = table('users', { email: 'varchar20!' }, { indexes: [unique('u', ['email'])] })
  says(
    'a rank that a foreign key does not find',
    { users: { email: 'email' } },
    [short, orders],
    'restore.scrub.users.email: the preset `email` has no values for its type, character varying(20), that are unique and that a foreign key finds again',
    'restore.scrub.users.email, which public.orders.user_email refers to: the preset `email` has no values for its type, text, that are unique and that a foreign key finds again',
  )
  says(
    'names that could rewrite a terminal',
    { 'a\u001b[2J': { a: '1' } },
    [users],
    'restore.scrub.a\\u001b[2J: there is no such table',
  )
})

describe('what is no problem', () => {
  const follows = table('orders', { of: 'text' }, { foreignKeys: [foreignKey('k', 'of', 'users', 'email')] })
  const users = table('users', { email: 'text' })
  const fine = (name: string, scrub: Scrub, ...tables: TableFacts[]) =>
    test(name, () => expect(plan(scrub, ...tables)).not.toHaveProperty('problems'))

  fine('NULL alone in a column that refers', { orders: { of: 'null' } }, users, follows)
  fine(
    'expressions on both sides, which the server proves',
    { orders: { of: 'md5(of)' }, users: { email: 'md5(email)' } },
    users,
    follows,
  )
  fine('a word that is SQL', { users: { email: 'current_user' } }, users)
  fine('a word that is a column', { users: { email: 'nam' } }, table('users', { email: 'text', nam: 'text' }))
  fine(
    'a preset with the name of a column',
    { users: { email: 'name' } },
    table('users', { email: 'text', name: 'text' }),
  )
})

describe('strict', () => {
  const users = table('users', {
    id: 'int8!',
    email: 'text!',
    firstName: 'text',
    phone_verified: 'bool',
    email_sent_at: 'timestamptz',
    address_id: 'int8',
    staff_no: 'int4',
    dob: 'date!',
  })
  const strict = (scrub: Scrub, ...tables: TableFacts[]) => plan({ strict: true, ...scrub }, ...tables)
  const lines = (path: string, table: string, column: string, rule: string, keep: string) =>
    `${path} looks personal; below \`restore.scrub\` add one of\n  ${table}: { ${column}: ${rule} }\n  keep: [${keep}]`

  test('asks about each column, with the two lines to add', () => {
    expect(strict({}, users, table('eu.Log', { ip: 'inet', 'e-mail': 'text', on: 'text' }))).toEqual({
      problems: [
        lines('public.users.email', 'users', 'email', 'email', 'users.email'),
        lines('public.users.firstName', 'users', 'firstName', 'name', 'users.firstName'),
        lines('public.users.dob', 'users', 'dob', "'an SQL expression'", 'users.dob'),
        lines('eu.Log.ip', 'eu.Log', 'ip', 'null', 'eu.Log.ip'),
        lines('eu.Log.e-mail', 'eu.Log', '"e-mail"', 'email', '"eu.Log.e-mail"'),
      ],
    })
  })
  test('is content with what is scrubbed or kept', () => {
    expect(strict({ users: { email: 'email' }, keep: ['*.first*', 'public.users.dob'] }, users)).not.toHaveProperty(
      'problems',
    )
  })
  test('knows more names', () => {
    const problems = [lines('public.users.staff_no', 'users', 'staff_no', 'null', 'users.staff_no')]
    expect(strict({ users: { email: 'email' }, keep: ['firstName', 'dob'], personal: ['*_no'] }, users)).toEqual({
      problems,
    })
  })
  test('leaves views, partitions and scrubbed heirs in peace', () => {
    const heir = table('heirs', { email: 'text' }, { parent: table('users', {}) })
    const view = table('v', { email: 'text' }, { kind: 'view' })
    const part = table('p', { email: 'text' }, { isPartition: true, parent: table('x', {}) })
    expect(strict({ users: { email: 'email' }, keep: ['users.*'] }, users, heir, view, part)).not.toHaveProperty(
      'problems',
    )
  })
})
