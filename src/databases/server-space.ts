import { ensureFreeSpace } from '../dumps/cache.ts'
import { ParityError } from '../errors.ts'
import type { ServerFacts } from '../postgres/catalog.ts'

/**
 * Throws a failure if the server has less than `bytes` bytes of free space. Its data directory may be unknown to our role, another
 * machine's or a container's, where we can't look; only a disk that was seen to be too small counts.
 */
export async function ensureServerSpace({ dataDirectory }: ServerFacts, bytes: number): Promise<void> {
  if (dataDirectory === null) return
  await ensureFreeSpace(dataDirectory, bytes, 'free some space for the server').catch((error) => {
    if (error instanceof ParityError) throw error
  })
}
