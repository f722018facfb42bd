/** A picture of a terminal's screen. */

/** What an escape sequence of colour begins, and what ends it: ECMA-48, SGR. */
const begins: Readonly<Record<number, string>> = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  36: 'cyan',
}
const ends: Readonly<Record<number, readonly string[]>> = {
  22: ['bold', 'dim'],
  39: ['red', 'green', 'yellow', 'cyan'],
}

const lineHeight = 18
const characterWidth = 7.83
const margin = 16

/** `text`, with its colours as chalk writes them, as an SVG. Throws for a sequence that it doesn't know. */
export function drawScreen(text: string): string {
  const lines = text.trimEnd().split('\n')
  const shown = new Set<string>()
  const drawn = lines.map((line, index) => {
    const y = margin + lineHeight * (index + 0.75)
    return `<text x="${margin}" y="${y}">${line
      .split(sequence)
      .map((part, at) => (at % 2 === 0 ? span(part, shown) : change(Number(part), shown)))
      .join('')}</text>`
  })
  const width = Math.ceil(80 * characterWidth + 2 * margin)
  const height = lines.length * lineHeight + 2 * margin
  return `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d1d7e0; white-space: pre }
.bold { font-weight: bold } .dim { fill: #848d97 }
.red { fill: #f47067 } .green { fill: #57ab5a } .yellow { fill: #daaa3f } .cyan { fill: #56d4dd }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#212830"/>
${drawn.join('\n')}
</svg>
`
}

const sequence = new RegExp(`${String.fromCharCode(27)}\\[(\\d+)m`)

function change(code: number, shown: Set<string>): string {
  const style = begins[code]
  const over = ends[code]
  if (style === undefined && over === undefined) throw new Error(`what is the colour ${code}?`)
  if (style !== undefined) shown.add(style)
  for (const one of over ?? []) shown.delete(one)
  return ''
}

function span(text: string, shown: ReadonlySet<string>): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return shown.size === 0 || text === '' ? escaped : `<tspan class="${[...shown].join(' ')}">${escaped}</tspan>`
}
