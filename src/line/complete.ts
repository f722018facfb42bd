import { type Candidates, type Command, findCommand, type Option, optionsIn, type Place } from './command.ts'

/** What can stand at the cursor. Where nothing of parity's can, the shell offers files. */
export type Wanted =
  | { readonly of: 'nothing' }
  /** An environment, or a command of `parity` itself. */
  | { readonly of: 'environments and commands' }
  | { readonly of: 'commands'; readonly place: Place }
  | { readonly of: 'options'; readonly options: readonly Option[] }
  | {
      readonly of: 'values'
      readonly values: Candidates
      /** The environment that the line is for; undefined after `parity`. */
      readonly environment: string | undefined
      /** The operands before the cursor. */
      readonly before: readonly string[]
    }

export type Typed = {
  /** The bin as it was typed, and the words up to the cursor. */
  readonly words: readonly string[]
  /** The word at the cursor, as far as it is there. */
  readonly current: string
}

const nothing: Wanted = { of: 'nothing' }
const help: Option = { flags: '--help', summary: 'show the help' }
const dryRun: Option = { flags: '--dry-run', summary: 'print the plan; run nothing' }
const config: Option = { flags: '--config <file>', summary: 'read this configuration', values: 'files' }
const everywhere = [dryRun, config, help]
const leading = [...everywhere, { flags: '--version', summary: 'the version of parity' }]

/** What a person can mean at the cursor, from the words before it alone. `placeOf` knows what an environment is. */
export function wantedAt(
  { words: [bin = '', ...words], current }: Typed,
  placeOf: (environment: string) => Place,
  commands: readonly Command[],
): Wanted {
  const name = bin.slice(bin.lastIndexOf('/') + 1)
  const line = { current, placeOf, commands }
  const rest = withoutLeading(words)
  if (rest === undefined) return nothing
  return name === 'parity' ? afterParity(rest, line) : afterEnvironment(name, rest, line)
}

/** The configuration that the words before the cursor name: it says which environments there are. */
export function configOf({ words }: Typed): string | undefined {
  const at = words.indexOf('--config')
  return at < 0 ? words.find((word) => word.startsWith('--config='))?.slice('--config='.length) : words[at + 1]
}

type Line = {
  readonly current: string
  readonly placeOf: (environment: string) => Place
  readonly commands: readonly Command[]
}

/** The words behind parity's own options; undefined where one of these still waits for its value. */
function withoutLeading(words: readonly string[]): readonly string[] | undefined {
  const [first, ...rest] = words
  if (!first?.startsWith('-')) return words
  if (first !== '--config') return withoutLeading(rest)
  return rest.length === 0 ? undefined : withoutLeading(rest.slice(1))
}

function afterParity(words: readonly string[], line: Line): Wanted {
  const [first, ...args] = words
  if (first === undefined)
    return isOption(line) ? { of: 'options', options: leading } : { of: 'environments and commands' }
  const command = findCommand(line.commands, first, 'parity')
  if (command) return inCommand(command, 'parity', undefined, args, line)
  const rest = withoutLeading(args)
  return rest === undefined ? nothing : afterEnvironment(first, rest, line)
}

function afterEnvironment(name: string, words: readonly string[], line: Line): Wanted {
  const place = line.placeOf(name)
  const [first, ...args] = words
  if (first === undefined) return isOption(line) ? { of: 'options', options: leading } : { of: 'commands', place }
  const command = findCommand(line.commands, first, place)
  return command ? inCommand(command, place, name, args, line) : nothing
}

function inCommand(
  command: Command,
  place: Place,
  environment: string | undefined,
  args: readonly string[],
  line: Line,
): Wanted {
  if (command[place]?.words === 'forwarded') return beforeForwarded(args, optionsIn(command, place), line)
  if (args.includes('--')) return nothing
  const options = [...optionsIn(command, place), ...everywhere]
  const { operands, open } = readOperands(args, options)
  const values = (values: Candidates | undefined): Wanted =>
    values === undefined || values === 'files' ? nothing : { of: 'values', values, environment, before: operands }
  if (open) return values(open.values)
  if (isOption(line)) return { of: 'options', options: options.filter((option) => !args.includes(longOf(option))) }
  return values(command.operands?.[operands.length] ?? repeated(command.operands))
}

/** Of the words for another program only those right behind the command can be ours. */
function beforeForwarded(args: readonly string[], options: readonly Option[], line: Line): Wanted {
  const own = [...options, help, dryRun]
  const isOurs = args.every((word) => own.some((option) => longOf(option) === word))
  return isOurs && isOption(line) ? { of: 'options', options: own } : nothing
}

/** The operands among `args`, and the option at the end that waits for its value. */
function readOperands(args: readonly string[], options: readonly Option[]) {
  const takesNext = (word: string | undefined) =>
    options.find((option) => longOf(option) === word && option.flags.includes('<'))
  const operands = args.filter((word, index) => !word.startsWith('-') && !takesNext(args[index - 1]))
  return { operands, open: takesNext(args.at(-1)) }
}

function repeated(operands: readonly Candidates[] = []): Candidates | undefined {
  const last = operands.at(-1)
  return last === 'environments' || last === 'links' ? last : undefined
}

function isOption({ current }: Line): boolean {
  return current.startsWith('-')
}

/** `--backup` of `--backup <id>`. */
export function longOf({ flags }: Option): string {
  return flags.split(' ')[0] ?? flags
}
