import { parse } from 'shell-quote'
import { usageError } from '../errors.ts'

/**
 * Splits a configured line into words as a shell would, without one. Operators, substitutions and variables are refused: they need
 * a script. A list of words passes as it is. `where` names the setting in messages.
 */
export function splitWords(line: string | readonly string[], where: string): string[] {
  if (typeof line !== 'string') return [...line]
  const entries = parse(line, (name) => ({ op: `$${name}` }))
  const words = entries.filter((entry) => typeof entry === 'string')
  if (words.length === entries.length && words.length > 0) return words
  throw usageError(
    `${where}: ${strangeness(entries, line)}`,
    'put the line into a script, for example bin/task, and name that',
  )
}

function strangeness(entries: ReturnType<typeof parse>, line: string): string {
  const strange = entries.find((entry) => typeof entry === 'object')
  if (strange === undefined) return `\`${line}\` holds no word`
  const what = 'pattern' in strange ? strange.pattern : 'op' in strange ? strange.op : '#'
  return `\`${line}\` has \`${what}\`, and no shell reads it`
}
