import { Command as Commander, CommanderError, Option as CommanderOption } from 'commander'
import { usageError } from '../errors.ts'
import type { Command, Option, Options, Place } from './command.ts'

/** Options of parity's own: before any command, and anywhere in a command that reads options. */
export type Globals = {
  readonly dryRun?: boolean
  readonly config?: string
  readonly help?: boolean
  readonly version?: boolean
  /** One line of JSON an environment. */
  readonly json?: boolean
}

type Words = { readonly globals: Globals; readonly rest: readonly string[] }

export const globalOptions: readonly Option[] = [
  { flags: '--dry-run', summary: 'print the plan; run nothing' },
  { flags: '--config <file>', summary: 'read this configuration' },
]

/** Reads parity's options in front of the first plain word; the rest comes back byte for byte. */
export function readGlobals(argv: readonly string[], typed: string): Words {
  const program = quiet(new Commander()).helpOption(false).passThroughOptions().argument('[words...]')
  for (const option of globalOptions) program.addOption(asOption(option))
  program.addOption(new CommanderOption('-h, --help')).addOption(new CommanderOption('--version'))
  program.addOption(new CommanderOption('--json'))
  const place = typed === 'parity' ? 'parity staging' : typed === 'pr_app' ? 'pr_app 1234' : typed
  const example = typed === 'development' ? 'development restore production --quiet' : `${place} logs --tail`
  parse(program, argv, `options of a command come after it: \`${example}\``)
  return { globals: program.opts<Globals>(), rest: program.args }
}

type ParsedWords = {
  readonly globals: Globals
  readonly options: Options
  readonly operands: readonly string[]
  /** What follows a `--`. */
  readonly extra: readonly string[]
}

/** Reads the words of a command that has its own options, in any position; `place` is where it was typed. */
export function readWords(command: Command, argv: readonly string[], typed: string, place: Place): ParsedWords {
  const end = argv.indexOf('--')
  const own = end < 0 ? argv : argv.slice(0, end)
  const program = quiet(new Commander()).helpOption(false).argument('[words...]')
  for (const option of [...command.options, ...globalOptions]) program.addOption(asOption(option))
  parse(program, own, `\`${typed} --help\` shows the options`)
  refuseMisplaced(program, command.options, place, typed)
  const { dryRun, config, ...options } = program.opts()
  return {
    globals: { dryRun, config },
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

export function asOption({ flags, summary, hidden }: Option): CommanderOption {
  return new CommanderOption(flags, summary).hideHelp(hidden === true)
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
