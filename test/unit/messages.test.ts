import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vite'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../../src', import.meta.url))

/** What makes an error that a person reads: its message, and the way out. */
const makers = new Set(['failure', 'usageError', 'UselessDump', 'BrokenArchive', 'ParityError'])

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

function* nodesIn(node: Node): Generator<Node> {
  yield node
  for (const value of Object.values(node).flat()) if (isNode(value)) yield* nodesIn(value)
}

/** Text as it is written: `{…}` for what is filled in, ` | ` between what a condition chooses from. */
function wordsOf(node: Node, text: string): string {
  if (node.type === 'Literal') return String(node.value)
  if (node.type === 'ConditionalExpression')
    return [node.consequent, node.alternate].map((branch) => wordsOf(branch as Node, text)).join(' | ')
  if (node.type === 'LogicalExpression' && node.operator === '??')
    return [node.left, node.right].map((side) => wordsOf(side as Node, text)).join(' | ')
  if (node.type !== 'TemplateLiteral') return `{${text.slice(node.start, node.end).replaceAll(/\s+/g, ' ')}}`
  const quasis = node.quasis as readonly { readonly value: { readonly cooked: string } }[]
  const expressions = node.expressions as readonly Node[]
  return quasis.map(({ value }, index) => value.cooked + filledIn(expressions[index], text)).join('')
}

function filledIn(expression: Node | undefined, text: string): string {
  if (expression === undefined) return ''
  if (expression.type === 'ConditionalExpression') return `[${wordsOf(expression, text)}]`
  return `{${text.slice(expression.start, expression.end).replaceAll(/\s+/g, ' ')}}`
}

function messagesOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8')
  const program = parseAst(text, { lang: 'ts' }) as unknown as Node
  return [...nodesIn(program)].flatMap((node) => {
    const callee = node.callee as (Node & { name?: string }) | undefined
    const isMade = ['CallExpression', 'NewExpression'].includes(node.type) && makers.has(callee?.name ?? '')
    if (!isMade) return []
    const [what, how] = (node.arguments as readonly Node[]).slice(callee?.name === 'ParityError' ? 1 : 0)
    return what === undefined
      ? []
      : [`  ${wordsOf(what, text)}${how === undefined ? '' : `\n    → ${wordsOf(how, text)}`}`]
  })
}

test('every error message of the program, in one list to be read aloud', async () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const list = files.sort().flatMap((file) => {
    const messages = messagesOf(file)
    return messages.length === 0 ? [] : [`${file}\n${messages.join('\n')}\n`]
  })
  expect(list.length).toBeGreaterThan(20)
  await expect(list.join('\n')).toMatchFileSnapshot('messages.txt')
})
