import type { AppFacts } from '../facts.ts'

type Place = Pick<AppFacts, 'name' | 'app' | 'typeable' | 'gitUrl'>

/** Names that are bins of their own. */
const bins = ['production', 'staging']

/** A command on an environment as a person types it: `staging ps`, `parity demo ps`, `heroku ps --app acme-eu`. */
export function onEnvironment({ name, app, typeable }: Place, command: string): string {
  if (!typeable) {
    const [verb, ...rest] = command.split(' ')
    return ['heroku', verb, '--app', app, ...rest].join(' ')
  }
  return bins.includes(name) ? `${name} ${command}` : `parity ${name} ${command}`
}

/** The command that ships `ref` to an environment. */
export function deploying(place: Place, ref: string): string {
  if (place.typeable) return onEnvironment(place, `deploy ${ref}`)
  return `git push ${place.gitUrl} ${ref}:refs/heads/main`
}

/** The command that replaces a text in a file; perl comes with git, and writes files in place alike on Linux and macOS. */
export function replacing(file: string, before: string, after: string): string {
  return `perl -pi -e 's{\\Q${before}\\E}{${after}}' ${file}`
}
