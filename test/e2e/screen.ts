/** Pictures of a terminal's screen, still and moving. */

/** A stretch of a line that is written in one way; `styles` are the classes below. */
export type Span = { readonly text: string; readonly styles: readonly string[] }
export type Screen = readonly (readonly Span[])[]
/** A screen, and how long it stays, in seconds. A scene's last one is what it shows in the end. */
export type Frame = { readonly screen: Screen; readonly seconds: number; readonly last?: boolean }

/** What an escape sequence of colour begins, and what ends it: ECMA-48, SGR. */
const begins: Readonly<Record<number, string>> = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  36: 'cyan',
  37: 'plain',
}
const ends: Readonly<Record<number, readonly string[]>> = {
  22: ['bold', 'dim'],
  39: ['red', 'green', 'yellow', 'cyan', 'plain'],
}

const lineHeight = 18
const characterWidth = 7.83
const margin = 16

/** `text`, with its colours as chalk writes them, as an SVG. Throws for a sequence that it doesn't know. */
export function drawScreen(text: string): string {
  const shown = new Set<string>()
  const screen = text
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.split(sequence).flatMap((part, at) => {
        if (at % 2 === 0) return part === '' ? [] : [{ text: part, styles: [...shown] }]
        change(Number(part), shown)
        return []
      }),
    )
  return picture(screen.length, '', lines(screen))
}

/** Screens one after another, for ever; a reader who wants no motion sees the last one. */
export function drawMovie(frames: readonly Frame[], rows: number): string {
  const total = frames.reduce((sum, { seconds }) => sum + seconds, 0)
  const percent = (seconds: number) => ((100 * seconds) / total).toFixed(2)
  let at = 0
  const rules = frames.map(({ seconds }, index) => {
    const from = percent(at)
    at += seconds
    return `@keyframes f${index} { 0% { opacity: 0 } ${from}%, ${percent(at)}% { opacity: 1 } ${percent(at)}.01% { opacity: 0 } }
#f${index} { opacity: 0; animation: f${index} ${total}s step-end infinite }`
  })
  const still = `@media (prefers-reduced-motion) { g { animation: none !important } #f${frames.length - 1} { opacity: 1 } }`
  const drawn = frames.map(
    ({ screen, last }, index) => `<g id="f${index}"${last ? ' class="last"' : ''}>\n${lines(screen)}\n</g>`,
  )
  return picture(rows, [...rules, still].join('\n'), drawn.join('\n'))
}

/** The words of what `drawScreen` and the last screens of what `drawMovie` made, for a comparison. */
export function wordsOf(svg: string): string[] {
  const scenes = [...svg.matchAll(/<g id="f\d+" class="last">\n([\s\S]*?)\n<\/g>/g)].map(([, scene = '']) => scene)
  return scenes.map((scene) => scene.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '))
}

function lines(screen: Screen): string {
  return screen
    .map(
      (spans, index) =>
        `<text x="${margin}" y="${margin + lineHeight * (index + 0.75)}">${spans.map(span).join('')}</text>`,
    )
    .join('\n')
}

function picture(rows: number, rules: string, content: string): string {
  const width = Math.ceil(80 * characterWidth + 2 * margin)
  const height = rows * lineHeight + 2 * margin
  return `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d1d7e0; white-space: pre }
.bold { font-weight: bold } .dim { fill: #848d97 } .plain { fill: #d1d7e0 }
.red { fill: #f47067 } .green { fill: #57ab5a } .yellow { fill: #daaa3f } .cyan { fill: #56d4dd }
${rules}</style>
<rect width="${width}" height="${height}" rx="8" fill="#212830"/>
${content}
</svg>
`
}

const sequence = new RegExp(`${String.fromCharCode(27)}\\[(\\d+)m`)

function change(code: number, shown: Set<string>): void {
  const style = begins[code]
  const over = ends[code]
  if (style === undefined && over === undefined) throw new Error(`what is the colour ${code}?`)
  if (style !== undefined) shown.add(style)
  for (const one of over ?? []) shown.delete(one)
}

function span({ text, styles }: Span): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return styles.length === 0 ? escaped : `<tspan class="${styles.join(' ')}">${escaped}</tspan>`
}
