import { describe, expect, test } from 'vitest'
import { archiveVersionOf, majorVersion, parseVersion } from '../../../src/postgres/client-versions.ts'
import { type Client, chooseClients, clientProgram, setsUnknown } from '../../../src/postgres/clients.ts'
import { type Installer, installLine } from '../../../src/postgres/installation.ts'

/** The release `version`, installed where Debian has it. */
function client(version: string): Client {
  const major = majorVersion(version)
  return { folder: `/usr/lib/postgresql/${major}/bin`, version, major, archiveVersion: archiveVersionOf(version) }
}

describe('versions', () => {
  const printed = (output: string, version: string | undefined) =>
    test(output, () => expect(parseVersion(output)).toBe(version))
  const major = (version: string, number: number) => test(version, () => expect(majorVersion(version)).toBe(number))
  const reads = (version: string, format: string) =>
    test(`${version} reads ${format}`, () => expect(archiveVersionOf(version)).toBe(format))

  printed('pg_restore (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n', '15.18')
  printed('pg_restore (PostgreSQL) 17beta1\n', '17beta1')
  printed('pg_restore (EnterpriseDB) 9.6.24.1\n', '9.6.24.1')
  printed('no such shim', undefined)
  major('15.18 (Debian 15.18-1.pgdg120+1)', 15)
  major('18beta1', 18)
  major('10', 10)
  major('9.6.24', 9.6)
  major('', 0)
  reads('9.2.24', '1.12')
  reads('9.6.7', '1.12')
  reads('9.6.8', '1.13')
  reads('9.3.22', '1.13')
  reads('10.2', '1.12')
  reads('10.3', '1.13')
  reads('11.0', '1.13')
  reads('12.1', '1.14')
  reads('15.18', '1.14')
  reads('16.4', '1.15')
  reads('17beta1', '1.16')
  reads('18.1', '1.16')
})

describe('chooseClients', () => {
  const chooses = (found: string, needs: Parameters<typeof chooseClients>[1], expected: string) =>
    test(`${JSON.stringify(needs)} of ${found}: ${expected}`, () =>
      expect(chooseClients(found.split(' ').map(client), needs).version).toBe(expected))
  const refuses = (found: string, needs: Parameters<typeof chooseClients>[1], message: string, hint: string) =>
    test(message, () =>
      expect(() => chooseClients(found.split(' ').map(client), needs, () => 'brew')).toThrow(
        expect.objectContaining({ status: 1, message, hint }),
      ),
    )

  chooses('15.18', {}, '15.18')
  chooses('14.1 17.2 15.18', {}, '17.2')
  chooses('14.1 17.2 15.18', { serverMajor: 15 }, '15.18')
  chooses('14.1 16.4 18.1', { serverMajor: 15 }, '16.4')
  chooses('12.1 14.1 13.2', { serverMajor: 15 }, '14.1')
  // 17 would set `transaction_timeout`, which a server of 15 doesn't know; 11 would set `default_with_oids`.
  chooses('14.1 17.2', { serverMajor: 15 }, '14.1')
  chooses('11.1 17.2 18.1', { serverMajor: 15 }, '17.2')
  chooses('14.1 17.2', { serverMajor: 15, dumps: true }, '17.2')
  chooses('14.1 15.18 17.2', { serverMajor: 15, archiveVersion: '1.14' }, '15.18')
  chooses('14.1 15.18 17.2', { serverMajor: 15, archiveVersion: '1.15' }, '17.2')
  chooses('15.18', { serverMajor: 18, archiveVersion: '1.14' }, '15.18')

  refuses(
    '14.1 15.18',
    { serverMajor: 15, archiveVersion: '1.16' },
    'client programs of Postgres 17 or newer are needed to read this backup, found 14.1 (/usr/lib/postgresql/14/bin), 15.18 (/usr/lib/postgresql/15/bin)',
    'install them with `brew install postgresql@17`',
  )
  refuses(
    '15.18',
    { serverMajor: 18, archiveVersion: '1.15' },
    'client programs of Postgres 16 or newer are needed to read this backup, found 15.18 (/usr/lib/postgresql/15/bin)',
    'install them with `brew install postgresql@18`',
  )
  refuses(
    '15.18',
    { serverMajor: 16, dumps: true },
    'client programs of Postgres 16 or newer are needed to dump this server, found 15.18 (/usr/lib/postgresql/15/bin)',
    'install them with `brew install postgresql@16`',
  )
  test('none at all', () =>
    expect(() => chooseClients([], { archiveVersion: '1.14', serverMajor: 15 }, () => 'apt')).toThrow(
      expect.objectContaining({
        status: 127,
        message: '`pg_restore` is not installed, or not on PATH',
        hint: 'install them with `sudo apt-get install postgresql-client-15`, after adding https://apt.postgresql.org',
      }),
    ))
})

describe('installLine', () => {
  const line = (major: number, installer: Installer, hint: string) =>
    test(hint, () => expect(installLine(major, installer)).toBe(hint))

  line(0, 'apt', 'install them with `sudo apt-get install postgresql-client`')
  line(
    17,
    'apt',
    'install them with `sudo apt-get install postgresql-client-17`, after adding https://apt.postgresql.org',
  )
  line(0, 'brew', 'install them with `brew install libpq`')
  line(17, 'brew', 'install them with `brew install postgresql@17`')
  line(0, 'other', 'install Postgres from https://www.postgresql.org/download')
  line(17, 'other', 'install Postgres 17 from https://www.postgresql.org/download')
})

test.each([
  [15, 15, false],
  [15, 18, false],
  [16, 13, false],
  [17, 16, true],
  [18, 17, false],
  [18, 13, true],
  [11, 12, true],
  [11, 11, false],
])('pg_restore %i sets what a server of %i does not know: %s', (major, server, does) => {
  expect(setsUnknown({ major }, server)).toBe(does)
})

test('clientProgram', () => expect(clientProgram(client('15.18'), 'psql')).toBe('/usr/lib/postgresql/15/bin/psql'))
