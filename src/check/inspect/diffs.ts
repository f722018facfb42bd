import { createHash } from 'node:crypto'

/** A diff that looks alike whatever is configured. */
export const asDiff = ['--no-color', '--no-ext-diff', '--no-textconv', '--no-renames'] as const

/** A diff without its places, as `git patch-id` takes it: where the lines stand, and which contents they were. */
export function changeOf(diff: string): string {
  const lines = diff.split('\n').filter((line) => line !== '' && !/^(index |@@ )/.test(line))
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}
