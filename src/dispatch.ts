import type { Command, ForwardingCommand, OwnCommand, ReportCommand } from './commands/command.ts'
import { commands, findCommand, type Place, placesOf } from './commands/index.ts'
import { reportStyleOf } from './commands/local-target.ts'
import {
  type Environment,
  findEnvironment,
  type HerokuEnvironment,
  openProject,
  type Project,
} from './environments/environments.ts'
import { suggest } from './environments/suggest.ts'
import { ParityError, usageError } from './errors.ts'
import { passthroughCall } from './passthrough/passthrough.ts'
import type { Globals, Words } from './program.ts'
import { execute } from './run/execute.ts'
import { type Outcome, succeeded, success } from './run/outcome.ts'
import { type Prepared, plan } from './run/plan.ts'
import { printPlan } from './run/print.ts'
import type { ReportStyle } from './terminal/reporter.ts'

/** Everything that was said before the command, and who says it: `typed` is how to name the environment in a message. */
type Line = { readonly globals: Globals; readonly typed: string; readonly words: readonly string[] }

/**
 * From the words a person typed to the run of what they mean. `bin` is the environment that the bin's name means, `pr_app`, or
 * undefined for `parity`. A plain passthrough gets through here without loading a parser of options.
 */
export async function dispatch(argv: readonly string[], bin: string | undefined): Promise<Outcome> {
  if (process.platform === 'win32')
    throw usageError('parity runs on Linux, macOS, and Windows under WSL', 'open a WSL shell and type it there')
  const line = await leading({ globals: {}, typed: bin ?? 'parity', words: argv })
  if (line.globals.version) return say(PARITY_VERSION)
  if (bin === undefined) return onParity(line)
  const place = bin === 'development' ? 'local' : 'heroku'
  const command = helpAsked(line, place)
  if (command) return helpOfCommand(command, bin, place)
  if (line.words.length === 0) return help(bin, place)
  return bin === 'pr_app' ? onReviewApp(line) : onEnvironment(line, bin)
}

/** The command whose help a bin is asked for: that is shown anywhere, also where there is no such environment. */
function helpAsked({ globals, words }: Line, place: Place): Command | undefined {
  const [word = '', ...args] = /^#?\d+$/.test(words[0] ?? '') ? words.slice(1) : words
  const command = findCommand(word, place)
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  const behind = command?.kind === 'own' && own.some((option) => option === '--help' || option === '-h')
  return globals.help || behind ? command : undefined
}

/** Takes parity's own options off the front; they are read by the option parser, which loads only where there are any. */
async function leading(line: Line): Promise<Line> {
  if (!line.words[0]?.startsWith('-')) return line
  const { readGlobals } = await import('./program.ts')
  const { globals, rest }: Words = readGlobals(line.words, line.typed)
  return { ...line, globals: { ...line.globals, ...globals }, words: rest }
}

async function onParity(line: Line): Promise<Outcome> {
  const [word, ...words] = line.words
  if (word === undefined || (word === 'help' && words.length === 0)) return help('parity', 'parity')
  const command = findCommand(word, 'parity')
  if (command?.kind === 'report') return runReport(command, { ...line, words }, 'parity')
  const inner = await leading({ ...line, typed: `parity ${word}`, words })
  return inner.globals.version ? say(PARITY_VERSION) : onEnvironment(inner, word)
}

async function onEnvironment(line: Line, name: string): Promise<Outcome> {
  const project = await open(line)
  const again = (globals: Globals) => onEnvironment({ ...line, globals }, name)
  return onFound(line, project, findEnvironment(project, name), again)
}

async function onReviewApp(line: Line): Promise<Outcome> {
  const { findReviewApp } = await import('./heroku/review-apps.ts')
  const project = await open(line)
  const { environment, words } = await findReviewApp(project, line.words)
  const again = (globals: Globals) => onReviewApp({ ...line, globals })
  return onFound(await leading({ ...line, words }), project, environment, again)
}

/** Does it all once more, with options that were found behind the command. */
type Again = (globals: Globals) => Promise<Outcome>

function onFound(line: Line, project: Project, environment: Environment, again: Again): Promise<Outcome> {
  const [word, ...args] = line.words
  if (word === undefined) return help(line.typed, environment.kind)
  const command = findCommand(word, environment.kind)
  const rest = { ...line, words: args }
  if (command && line.globals.help) return helpOfCommand(command, line.typed, environment.kind)
  if (command?.kind === 'forwarding' && environment.kind === 'heroku')
    return runForwarding(command, rest, project, environment)
  if (command?.kind === 'own') return runOwn(command, rest, project, environment, again)
  if (command?.kind === 'report') return runReport(command, rest, 'local')
  if (environment.kind === 'local') throw notHere(word, line.typed)
  const words = line.globals.help ? ['--help'] : args
  return finish({ plan: plan(passthroughCall(environment.app, environment.name, word, words)) }, line.globals)
}

async function runForwarding(
  command: ForwardingCommand,
  line: Line,
  project: Project,
  environment: HerokuEnvironment,
): Promise<Outcome> {
  const request = {
    project,
    environment,
    args: line.words,
    extra: [],
    options: {},
    dryRun: line.globals.dryRun ?? false,
  }
  return finish({ plan: await command.prepare(request) }, line.globals)
}

async function runOwn(
  command: OwnCommand,
  line: Line,
  project: Project,
  environment: Environment,
  again: Again,
): Promise<Outcome> {
  const { readWords } = await import('./program.ts')
  const { globals, options, operands, extra } = readWords(
    command,
    line.words,
    `${line.typed} ${command.name}`,
    environment.kind,
  )
  if (globals.help) return helpOfCommand(command, line.typed, environment.kind)
  const all = merge(line.globals, globals)
  if (all.config !== line.globals.config) return again(all) // another configuration may mean another app
  const request = { project, environment, args: operands, extra, options, dryRun: all.dryRun ?? false }
  const style = reportStyleOf(request)
  return tellingFailure(style, async () => finish(await command.prepare(request), all, style))
}

async function runReport(command: ReportCommand, line: Line, place: 'parity' | 'local'): Promise<Outcome> {
  const { readWords } = await import('./program.ts')
  const { globals, options, operands, extra } = readWords(command, line.words, `${line.typed} ${command.name}`, place)
  if (globals.help || line.globals.help) return helpOfCommand(command, line.typed, place)
  const all = merge(line.globals, globals)
  const project = await open({ ...line, globals: all })
  const result = await command.report({ project, args: operands, extra, options, dryRun: all.dryRun ?? false })
  if (typeof result === 'string') return say(result)
  if ('plan' in result) return finish(result, all)
  say(result.text)
  return { status: result.status }
}

/** Where events are wanted, the last one tells how it ended. */
async function tellingFailure(style: ReportStyle | undefined, run: () => Promise<Outcome>): Promise<Outcome> {
  if (!style?.json) return run()
  const { tellEvent } = await import('./terminal/events.ts')
  try {
    const outcome = await run()
    if (!succeeded(outcome)) tellEvent('failed', outcome)
    return outcome
  } catch (error) {
    if (error instanceof ParityError)
      tellEvent('failed', { status: error.status, message: error.message, hint: error.hint })
    throw error
  }
}

async function finish(prepared: Prepared, globals: Globals, style?: ReportStyle): Promise<Outcome> {
  const outcome = await runPlan(prepared, globals, style)
  if (!prepared.next || globals.dryRun || !succeeded(outcome)) return outcome
  return finish(await prepared.next(), globals, style)
}

async function runPlan(prepared: Prepared, globals: Globals, style: ReportStyle | undefined): Promise<Outcome> {
  try {
    if (globals.dryRun) return say(printPlan(prepared.plan).join('\n'))
    return await execute(prepared.plan, prepared.handlers, style)
  } finally {
    await prepared.dispose?.()
  }
}

function open(line: Line): Promise<Project> {
  return openProject(process.cwd(), line.globals.config ?? (process.env.PARITY_CONFIG || undefined))
}

function merge(before: Globals, after: Globals): Globals {
  return {
    ...before,
    ...(after.dryRun ? { dryRun: true } : {}),
    ...(after.config === undefined ? {} : { config: after.config }),
  }
}

function notHere(word: string, typed: string) {
  const here = commands.filter((command) => placesOf(command).includes('local')).map((command) => command.name)
  const meant = suggest(word, here)
  return usageError(
    `\`${word}\` is not a command of this machine${meant ? `, did you mean \`${meant}\`?` : ''}`,
    `${typed} has: ${here.join(', ')}`,
  )
}

async function help(typed: string, place: Place): Promise<Outcome> {
  const { binHelp } = await import('./program.ts')
  return say(binHelp(typed, place))
}

async function helpOfCommand(command: Command, typed: string, place: Place): Promise<Outcome> {
  const { commandHelp } = await import('./program.ts')
  return say(commandHelp(command, typed, place))
}

function say(text: string): Outcome {
  process.stdout.write(`${text}\n`)
  return success
}
