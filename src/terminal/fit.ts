import { stripVTControlCharacters } from 'node:util'

/** A word, with the blanks before it; what stands between backticks is one, and so is what follows `run: `. */
const pieces = / *(?:run: .*|[^ `]*`[^`]*`[^ `]*|[^ ]+)/g

/** A line of nothing but a command, as help shows it in examples and check below a gap: a program, or a word and what it is to do. */
const command =
  /^ +(?:\d+\. )?(?:(?:parity|production|staging|development|demo|pr_app|heroku|git|npm|sudo|brew) |bin\/|# |[\w-]+ (?:[\w-]+:[\w:-]+|deploy|promote|backup|restore|migrate)\b)(?!.* {2}(?!#))/

/** Less room is not worth a separate column. */
const narrowest = 20

/**
 * Text for people, broken between words for a terminal of so many columns. A line goes on below its last cell, or where that leaves no
 * room, a little to the right of its first word. What is typed as it stands is never broken, since half of it would be another
 * command: a line of a command alone, and what stands between backticks.
 */
export function fitted(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const shown = stripVTControlCharacters(line)
      return shown.length <= columns || command.test(shown) ? [line] : broken(line, columns)
    })
    .join('\n')
}

/** The same for lines that a shell reads; comments are broken, and what runs stays as it is. */
export function fittedComments(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      if (!line.startsWith('# ')) return [line]
      const lines = fitted(line.slice(2), columns - 2).split('\n')
      return lines.map((part) => `# ${part}`)
    })
    .join('\n')
}

function broken(line: string, columns: number): string[] {
  const indent = ' '.repeat(indentOf(stripVTControlCharacters(line), columns))
  const lines: string[] = []
  let last = ''
  for (const piece of line.match(pieces) ?? []) {
    if (last.trim() === '' || width(last + piece) <= columns) last += piece
    else {
      lines.push(last)
      last = indent + piece.trimStart()
    }
  }
  return [...lines, last]
}

function indentOf(line: string, columns: number): number {
  const cells = [...line.matchAll(/(?<=\S) {2,}(?=\S)/g)].map(({ 0: blanks, index }) => index + blanks.length)
  const below = line.length - line.trimStart().length + 2
  return cells.filter((at) => at <= columns - narrowest).at(-1) ?? Math.min(below, Math.max(columns - narrowest, 0))
}

function width(text: string): number {
  return stripVTControlCharacters(text).length
}
