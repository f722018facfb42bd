import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander'
import type { Command, Option, OwnCommand, ReportCommand } from './commands/command.ts'
import { commands, type Place, placesOf } from './commands/index.ts'
import { usageError } from './errors.ts'

/** Options of parity's own: before any command, and anywhere in a command that reads options. */
export type Globals = {
  readonly dryRun?: boolean
  readonly config?: string
  readonly help?: boolean
  readonly version?: boolean
}

export type Words = { readonly globals: Globals; readonly rest: readonly string[] }

const globalOptions: readonly Option[] = [
  { flags: '--dry-run', summary: 'print what would run, and run nothing' },
  { flags: '--config <file>', summary: 'read this configuration' },
]

/** Reads parity's options in front of the first plain word; the rest comes back byte for byte. */
export function readGlobals(argv: readonly string[], typed: string): Words {
  const program = quiet(new Commander()).helpOption(false).passThroughOptions().argument('[words...]')
  for (const option of globalOptions) program.addOption(asOption(option))
  program.addOption(new CommanderOption('-h, --help')).addOption(new CommanderOption('--version'))
  const place = typed === 'parity' ? 'parity staging' : typed
  parse(program, argv, `options of a command come after it: \`${place} logs --tail\``)
  return { globals: program.opts<Globals>(), rest: program.args }
}

export type ParsedWords = {
  readonly globals: Globals
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly operands: readonly string[]
  /** What follows a `--`. */
  readonly extra: readonly string[]
}

/** Reads the words of a command that has options of its own, in any position; `place` is where it was typed. */
export function readWords(
  command: OwnCommand | ReportCommand,
  argv: readonly string[],
  typed: string,
  place: Place,
): ParsedWords {
  const end = argv.indexOf('--')
  const own = end < 0 ? argv : argv.slice(0, end)
  const program = quiet(new Commander()).helpOption(false).argument('[words...]')
  for (const option of [...command.options, ...globalOptions]) program.addOption(asOption(option))
  program.addOption(new CommanderOption('-h, --help'))
  parse(program, own, `\`${typed} --help\` shows the options`)
  refuseMisplaced(program, command.options, place, typed)
  const { dryRun, config, help, ...options } = program.opts()
  return {
    globals: { dryRun, config, help },
    options,
    operands: program.args,
    extra: end < 0 ? [] : argv.slice(end + 1),
  }
}

/** An option that means nothing here would be ignored in silence. */
function refuseMisplaced(program: Commander, options: readonly Option[], place: Place, typed: string): void {
  for (const { flags, where } of options) {
    const option = new CommanderOption(flags)
    if (where === undefined || where === place || program.getOptionValueSource(option.attributeName()) !== 'cli')
      continue
    const why = where === 'heroku' ? 'is for environments on Heroku' : 'is for this machine alone'
    throw usageError(`\`${option.long}\` ${why}`, `\`${typed} --help\` shows the options`)
  }
}

function quiet(program: Commander): Commander {
  return program.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
}

function asOption({ flags, summary }: Option): CommanderOption {
  return new CommanderOption(flags, summary)
}

function parse(program: Commander, argv: readonly string[], hint: string): void {
  try {
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const [what = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
    const meant = /Did you mean (.+)\?/.exec(suggestion ?? '')?.[1]
    throw usageError(`${what.replaceAll("'", '`')}${meant ? `, did you mean \`${meant}\`?` : ''}`, hint)
  }
}

/** The help of a bin: what is typed there, each command with a line, and where to read on. */
export function binHelp(bin: string, place: Place): string {
  const program = new Commander(bin)
  for (const option of globalOptions) program.addOption(asOption(option))
  program
    .helpOption('-h, --help', 'this help; before a command, the help of that command')
    .version(PARITY_VERSION, '--version', 'the version of parity')
  program.usage(place === 'parity' ? '[options] <environment> <command> [args...]' : '[options] <command> [args...]')
  program.helpCommand(false)
  for (const command of commands.filter((command) => placesOf(command).includes(place))) {
    program.command(command.name).usage(command.usage).summary(command.summary)
  }
  program.addHelpText('after', `\n${closing(bin, place)}`)
  return helpOf(program)
}

function closing(bin: string, place: Place): string {
  if (place === 'local')
    return examples(['development restore production', 'development restore --file db.dump', 'development undo'])
  if (place === 'parity') {
    return `\`parity <environment> <command>\` is the same as \`<environment> <command>\`: \`parity demo logs --tail\`\n${examples(['parity environments', 'parity staging ps', 'parity demo console'])}`
  }
  return `Any other command goes to the Heroku CLI with --app: \`${bin} logs --tail\`\n${examples([`${bin} ps`, `${bin} console`, `${bin} --dry-run migrate`])}`
}

/** The help of one command: usage, what it runs, options, examples. */
export function commandHelp(command: Command, typed: string, place: Place): string {
  const program = new Commander(`${typed} ${command.name}`)
    .helpOption(false)
    .usage(command.usage)
    .description(`${command.summary}\n\nruns: ${command.runs}`)
  if (command.kind !== 'forwarding') {
    const options = command.options.filter(({ where }) => where === undefined || where === place)
    for (const option of [...options, ...globalOptions]) program.addOption(asOption(option))
  }
  program.addHelpText('after', `\n${examples(command.examples)}`)
  return helpOf(program)
}

function examples(lines: readonly string[]): string {
  return ['Examples:', ...lines.map((line) => `  ${line}`)].join('\n')
}

function helpOf(program: Commander): string {
  let text = ''
  program.configureOutput({ writeOut: (part) => (text += part) })
  program.outputHelp()
  return text.replace(/ +$/gm, '').trimEnd()
}
