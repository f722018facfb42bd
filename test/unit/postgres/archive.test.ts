import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Archive, formatVersionOf, parseArchive, type TocEntry } from '../../../src/postgres/archive.ts'
import { isListed, useList } from '../../../src/restore/load/list.ts'
import { selectEntries } from '../../../src/restore/load/selection.ts'

type Written = Partial<TocEntry> & { dumpId: number; description: string; tag: string }
type Made = {
  minor?: number
  compression?: number
  integerSize?: number
  count?: number
  format?: number
  entries?: Written[]
}

const integer = (number: number, size: number) =>
  Buffer.from([
    number < 0 ? 1 : 0,
    ...Array.from({ length: size }, (_, index) => Math.floor(Math.abs(number) / 256 ** index) % 256),
  ])

/** An archive as the release that introduced format 1.`minor` writes it. */
function write(made: Made = {}): Buffer {
  const { minor = 14, compression = 0, integerSize = 4, entries = [], count = entries.length, format = 1 } = made
  const int = (number: number) => integer(number, integerSize)
  const text = (value: string | undefined) =>
    value === undefined ? int(-1) : Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)])
  const sections = ['none', 'pre-data', 'data', 'post-data']
  const entry = (written: Written) => [
    int(written.dumpId),
    int(written.hasData ? 1 : 0),
    text(String(written.tableOid ?? 0)),
    text(String(written.oid ?? 0)),
    text(written.tag),
    text(written.description),
    int(sections.indexOf(written.section ?? 'pre-data') + 1),
    ...[written.definition, written.dropStatement, written.copyStatement, written.namespace, ''].map(text),
    ...(minor >= 14 ? [text('heap')] : []),
    ...(minor >= 16 ? [int(114)] : []),
    text(written.owner ?? 'ada'),
    text('false'),
    ...(written.dependencies ?? []).map((id) => text(String(id))),
    text(undefined),
    Buffer.from([written.dataOffset === undefined ? (written.hasData ? 1 : 3) : 2]),
    integer(written.dataOffset ?? 0, 8).subarray(1),
  ]
  return Buffer.concat([
    Buffer.from('PGDMP'),
    Buffer.from([1, minor, 0, integerSize, 8, format]),
    minor >= 15 ? Buffer.from([compression]) : int(compression),
    ...[6, 5, 4, 3, 1, 124, 0].map(int),
    ...['acme', '15.18 (Debian 15.18-1)', '16.4'].map(text),
    int(count),
    ...entries.flatMap(entry),
  ])
}

function parse(made: Made = {}): Archive {
  const archive = parseArchive(write(made))
  if (!('entries' in archive)) throw new Error(`needs ${archive.needsBytes} bytes`)
  return archive
}

const people: Written = {
  ...{
    dumpId: 200,
    tableOid: 1259,
    oid: 16_412,
    tag: 'people',
    description: 'TABLE DATA',
    section: 'data',
    owner: 'ada',
  },
  ...{ definition: '', dropStatement: '', copyStatement: 'COPY public.people FROM stdin;\n', namespace: 'public' },
  ...{ dependencies: [199, 3], hasData: true },
}

describe('formatVersionOf', () => {
  const bytes = write({ minor: 16 })
  test('8 bytes suffice', () => expect(formatVersionOf(bytes.subarray(0, 8), 'x')).toBe('1.16'))
  test('7 do not', () => expect(formatVersionOf(bytes.subarray(0, 7), 'x')).toBeUndefined())
  test('something else', () => expect(formatVersionOf(Buffer.from('<html></html>'), 'x')).toBeUndefined())
  test('a format of the future', () =>
    expect(() => formatVersionOf(write({ minor: 17 }), '`x`')).toThrow(
      expect.objectContaining({ message: '`x` has archive format 1.17, and parity knows 1.12 to 1.16' }),
    ))
})

describe('parseArchive', () => {
  for (const minor of [12, 13, 14, 15, 16]) {
    test(`reads format 1.${minor}`, () => {
      const extension = { dumpId: 3, description: 'EXTENSION', tag: 'ünï "x";\n', definition: 'CREATE EXTENSION x;\n' }
      const encoding = {
        dumpId: 1,
        description: 'ENCODING',
        tag: 'ENCODING',
        definition: "SET client_encoding = 'LATIN1';\n",
      }
      const entries = [encoding, extension, people, { ...people, dumpId: 201, dataOffset: 5_000_000_000 }]
      const archive = parse({ minor, compression: 1, entries })
      expect(archive).toMatchObject({
        formatVersion: `1.${minor}`,
        compression: 'gzip',
        createdAt: new Date('2024-02-03T04:05:06Z'),
        databaseName: 'acme',
        serverVersion: '15.18 (Debian 15.18-1)',
        serverMajor: 15,
        dumpVersion: '16.4',
        encoding: 'LATIN1',
        dataStart: write({ minor, entries }).length,
      })
      expect(archive.entries[1]).toEqual({
        ...{ dumpId: 3, tableOid: 0, oid: 0, tag: 'ünï "x";\n', description: 'EXTENSION', section: 'pre-data' },
        ...{ definition: 'CREATE EXTENSION x;\n', dropStatement: '', copyStatement: '', owner: 'ada' },
        ...{ dependencies: [], hasData: false },
      })
      expect(archive.entries.slice(2)).toEqual([people, { ...people, dumpId: 201, dataOffset: 5_000_000_000 }])
    })
  }

  const compressed = (minor: number, compression: number, name: string) =>
    test(`compression ${compression} of 1.${minor} is ${name}`, () =>
      expect(parse({ minor, compression }).compression).toBe(name))
  compressed(14, 0, 'none')
  compressed(14, 9, 'gzip')
  compressed(14, -1, 'gzip')
  compressed(15, 0, 'none')
  compressed(15, 1, 'gzip')
  compressed(15, 2, 'lz4')
  compressed(16, 3, 'zstd')

  test('reads integers of 8 bytes', () =>
    expect(parse({ integerSize: 8, entries: [people] }).entries).toEqual([people]))
  test('has SQL_ASCII where no encoding is said', () => expect(parse().encoding).toBe('SQL_ASCII'))

  test('asks for more, never for less than it has, until the last byte is there', () => {
    const bytes = write({ entries: [people] })
    for (let length = 0; length < bytes.length; length++) {
      const result = parseArchive(bytes.subarray(0, length))
      expect('needsBytes' in result && result.needsBytes > length && result.needsBytes <= bytes.length).toBe(true)
    }
    expect(parseArchive(Buffer.concat([bytes, Buffer.alloc(10)]))).toEqual(parseArchive(bytes))
  })
})

describe('what is no archive', () => {
  const custom = 'make the backup with `pg_dump --format=custom`, as Heroku does'
  const again = 'get the backup again, and give that file'
  const refused = (start: string | Buffer, message: string, hint: string) =>
    test(message, () =>
      expect(() => parseArchive(Buffer.concat([Buffer.from(start), Buffer.alloc(600)]), '`x`')).toThrow(
        expect.objectContaining({ status: 1, message, hint }),
      ),
    )
  const changed = (made: Made, change: (bytes: Buffer) => void = () => {}) => {
    const bytes = write(made)
    change(bytes)
    return bytes
  }

  const expired = '`x` is a web page or an XML error, not a dump'
  const renew = 'its URL may have expired: get a new one'
  refused('<?xml version="1.0"?><Error><Code>AccessDenied</Code>', expired, renew)
  refused('\n<!DOCTYPE html>', expired, renew)
  refused(gzipSync('PGDMP'), '`x` is gzip-compressed', 'run `gunzip` on it first')
  refused(
    '--\n-- PostgreSQL database dump\n--\n',
    '`x` is a dump in plain SQL, and parity only reads the custom format',
    custom,
  )
  refused('\\restrict abc\n', '`x` is a dump in plain SQL, and parity only reads the custom format', custom)
  refused(
    `toc.dat${'\0'.repeat(250)}ustar`,
    '`x` is a dump in tar format, or another tar archive, and parity only reads the custom format',
    custom,
  )
  refused('SQLite format 3', '`x` is not a `pg_dump` archive', custom)
  refused(
    write({ format: 3 }),
    '`x` is part of a dump in another format (`toc.dat`), and parity only reads the custom format',
    custom,
  )
  const update = 'update parity for a newer one; `pg_dump` of Postgres 9.0 or newer writes one that is not too old'
  refused(write({ minor: 17 }), '`x` has archive format 1.17, and parity knows 1.12 to 1.16', update)
  refused(write({ minor: 11 }), '`x` has archive format 1.11, and parity knows 1.12 to 1.16', update)
  refused(
    changed({}, (bytes) => bytes.writeUInt8(2, 5)),
    '`x` has archive format 2.14, and parity knows 1.12 to 1.16',
    update,
  )
  refused(
    changed({}, (bytes) => bytes.writeUInt8(3, 8)),
    '`x` is damaged: its numbers have 3 bytes',
    again,
  )
  refused(write({ minor: 15, compression: 4 }), '`x` is damaged: a compression of kind 4', again)
  refused(write({ count: -5 }), '`x` is damaged: its table of contents has -5 entries', again)
  refused(write({ entries: [{ ...people, dumpId: 0 }] }), '`x` is damaged: an entry has the number 0', again)
  refused(
    changed({ entries: [people] }, (bytes) => bytes.writeUInt8(7, bytes.length - 9)),
    '`x` is damaged: a data offset of kind 7',
    again,
  )
  refused(
    changed({ entries: [people] }, (bytes) => bytes.write('x259', bytes.indexOf('1259'))),
    '`x` is damaged: `x259` is no number',
    again,
  )
  refused(
    changed({ entries: [people] }, (bytes) => bytes.writeUInt8(9, bytes.indexOf('TABLE DATA') + 11)),
    '`x` is damaged: a section of kind 9',
    again,
  )
  refused(
    changed({ entries: [people] }, (bytes) => bytes.writeUInt32LE(0x7fffffff, bytes.indexOf('people') - 4)),
    '`x` is damaged: its table of contents has no end within 268435456 bytes',
    again,
  )
})

/** An archive with the entries `description: tag`, what they need, and more of them where it matters. */
function archiveOf(
  ...entries: (readonly [id: number, what: string, needs?: number[], more?: Partial<TocEntry>])[]
): Archive {
  const written = entries.map(([dumpId, what, dependencies = [], more = {}]): Written => {
    const [, description = '', tag = ''] = what.match(/^(.*?): (.*)$/s) ?? []
    return { dumpId, description, tag, dependencies, ...more }
  })
  return parse({ entries: written })
}

type SelectionFacts = Parameters<typeof selectEntries>[1]
const facts: SelectionFacts = {
  availableExtensions: [
    { name: 'citext', trusted: true },
    { name: 'cube', trusted: true },
    { name: 'earthdistance', trusted: true },
    { name: 'pg_stat_statements', trusted: false },
    { name: 'open', trusted: false, superuserOnly: false },
  ],
  roleIsSuperuser: false,
  skipExtensions: [],
}

describe('selectEntries', () => {
  /** Ids that are kept of `archive`. */
  const kept = (archive: Archive, more: Partial<SelectionFacts> = {}) =>
    useList(selectEntries(archive, { ...facts, ...more }).kept)
      .split('\n')
      .slice(0, -1)
      .map((line) => Number.parseInt(line, 10))
  const keeps = (name: string, archive: Archive, ids: number[], more: Partial<SelectionFacts> = {}) =>
    test(name, () => expect(kept(archive, more)).toEqual(ids))

  keeps(
    'everything of an ordinary archive',
    archiveOf([5, 'TABLE: a'], [3, 'TABLE: b'], [9, 'TABLE DATA: a', [5]]),
    [5, 3, 9],
  )
  keeps(
    'no session settings, which pg_restore always applies',
    archiveOf([1, 'ENCODING: ENCODING'], [2, 'DATABASE: acme'], [3, 'TABLE: a']),
    [3],
  )
  keeps(
    "nothing of Heroku's platform",
    archiveOf(
      [1, 'SCHEMA: _heroku'],
      [2, 'FUNCTION: create_ext()', [1], { namespace: '_heroku' }],
      [3, 'EVENT TRIGGER: log_create_ext', [2]],
      [
        4,
        'EVENT TRIGGER: other',
        [2],
        { definition: 'CREATE EVENT TRIGGER other ON ddl_command_end\n   EXECUTE FUNCTION _heroku.create_ext();\n' },
      ],
      [
        5,
        'EVENT TRIGGER: mine',
        [],
        { definition: 'CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION public.mine();' },
      ],
      [6, 'COMMENT: EVENT TRIGGER other', [4]],
      [7, 'ACL: SCHEMA _heroku', [1]],
      [8, 'ACL: TABLE a', [9]],
      [9, 'TABLE: a'],
    ),
    [5, 8, 9],
    { roleIsSuperuser: true },
  )
  keeps('no event trigger without a superuser', archiveOf([5, 'EVENT TRIGGER: mine'], [6, 'TABLE: a']), [6])
  keeps(
    'no statistics, which older servers have no functions for',
    archiveOf([5, 'TABLE: a'], [6, 'STATISTICS: by_name', [5]], [7, 'STATISTICS DATA: a', [5]]),
    [5, 6],
  )
  keeps('never a subscription', archiveOf([5, 'SUBSCRIPTION: s'], [6, 'SUBSCRIPTION TABLE: a', [5]]), [], {
    roleIsSuperuser: true,
  })
  const publications = archiveOf(
    [5, 'PUBLICATION: all', [], { definition: 'CREATE PUBLICATION "all" FOR ALL TABLES WITH (publish = x);' }],
    [6, 'PUBLICATION: few', [], { definition: 'CREATE PUBLICATION few;' }],
    [7, 'PUBLICATION TABLE: few a', [6]],
    [8, 'PUBLICATION TABLES IN SCHEMA: few public', [6]],
    [9, 'COMMENT: PUBLICATION "all"', [5]],
  )
  keeps('publications that the role may create', publications, [6, 7])
  keeps('all publications for a superuser', publications, [5, 6, 7, 8, 9], { roleIsSuperuser: true })
  keeps(
    'nothing that every database has',
    archiveOf(
      [1, 'SCHEMA: public'],
      [2, 'COMMENT: SCHEMA public', [1]],
      [3, 'EXTENSION: plpgsql'],
      [4, 'COMMENT: EXTENSION plpgsql', [3]],
      [5, 'TABLE: a', [1, 3]],
      [6, 'COMMENT: SCHEMA public', [1], { definition: "COMMENT ON SCHEMA public IS 'standard public schema';\n" }],
    ),
    [2, 5],
  )
  keeps(
    'the comment on plpgsql for a superuser',
    archiveOf([3, 'EXTENSION: plpgsql'], [4, 'COMMENT: EXTENSION plpgsql', [3]]),
    [4],
    { roleIsSuperuser: true },
  )
  keeps('a comment on an extension', archiveOf([1, 'EXTENSION: citext'], [2, 'COMMENT: EXTENSION citext', [1]]), [1, 2])
  keeps('an extension that needs no superuser', archiveOf([1, 'EXTENSION: open']), [1])

  test('says why', () => {
    const archive = archiveOf(
      [1, 'SCHEMA: _heroku'],
      [2, 'SUBSCRIPTION: s'],
      [3, 'EVENT TRIGGER: e'],
      [4, 'EXTENSION: plpgsql'],
      [5, 'COMMENT: EXTENSION plpgsql', [4]],
      [6, 'ACL: SCHEMA _heroku', [1]],
      [7, 'PUBLICATION: p', [], { definition: 'FOR ALL TABLES' }],
    )
    expect(selectEntries(archive, facts).leftOut.map(({ entry, reason }) => `${entry.dumpId} ${reason}`)).toEqual([
      '1 belongs to the platform of Heroku',
      '2 would make this database subscribe to another server',
      '3 only a superuser may create an event trigger',
      '4 is in every database already',
      '5 only a superuser may comment on it',
      '7 only a superuser may publish all tables',
      '6 belongs to something that is left out',
    ])
  })

  const geography = archiveOf(
    [1, 'EXTENSION: cube'],
    [2, 'EXTENSION: earthdistance', [1]],
    [3, 'TABLE: places', [2], { namespace: 'public' }],
    [4, 'TABLE DATA: places', [3]],
    [5, 'COMMENT: TABLE places', [3]],
    [6, 'TABLE: other'],
    [7, 'EXTENSION: pg_stat_statements'],
    [8, 'COMMENT: EXTENSION pg_stat_statements', [7]],
  )
  const without = (name: string) => facts.availableExtensions.filter((extension) => extension.name !== name)

  test('an extension that nothing needs is left out and counted', () => {
    const selection = selectEntries(geography, facts)
    expect(selection).toMatchObject({ extensionsLeftOut: ['pg_stat_statements'], problems: [] })
    expect(selection.leftOut.map(({ reason }) => reason)).toContain('only a superuser may create it')
    expect(kept(geography)).toEqual([1, 2, 3, 4, 5, 6])
    expect(kept(geography, { roleIsSuperuser: true })).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('one that something needs, at any remove, is a problem', () => {
    expect(selectEntries(geography, { ...facts, availableExtensions: without('cube') }).problems).toEqual([
      { name: 'cube', why: 'is not installed on this server', neededBy: ['TABLE public.places', 'TABLE DATA places'] },
    ])
  })

  test('one that only another needs, which nothing needs, leaves with it', () => {
    const archive = archiveOf([2, 'EXTENSION: earthdistance', [1]], [1, 'EXTENSION: cube'], [3, 'TABLE: a'])
    const selection = selectEntries(archive, { ...facts, availableExtensions: without('cube') })
    expect(selection).toMatchObject({ extensionsLeftOut: ['cube', 'earthdistance'], problems: [] })
    expect(useList(selection.kept)).toBe('3; 0 0 TABLE - a ada\n')
  })

  test('one that is to be skipped takes along what needs it', () => {
    const selection = selectEntries(geography, { ...facts, skipExtensions: ['cube'] })
    expect(selection).toMatchObject({
      extensionsLeftOut: ['pg_stat_statements'],
      lost: [{ extension: 'cube', objects: ['extension earthdistance', 'table public.places with its rows'] }],
      problems: [],
    })
    expect(selection.leftOut.map(({ entry, reason }) => `${entry.dumpId} ${reason}`)).toEqual([
      '1 is to be skipped',
      '2 needs the extension `cube`',
      '3 needs the extension `cube`',
      '4 needs the extension `cube`',
      '5 needs the extension `cube`',
      '7 only a superuser may create it',
      '8 needs the extension `pg_stat_statements`',
    ])
  })

  test('a user mapping leaves with its server, of which the archive does not say that it needs it', () => {
    const archive = archiveOf(
      [1, 'EXTENSION: cube'],
      [2, 'SERVER: archive', [1]],
      [3, 'USER MAPPING: USER MAPPING ada SERVER archive'],
      [4, 'USER MAPPING: USER MAPPING ada SERVER other archive2'],
    )
    const selection = selectEntries(archive, { ...facts, skipExtensions: ['cube'] })
    expect(selection.lost).toEqual([
      { extension: 'cube', objects: ['server archive', 'user mapping ada SERVER archive'] },
    ])
    expect(selection.kept.map(({ dumpId }) => dumpId)).toEqual([4])
  })

  const schemas = (definition: string, expected: string[], more: Partial<SelectionFacts> = {}) =>
    test(`${definition} wants ${expected}`, () =>
      expect(
        selectEntries(archiveOf([1, 'SCHEMA: made'], [2, 'EXTENSION: citext', [], { definition }]), {
          ...facts,
          ...more,
        }).schemasToCreate,
      ).toEqual(expected))

  schemas('CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA heroku_ext;\n', ['heroku_ext'])
  schemas('CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA "it""s; DROP";\n', ['it"s; DROP'])
  schemas('CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;\n', [])
  schemas('CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA pg_catalog;\n', [])
  schemas('CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA made;\n', [])
  schemas('CREATE EXTENSION citext;\n', [])
  schemas('CREATE EXTENSION citext WITH SCHEMA there;\n', [], { existingSchemas: ['there'] })
  schemas('CREATE EXTENSION citext WITH SCHEMA heroku_ext;\n', [], { skipExtensions: ['citext'] })
})

test('an entry of a list is one line, whatever the names hold', () => {
  const [entry] = archiveOf([
    7,
    'TABLE: a\r\nb; DROP',
    [],
    { namespace: 'x\ny', tableOid: 1259, oid: 4_294_967_295 },
  ]).entries
  expect(entry && useList([entry])).toBe('7; 1259 4294967295 TABLE x y a  b; DROP ada\n')
  expect(entry && isListed(entry)).toBe(true)
})
