import { wrap } from './help.ts'

const width = 80

/** Markdown as our topics use it, without its marks: headings, lists, tables, fenced blocks. Code stays byte for byte. */
export function asScreen(markdown: string): string {
  const blocks = markdown.split(/^(```\w*\n[\s\S]*?\n```|(?:\|.*\|\n)+)/m)
  return blocks
    .map((block) => (block.startsWith('```') ? code(block) : block.startsWith('|') ? table(block) : prose(block)))
    .join('')
    .trimEnd()
}

function prose(text: string): string {
  return text
    .replace(/^!\[.*\n/gm, '')
    .replace(/^#+ (.*)$/gm, (_, title: string) => title.toUpperCase().replace(/^([^:]*):/, '$1 —'))
    .replace(/\[([^\]]*)\]\((https?:[^)]*)\)/g, '$1 ($2)')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('**', '')
}

function code(block: string): string {
  const [fence = '', ...lines] = block.split('\n').slice(0, -1)
  const shown = fence === '```runs' ? lines.flatMap(typedAndRun) : lines
  return shown.map((line) => `    ${line}`.trimEnd()).join('\n')
}

/** `what is typed  # what runs`, on lines of their own. */
function typedAndRun(line: string): string[] {
  const [, typed = line, runs = ''] = /^(.*?\S)\s+# (.*)$/.exec(line) ?? []
  return [typed, ...wrapped(`# ${runs}`, width - 6).map((part) => `  ${part}`)]
}

/** Two columns beside each other; of more, each row is a paragraph that names them. */
function table(block: string): string {
  const [heads = [], , ...rows] = block.trimEnd().split('\n').map(cells)
  const first = Math.max(...rows.map(([name = '']) => name.length))
  const beside = heads.length === 2 && first <= width / 2
  const lines = rows.flatMap(([name = '', ...others]) =>
    beside ? columns(name.padEnd(first + 2), others[0] ?? '') : [name, ...others.flatMap(labelled)],
  )
  return `${lines.map((line) => `  ${line}`.trimEnd()).join('\n')}\n`

  function labelled(text: string, index: number): string[] {
    const label = heads[index + 1]
    return columns('    ', label === '' ? text : `${label}: ${text}`)
  }
}

function columns(left: string, right: string): string[] {
  const lines = wrapped(right, width - 2 - left.length)
  return lines.map((line, index) => `${index === 0 ? left : ' '.repeat(left.length)}${line}`)
}

function cells(row: string): string[] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => prose(cell).trim())
}

function wrapped(text: string, columns: number): string[] {
  return wrap(text, columns).split('\n')
}
