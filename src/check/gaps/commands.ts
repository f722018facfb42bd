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

/** The command that replaces a text in a file; perl comes with git, and writes files in place alike on Linux and macOS. */
export function replacing(file: string, before: string, after: string): string {
  return line('perl', '-pi', '-e', `s{\\Q${before}\\E}{${after}}`, file)
}
