import type { Ambient } from '../run/ambient.ts'
import { type Command, findCommand, type Options, type Place } from './command.ts'
import type { Globals } from './parse.ts'

/** A line as far as it can be read without the project. `typed` is how to name the environment in a message. */
export type Line = {
  readonly ambient: Ambient
  readonly globals: Globals
  readonly typed: string
  readonly words: readonly string[]
}

/** What a line means where it was typed. */
export type Asked =
  /** The help of a command, or of the environment's bin. */
  | { readonly kind: 'help'; readonly command: Command | undefined }
  | {
      readonly kind: 'own'
      readonly command: Command
      readonly globals: Globals
      readonly args: readonly string[]
      readonly extra: readonly string[]
      readonly options: Options
    }
  /** A word that is not ours, and what stands behind it. */
  | { readonly kind: 'other'; readonly word: string; readonly args: readonly string[] }

/** Understands a line that was typed in `place`. Throws a usage error for options that the command does not have there. */
export async function understand(line: Line, place: Place, commands: readonly Command[]): Promise<Asked> {
  const [word, ...args] = line.words
  if (word === undefined) return { kind: 'help', command: undefined }
  const command = findCommand(commands, word, place)
  const handler = command?.[place]
  if (!command || !handler) return { kind: 'other', word, args: line.globals.help ? ['--help'] : args }
  if (asksForHelp(line, command, place)) return { kind: 'help', command }
  return handler.words === 'forwarded' ? forwarded(line, command, args) : read(line, command, args, place)
}

/** The command whose help a line asks for, wherever it was typed: that is shown also where there is no such environment. */
export function commandToExplain(line: Line, place: Place, commands: readonly Command[]): Command | undefined {
  const command = findCommand(commands, line.words[0] ?? '', place)
  return command && asksForHelp(line, command, place) ? command : undefined
}

/** Whether the person wants to read what a command does. What follows a `--` is another program's. */
function asksForHelp({ globals, words: [, ...args] }: Line, command: Command, place: Place): boolean {
  if (globals.help) return true
  if (command[place]?.words === 'forwarded') return ownWords(args).includes('--help') || isOnly(args, '-h')
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).some((word) => word === '--help' || word === '-h')
}

/** Of the words that go to another program those right behind the command that are ours. */
function ownWords(args: readonly string[]): readonly string[] {
  const end = args.findIndex((word) => word !== '--help' && word !== '--dry-run')
  return end < 0 ? args : args.slice(0, end)
}

/** `-h` is an option of many programs: it asks for help where nothing else is said. */
function isOnly(args: readonly string[], word: string): boolean {
  return args.length === 1 && args[0] === word
}

function forwarded({ globals }: Line, command: Command, words: readonly string[]): Asked {
  const own = ownWords(words)
  const args = words.slice(own.length)
  return { kind: 'own', command, globals: merged(globals, { dryRun: own.length > 0 }), args, extra: [], options: {} }
}

async function read(
  { globals, typed }: Line,
  command: Command,
  words: readonly string[],
  place: Place,
): Promise<Asked> {
  const { readWords } = await import('./parse.ts')
  const { globals: behind, options, operands, extra } = readWords(command, words, `${typed} ${command.name}`, place)
  return { kind: 'own', command, globals: merged(globals, behind), args: operands, extra, options }
}

function merged(before: Globals, after: Globals): Globals {
  return {
    ...before,
    ...(after.dryRun ? { dryRun: true } : {}),
    ...(after.config === undefined ? {} : { config: after.config }),
  }
}
