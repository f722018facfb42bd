import { shellWord } from '../../run/print.ts'
import type { AppFacts } from '../facts.ts'

type Place = Pick<AppFacts, 'name' | 'app' | 'typeable' | 'gitUrl'>

/** Names that are bins of their own. */
const bins = ['production', 'staging']

/** Words as a line for `sh`, whatever they hold: names of config vars and files are other people's. */
export function line(...words: string[]): string {
  return words.map(shellWord).join(' ')
}

/** A command on an environment as a person types it: `staging ps`, `parity demo ps`, `heroku ps --app acme-eu`. */
export function onEnvironment({ name, app, typeable }: Place, verb: string, ...words: string[]): string {
  if (!typeable) return line('heroku', verb, '--app', app, ...words)
  return bins.includes(name) ? line(name, verb, ...words) : line('parity', name, verb, ...words)
}

/** The command that ships `ref` to an environment. */
export function deploying(place: Place, ref: string): string {
  if (place.typeable) return onEnvironment(place, 'deploy', ref)
  return line('git', 'push', place.gitUrl, `${ref}:refs/heads/main`)
}

/** Commands that have to be typed in this order, as the lines of one. */
export function inOrder(...commands: readonly string[]): string {
  return commands.join('\n')
}

/**
 * The command that replaces a text in these lines of a file, counted from 1, and nowhere else: not in a longer version, and not in
 * another line. Perl comes with git, and writes files in place alike on Linux and macOS.
 */
export function replacing(file: string, at: readonly number[], before: string, after: string): string {
  const lines = at.map((number) => `$. == ${number}`).join(' || ')
  return line('perl', '-pi', '-e', `s{${pattern(before)}}{${replacement(after)}} if ${lines}`, file)
}

/** A text as Perl's regular expression for it; what could go on with a version may not follow. */
function pattern(text: string): string {
  const plain = /^[\w.:/ "-]+$/.test(text) ? `\\Q${text}\\E` : text.replace(/[^\w]/g, '\\$&')
  return `${plain}${/[\w.-]$/.test(text) ? '(?![\\w.-])' : ''}`
}

/** A text as Perl puts it in, with nothing in it that would be a variable. */
function replacement(text: string): string {
  return text.replace(/[\\$@{}]/g, '\\$&')
}
