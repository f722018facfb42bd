import chalk, { Chalk, type ChalkInstance, chalkStderr } from 'chalk'
import { isColourless } from './variables.ts'

/** The colours of one of our two outputs; NO_COLOR (https://no-color.org) is not chalk's to know, FORCE_COLOR and a missing terminal are. */
export function coloursOf(output: 'stdout' | 'stderr'): ChalkInstance {
  const { level } = output === 'stderr' ? chalkStderr : chalk
  return new Chalk({ level: isColourless() ? 0 : level })
}
