import { Writable } from 'node:stream'
import { coloursOf } from './colours.ts'

const palette = ['cyan', 'yellow', 'green', 'magenta', 'blue'] as const

/** The first words of the lines of each name, equally wide, each in its own colour. */
export function prefixes(names: readonly string[], output: 'stdout' | 'stderr'): string[] {
  const colours = coloursOf(output)
  const width = Math.max(0, ...names.map((name) => name.length))
  return names.map((name, index) => colours[palette[index % palette.length] ?? 'cyan'](`${name.padEnd(width)} |`))
}

/**
 * A stream that puts `prefix` before each line and hands on whole lines alone, byte for byte; the last one, should its end be missing,
 * once the stream is ended. `write` calls its second argument when the lines are written.
 */
export function prefixed(prefix: string, write: (lines: Buffer, done: () => void) => void): Writable {
  let rest = ''
  const handOn = (lines: readonly string[], done: () => void) => {
    if (lines.length === 0) return done()
    const text = lines.map((line) => `${prefix}${line === '' ? '' : ' '}${line}\n`).join('')
    write(Buffer.from(text, 'latin1'), done)
  }
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const lines = (rest + chunk.toString('latin1')).split('\n')
      rest = lines.pop() ?? ''
      handOn(lines, done)
    },
    final: (done) => handOn(rest === '' ? [] : [rest], done),
  })
}
