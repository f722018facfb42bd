import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml'
import type { Block } from './blocks.ts'
import { beginningOf, endOf, entryOf, hasAnchor, lineEnd, NotEditable, onlyDocument, topMap } from './yaml-places.ts'

/** The file with the services in it, or why it cannot be edited in place. */
type Edited = { readonly text: string } | { readonly refused: string }

/**
 * Puts services into the text of a Compose file (undefined: there is none). Those of ours, by their mark, are replaced, others are added
 * behind the last; every other byte stays. The result is read again, and refused unless all that is not ours says the same as before.
 */
export function editCompose(text: string | undefined, blocks: readonly Block[]): Edited {
  try {
    const before = text ?? ''
    const volumes = blocks.flatMap(({ volume }) => volume ?? [])
    let after = blocks.reduce(withService, before)
    for (const volume of volumes) after = withEntry(after, 'volumes', volume, [])
    return { text: checked(before, after, blocks) }
  } catch (error) {
    if (error instanceof NotEditable) return { refused: error.message }
    throw error
  }
}

/** A service of a Compose file that is ours. */
type ManagedService = {
  /** What it stands for: `redis-cache`. */
  readonly name: string
  /** Its key in the file. */
  readonly key: string
  readonly version: string
  /** On 127.0.0.1; 0 where it has none. */
  readonly port: number
  /** Of Postgres. */
  readonly database: string | undefined
  readonly password: string | undefined
  /** Whether its image is made here. */
  readonly builds: boolean
}

/** The services of a Compose file that are ours, by their mark; none in a file that cannot be read. */
export function managedServices(text: string): ManagedService[] {
  const services = servicesIn(text)
  return Object.entries((services ?? {}) as Tree).flatMap(([key, value]) => {
    const name = markOf(value)
    if (name === undefined) return []
    const service = value as Tree
    const [port] = (service.ports as unknown[] | undefined) ?? []
    const environment = (service.environment ?? {}) as Tree
    return {
      name,
      key,
      version: textOr('', (service['x-parity'] as Tree).version),
      port: Number(/^127\.0\.0\.1:(\d+):/.exec(String(port))?.[1] ?? 0),
      database: textOr(undefined, environment.POSTGRES_DB),
      password: textOr(undefined, environment.POSTGRES_PASSWORD),
      builds: service.build !== undefined,
    }
  })
}

function servicesIn(text: string): unknown {
  try {
    return (parseDocument(text, { merge: true }).toJS() as Tree | null)?.services
  } catch {
    return undefined // an alias without its anchor
  }
}

function textOr<T>(otherwise: T, value: unknown): string | T {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise
}

type Tree = Readonly<Record<string, unknown>>

function markOf(service: unknown): string | undefined {
  const mark = (service as { 'x-parity'?: { service?: unknown } } | null)?.['x-parity']?.service
  return typeof mark === 'string' ? mark : undefined
}

/** The text with a service in the place of the one that has its mark, else as a new one. */
function withService(text: string, { name, lines }: Block): string {
  const document = onlyDocument(text)
  const services = document && (document.toJS() as Tree).services
  const known = Object.entries((services ?? {}) as Tree)
  const key = known.find(([, service]) => markOf(service) === name)?.[0]
  if (key !== undefined) return withEntry(text, 'services', key, lines)
  const taken = known.some(([other]) => other === name)
  return withEntry(text, 'services', taken ? `parity-${name}` : name, lines)
}

/** The text with an entry in one of the maps at its top. */
function withEntry(text: string, section: string, key: string, lines: readonly string[]): string {
  const document = onlyDocument(text)
  if (document === undefined) return appended(text, [`${section}:`, ...entry(key, lines, 2, 2)])
  const top = topMap(document)
  const pair = entryOf(top, section)
  if (pair === undefined) return afterLast(text, top, [`${section}:`, ...entry(key, lines, 2, 2)])
  if (isEmpty(pair)) return intoEmpty(text, pair, entry(key, lines, 2, 2))
  const { value } = pair
  if (!isMap(value) || value.flow) throw new NotEditable(`its \`${section}\` are not a map, one a line`)
  return inMap(text, value as YAMLMap, key, lines)
}

function inMap(text: string, map: YAMLMap, key: string, lines: readonly string[]): string {
  const [first] = map.items
  if (first === undefined) throw new NotEditable('it has an empty map')
  const { indent } = beginningOf(text, first)
  const step = stepOf(text, map, indent)
  const known = entryOf(map, key)
  if (known === undefined) return afterLast(text, map, entry(key, lines, indent, step))
  if (lines.length === 0) return text
  if (hasAnchor(known)) throw new NotEditable(`its service \`${key}\` has an anchor`)
  const { line } = beginningOf(text, known)
  return spliced(text, line, endOf(text, known, indent), entry(key, lines, indent, step))
}

/** How much deeper the keys of an entry are than its own. */
function stepOf(text: string, map: YAMLMap, indent: number): number {
  for (const { value } of map.items) {
    const [child] = isMap(value) && !value.flow ? value.items : []
    if (child) return Math.max(beginningOf(text, child as Pair).indent - indent, 1)
  }
  return 2
}

function entry(key: string, lines: readonly string[], indent: number, step: number): string[] {
  const deeper = lines.map((line) => {
    const depth = line.search(/\S/) / 2
    return `${' '.repeat(indent + step * (depth + 1))}${line.trimStart()}`
  })
  return [`${' '.repeat(indent)}${key}:`, ...deeper]
}

function isEmpty({ value }: Pair): boolean {
  if (isMap(value)) return value.flow === true && value.items.length === 0
  return value === null || (isScalar(value) && value.value === null && (value.source ?? '') === '')
}

/** Behind the line of a key that has no value, or `{}`. */
function intoEmpty(text: string, { key, value }: Pair, lines: readonly string[]): string {
  const at = isScalar(key) ? (key.range?.[1] ?? 0) : 0
  const [start, end] = isMap(value) ? (value.range ?? []) : []
  const cut = start === undefined || end === undefined ? text : `${text.slice(0, start).trimEnd()}${text.slice(end)}`
  const behind = lineEnd(cut, at)
  return spliced(cut, behind, behind, lines)
}

function afterLast(text: string, map: YAMLMap, lines: readonly string[]): string {
  const last = map.items.at(-1)
  if (last === undefined) throw new NotEditable('it has an empty map')
  const { indent } = beginningOf(text, last)
  const end = endOf(text, last, indent)
  return spliced(text, end, end, lines)
}

function appended(text: string, lines: readonly string[]): string {
  return spliced(text, text.length, text.length, lines)
}

/** The text with these lines in the place of what stands from `start` to `end`, both of which begin lines. */
function spliced(text: string, start: number, end: number, lines: readonly string[]): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const before = text.slice(0, start)
  const gap = before === '' || before.endsWith('\n') ? '' : newline
  return `${before}${gap}${lines.join(newline)}${newline}${text.slice(end)}`
}

/** The new text, if all that is not ours says what it said. */
function checked(before: string, after: string, blocks: readonly Block[]): string {
  if (!isDeepStrictEqual(foreign(before, blocks), foreign(after, blocks)))
    throw new NotEditable('its other entries would change')
  const made = managedServices(after).map(({ name }) => name)
  if (blocks.some(({ name }) => !made.includes(name))) throw new NotEditable('the services do not arrive in it')
  return after
}

/** All that a file says, without what is ours. */
function foreign(text: string, blocks: readonly Block[]): unknown {
  const ours = new Set(blocks.flatMap(({ volume }) => volume ?? []))
  const tree = (onlyDocument(text)?.toJS() ?? {}) as Tree
  const without = (section: unknown, isOurs: (key: string, value: unknown) => boolean) =>
    Object.fromEntries(Object.entries((section ?? {}) as Tree).filter(([key, value]) => !isOurs(key, value)))
  return {
    ...tree,
    services: without(tree.services, (_, value) => blocks.some(({ name }) => name === markOf(value))),
    volumes: without(tree.volumes, (key) => ours.has(key)),
  }
}
