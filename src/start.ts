import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The first thing that runs: it has Node (≥ 22.1) keep what it compiles, then loads the rest, so that the next start is faster.
 * What is loaded before this call would be compiled anew each time: hence this file, which imports nothing of ours.
 */
export async function start(environment?: string): Promise<void> {
  const cache = module as { enableCompileCache?: (folder: string) => unknown }
  cache.enableCompileCache?.(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'parity', '_compiled'))
  const { main } = await import('./main.ts')
  await main(environment)
}
