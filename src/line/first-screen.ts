import type { Environment } from '../environments/environments.ts'
import { printable } from '../terminal/harmless.ts'
import { table } from '../terminal/table.ts'
import type { Command, Place } from './command.ts'
import { wrap } from './help.ts'
import { topicNames } from './topics.ts'

/** Columns of the narrowest usual terminal. */
const columns = 80

/** How many environments are listed. */
const most = 5

/** What somebody needs who has never used parity, in that order. */
const firstLines = [
  ['parity init', 'name your apps: writes .parityrc'],
  ['production logs --tail', 'any Heroku command, on that app'],
  ['development restore production', 'copy production’s database to this machine'],
  ['development undo', 'return to the database that was there before'],
]

/** The commands of `parity` by what they are for; what is not named here is in the last group. */
const groups: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Compare', ['check', 'environments']],
  ['Set up', ['init', 'link', 'unlink', 'completion']],
  ['This machine', []],
]

/**
 * The help of `parity`: how to begin, what there is here, the commands by groups, and where to read on. `environments` are those of this
 * folder; undefined where its configuration cannot be read.
 */
export function firstScreen(environments: readonly Environment[] | undefined, commands: readonly Command[]): string {
  return [
    'Usage: parity [options] <environment> <command> [args...]',
    section('Start here', firstLines),
    environments === undefined
      ? 'Environments here: the configuration cannot be read; `parity doctor` says why'
      : environmentsHere(environments),
    section('In an environment, `staging COMMAND` or `parity staging COMMAND`', [
      ['on Heroku', `${namesIn(commands, 'heroku')}, and every command of the Heroku CLI`],
      ['this machine', namesIn(commands, 'local')],
    ]),
    ownCommands(commands.filter((command) => command.parity)),
    'Options: --dry-run (print the plan), --config <file>, --version, -h, --help',
    wrap(`Read on: \`parity help COMMAND\`, or \`parity help TOPIC\`: ${topicNames().join(', ')}`, columns),
  ].join('\n\n')
}

function environmentsHere(environments: readonly Environment[]): string {
  if (!environments.some(({ kind }) => kind === 'heroku'))
    return wrap(
      'Environments here: none on Heroku; type `parity init` in the repository of an app, or add a git remote of its name',
      columns,
    )
  const shown = environments.length > most ? environments.slice(0, most - 1) : environments
  const others = environments.length - shown.length
  return section('Environments here', [
    ...shown.map(asRow),
    ...(others > 0 ? [['…', `${others} more: \`parity environments\``]] : []),
  ])
}

function asRow(environment: Environment): string[] {
  const name = printable(environment.name)
  if (environment.kind === 'local') return [name, 'this machine']
  return [name, environment.protectedBecause === undefined ? environment.app : `${environment.app}, protected`]
}

function ownCommands(commands: readonly Command[]): string {
  const named = groups.flatMap(([, names]) => names)
  const width = Math.max(...commands.map(({ name }) => name.length))
  return groups
    .flatMap(([title, names]) => {
      const own = commands.filter(({ name }) => names.includes(name) || (names.length === 0 && !named.includes(name)))
      return section(
        title,
        own.map(({ name, summary }) => [name.padEnd(width), summary]),
      )
    })
    .join('\n')
}

function namesIn(commands: readonly Command[], place: Place): string {
  return commands
    .filter((command) => command[place])
    .map(({ name }) => name)
    .join(', ')
}

/** A title and rows of two cells below it; the second one is wrapped in its own column, the first one ends where the screen does. */
function section(title: string, rows: readonly (readonly string[])[]): string {
  const width = Math.min(columns / 2, Math.max(...rows.map(([first = '']) => first.length)))
  const lines = rows.flatMap(([first = '', second = '']) =>
    wrap(second, columns - width - 4)
      .split('\n')
      .map((line, at) => [`  ${at === 0 ? fitted(first, width).padEnd(width) : ' '.repeat(width)}`, line]),
  )
  return `${title}:\n${table(lines)}`
}

function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text
}
