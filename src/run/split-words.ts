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
  const problem = overlooked(line) ?? strangeness(entries)
  if (problem === undefined) return words
  throw usageError(`${where}: \`${line.trim().split('\n')[0]}\` ${problem}`, wayOut(line.trim(), problem))
}

/** A line that is whole can be given to a shell outright. */
function wayOut(line: string, problem: string): string {
  const script = 'put the line into a script, for example bin/task, and name that'
  return problem.includes('no shell') || problem.includes('more than one line')
    ? `${script}; or run it in a shell with \`[sh, -c, ${JSON.stringify(line)}]\``
    : script
}

/** What the library takes for a word or a blank, and a shell would not. */
function overlooked(line: string): string | undefined {
  const bare = line
    .trim()
    .replace(/\\.|'[^']*'|"((?:[^"\\]|\\.)*)"/gs, (_, inner = '') => inner.replace(/\\.|[^`]/gs, ''))
  const [found] = bare.match(/["'`\n]/) ?? []
  if (found === undefined) return undefined
  if (found === '\n') return 'has more than one line'
  return found === '`' ? "has '`', and no shell reads it" : `has a \`${found}\` that is not closed`
}

function strangeness(entries: ReturnType<typeof parse>): string | undefined {
  if (entries.length === 0) return 'holds no word'
  const strange = entries.find((entry) => typeof entry === 'object')
  if (strange === undefined) return undefined
  const what = 'pattern' in strange ? strange.pattern : 'op' in strange ? strange.op : '#'
  return `has \`${what}\`, and no shell reads it`
}
