import { usageError } from '../errors.ts'
import { type Call, call } from '../run/call.ts'
import * as table from './command-table.ts'

/**
 * What `<environment> <command> <args>` runs when `command` is Heroku's: `heroku <command> --app <app> <args>`, or without
 * `--app` where the command takes none, or where `args` hold the option that stands in for it (`--pipeline`, `--space`).
 * An unknown command is a plugin's and gets `--app`. Throws a usage error where `args` name an app themselves.
 */
export function passthroughCall(app: string, environment: string, command: string, args: readonly string[]): Call {
  if (has(table.takesNoApp, command)) return call('heroku', command, ...args)
  refuseSecondApp(app, environment, command, args)
  if (replacesApp(command, args)) return call('heroku', command, ...args)
  return call('heroku', command, '--app', app, ...args)
}

/** Whether a word is a command of the Heroku CLI or its bundled plugins, and whether that takes an app. */
export function herokuCommand(word: string): 'app' | 'no app' | undefined {
  if (has(table.takesApp, word)) return 'app'
  return has(table.takesNoApp, word) ? 'no app' : undefined
}

/**
 * Throws a usage error where `args` of Heroku's `command` name an app beside the one that `environment` means: by `--app` or
 * `--remote` (also when it is the same app: the CLI takes `--app` only once), or by an argument that would beat `--app`.
 */
export function refuseSecondApp(app: string, environment: string, command: string, args: readonly string[]): void {
  const second = secondApp(command, args) ?? otherAppArgument(app, command, args)
  if (!second) return
  const words = second.words.join(' ')
  const again = second.app === app
  const instead = dynoCommands.includes(command)
    ? `, or put \`--\` before the dyno's command`
    : `, or run \`heroku ${command} ${words}\``
  throw usageError(
    `\`${environment}\` already means ${app}; \`${words}\` names ${again ? 'it again' : second.app ? 'another' : 'one too'}`,
    `leave \`${second.words[0]}\` out${again ? '' : instead}`,
  )
}

/**
 * What was typed after `run`: options of `heroku run` up to the first plain word or `--`, then the dyno's command, where
 * nothing is Heroku's any more. A single word is a line for the dyno's shell, as in `heroku run 'a | b'`; one that calls `exit` gets a
 * separate shell, since Heroku's ends with an `echo` of the status, which would never run.
 */
export function splitRunArguments(args: readonly string[]): { options: string[]; command: string | string[] } {
  const start = firstArgument('run', args)
  const words = args.slice(args[start] === '--' ? start + 1 : start)
  const [line = ''] = words
  const exits = words.length === 1 && /(?:^|[\s;&|({])exit(?:[\s;&|)}]|$)/.test(line)
  return { options: args.slice(0, start), command: exits ? ['sh', '-c', line] : words.length === 1 ? line : words }
}

/** Commands whose arguments are a command for a dyno, where `-r` may well be that command's. */
const dynoCommands = ['ps:exec', 'rake', 'run', 'run:detached', 'run:inside']

/** A place in ARGS that names an app; `app` is unknown when a git remote names it, or nothing follows the option. */
type NamedApp = { readonly words: readonly string[]; readonly app: string | undefined }

/** Of a command that is not Heroku's own, only `--app` is sure to mean what it says. */
function secondApp(command: string, args: readonly string[]): NamedApp | undefined {
  if (!has(table.takesApp, command)) return givenOption(command, args, '--app')
  const remote = has(table.remoteIsNotTheApp, command) ? undefined : givenOption(command, args, '--remote', '-r')
  return givenOption(command, args, '--app', '-a') ?? (remote && { ...remote, app: undefined })
}

function otherAppArgument(app: string, command: string, args: readonly string[]): NamedApp | undefined {
  if (!has(table.takesAppArgument, command)) return
  const start = firstArgument(command, args)
  const named = args[start] === '--' ? args[start + 1] : args[start]
  return named === undefined || named === app ? undefined : { words: [named], app: named }
}

function replacesApp(command: string, args: readonly string[]): boolean {
  const [long, short] = names(keyOf(table.replacesApp, command))
  return long !== undefined && givenOption(command, args, long, short) !== undefined
}

/**
 * The first place where `args` give an option, in any spelling that the CLI takes: `--app X`, `--app=X`, `-a X`, `-aX`, `-a=X`,
 * and behind options without a value `-xa X`. Nothing behind `--` is an option. A word that looks like an option of the command
 * is never the value of another one (`--confirm -a`): there the CLI stops with an error too. It would take `--app=X` for one.
 */
function givenOption(command: string, args: readonly string[], long: string, short?: string): NamedApp | undefined {
  const letters = keyOf(table.switches, command)
  const end = args.indexOf('--')
  const words = end === -1 ? args : args.slice(0, end)
  for (const [index, word] of words.entries()) {
    const plain = withoutSwitches(word, letters)
    const next = words[index + 1]
    if (plain === long || plain === short) return { words: next === undefined ? [word] : [word, next], app: next }
    if (plain.startsWith(`${long}=`)) return { words: [word], app: plain.slice(long.length + 1) }
    if (short && plain.startsWith(short)) return { words: [word], app: plain.slice(2).replace(/^=/, '') }
  }
  return
}

/** Where in `args` the options of `command` end: the index of the first plain word, of `--`, or behind the last word. */
function firstArgument(command: string, args: readonly string[]): number {
  const valued = names(keyOf(table.valued, command))
  const letters = keyOf(table.switches, command)
  let index = 0
  while (index < args.length) {
    const word = args[index] as string
    if (word === '--' || !word.startsWith('-')) return index
    index += valued.includes(withoutSwitches(word, letters)) ? 2 : 1
  }
  return args.length
}

/** `-xa` as `-a`, if `x` is one of `letters`, the options that take no value. */
function withoutSwitches(word: string, letters: string): string {
  return letters ? word.replace(new RegExp(`^-[${letters}]+(?=.)`), '-') : word
}

/** Every command of the Heroku CLI, for completion: of two spellings (`pg:cache_hit`) the one that its help shows. */
export function herokuCommands(): string[] {
  const all = [...names(table.takesApp), ...names(table.takesNoApp)]
  return all.filter((name) => !name.includes('_') || !all.includes(name.replaceAll('_', '-'))).sort()
}

/** The names in one of the table's texts. */
function names(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}

function has(text: string, name: string): boolean {
  return names(text).includes(name)
}

/** The key of `record` that lists `command`, or ''. */
function keyOf(record: Readonly<Record<string, string>>, command: string): string {
  return Object.keys(record).find((key) => has(record[key] ?? '', command)) ?? ''
}
