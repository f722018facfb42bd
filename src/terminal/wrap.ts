import { printable } from './harmless.ts'

/** The words of a text in lines of at most so many characters; a longer word is cut in pieces, or kept on a separate line. */
export function wrap(text: string, length: number, longWords: 'cut' | 'keep' = 'cut'): string[] {
  const words = printable(text)
    .split(/\s+/)
    .flatMap((word) => (longWords === 'keep' ? [word] : (word.match(new RegExp(`.{1,${length}}`, 'gu')) ?? [])))
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= length) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
