import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, parseAllDocuments, visit, type YAMLMap } from 'yaml'

/*
 * Where things are in the text of a YAML file. The text is cut and joined at these places, and never printed by the library, which would
 * change what it did not touch.
 */

/** A YAML file that cannot be edited in place, and why. */
export class NotEditable extends Error {}

/** The one document of a file; undefined for a file without content. Throws `NotEditable` for several, and for what does not parse. */
export function onlyDocument(text: string): Document.Parsed | undefined {
  const documents = parseAllDocuments(text, { merge: true })
  const [document, ...others] = Array.isArray(documents) ? documents : []
  if (others.length > 0) throw new NotEditable('it has several documents')
  if (document === undefined || (document.contents === null && document.errors.length === 0)) return undefined
  const [error] = document.errors
  if (error !== undefined) throw new NotEditable(`it is not valid YAML: ${error.message.split('\n')[0]}`)
  return document
}

/** The map at the top of a document, a key a line. */
export function topMap(document: Document.Parsed): YAMLMap {
  const { contents } = document
  if (!isMap(contents) || contents.flow) throw new NotEditable('it is not a map of keys, one a line')
  return contents as YAMLMap
}

/** The entry of a map with that key. */
export function entryOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
}

/** Where the first word of an entry begins. Throws `NotEditable` where something stands before it on its line. */
export function beginningOf(text: string, { key }: Pair): { readonly line: number; readonly indent: number } {
  const start = isScalar(key) ? key.range?.[0] : undefined
  if (start === undefined || start === null) throw new NotEditable('one of its keys is not a word')
  const line = text.lastIndexOf('\n', start - 1) + 1
  if (text.slice(line, start).trim() !== '') throw new NotEditable('one of its keys does not begin a line')
  return { line, indent: start - line }
}

/**
 * Where an entry ends: behind the last line of its value, and of the comments that are indented deeper than its key. The library's own end
 * takes in what belongs to the next section.
 */
export function endOf(text: string, pair: Pair, indent: number): number {
  let end = lineEnd(text, lastPosition(pair))
  for (let at = end; at < text.length; ) {
    const next = lineEnd(text, at)
    const line = text.slice(at, next)
    const depth = line.search(/\S/)
    if (depth >= 0 && (line[depth] !== '#' || depth <= indent)) break
    if (depth >= 0) end = next
    at = next
  }
  return end
}

/** Behind the line that holds a position; at the position itself where it begins one, and something has come before. */
export function lineEnd(text: string, position: number): number {
  const end = text.indexOf('\n', position)
  return end < 0 ? text.length : end + 1
}

function lastPosition({ key, value }: Pair): number {
  const last = lastLeaf(value)
  const position = last ?? (isScalar(key) ? key.range?.[1] : undefined) ?? 0
  return position
}

/** The end of the last word of a value; undefined where it has none. */
function lastLeaf(value: unknown): number | undefined {
  if (isMap(value) && !value.flow) {
    const pair = value.items.at(-1)
    return pair === undefined ? undefined : lastPosition(pair as Pair)
  }
  if (isSeq(value) && !value.flow) return lastLeaf(value.items.at(-1)) ?? value.range?.[0]
  if (isScalar(value) || isAlias(value) || isMap(value) || isSeq(value)) {
    const [start, end] = value.range ?? []
    if (start === undefined || end === undefined) return undefined
    if (end === start) return undefined
    // A block scalar ends behind its last line break.
    return isScalar(value) && value.type?.startsWith('BLOCK') ? end - 1 : end
  }
  return undefined
}

/** Whether an entry has an anchor, which others may refer to. */
export function hasAnchor({ value }: Pair): boolean {
  let found = false
  if (value === null || typeof value !== 'object') return false
  visit(value as YAMLMap, {
    Node(_, node) {
      if ('anchor' in node && node.anchor) found = true
    },
  })
  return found
}
