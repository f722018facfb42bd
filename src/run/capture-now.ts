import { createRequire } from 'node:module'
import type { Call } from './call.ts'

/**
 * What a program that only reads prints, waited for: '' where it fails or is missing. For the start of a passthrough, which loads no more
 * than it uses.
 */
export function captureNow({ program, args }: Call, folder: string): string {
  const { execFileSync } = createRequire(import.meta.url)('node:child_process') as typeof import('node:child_process')
  try {
    return execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}
