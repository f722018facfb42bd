import { lineAt } from './erb.ts'

/** One line `NAME=value` of a dotenv file. */
export type Assignment = {
  readonly name: string
  /** Without its quotes, and with nothing in it replaced. */
  readonly value: string
  readonly quote: '"' | "'" | '`' | ''
  /** A `#` follows the value without a blank before it: a comment for some tools, a part of the value for others. */
  readonly cut: boolean
  readonly file: string
  readonly line: number
}

/** As the dotenv of npm and the gem `dotenv` take a line: https://github.com/motdotla/dotenv/blob/v16.4.7/lib/main.js */
const assignment =
  /^[^\S\n]*(?:export[^\S\n]+)?([\w.-]+)(?:[^\S\n]*=[^\S\n]*|:[^\S\n]+)('(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`|[^#\n]+)?([^\S\n]*)(#.*)?$/gm

/** The assignments in `text`, in order; `file` is its name. */
export function parseDotenv(text: string, file: string): Assignment[] {
  const lines = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  return [...lines.matchAll(assignment)].map(({ 0: whole, 1: name = '', 2: raw = '', 3: blank, 4: comment, index }) => {
    const [, quote = '', inner = ''] = raw.trim().match(/^(["'`])([\s\S]*)\1$/) ?? []
    return {
      name,
      value: quote === '' ? raw.trim() : inner,
      quote: quote as Assignment['quote'],
      cut: comment !== undefined && quote === '' && blank === '' && !/\s$/.test(raw) && raw !== '',
      file,
      line: lineAt(lines, index + (whole.match(/^\s*/)?.[0].length ?? 0)),
    }
  })
}
