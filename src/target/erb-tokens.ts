/** A word of Ruby: a name, a sign, a number, or a text with what stands in its `#{…}`. */
export type Token =
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly parts: readonly (string | { readonly code: string })[] }

const sign = /\s*(?:(\|\||&&|&\.|==|!=|[[\](){},.?:!+])|(\d+)(?![\w.])|([A-Za-z_]\w*(?:(?<=\.\w*)\?)?))/y

/** The words of `code`; undefined where something else stands. */
export function lexRuby(code: string): Token[] | undefined {
  const tokens: Token[] = []
  let index = 0
  while (code.slice(index).trim() !== '') {
    const start = index + (code.slice(index).match(/^\s*/)?.[0].length ?? 0)
    const quoted = lexText(code, start)
    if (quoted !== undefined) {
      tokens.push({ kind: 'text', parts: quoted.parts })
      index = quoted.end
      continue
    }
    sign.lastIndex = index
    const match = sign.exec(code)
    if (match === null) return undefined
    const [whole, mark, digits, name] = match
    tokens.push(digits === undefined ? { kind: 'word', word: mark ?? name ?? '' } : number(digits))
    index += whole.length
  }
  return tokens
}

function number(digits: string): Token {
  // Ruby takes a leading zero for octal, and has no largest integer.
  if (/^0\d/.test(digits) || digits.length > 15) return { kind: 'word', word: digits }
  return { kind: 'number', value: Number(digits) }
}

type Text = { readonly parts: (string | { readonly code: string })[]; readonly end: number }

/** The text in quotes that begins at `start`; undefined for none, or one with an escape that is more than a quoted sign. */
function lexText(code: string, start: number): Text | undefined {
  const quote = code[start]
  if (quote !== '"' && quote !== "'") return undefined
  const parts: Text['parts'] = []
  let text = ''
  for (let index = start + 1; index < code.length; index++) {
    const letter = code[index] ?? ''
    if (letter === quote) return { parts: [...parts, text], end: index + 1 }
    if (letter === '\\') {
      const escaped = code[++index] ?? ''
      if (quote === '"' && !/["\\#]/.test(escaped)) return undefined
      text += /["'\\#]/.test(escaped) && (quote === '"' || /['\\]/.test(escaped)) ? escaped : `\\${escaped}`
    } else if (quote === '"' && letter === '#' && code[index + 1] === '{') {
      const end = endOfCode(code, index + 2)
      if (end === undefined) return undefined
      parts.push(text, { code: code.slice(index + 2, end) })
      text = ''
      index = end
    } else text += letter
  }
  return undefined
}

/** Where the `}` stands that closes the code which begins at `start`, whatever texts are in it. */
function endOfCode(code: string, start: number): number | undefined {
  let depth = 0
  for (let index = start; index < code.length; index++) {
    const letter = code[index]
    if (letter === '"' || letter === "'") {
      const text = lexText(code, index)
      if (text === undefined) return undefined
      index = text.end - 1
    } else if (letter === '{') depth++
    else if (letter === '}' && depth-- === 0) return index
  }
  return undefined
}
