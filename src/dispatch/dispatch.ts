import { commands } from '../commands/index.ts'
import { projectCommands } from '../commands/project-commands.ts'
import {
  allEnvironments,
  type Environment,
  findEnvironment,
  type HerokuEnvironment,
  type Project,
  tryEnvironment,
} from '../environments/environments.ts'
import { openProject } from '../environments/project.ts'
import { findEnvironments, meansSeveral } from '../environments/several.ts'
import { suggest } from '../environments/suggest.ts'
import { type ParityError, usageError } from '../errors.ts'
import { type Command, findCommand } from '../line/command.ts'
import type { Globals } from '../line/parse.ts'
import { commandToExplain, type Line, understand } from '../line/request.ts'
import { herokuCommand, passthroughCall } from '../passthrough/passthrough.ts'
import type { Ambient } from '../run/ambient.ts'
import { type Outcome, success } from '../run/outcome.ts'
import { plan } from '../run/plan.ts'
import { shellWord } from '../run/print.ts'
import { explain, help, helpOn } from './help.ts'
import { print, printText } from './print.ts'
import { finish, noticed, runOwn } from './run.ts'

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
  const { readGlobals } = await import('../line/parse.ts')
  const { globals, rest } = readGlobals(line.words, line.typed)
  return { ...line, globals: { ...line.globals, ...globals }, words: rest }
}

async function onParity(line: Line): Promise<Outcome> {
  const [word, ...words] = line.words
  if (word === 'complete-words') return completions(words, line.ambient)
  if (word === undefined) return firstHelp(line)
  if (word === 'help') return !words[0] || words[0] === 'parity' ? firstHelp(line) : explain(words[0])
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
  const { wayOut } = await import('../line/way-out.ts')
  return wayOut(await open(line), line.words, { commands, heroku: herokuCommand })
}

async function onSeveral(line: Line, word: string): Promise<Outcome> {
  const project = await open(line)
  const typed = (name: string) => ['parity', name, ...line.words.map(shellWord)].join(' ')
  return answerEach(line, project, findEnvironments(project, word, typed), (globals) =>
    onSeveral({ ...line, globals }, word),
  )
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
    return asked.command ? help(line.typed, 'heroku', all, asked.command) : printText(severalHelp(line.typed))
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
  const { findReviewApp } = await import('../environments/review-app.ts')
  const project = await open(line)
  const all = [...commands, ...projectCommands(project.configuration)]
  const isCommand = (word: string) =>
    word.startsWith('-') || findCommand(all, word, 'heroku') !== undefined || herokuCommand(word) !== undefined
  const { environment, words } = await noticed('Heroku', () => findReviewApp(project, line.words, isCommand))
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
  if (environment?.kind !== 'heroku') throw notHere(asked.word, asked.args, line.typed, all)
  const { app, name } = environment
  return finish({ plan: plan(passthroughCall(app, name, asked.word, asked.args)) }, line.globals)
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

/** A command of apps on Heroku is spelt as it was meant; any other word that looks like none of ours may be a program. */
function notHere(word: string, args: readonly string[], typed: string, all: readonly Command[]) {
  const here = all.filter((command) => command.local).map((command) => command.name)
  const isHeroku = herokuCommand(word) !== undefined || findCommand(all, word, 'heroku') !== undefined
  const head = word.split(':')[0] ?? ''
  const meant = isHeroku ? undefined : here.includes(head) ? head : suggest(word, here)
  const line = (...words: readonly string[]) => `\`${[typed, ...[...words, ...args].map(shellWord)].join(' ')}\``
  const has = `${typed} has: ${here.join(', ')}`
  return usageError(
    `\`${word}\` is not a command of this machine${meant ? `, did you mean \`${meant}\`?` : ''}`,
    meant ? line(meant) : isHeroku ? `it is for apps on Heroku; ${has}` : `${line('run', word)} runs a program; ${has}`,
  )
}

/** The help of `parity` itself: shown also where there is no project, or one with mistakes. */
async function firstHelp(line: Line): Promise<Outcome> {
  const { firstScreen } = await import('../line/first-screen.ts')
  const project = await open(line).catch(() => undefined)
  return printText(firstScreen(project && allEnvironments(project), commands))
}

/** What a shell's completion asks for, hidden from people: nothing at all where there is nothing to offer. */
async function completions(words: readonly string[], ambient: Ambient): Promise<Outcome> {
  const { completeWords } = await import('./complete-words.ts')
  const text = await completeWords(words, ambient)
  return text === '' ? success : print(text)
}
