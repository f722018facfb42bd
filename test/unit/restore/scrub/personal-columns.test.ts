import { describe, expect, test } from 'vitest'
import { judgeNames } from '../../../../src/restore/scrub/judge-names.ts'
import { keptBackColumns, knownColumns } from './columns.ts'

type Labelled = { readonly path: string; readonly isPersonal: boolean; readonly isFlagged: boolean }

/** Each column of a list, as it is labelled and as it is judged. */
function judged(list: string): Labelled[] {
  const lines = list.trim().split('\n')
  return lines.flatMap((line) => {
    const [, name = '', words = ''] = /^(\S+): (.*)$/.exec(line) ?? []
    const labelled = words.split(' ').map((word) => {
      const [, sign, column = '', baseType = 'text'] = /^([+-])([^:]+)(?::(\w+))?$/.exec(word) ?? []
      return { isPersonal: sign === '+', name: column, baseType, isGenerated: false }
    })
    const flags = judgeNames({ name, columns: labelled })
    return labelled.map(({ name: column, isPersonal }) => ({
      path: `${name}.${column}`,
      isPersonal,
      isFlagged: flags.has(column),
    }))
  })
}

function shares(columns: readonly Labelled[]) {
  const personal = columns.filter(({ isPersonal }) => isPersonal)
  const flagged = columns.filter(({ isFlagged }) => isFlagged)
  const right = personal.filter(({ isFlagged }) => isFlagged)
  return { right: right.length / flagged.length, found: right.length / personal.length }
}

const paths = (columns: readonly Labelled[]) => columns.map(({ path }) => path).sort()
const mistakes = (columns: readonly Labelled[]) => ({
  wrong: paths(columns.filter(({ isPersonal, isFlagged }) => isFlagged && !isPersonal)),
  missed: paths(columns.filter(({ isPersonal, isFlagged }) => isPersonal && !isFlagged)),
})

describe('known columns', () => {
  const columns = judged(knownColumns)
  test('nine of ten flags are right, and nine of ten personal columns are found', () => {
    expect(columns.length).toBeGreaterThan(200)
    expect(shares(columns).right).toBeGreaterThanOrEqual(0.9)
    expect(shares(columns).found).toBeGreaterThanOrEqual(0.9)
  })
  test('the mistakes that remain', () => {
    expect(mistakes(columns)).toEqual({
      wrong: ['accounts.name', 'mailings.name'],
      missed: ['people.guid', 'sessions.data'],
    })
  })
})

describe('columns that were kept back', () => {
  const columns = judged(keptBackColumns)
  test('nine of ten flags are right, and nine of ten personal columns are found', () => {
    expect(columns.length).toBeGreaterThan(150)
    expect(shares(columns).right).toBeGreaterThanOrEqual(0.9)
    expect(shares(columns).found).toBeGreaterThanOrEqual(0.9)
  })
  test('the mistakes that remain', () => {
    expect(mistakes(columns)).toEqual({
      wrong: ['api_clients.name', 'audits.username_field', 'smtp_settings.name'],
      missed: [
        'ldap_entries.cn',
        'ldap_entries.sn',
        'ldap_entries.uid',
        'openmrs_person_address.city_village',
        'roundcube_identities.bcc',
        'roundcube_identities.reply-to',
        'vendors.contact_person',
        'wp_users.user_activation_key',
        'wp_users.user_nicename',
        'wp_users.user_pass',
      ],
    })
  })
})

/** Whether the one column of a table looks personal. */
const alone = (table: string, name: string, baseType = 'text') =>
  judgeNames({ name: table, columns: [{ name, baseType, isGenerated: false }] }).get(name)

describe('a name by itself', () => {
  test.each([
    ...['emailaddress', 'e_mail', 'eMail', 'EMAIL2', 'email_1', 'work_email', 'email_hash', 'realname', 'homephone'],
    ...['mobilephone', 'authtoken', 'macaddress_a', 'fn', 'lname', 'tel', 'jid', 'gecos', 'salt', 'session_key'],
    ...['workphone', 'freeformcontactinfo', 'remoteip', 'name_first', 'first_name', 'firstName', 'address_line_1'],
    ...['phone_number', 'zip_code', 'passport_no', 'password_digest', 'apikey', 'taxid'],
  ])('%s is personal anywhere', (name) => expect(alone('things', name)).toBeDefined())

  test.each([
    ...['role_name', 'table_name', 'file_name', 'name_checksum', 'login_attempts', 'password_policy'],
    ...['access_token_ttl', 'tax_basis', 'email_status', 'secret_id', 'last_login', 'web_address', 'max_tokens'],
    ...['name', 'display_name', 'location', 'photo', 'hotel', 'capacity', 'shipment', 'latest', 'relation', 'sexton'],
  ])('%s is not', (name) => expect(alone('things', name)).toBeUndefined())

  test.each<[name: string, type: string, preset: string | undefined]>([
    ['birthday', 'date', 'null'],
    ['born_at', 'timestamptz', 'null'],
    ['email_sent_at', 'timestamptz', undefined],
    ['email', 'bool', undefined],
    ['tokens', 'int4', undefined],
    ['password', 'int4', undefined],
    ['phone', 'int8', 'phone'],
    ['ssn', 'int8', 'number'],
    ['lat', 'float8', 'address'],
    ['contact_id', 'int8', undefined],
    ['session_id', 'uuid', undefined],
    ['session_id', 'varchar', 'text'],
    ['ip', 'inet', 'address'],
  ])('%s of type %s', (name, type, preset) => expect(alone('things', name, type)).toBe(preset))
})

test.each<[table: string, columns: string, flagged: string]>([
  ['users', 'name role', 'name'],
  ['roles', 'name description', ''],
  ['things', 'name email', 'name email'],
  ['things', 'name password city ip', 'password city ip'],
  ['user_roles', 'name', ''],
  ['Customers', 'displayName notes', 'displayName notes'],
  ['countries', 'name city lat phone phone_code', ''],
  ['stores', 'name owner_email', 'owner_email'],
  ['orders', 'state email', 'email'],
  ['things', 'state city street', 'state city street'],
])('%s: %s', (table, columns, flagged) => {
  const named = columns.split(' ').map((name) => ({ name, baseType: 'text', isGenerated: false }))
  const flags = judgeNames({ name: table, columns: named })
  expect(named.flatMap(({ name }) => (flags.has(name) ? [name] : [])).join(' ')).toBe(flagged)
})
