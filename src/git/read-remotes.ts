import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '../run/call.ts'
import { captureNow } from '../run/capture-now.ts'
import { parseRemotes, plainRemotes, type Remote } from './remotes.ts'

/**
 * The remotes of the repository whose work tree has this root; none where git is missing. Git is asked only where its file says
 * more than plain lines: starting it takes longer than all the rest of a passthrough.
 */
export function readRemotes(root: string): Remote[] {
  return (
    plainRemotes(textOf(join(root, '.git', 'config'))) ??
    parseRemotes(captureNow(call('git', 'config', '-z', '--get-regexp', '^remote\\..*\\.url$'), root))
  )
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
