import type { ColumnFacts, TableFacts } from '../../postgres/columns.ts'
import {
  followers,
  joints,
  ownersOfNames,
  partsOfNames,
  peopleTables,
  personalPairs,
  personalWords,
  placesTables,
  plainNames,
  wordsInContext,
} from './personal-words.ts'
import type { Preset } from './presets.ts'

type Named = Pick<TableFacts, 'name'> & {
  readonly columns: readonly Pick<ColumnFacts, 'name' | 'baseType' | 'isGenerated'>[]
}
type NamedColumn = Named['columns'][number]

/** Types of which a value alone says nothing about anybody, but for a date of birth. */
const momentTypes = ['timestamp', 'timestamptz', 'interval', 'time', 'timetz', 'date']
const numberTypes = ['int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'money']

/**
 * The columns of `table` that look personal by their names, each with the preset that mostly fits. A name is judged by the word that
 * it is about: `work_email` is one, `email_status` is not.
 */
export function judgeNames(table: Named): ReadonlyMap<string, Preset> {
  const place = isOf(table.name, placesTables)
  const people = !place && isOf(table.name, peopleTables)
  const certain = new Map(table.columns.flatMap((column) => entryOf(column, judgeAlone(column, place))))
  const isStrong = [...certain].some(([name, preset]) => tellsOfSomebody(name, preset))
  if (place || !(people || isStrong)) return certain
  const hasPlace = [...certain.keys()].some((name) => /city|zip|postal|postcode/i.test(name))
  const others = table.columns.flatMap((column) => {
    // `state` is mostly that of a process.
    const isUnclear = certain.has(column.name) || (column.name === 'state' && !hasPlace)
    return isUnclear ? [] : entryOf(column, judgeInContext(column, people))
  })
  return new Map([...certain, ...others])
}

function entryOf({ name }: NamedColumn, preset: Preset | undefined): [string, Preset][] {
  return preset === undefined ? [] : [[name, preset]]
}

/** What a column is by its own name, wherever it stands; in a table of places less is. */
function judgeAlone(column: NamedColumn, place: boolean): Preset | undefined {
  const words = wordsOf(column.name)
  const preset = isBirth(words) ? 'null' : presetOf(words, personalPairs, personalWords)
  if (preset === undefined || !fitsType(column, words, preset)) return undefined
  return place && ['address', 'phone'].includes(preset) ? undefined : preset
}

function judgeInContext(column: NamedColumn, people: boolean): Preset | undefined {
  const words = wordsOf(column.name)
  const [last, before] = [words.at(-1) ?? '', words.at(-2)]
  if (last === 'name' && (before === undefined || plainNames.has(before)))
    return fitsType(column, words, 'name') ? 'name' : undefined
  const preset = presetOf(words, {}, wordsInContext)
  const isApt = people || preset === 'address'
  return preset !== undefined && isApt && words.length <= 2 && fitsType(column, words, preset) ? preset : undefined
}

/** The preset for the word or the two words that a name is about. */
function presetOf(
  words: readonly string[],
  two: Readonly<Record<string, Preset>>,
  one: Readonly<Record<string, Preset>>,
): Preset | undefined {
  for (let end = words.length; end > 0; end -= 1) {
    const [before = '', last = ''] = [words[end - 2], words[end - 1]]
    const pair = own(two, `${before} ${last}`)
    if (pair) return pair
    if (one === personalWords && isNameOfPerson(words.slice(0, end))) return 'name'
    const single = own(one, last)
    if (single) return isAboutPersons(before, last, words[end]) ? single : undefined
    if (!followers.has(last)) return undefined
  }
  return undefined
}

function own(presets: Readonly<Record<string, Preset>>, word: string): Preset | undefined {
  return Object.hasOwn(presets, word) ? presets[word] : undefined
}

/** `first_name`, `name_first`, `billing_name`; not `role_name`. */
function isNameOfPerson(words: readonly string[]): boolean {
  const [before = '', last = ''] = words.slice(-2)
  return (last === 'name' && ownersOfNames.has(before)) || (before === 'name' && partsOfNames.has(last))
}

/** Things that have a word of people's in their names. */
function isAboutPersons(before: string, last: string, next: string | undefined): boolean {
  if (last === 'login' && /^(?:last|first|failed|next)$/.test(before)) return false
  if (['address', 'addr'].includes(last) && /^(?:web|contract|memory|bind|listen|server|url|site)$/.test(before))
    return false
  if (last === 'token' && /^(?:max|min|total|prompt|completion)$/.test(before)) return false
  if (last === 'tokens' && next === undefined && /^(?:max|min|total|prompt|completion|num)$/.test(before)) return false
  return last !== 'secret' || next !== 'id'
}

function isBirth(words: readonly string[]): boolean {
  return (
    words.includes('birth') || words.includes('born') || ['birthday', 'birthdate', 'dob'].includes(words.at(-1) ?? '')
  )
}

function fitsType({ baseType, isGenerated }: NamedColumn, words: readonly string[], preset: Preset): boolean {
  const last = words.at(-1) ?? ''
  const isKey = /^ids?$/.test(last) && /^(?:int\d|uuid)$/.test(baseType)
  if (isGenerated || isKey || baseType === 'bool') return false
  if (momentTypes.includes(baseType)) return isBirth(words)
  if (!numberTypes.includes(baseType)) return true
  const isCoordinate = /^(?:latitude|longitude|lat|lng|lon|zip|zipcode|postcode|plz|otp|pin|ip|code)$/.test(last)
  return isCoordinate || ['phone', 'number', 'null'].includes(preset)
}

/** Whether a column says that a row is about a person: a password or a place can be anything's. */
function tellsOfSomebody(name: string, preset: Preset): boolean {
  const words = wordsOf(name)
  if (preset === 'address')
    return (
      words.some((word) => /^(?:street|strasse|zip|zipcode|postcode|plz|postal|address|addr)$/.test(word)) &&
      !words.some((word) => /^(?:ip|mac|remote)$/.test(word))
    )
  return preset !== 'text' || words.some((word) => /^(?:gender|sex|nationality|ethnicity|religion)$/.test(word))
}

function isOf(table: string, kinds: ReadonlySet<string>): boolean {
  const last = wordsOf(table).at(-1) ?? ''
  const singulars = [last, last.replace(/s$/, ''), last.replace(/es$/, ''), last.replace(/ies$/, 'y')]
  return singulars.some((word) => kinds.has(word))
}

/** `firstName`, `first_name`, `FIRST-NAME2` and `firstname2` are `first` and `name`; a single letter at the end counts for nothing. */
function wordsOf(name: string): string[] {
  const apart = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
  const words = apart
    .split(/[^\p{L}\p{N}]+/u)
    .flatMap((word) => (Object.hasOwn(known, word) ? [word] : word.split(/\d+/)))
  const whole = words.filter(Boolean)
  const trimmed = whole.length > 1 && whole.at(-1)?.length === 1 ? whole.slice(0, -1) : whole
  return joined(trimmed).flatMap(split)
}

/** `e_mail`, `first_name` and `zip_code` as the one word that is listed. */
function joined(words: readonly string[]): string[] {
  const [first, second, ...rest] = words
  if (first === undefined) return []
  if (second === undefined) return [first]
  if (first === 'e' && second === 'mail') return ['email', ...joined(rest)]
  const both = first + second
  return Object.hasOwn(personalWords, both) && rest.length === 0 ? [both] : [first, ...joined([second, ...rest])]
}

/** Every word that is known, by which what was written in one is taken apart. */
const known: Readonly<Record<string, true>> = Object.fromEntries(
  [
    ...[
      ...Object.keys(personalWords),
      ...Object.keys(wordsInContext),
      ...Object.keys(personalPairs).flatMap((pair) => pair.split(' ')),
    ],
    ...[...ownersOfNames, ...partsOfNames, ...plainNames, ...followers, ...joints],
  ].map((word) => [word, true as const]),
)

/** `homephone` is `home` and `phone`, if all of it is made of words that are known. */
function split(word: string): string[] {
  if (Object.hasOwn(known, word)) return [word]
  return partsOf(word) ?? [word]
}

/** Of two letters only `ip` and `id` count: others would be found in many words. */
function partsOf(word: string): string[] | undefined {
  if (word === '') return []
  for (let length = word.length; length >= 2; length -= 1) {
    const part = word.slice(0, length)
    if (!Object.hasOwn(known, part) || (length < 3 && !['ip', 'id'].includes(part))) continue
    const rest = partsOf(word.slice(length))
    if (rest) return [part, ...rest]
  }
  return undefined
}
