import { allEnvironments, type Environment, type Project } from '../environments/environments.ts'
import { suggest } from '../environments/suggest.ts'
import { type ParityError, usageError } from '../errors.ts'
import { shellWord } from '../run/print.ts'
import { type Command, findCommand } from './command.ts'

/** What a line can begin with, beside the names of environments. */
type Vocabulary = {
  readonly commands: readonly Command[]
  /** Whether a word is a command of Heroku's, and whether that takes an app. */
  readonly heroku: (word: string) => 'app' | 'no app' | undefined
}

/**
 * The error for `parity WORD …` where WORD is neither an environment nor a command that stands there: the line that was probably meant,
 * whole. undefined where the word can only be the name of an environment that does not exist.
 */
export function wayOut(
  project: Project,
  [word = '', ...args]: readonly string[],
  { commands, heroku }: Vocabulary,
): ParityError | undefined {
  const environments = allEnvironments(project)
  const [head = '', ...rest] = word.split(':')
  const own = commandBehind(commands, word)
  if (own) return needsEnvironment(own.name, project, lineFor(own, args, environments))
  if (word === 'version') return usageError('`version` is an option', typed(['parity', '--version']))
  const place = heroku(word)
  if (place === 'no app')
    return usageError(`\`${word}\` is a command of Heroku that takes no environment`, typed(['heroku', word, ...args]))
  if (place === 'app') return needsEnvironment(word, project, onApp(environments, word, ...args))
  if (rest.length === 0) return misspelt(word, args, commands, environments)
  const meant = suggest(
    head,
    environments.map(({ name }) => name),
  )
  if (meant === undefined) return needsEnvironment(word, project, onApp(environments, word, ...args))
  return usageError(
    `\`${word}\` is not an environment and not a command`,
    typed(['parity', meant, rest.join(':'), ...args]),
  )
}

/** The command that stands behind an environment. */
function commandBehind(commands: readonly Command[], word: string): Command | undefined {
  return findCommand(commands, word, 'local') ?? findCommand(commands, word, 'heroku')
}

/** A word that is close to one of ours. A prefix counts as close, so `prod` is `production`. */
function misspelt(
  word: string,
  args: readonly string[],
  commands: readonly Command[],
  environments: readonly Environment[],
): ParityError | undefined {
  const names = environments.map(({ name }) => name)
  const first = [...names, ...commands.filter(({ parity }) => parity).map(({ name }) => name), 'help', 'pr_app']
  const meant = suggest(word, first)
  if (meant !== undefined)
    return usageError(
      `no environment or command \`${word}\`, did you mean \`${meant}\`?`,
      typed(['parity', meant, ...args]),
    )
  const behind = commandBehind(
    commands,
    suggest(
      word,
      commands.map(({ name }) => name),
    ) ?? '',
  )
  const line = behind && lineFor(behind, args, environments)
  return line && usageError(`no environment or command \`${word}\`, did you mean \`${behind.name}\`?`, typed(line))
}

/** Where no environment is known the line would have a gap. */
function needsEnvironment(command: string, { inGit }: Project, line: readonly string[] | undefined): ParityError {
  const here = 'a git remote `production` or `environments:` in .parityrc makes one; `parity environments` lists them'
  const hint = line ? typed(line) : inGit ? here : 'run this in the repository of the app'
  return usageError(`\`${command}\` is a command; an environment comes first`, hint)
}

/** The command on this machine where it can be, since it does least harm there, else on an app. */
function lineFor(
  command: Command,
  args: readonly string[],
  environments: readonly Environment[],
): readonly string[] | undefined {
  return command.local ? ['development', command.name, ...args] : onApp(environments, command.name, ...args)
}

/** Commands that read, as they are mostly typed for production. */
const harmless: ReadonlySet<string> = new Set(
  'tail logs ps releases config config:get info apps:info open addons domains pg:info pg:backups pg:ps'.split(' '),
)

/** In an environment that exists: production for what only reads, else an unprotected one first. */
function onApp(environments: readonly Environment[], ...words: readonly string[]): readonly string[] | undefined {
  const apps = environments.flatMap((environment) => (environment.kind === 'heroku' ? [environment] : []))
  const live =
    words[0] !== undefined && harmless.has(words[0]) ? apps.find(({ name }) => name === 'production') : undefined
  const usual = live ?? apps.find(({ protectedBecause }) => protectedBecause === undefined) ?? apps[0]
  return usual && ['parity', usual.name, ...words]
}

function typed(words: readonly string[]): string {
  return `\`${words.map(shellWord).join(' ')}\``
}
