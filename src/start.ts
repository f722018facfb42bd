import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from './run/cache-folder.ts'

/**
 * The first thing that runs: it has Node (≥ 22.1) keep what it compiles, then loads the rest, so that the next start is faster.
 * What is loaded before that is compiled anew each time: hence a file of its own, which imports next to nothing.
 */
export async function start(environment?: string): Promise<void> {
  keepCompiled()
  const { main } = await import('./main.ts')
  await main(environment)
}

function keepCompiled(): void {
  const cache = module as { enableCompileCache?: (folder: string) => unknown }
  try {
    cache.enableCompileCache?.(join(cacheFolder(process.env, homedir()), '_compiled'))
  } catch {
    // Somebody without a home folder: it works all the same, a little slower.
  }
}
