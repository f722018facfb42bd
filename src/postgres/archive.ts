import { failure, type ParityError } from '../errors.ts'
import { damagedArchive, Reader, TooShort, widthOf } from './archive-reader.ts'
import { majorVersion } from './client-versions.ts'

export type Section = 'none' | 'pre-data' | 'data' | 'post-data'

/** One entry of an archive's table of contents (TOC). */
export type TocEntry = {
  readonly dumpId: number
  readonly tableOid: number
  readonly oid: number
  /** Its name, in general: `users`; `SCHEMA _heroku` for the comment on a schema. */
  readonly tag: string
  /** What it is: `TABLE`, `TABLE DATA`, `EXTENSION`, `FK CONSTRAINT` … */
  readonly description: string
  readonly section: Section
  readonly definition: string
  readonly dropStatement: string
  readonly copyStatement: string
  /** Its schema; undefined for what is in none. */
  readonly namespace?: string
  readonly owner: string
  /** Dump ids of what it needs, also of things that this archive does not hold. */
  readonly dependencies: readonly number[]
  readonly hasData: boolean
  /** Bytes from the start of the file; undefined without data, and for all data of a dump written through a pipe. */
  readonly dataOffset?: number
}

export type Archive = {
  /** `1.14` */
  readonly formatVersion: string
  readonly compression: Compression
  /** By the clock of the machine that dumped, read as UTC: the archive names no time zone, and Heroku's is UTC. */
  readonly createdAt: Date
  readonly databaseName: string
  /** As the server said it: `15.18 (Debian 15.18-0+deb12u1)`. */
  readonly serverVersion: string
  readonly dumpVersion: string
  readonly serverMajor: number
  /** As Postgres names it: `UTF8`. */
  readonly encoding: string
  readonly entries: readonly TocEntry[]
  /** Bytes of header and TOC: where the data begins. */
  readonly dataStart: number
  /** Bytes of a number in the file, which the machine that dumped chose. */
  readonly integerSize: number
}

type Compression = 'none' | 'gzip' | 'lz4' | 'zstd'

type Header = Omit<Archive, 'encoding' | 'entries' | 'dataStart'> & { readonly minor: number; readonly count: number }

/** The first bytes of an archive of `pg_dump --format=custom`, which is what Heroku makes. */
export const magic = 'PGDMP'

/** Formats that Postgres 9.0 to 18 write: `pg_backup_archiver.h` of its source. */
const oldestMinor = 12
const newestMinor = 16

/** Bytes of header and TOC beyond which a file is hostile or damaged: real ones with 100,000 entries take a fifth. */
const largestToc = 268_435_456

const makeCustom = 'make the backup with `pg_dump --format=custom`, as Heroku does'

/**
 * The archive that begins with `bytes`, or how many bytes it takes at least to go on. `what` is its name in messages.
 * Errors (1): it is no archive in pg_dump's custom format, of a format that parity doesn't know, or damaged.
 */
export function parseArchive(bytes: Buffer, what = 'the backup'): Archive | { readonly needsBytes: number } {
  const reader = new Reader(bytes, what)
  try {
    const { minor, count, ...header } = readHeader(reader)
    const entries: TocEntry[] = []
    while (entries.length < count) entries.push(readEntry(reader, minor))
    return { ...header, encoding: encodingOf(entries), entries, dataStart: reader.position }
  } catch (error) {
    if (!(error instanceof TooShort)) throw error
    const { needsBytes } = error
    if (needsBytes > largestToc)
      throw damagedArchive(what, `its table of contents has no end within ${largestToc} bytes`)
    return { needsBytes }
  }
}

/** Magic, then the three bytes of the format version: all that decides which pg_restore is needed. */
export const formatBytes = magic.length + 3

/**
 * The archive format (`1.14`) that the first bytes of a file tell; undefined where they are no archive's.
 * Errors (1): a format that parity doesn't know.
 */
export function formatVersionOf(bytes: Buffer, what: string): string | undefined {
  if (bytes.length < formatBytes || bytes.toString('latin1', 0, magic.length) !== magic) return undefined
  return knownFormat(bytes[magic.length] ?? 0, bytes[magic.length + 1] ?? 0, what)
}

function knownFormat(major: number, minor: number, what: string): string {
  const version = `${major}.${minor}`
  if (major === 1 && minor >= oldestMinor && minor <= newestMinor) return version
  throw unknownFormat(what, version)
}

function readHeader(reader: Reader): Header {
  const { what } = reader
  refuseOtherFiles(reader.bytes, what)
  reader.take(magic.length)
  const [major, minor] = [reader.byte(), reader.byte(), reader.byte()]
  const formatVersion = knownFormat(major, minor, what)
  reader.integerSize = widthOf(reader.byte(), what)
  reader.offsetSize = widthOf(reader.byte(), what)
  // 1 is custom. 3 is tar, which the `toc.dat` of the directory format says too.
  if (reader.byte() !== 1) throw notCustom(what, 'is part of a dump in another format (`toc.dat`)')
  const compression = readCompression(reader, minor)
  const createdAt = readTime(reader)
  const [databaseName = '', serverVersion = '', dumpVersion = ''] = [reader.text(), reader.text(), reader.text()]
  const count = reader.integer()
  if (count < 0) throw damagedArchive(what, `its table of contents has ${count} entries`)
  const serverMajor = majorVersion(serverVersion)
  const { integerSize } = reader
  return {
    ...{ formatVersion, minor, integerSize, compression, createdAt, databaseName, serverVersion, dumpVersion },
    ...{ serverMajor, count },
  }
}

/** Since 1.15 the algorithm has its own byte; before there was only gzip, at a level from 0 (none) to 9, or -1. */
function readCompression(reader: Reader, minor: number): Compression {
  if (minor < 15) return reader.integer() === 0 ? 'none' : 'gzip'
  const algorithms: readonly Compression[] = ['none', 'gzip', 'lz4', 'zstd']
  const number = reader.byte()
  const algorithm = algorithms[number]
  if (algorithm === undefined) throw damagedArchive(reader.what, `a compression of kind ${number}`)
  return algorithm
}

/** C's `struct tm`: years since 1900, months from 0. */
function readTime(reader: Reader): Date {
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0] = Array.from({ length: 7 }, () =>
    reader.integer(),
  )
  return new Date(Date.UTC(year + 1900, month, day, hour, minute, second))
}

function readEntry(reader: Reader, minor: number): TocEntry {
  const dumpId = reader.integer()
  if (dumpId <= 0) throw damagedArchive(reader.what, `an entry has the number ${dumpId}`)
  reader.integer() // hadDumper: whether there is data, which the offset shows too
  const [tableOid, oid] = [reader.number(), reader.number()]
  const [tag = '', description = ''] = [reader.text(), reader.text()]
  const section = sectionOf(reader.integer(), reader.what)
  const [definition = '', dropStatement = '', copyStatement = ''] = [reader.text(), reader.text(), reader.text()]
  const namespace = reader.text()
  reader.text() // tablespace
  if (minor >= 14) reader.text() // table access method
  if (minor >= 16) reader.integer() // relkind
  const owner = reader.text() ?? ''
  reader.text() // WITH OIDS, always `false` since Postgres 12
  const dependencies = reader.numbers()
  return {
    ...{ dumpId, tableOid, oid, tag, description, section, definition, dropStatement, copyStatement },
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    ...{ owner, dependencies },
    ...reader.offset(),
  }
}

function sectionOf(number: number, what: string): Section {
  const sections: readonly Section[] = ['none', 'pre-data', 'data', 'post-data']
  const section = sections[number - 1]
  if (section === undefined) throw damagedArchive(what, `a section of kind ${number}`)
  return section
}

/** The entry ENCODING is `SET client_encoding = 'UTF8';`. */
function encodingOf(entries: readonly TocEntry[]): string {
  const { definition = '' } = entries.find(({ description }) => description === 'ENCODING') ?? {}
  return definition.match(/'([^']+)'/)?.[1] ?? 'SQL_ASCII'
}

/** Files that people take for a dump, told by their first bytes: each has another remedy. */
function refuseOtherFiles(bytes: Buffer, what: string): void {
  const start = bytes.toString('latin1', 0, 512)
  if (start.startsWith(magic.slice(0, start.length))) return
  if (start.startsWith('\x1f\x8b')) throw failure(`${what} is gzip-compressed`, 'run `gunzip` on it first')
  if (/^(?:\xef\xbb\xbf)?\s*</.test(start)) {
    throw failure(`${what} is a web page or an XML error, not a dump`, 'its URL may have expired: get a new one')
  }
  if (/^(?:\xef\xbb\xbf)?\s*(?:--|\/\*|\\|(?:SET|CREATE|BEGIN|SELECT)\b)/i.test(start)) {
    throw notCustom(what, 'is a dump in plain SQL')
  }
  if (start.slice(257, 262) === 'ustar') throw notCustom(what, 'is a dump in tar format, or another tar archive')
  throw failure(`${what} is not a \`pg_dump\` archive`, makeCustom)
}

function notCustom(what: string, problem: string): ParityError {
  return failure(`${what} ${problem}, and parity only reads the custom format`, makeCustom)
}

function unknownFormat(what: string, version: string): ParityError {
  return failure(
    `${what} has archive format ${version}, and parity knows 1.${oldestMinor} to 1.${newestMinor}`,
    'update parity for a newer one; `pg_dump` of Postgres 9.0 or newer writes one that is not too old',
  )
}
