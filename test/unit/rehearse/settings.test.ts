import { expect, test } from 'vitest'
import type { TocEntry } from '../../../src/postgres/archive.ts'
import { settingsIn } from '../../../src/rehearse/settings.ts'

function entry(description: string, tag: string, definition: string): TocEntry {
  return {
    ...{ dumpId: 1, tableOid: 0, oid: 0, tag, description, section: 'pre-data', definition, dropStatement: '' },
    ...{ copyStatement: '', namespace: 'public', owner: 'ada', dependencies: [], hasData: false },
  }
}

const rows: [entry: TocEntry, settings: string[]][] = [
  [
    entry(
      'FUNCTION',
      'f(integer, text)',
      `CREATE FUNCTION public.f(n integer, t text) RETURNS void\n    LANGUAGE plpgsql\n    SET search_path TO 'a', 'b'\n    SET "Odd" TO 'x'\n    AS $$\n    SET in_body TO 'x'\n$$;\n`,
    ),
    [
      'function public.f(integer, text): ALTER FUNCTION public.f(integer, text) RESET search_path',
      'function public.f(integer, text): ALTER FUNCTION public.f(integer, text) RESET Odd',
    ],
  ],
  [
    entry(
      'PROCEDURE',
      'p()',
      `CREATE PROCEDURE public.p()\n    LANGUAGE sql\n    SET app.mode TO 'x'\n    SET work_mem TO '8MB'\n    BEGIN ATOMIC\n    SET b TO 'x'\nEND;\n`,
    ),
    ['procedure public.p(): ALTER PROCEDURE public.p() RESET work_mem'],
  ],
  [
    entry(
      'DATABASE PROPERTIES',
      'd1',
      `ALTER DATABASE d1 SET old_one TO 'x';\nALTER ROLE "u-1" IN DATABASE d1 SET old_two TO 'SET y TO z';\nALTER DATABASE d1 SET app.mode TO 'x';\n`,
    ),
    ['the database: ALTER DATABASE d1 RESET old_one', 'role "u-1": ALTER ROLE "u-1" IN DATABASE d1 RESET old_two'],
  ],
  [entry('TABLE', 't', `CREATE TABLE public.t (\n    SET x TO 'y'\n);\n`), []],
]

test.each(rows)('%#', (entry, settings) => {
  expect(settingsIn([entry]).map(({ of, reset }) => `${of}: ${reset}`)).toEqual(settings)
})
