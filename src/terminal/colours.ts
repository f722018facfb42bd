import chalk, { Chalk, type ChalkInstance, chalkStderr } from 'chalk'

/** The colours of one of our two outputs; NO_COLOR (https://no-color.org) is not chalk's to know, FORCE_COLOR and a missing terminal are. */
export function coloursOf(output: 'stdout' | 'stderr'): ChalkInstance {
  const { level } = output === 'stderr' ? chalkStderr : chalk
  return new Chalk({ level: process.env.NO_COLOR ? 0 : level })
}
