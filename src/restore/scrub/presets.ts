import type { ColumnFacts } from '../../postgres/columns.ts'
import { quoteIdentifier } from '../../postgres/identifiers.ts'

export const presets = ['email', 'name', 'phone', 'address', 'text', 'number', 'null', 'uuid'] as const
export type Preset = (typeof presets)[number]

/** What a column can hold, as far as presets care; several columns that a foreign key ties together count as one. */
export type Room = {
  readonly kind: 'text' | 'number' | 'uuid' | 'other'
  /** Characters of a text, Infinity for no limit. */
  readonly length: number
  /** Whether `A` and `a` are the same to it. */
  readonly ignoresCase: boolean
  /** Digits behind the point of a number. */
  readonly scale: number
  /** The largest number. */
  readonly largest: string | undefined
  /** Whether a unique index keeps its values apart. */
  readonly isUnique: boolean
}

/** A preset as SQL. With `usesRank` it asks for `rank`, a number from 1 that no other row of the table has. */
export type Expression = { readonly sql: string; readonly usesRank: boolean }

/** The setting of the session that holds the key of the hash: in no statement, and so in no log of the server. */
export const keySetting = 'parity.scrub_key'

const textTypes = ['text', 'varchar', 'bpchar', 'citext', 'name']
const largestIntegers: Readonly<Record<string, string>> = {
  int2: '32767',
  int4: '2147483647',
  int8: '9223372036854775807',
}
const fractions: Readonly<Record<string, number>> = { float4: 2, float8: 2 }

export function roomOf({ baseType, length, scale }: ColumnFacts, isUnique: boolean): Room {
  const isNumber = baseType in largestIntegers || baseType in fractions || baseType === 'numeric'
  return {
    kind: textTypes.includes(baseType) ? 'text' : isNumber ? 'number' : baseType === 'uuid' ? 'uuid' : 'other',
    length: length ?? Number.POSITIVE_INFINITY,
    ignoresCase: baseType === 'citext',
    scale: fractions[baseType] ?? scale ?? 0,
    largest: largestIntegers[baseType],
    isUnique,
  }
}

/** What fits into all of them: values that a foreign key compares have to be made alike. */
export function narrowest(rooms: readonly Room[]): Room {
  return rooms.reduce((one, other) => ({
    kind: one.kind === other.kind ? one.kind : 'other',
    length: Math.min(one.length, other.length),
    ignoresCase: one.ignoresCase || other.ignoresCase,
    scale: Math.min(one.scale, other.scale),
    largest: Number(other.largest ?? Infinity) < Number(one.largest ?? Infinity) ? other.largest : one.largest,
    isUnique: one.isUnique || other.isUnique,
  }))
}

/**
 * What `preset` makes of a column: the same value always becomes the same, in every table, as long as the key of this machine is
 * the same; NULL and empty texts stay what they are. Where a unique index asks for it the value holds 64 bits of a hash, and where
 * these don't fit a rank, which is unique but says nothing outside its table. Returns why it can't be done, in words, if so.
 */
export function presetExpression(preset: Preset, column: string, room: Room, rank: string): Expression | string {
  if (preset === 'null') return { sql: 'NULL', usesRank: false }
  if (preset === 'uuid' && room.kind === 'uuid') return plain(uuid(hash(column, room)))
  if (preset === 'number' && room.kind === 'number') return number(column, room, rank)
  if (room.kind !== 'text')
    return preset === 'number' ? 'makes numbers' : preset === 'uuid' ? 'makes UUIDs' : 'makes texts'
  const made = texts[preset]({ value: `${quoteIdentifier(column)}::text`, hash: hash(column, room), room, rank })
  if (typeof made === 'string') return made
  const name = quoteIdentifier(column)
  return { ...made, sql: `CASE WHEN ${name}::text <> '' THEN ${made.sql} ELSE ${name}::text END` }
}

/** 128 bits in hexadecimal digits; NULL of NULL. */
export function hash(column: string, { ignoresCase }: Pick<Room, 'ignoresCase'>): string {
  const text = `${quoteIdentifier(column)}::text`
  return `md5(current_setting('${keySetting}') || ${ignoresCase ? `lower(${text})` : text})`
}

type Made = { readonly value: string; readonly hash: string; readonly room: Room; readonly rank: string }

/** Texts of such a preset are never longer; `unique` bits of a hash are 16 hexadecimal digits. */
const mark = 16
const longest = { name: 16, address: 18, phone: 12, uuid: 36 }
const domain = '@example.com'

const texts: Readonly<Record<Exclude<Preset, 'null'>, (made: Made) => Expression | string>> = {
  email({ hash, room, rank }) {
    const free = room.length - domain.length
    if (free < 4) return `needs ${domain.length + 4} characters`
    if (room.isUnique && free < mark) return ranked(`${rank}::text || '${domain}'`)
    const user = free >= 'user-'.length + mark ? "'user-' || " : ''
    return plain(`${user}${digits(hash, Math.min(free, mark))} || '${domain}'`)
  },
  name: ({ hash, room, rank }) =>
    distinct(`${pick(firstNames, hash, 1)} || ' ' || ${pick(lastNames, hash, 2)}`, longest.name, hash, room, rank),
  address: ({ hash, room, rank }) =>
    distinct(`(1 + ${bits(hash)} % 999)::text || ' Example Street'`, longest.address, hash, room, rank),
  // +1 555 is no area code of North America: the number reaches no one.
  phone({ hash, room, rank }) {
    const isWide = room.length >= longest.phone
    if (room.isUnique)
      return ranked(
        isWide ? `'+1555' || lpad(${rank}::text, greatest(7, length(${rank}::text)), '0')` : `${rank}::text`,
      )
    const tail = `lpad((${bits(hash)} % 10000000)::text, 7, '0')`
    return plain(isWide ? `'+1555' || ${tail}` : within(room, 7, tail))
  },
  text({ value, hash, room, rank }) {
    if (room.isUnique && room.length < mark) return ranked(`${rank}::text`)
    const length = room.isUnique ? `greatest(length(${value}), ${mark})` : `length(${value})`
    return plain(`rpad(${digits(hash, mark)}, ${length}, ' lorem ipsum dolor sit amet,')`)
  },
  number({ value, hash, room, rank }) {
    if (room.isUnique) return ranked(`${rank}::text`)
    return plain(`rpad(${bits(hash)}::text, length(${value}), '0')`)
  },
  uuid: ({ hash, room }) =>
    room.length < longest.uuid ? `needs ${longest.uuid} characters` : plain(`${uuid(hash)}::text`),
}

/** A text that may be the same in two rows, made different where it has to be. */
function distinct(sql: string, length: number, hash: string, room: Room, rank: string): Expression {
  if (!room.isUnique) return plain(within(room, length, sql))
  if (room.length < mark) return ranked(`${rank}::text`)
  const bare = digits(hash, mark)
  return plain(room.length > length + mark ? `${sql} || ' ' || ${bare}` : bare)
}

/** As many digits as before, or a rank. 0 stays 0: it mostly means that there is nothing. */
function number(column: string, { scale, largest, isUnique, ignoresCase }: Room, rank: string): Expression {
  const name = quoteIdentifier(column)
  if (isUnique) return ranked(`CASE WHEN ${name} IS NOT NULL THEN ${rank} END`)
  const power = `1${'0'.repeat(scale)}::numeric`
  const size = `trunc(abs(${name}::numeric) * ${power})`
  const least = `rpad('1', length(${size}::text), '0')::numeric`
  const span = largest === undefined ? `(9 * ${least})` : `least(9 * ${least}, ${largest} - ${least} + 1)`
  const share = `${bits(hash(column, { ignoresCase }))}::numeric / ${2n ** 60n}`
  const other = `(${least} + trunc(${share} * ${span})) / ${power}`
  return plain(`CASE WHEN ${name} <> 0 THEN sign(${name}::numeric) * ${other} ELSE ${name} END`)
}

function plain(sql: string): Expression {
  return { sql, usesRank: false }
}

function ranked(sql: string): Expression {
  return { sql, usesRank: true }
}

function within({ length }: Room, most: number, sql: string): string {
  return length < most ? `left(${sql}, ${length})` : sql
}

function digits(hash: string, count: number): string {
  return `left(${hash}, ${count})`
}

/** A whole number from 0, of 60 bits. */
function bits(hash: string): string {
  return `('x' || left(${hash}, 15))::bit(60)::bigint`
}

/** A UUID of version 4 by its looks, for programs that insist. */
function uuid(hash: string): string {
  return `overlay(overlay(${hash} placing '4' from 13) placing '8' from 17)::uuid`
}

const firstNames =
  'Ada,Alan,Barbara,Donald,Edsger,Frances,Grace,Hedy,Joan,Katherine,Ken,Linus,Margaret,Radia,Sophie,Tim'
const lastNames = 'Allen,Baker,Berg,Clark,Ford,Gray,Hill,Jansen,King,Lind,Moreau,Novak,Rossi,Silva,Weber,Young'

/** One of 16 words, by the digit of the hash at `place`. */
function pick(words: string, hash: string, place: number): string {
  return `('{${words}}'::text[])[1 + ('x' || substr(${hash}, ${place}, 1))::bit(4)::int]`
}
