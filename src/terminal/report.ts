import { coloursOf } from './colours.ts'
import { fitted } from './fit.ts'
import { harmless } from './harmless.ts'

const colours = coloursOf('stderr')

/** Everything for people goes to stderr; stdout is for data. Names in it may come from a hostile dump. */
export const report = {
  /** A fact worth knowing before something happens. */
  note(text: string): void {
    write(harmless(text))
  },
  /** One plain line for a stage that begins. */
  stage(text: string): void {
    write(colours.dim(harmless(text)))
  },
  warning(text: string): void {
    write(colours.yellow(`warning: ${harmless(text)}`))
  },
  error(text: string): void {
    write(colours.red(harmless(text)))
  },
  /** What to do about it, on a separate line. */
  hint(text: string): void {
    write(harmless(text))
  },
}

/** What a line has to be cleared of first. */
let clear: () => void = () => {}

/** Has `action` called before the next lines are written. */
export function beforeWriting(action: () => void): void {
  clear = action
}

let isHeeded = false

/** What cannot be written is lost, and changes neither the status nor what is done. */
function heedErrors(): void {
  if (!isHeeded) process.stderr.on('error', () => {})
  isHeeded = true
}

function write(text: string): void {
  heedErrors()
  clear()
  const { columns, isTTY } = process.stderr
  process.stderr.write(`${isTTY && columns > 0 ? fitted(text, columns) : text}\n`)
}
