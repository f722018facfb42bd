import { commands } from './commands/index.ts'
import { projectCommands } from './commands/project-commands.ts'
import {
  type Environment,
  findEnvironment,
  type HerokuEnvironment,
  type Project,
  tryEnvironment,
} from './environments/environments.ts'
import { openProject } from './environments/project.ts'
import { findEnvironments, meansSeveral } from './environments/several.ts'
import { suggest } from './environments/suggest.ts'
import { failure, ParityError, usageError } from './errors.ts'
import { type Command, findCommand, type Place, type Request, type Text } from './line/command.ts'
import { isWatched, reportStyleOf } from './line/options.ts'
import type { Globals } from './line/parse.ts'
import { type Asked, commandToExplain, type Line, understand } from './line/request.ts'
import { herokuCommand, passthroughCall } from './passthrough/passthrough.ts'
import type { Ambient } from './run/ambient.ts'
import { execute } from './run/execute.ts'
import { type Outcome, succeeded, success } from './run/outcome.ts'
import { type Prepared, plan } from './run/plan.ts'
import { printPlan } from './run/print.ts'
import type { ReportStyle } from './terminal/reporter.ts'

/**
 * From the words a person typed to the run of what they mean. `bin` is the environment that the bin's name means, `pr_app`, or
 * undefined for `parity`. A plain passthrough gets through here without loading a parser of options.
 */
export async function dispatch(argv: readonly string[], bin: string | undefined, ambient: Ambient): Promise<Outcome> {
  if (process.platform === 'win32')
    throw usageError('parity runs on Linux, macOS, and Windows under WSL', 'run it in a WSL shell')
  const line = await leading({ ambient, globals: {}, typed: bin ?? 'parity', words: argv })
  if (line.globals.version) return print(PARITY_VERSION)
  return bin === undefined ? onParity(line) : onBin(line, bin)
}

async function onBin(line: Line, bin: string): Promise<Outcome> {
  const place = bin === 'development' ? 'local' : 'heroku'
  const command = commandToExplain(withoutNumber(line), place, commands)
  if (command || line.words.length === 0) return help(bin, place, await commandsHere(line), command)
  return bin === 'pr_app' ? onReviewApp(line) : onEnvironment(line, bin)
}

/** `pr_app 1234 console --help`: the number of the pull request stands before the command. */
function withoutNumber(line: Line): Line {
  return /^#?\d+$/.test(line.words[0] ?? '') ? { ...line, words: line.words.slice(1) } : line
}

/** Takes parity's own options off the front; they are read by the option parser, which loads only where there are any. */
async function leading(line: Line): Promise<Line> {
  if (!line.words[0]?.startsWith('-')) return line
  const { readGlobals } = await import('./line/parse.ts')
  const { globals, rest } = readGlobals(line.words, line.typed)
  return { ...line, globals: { ...line.globals, ...globals }, words: rest }
}

async function onParity(line: Line): Promise<Outcome> {
  const [word, ...words] = line.words
  if (word === 'complete-words') return completions(words, line.ambient)
  if (word === undefined) return help('parity', 'parity', commands)
  if (word === 'help') return explain(words[0] ?? 'parity')
  if (word === 'pr_app') return onBin(await leading({ ...line, typed: word, words }), word)
  if (findCommand(commands, word, 'parity'))
    return answer(line, undefined, undefined, (globals) => onParity({ ...line, globals }))
  const inner = await leading({ ...line, typed: `parity ${word}`, words }).catch(async (error: unknown) => {
    throw (await isEnvironment(line, word)) ? error : ((await explained(line)) ?? error)
  })
  if (inner.globals.version) return print(PARITY_VERSION)
  if (meansSeveral(word)) return onSeveral(inner, word)
  if (await isEnvironment(inner, word)) return onEnvironment(inner, word)
  if (inner.globals.help || words.some((word) => word === '--help' || word === '-h')) return helpOn(word)
  const error = await explained(line)
  if (error) throw error
  return onEnvironment(inner, word)
}

async function isEnvironment(line: Line, word: string): Promise<boolean> {
  return tryEnvironment(await open(line), word) !== undefined
}

/** What was probably meant by a line that does not begin with an environment. */
async function explained(line: Line): Promise<ParityError | undefined> {
  const { wayOut } = await import('./line/way-out.ts')
  return wayOut(await open(line), line.words, { commands, heroku: herokuCommand })
}

async function onSeveral(line: Line, word: string): Promise<Outcome> {
  const project = await open(line)
  return answerEach(line, project, findEnvironments(project, word), (globals) => onSeveral({ ...line, globals }, word))
}

/** Does what a line means in each of several environments, side by side. */
async function answerEach(
  line: Line,
  project: Project,
  environments: readonly HerokuEnvironment[],
  again: (globals: Globals) => Promise<Outcome>,
): Promise<Outcome> {
  const all = [...commands, ...projectCommands(project.configuration)]
  const [asked, { runOnSeveral, severalHelp }] = await Promise.all([
    understand(line, 'heroku', all),
    import('./several.ts'),
  ])
  if (asked.kind === 'help')
    return asked.command ? help(line.typed, 'heroku', all, asked.command) : print(severalHelp(line.typed))
  const { globals } = asked.kind === 'own' ? asked : line
  if (globals.config !== line.globals.config) return again(globals)
  return runOnSeveral(asked, project, environments, globals)
}

async function onEnvironment(line: Line, name: string): Promise<Outcome> {
  const project = await open(line)
  const again = (globals: Globals) => onEnvironment({ ...line, globals }, name)
  return answer(line, project, findEnvironment(project, name), again)
}

async function onReviewApp(line: Line): Promise<Outcome> {
  const { findReviewApp } = await import('./environments/review-app.ts')
  const project = await open(line)
  const { environment, words } = await noticed('Heroku', findReviewApp(project, line.words))
  const again = (globals: Globals) => onReviewApp({ ...line, globals })
  return answer(await leading({ ...line, words }), project, environment, again)
}

/** Does what a line means in its environment, or after `parity` where there is none. `again` reads it with other options of ours. */
async function answer(
  line: Line,
  opened: Project | undefined,
  environment: Environment | undefined,
  again: (globals: Globals) => Promise<Outcome>,
): Promise<Outcome> {
  const place = environment?.kind ?? 'parity'
  if (line.globals.json) {
    if (opened && environment?.kind === 'heroku') return answerEach(line, opened, [environment], again)
    throw usageError(
      '`--json` before a command is for environments on Heroku',
      `\`${line.typed} COMMAND --json\` where the command has it`,
    )
  }
  const all = opened === undefined ? commands : [...commands, ...projectCommands(opened.configuration)]
  const asked = await understand(line, place, all)
  if (asked.kind === 'help') return help(line.typed, place, all, asked.command)
  if (asked.kind === 'own') {
    // Another configuration may mean another app.
    if (asked.globals.config !== line.globals.config) return again(asked.globals)
    return runOwn(asked, opened ?? (await open(line, asked.command.worksWithoutConfiguration)), environment)
  }
  if (environment?.kind !== 'heroku') throw notHere(asked.word, line.typed, all)
  const { app, name } = environment
  return finish({ plan: plan(passthroughCall(app, name, asked.word, asked.args)) }, line.globals)
}

async function runOwn(
  { command, globals, args, extra, options }: Extract<Asked, { kind: 'own' }>,
  project: Project,
  environment: Environment | undefined,
): Promise<Outcome> {
  const request = { project, args, extra, options, dryRun: globals.dryRun ?? false }
  const style = isWatched(command) ? reportStyleOf(request) : undefined
  return tellingFailure(style, async () => {
    const prepared = Promise.resolve(prepare(command, request, environment))
    const isNoticed = style === undefined || (!style.json && style.verbosity !== 'quiet')
    return finish(await (isNoticed ? noticed(waitedFor(command, environment), prepared) : prepared), globals, style)
  })
}

/** What a command asks before it begins. */
function waitedFor({ name }: Command, environment: Environment | undefined): string {
  return environment?.kind === 'local' && name !== 'restore' ? 'Postgres' : 'Heroku'
}

/** The work, with a line on the terminal while it takes long. */
async function noticed<T>(what: string, work: Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work
  const { whileWaiting } = await import('./terminal/waiting.ts')
  return whileWaiting(what, work)
}

/** What the command's handler for the kind of environment makes of it. */
function prepare(
  { heroku, local, parity }: Command,
  request: Omit<Request, 'environment'>,
  environment: Environment | undefined,
): Prepared | Text | Promise<Prepared | Text> {
  if (environment?.kind === 'heroku' && heroku) return heroku.prepare({ ...request, environment })
  if (environment?.kind === 'local' && local) return local.prepare({ ...request, environment })
  if (environment === undefined && parity) return parity.prepare({ ...request, environment })
  throw new Error('the command was not found here')
}

/** Where events are wanted, the last one says how it ended. */
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

async function finish(prepared: Prepared | Text, globals: Globals, style?: ReportStyle): Promise<Outcome> {
  if ('text' in prepared) return print(prepared.text, prepared.status)
  const outcome = await runPlan(prepared, globals, style)
  if (!prepared.next || globals.dryRun || !succeeded(outcome)) return outcome
  return finish(await prepared.next(), globals, style)
}

async function runPlan(prepared: Prepared, globals: Globals, style: ReportStyle | undefined): Promise<Outcome> {
  try {
    if (globals.dryRun) return await print(printPlan(prepared.plan).join('\n'))
    return await execute(prepared.plan, prepared.handlers, style)
  } finally {
    await prepared.dispose?.()
  }
}

/** Every command that can be typed here; without those of the project where its configuration cannot be read: help is always shown. */
async function commandsHere(line: Line): Promise<readonly Command[]> {
  const project = await open(line).catch(() => undefined)
  return project ? [...commands, ...projectCommands(project.configuration)] : commands
}

function open(line: Line, goOn?: boolean): Promise<Project> {
  const { ambient, globals } = line
  return openProject(ambient, globals.config ?? (ambient.env.PARITY_CONFIG || undefined), goOn)
}

function notHere(word: string, typed: string, all: readonly Command[]) {
  const here = all.filter((command) => command.local).map((command) => command.name)
  const meant = suggest(word, here)
  return usageError(
    `\`${word}\` is not a command of this machine${meant ? `, did you mean \`${meant}\`?` : ''}`,
    `${typed} has: ${here.join(', ')}`,
  )
}

async function help(typed: string, place: Place, all: readonly Command[], command?: Command): Promise<Outcome> {
  const { binHelp, commandHelp } = await import('./line/help.ts')
  return print(command ? commandHelp(command, typed, place) : binHelp(typed, place, all))
}

/** `parity help WORD`: a topic, else the help of a command or a bin. */
async function explain(word: string): Promise<Outcome> {
  const { topicText } = await import('./line/topics.ts')
  const text = topicText(word)
  return text === undefined ? helpOn(word) : print(text)
}

/** The help of a command wherever it stands, or of a bin. Throws a usage error for another word. */
async function helpOn(word: string): Promise<Outcome> {
  for (const [bin, place] of [
    ['parity', 'parity'],
    ['development', 'local'],
    ['production', 'heroku'],
  ] as const) {
    const command = findCommand(commands, word, place)
    if (command || word === bin) return help(bin, place, commands, command)
  }
  if (word === 'staging' || word === 'pr_app') return help(word, 'heroku', commands)
  if (herokuCommand(word) !== undefined)
    throw usageError(`\`${word}\` is a command of Heroku`, `\`heroku help ${word}\``)
  const { topicNames } = await import('./line/topics.ts')
  const meant = suggest(word, [...topicNames(), ...commands.map((command) => command.name)])
  throw usageError(
    `\`${word}\` is not a command of parity or a help topic${meant ? `, did you mean \`${meant}\`?` : ''}`,
    `\`parity --help\` lists the commands; topics: ${topicNames().join(', ')}`,
  )
}

/** What a shell's completion asks for, hidden from people: nothing at all where there is nothing to offer. */
async function completions(words: readonly string[], ambient: Ambient): Promise<Outcome> {
  const { completeWords } = await import('./complete-words.ts')
  const text = await completeWords(words, ambient)
  return text === '' ? success : print(text)
}

/** Prints data. A reader that has gone away ends us by SIGPIPE, as it ends `git log`. Throws a failure for a full device. */
function print(text: string, status = 0): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    process.stdout.once('error', () => {})
    process.stdout.write(`${text}\n`, (error) => {
      if (!error) resolve({ status })
      else if ('code' in error && error.code === 'EPIPE') resolve({ signal: 'SIGPIPE' })
      else reject(failure(`cannot write to stdout: ${error.message}`, 'free some space, or write elsewhere'))
    })
  })
}
