import { Command as Commander, Help } from 'commander'
import { type Command, optionsIn, type Place } from './command.ts'
import { asOption, globalOptions } from './parse.ts'

/** The help of an environment: what is typed there, each command with a line, and where to read on. */
export function binHelp(bin: string, place: Place, commands: readonly Command[]): string {
  const program = new Commander(bin)
  for (const option of globalOptions) program.addOption(asOption(option))
  program
    .helpOption('-h, --help', 'this help; before a command, the help of that command')
    .version(PARITY_VERSION, '--version', 'the version of parity')
  program.usage(`[options] ${bin === 'pr_app' ? '[number | branch] ' : ''}<command> [args...]`)
  program.helpCommand(false)
  for (const command of commands.filter((command) => command[place])) {
    program.command(command.name).summary(command.summary)
  }
  program.addHelpText('after', `\n${closing(bin, place)}`)
  return helpOf(program)
}

function closing(bin: string, place: Place): string {
  if (place === 'local')
    return examples(['development restore production', 'development restore --file db.dump', 'development undo'])
  if (bin === 'pr_app')
    return `By a pull request's number or a branch; without either, the branch checked out.\n${examples(['pr_app 1234 ps', 'pr_app 1234 logs --tail', 'pr_app 1234 --dry-run restore production'])}`
  return `${wrap(`Any other command goes to the Heroku CLI with --app: \`${bin} logs --tail\``, 80)}\n${examples([`${bin} ps`, `${bin} console`, `${bin} --dry-run migrate`])}`
}

/** The help of one command: usage, what it runs, options, examples. */
export function commandHelp(command: Command, typed: string, place: Place): string {
  const handler = command[place]
  const program = new Commander(`${typed === 'pr_app' ? 'pr_app [number]' : typed} ${command.name}`)
    .helpOption(false)
    .usage(handler?.usage ?? '')
    .description(`${command.summary}\n\nruns: ${handler?.runs ?? ''}`)
  const globals = handler?.words === 'read' ? globalOptions : []
  for (const option of [...optionsIn(command, place), ...globals]) program.addOption(asOption(option))
  program.addHelpText('after', `\n${examples(examplesFor(typed, command))}`)
  return helpOf(program)
}

/** Breaks a text at blanks into lines of at most `columns` characters. */
export function wrap(text: string, columns: number): string {
  return new Help().boxWrap(text, columns)
}

/** Of a review app those that it has, with the number of a pull request. */
function examplesFor(typed: string, { examples }: Command): readonly string[] {
  if (typed !== 'pr_app') return examples
  const lines = examples
    .filter((line) => /^(?:production|staging) /.test(line))
    .map((line) => line.replace(/(^|&& )(?:production|staging)(?= )/g, '$1pr_app 1234'))
  return [...new Set(lines)]
}

function examples(lines: readonly string[]): string {
  return ['Examples:', ...lines.map((line) => `  ${line}`)].join('\n')
}

function helpOf(program: Commander): string {
  let text = ''
  program.configureOutput({ writeOut: (part) => (text += part) })
  program.outputHelp()
  const [usage = '', ...lines] = text.replace(/ +$/gm, '').trimEnd().split('\n')
  return [wrap(usage, 80).replaceAll('\n', '\n       '), ...lines].join('\n')
}
