import { Alias, isMap, isScalar, isSeq, type Node, parseAllDocuments, Scalar, type YAMLMap } from 'yaml'
import { lineAt } from './erb.ts'

/** What a YAML file holds, as Psych reads it, before it makes numbers, dates and truths of what has no quotes. */
export type Tree = TreeMap | TreeScalar | TreeList

export type TreeMap = { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Tree>; readonly line: number }
export type TreeScalar = {
  readonly kind: 'scalar'
  readonly text: string
  /** Without quotes and tag: Ruby looks at what it says. */
  readonly plain: boolean
  readonly line: number
}
type TreeList = { readonly kind: 'list'; readonly items: readonly Tree[]; readonly line: number }

/** Thrown by `parseYaml`. */
export class UnreadableYaml extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message)
  }
}

/**
 * The first document of `text`; undefined for none. As in Psych `<<` overwrites what stands before it and is overwritten by
 * what follows, in a list of maps the first wins, and of a key that stands twice the last counts.
 * Throws `UnreadableYaml`.
 */
export function parseYaml(text: string): Tree | undefined {
  // In the failsafe schema all scalars are texts.
  const documents = parseAllDocuments(text, { version: '1.1', schema: 'failsafe', merge: false, uniqueKeys: false })
  const [document] = 'empty' in documents ? [] : documents
  if (document === undefined || document.contents === null) return undefined
  const [problem] = document.errors
  if (problem !== undefined) throw new UnreadableYaml(problem.linePos?.[0].line ?? 1, problem.message)
  const done = new Map<Node, Tree>()
  const open = new Set<Node>()
  const lineOf = (node: Node) => lineAt(text, node.range?.[0] ?? 0)

  const resolve = (node: Node): Node => {
    if (!(node instanceof Alias)) return node
    const target = node.resolve(document)
    if (target !== undefined) return target
    throw new UnreadableYaml(lineOf(node), `there is no \`&${node.source}\` before it`)
  }

  const read = (from: unknown): Tree => {
    if (from === null || from === undefined) return { kind: 'scalar', text: '', plain: true, line: 0 }
    const node = resolve(from as Node)
    const known = done.get(node)
    if (known !== undefined) return known
    if (open.has(node)) throw new UnreadableYaml(lineOf(node), 'it contains itself')
    open.add(node)
    const tree = build(node)
    open.delete(node)
    done.set(node, tree)
    return tree
  }

  const build = (node: Node): Tree => {
    const line = lineOf(node)
    if (isMap(node)) return { kind: 'map', entries: entriesOf(node), line }
    if (isSeq(node)) return { kind: 'list', items: node.items.map(read), line }
    if (!isScalar(node)) return { kind: 'list', items: [], line }
    const plain = node.type === Scalar.PLAIN && node.tag === undefined
    return { kind: 'scalar', text: String(node.value ?? ''), plain, line }
  }

  const entriesOf = (map: YAMLMap): Map<string, Tree> => {
    const entries = new Map<string, Tree>()
    for (const { key, value } of map.items) {
      const name = keyOf(key)
      const merged = name === '<<' ? mergedBy(value as Node | null) : undefined
      if (merged === undefined) entries.set(name, read(value))
      else for (const [inner, tree] of merged) entries.set(inner, tree)
    }
    return entries
  }

  /** What `<<: value` brings; undefined where it is a key like any other. */
  const mergedBy = (value: Node | null): ReadonlyMap<string, Tree> | undefined => {
    const tree = read(value)
    if (tree.kind === 'map') return tree.entries
    if (tree.kind !== 'list' || value instanceof Alias) return undefined
    const maps = tree.items.filter((item) => item.kind === 'map')
    if (maps.length !== tree.items.length) return undefined
    return new Map(maps.toReversed().flatMap(({ entries }) => [...entries]))
  }

  return read(document.contents)
}

/** A key that is written as Ruby's symbol (`:database`) is told by its name. */
function keyOf(key: unknown): string {
  if (!isScalar(key)) return ''
  const text = String(key.value ?? '')
  return key.type === Scalar.PLAIN ? text.replace(/^:(?=.)/, '') : text
}
