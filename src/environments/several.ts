import { usageError } from '../errors.ts'
import { allEnvironments, findEnvironment, type HerokuEnvironment, type Project } from './environments.ts'

/** Whether the word in an environment's place means several: `production,staging`, `all`. */
export function meansSeveral(word: string): boolean {
  return word === 'all' || word.includes(',')
}

/**
 * The environments that such a word means, each app once. Throws a usage error for a name that means nothing, or this machine; `line` is
 * what was typed, with another word in its place.
 */
export function findEnvironments(project: Project, word: string, line: (word: string) => string): HerokuEnvironment[] {
  const instead = (wrong: string) => (name: string) =>
    line(
      namesIn(word)
        .map((one) => (one === wrong ? name : one))
        .join(','),
    )
  const found =
    word === 'all'
      ? allEnvironments(project)
      : namesIn(word).map((name) => findEnvironment(project, name, instead(name)))
  const remote = found.filter((environment) => environment.kind === 'heroku')
  const local = found.find(({ kind }) => kind === 'local')
  if (word !== 'all' && local)
    throw usageError(
      `\`${local.name}\` is this machine: only environments on Heroku can be asked together`,
      '`parity all COMMAND` asks all of those',
    )
  if (remote.length === 0)
    throw usageError(
      'there is no environment on Heroku here',
      '`heroku git:remote --app APP --remote production` adds one, or `environments:` in .parityrc',
    )
  return remote.filter(({ app }, index) => remote.findIndex((other) => other.app === app) === index)
}

function namesIn(word: string): string[] {
  const names = word.split(',')
  if (names.includes(''))
    throw usageError(
      `an environment is missing in \`${word}\``,
      'separate the names by commas, without blanks: `parity production,staging ps`',
    )
  return names
}
