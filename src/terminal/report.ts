import { coloursOf } from './colours.ts'

const colours = coloursOf('stderr')

/** Everything for people goes to stderr; stdout is for data. */
export const report = {
  /** A fact worth knowing before something happens. */
  note(text: string): void {
    write(text)
  },
  /** One plain line for a stage that begins. */
  stage(text: string): void {
    write(colours.dim(text))
  },
  warning(text: string): void {
    write(colours.yellow(`warning: ${text}`))
  },
  error(text: string): void {
    write(colours.red(text))
  },
  /** What to do about it: a line of its own. */
  hint(text: string): void {
    write(text)
  },
}

function write(text: string): void {
  process.stderr.write(`${text}\n`)
}
