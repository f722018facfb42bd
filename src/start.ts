import { constants } from 'node:os'
import { endWith } from './run/outcome.ts'
import { replaceBy } from './run/replace.ts'
import { shortcut } from './shortcut.ts'

/**
 * The first thing that runs. `environment` is the one that the bin's name means; `parity` has none. It is bundled as one CommonJS file
 * without parsers, which costs a start next to nothing: a passthrough ends here, everything else loads `main`.
 */
export async function start(environment?: string): Promise<void> {
  const call = shortcut(process.argv.slice(2), environment)
  if (call === undefined) return (await import('./main.ts')).main(environment)
  try {
    endWith(await replaceBy(call), (signal) => constants.signals[signal])
  } catch (error) {
    await (await import('./main.ts')).fail(error)
  }
}
