import { failure, usageError } from '../errors.ts'
import type { Plan } from '../run/plan.ts'
import { shellWord } from '../run/print.ts'
import type { Link, LinkFacts } from './inspect.ts'
import { bins, linkScript, shellWords } from './script.ts'

/** A file that a link is. */
type LinkFile = { readonly effect: string; readonly path: string; readonly text: string }

/**
 * The links to be made, in order. Throws a usage error for a word that would not run, or hide another program, and a failure where something
 * else is in its place.
 */
export function planLinks(facts: LinkFacts, pinned: boolean): { plan: Plan; files: readonly LinkFile[] } {
  for (const word of facts.words) refuseWord(word, pinned)
  if (pinned && facts.pinned === undefined)
    throw failure('this repository has no `parity` in node_modules', '`npm install --save-dev heroku-parity`')
  const files = facts.words.map(({ name, path }) => ({
    effect: `link ${name}`,
    path,
    text: linkScript(name, pinned ? facts.pinned : undefined),
  }))
  return { plan: { notes: [], steps: files.map(asStep), cleanup: [], done: doneWords(facts) }, files }
}

function asStep({ effect, path }: LinkFile) {
  return { effect, description: `write: ${path}` }
}

function refuseWord({ name, path, place, other }: LinkFacts['words'][number], pinned: boolean): void {
  if (bins.includes(name) && !pinned)
    throw usageError(`\`${name}\` is a command of parity already`, `type \`${name} ps\``)
  if (shellWords.has(name))
    throw usageError(`\`${name}\` is a word of the shell; a program of that name would not run`, instead(name))
  if (place === 'foreign')
    throw usageError(`\`${path}\` was not made by \`parity link\``, '`--dir FOLDER` chooses another folder')
  if (other !== undefined && !bins.includes(name))
    throw usageError(`\`${name}\` would hide another program: ${other}`, instead(name))
}

function instead(name: string): string {
  return `type \`parity ${name} ps\`, or give the environment another name`
}

function doneWords({ words, folder, onPath }: LinkFacts): string {
  const [first] = words
  const names = words.map(({ name }) => name).join(', ')
  if (onPath) return `${names}: linked in ${folder}; try \`${first?.name} ps\``
  return `${names}: linked in ${folder}, which is not on PATH\n\`export PATH=${shellWord(folder)}:"$PATH"\` in the start file of your shell puts it there`
}

/** The links to be removed: those of these names, or all. Throws a usage error for a name that has none. */
export function planUnlink(
  links: readonly Link[],
  names: readonly string[],
  all: boolean,
): { plan: Plan; links: Link[] } {
  const known =
    links.length === 0 ? 'there are no links' : `links: ${[...new Set(links.map(({ name }) => name))].join(', ')}`
  if (all && names.length > 0)
    throw usageError(`both \`${names[0]}\` and \`--all\` name what to remove`, 'use one of them')
  if (!all && names.length === 0) throw usageError('`unlink` needs a name, or `--all`', known)
  const unknown = names.find((name) => !links.some((link) => link.name === name))
  if (unknown !== undefined) throw usageError(`\`${unknown}\` was not made by \`parity link\``, known)
  const chosen = all ? [...links] : links.filter(({ name }) => names.includes(name))
  const steps = chosen.map(({ path }) => ({ effect: `unlink ${path}`, description: `remove: ${path}` }))
  return {
    plan: { notes: [], steps, cleanup: [], done: `removed: ${chosen.map(({ name }) => name).join(', ') || 'nothing'}` },
    links: chosen,
  }
}
