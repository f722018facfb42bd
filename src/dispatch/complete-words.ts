import { basename } from 'node:path'
import { commands } from '../commands/index.ts'
import { projectCommands } from '../commands/project-commands.ts'
import { allEnvironments, type Project, tryEnvironment } from '../environments/environments.ts'
import { openProject } from '../environments/project.ts'
import { ParityError } from '../errors.ts'
import { type Candidates, type Command, findCommand, type Place } from '../line/command.ts'
import { configOf, longOf, type Typed, type Wanted, wantedAt } from '../line/complete.ts'
import { herokuCommand, herokuCommands } from '../passthrough/passthrough.ts'
import type { Ambient } from '../run/ambient.ts'

/** A word that can stand at the cursor, and a few more on what it means. */
type Candidate = readonly [word: string, description: string]

/**
 * What a shell's completion asks: `argv` are the words of the line up to the cursor, the bin first and the one at the cursor last. Gives
 * lines `WORD TAB DESCRIPTION`; none where files are to be offered. It reads files alone, never the network or a server, and never fails
 * for a line or a configuration that is not finished.
 */
export async function completeWords(argv: readonly string[], ambient: Ambient): Promise<string> {
  const typed: Typed = { words: argv.slice(0, -1), current: argv.at(-1) ?? '' }
  const project = await openIfPossible(ambient, configOf(typed) ?? (ambient.env.PARITY_CONFIG || undefined))
  const all = [...commands, ...(project ? projectCommands(project.configuration) : [])]
  const wanted = wantedAt(withoutReviewApp(typed, all), (name) => placeOf(project, name), all)
  const found = await candidatesFor(wanted, typed.current, all, project, ambient)
  const fitting = found.filter(([word]) => word.startsWith(typed.current) && isHarmless(word))
  return fitting.map(([word, description]) => `${word}\t${description}`).join('\n')
}

/** The line without the number or branch that names a review app: what is no command behind `pr_app`. */
function withoutReviewApp({ words, current }: Typed, commands: readonly Command[]): Typed {
  const [bin = '', first = '-', ...rest] = words
  const isNamed = !first.startsWith('-') && !findCommand(commands, first, 'heroku') && !herokuCommand(first)
  return basename(bin) === 'pr_app' && isNamed ? { words: [bin, ...rest], current } : { words, current }
}

/** The project, or undefined where its configuration says nothing yet. */
async function openIfPossible(ambient: Ambient, file: string | undefined): Promise<Project | undefined> {
  try {
    return await openProject(ambient, file)
  } catch (error) {
    if (error instanceof ParityError) return undefined
    throw error
  }
}

/** Shells insert it as it is. */
function isHarmless(word: string): boolean {
  return /^[\w@%+=:,./-]+$/.test(word)
}

function placeOf(project: Project | undefined, name: string): Place {
  const found = project && tryEnvironment(project, name)
  return found?.kind ?? (name === 'development' || name === 'local' ? 'local' : 'heroku')
}

async function candidatesFor(
  wanted: Wanted,
  current: string,
  commands: readonly Command[],
  project: Project | undefined,
  ambient: Ambient,
): Promise<readonly Candidate[]> {
  if (wanted.of === 'options') return wanted.options.map((option) => [longOf(option), option.summary])
  if (wanted.of === 'commands') return commandsIn(commands, wanted.place, current)
  if (wanted.of === 'environments and commands') return [...environmentsOf(project), ...ownCommands(commands, 'parity')]
  if (wanted.of === 'values') return valuesFor(wanted, project, ambient)
  return []
}

function ownCommands(commands: readonly Command[], place: Place): Candidate[] {
  return commands.filter((command) => command[place]).map(({ name, summary }) => [name, summary])
}

/** Ours, and on an app Heroku's: of these, as long as nothing is typed, only those without a colon. */
function commandsIn(commands: readonly Command[], place: Place, current: string): Candidate[] {
  const own = ownCommands(commands, place)
  if (place !== 'heroku') return own
  const names = new Set(own.map(([name]) => name))
  const others = herokuCommands().filter((name) => !names.has(name) && (current !== '' || !name.includes(':')))
  return [...own, ...others.map((name) => [name, `heroku ${name}`] as const)]
}

function environmentsOf(project: Project | undefined): Candidate[] {
  if (project === undefined) return []
  return allEnvironments(project).map((environment) => [
    environment.name,
    environment.kind === 'local' ? 'this machine' : environment.app,
  ])
}

async function valuesFor(
  { values, environment, before }: Extract<Wanted, { of: 'values' }>,
  project: Project | undefined,
  { cache, now }: Ambient,
): Promise<readonly Candidate[]> {
  if (typeof values !== 'string') return values.map((word) => [word, ''])
  if (values === 'environments') return environmentsOf(project).filter(([name]) => !before.includes(name))
  const snapshots = async () => (project === undefined ? [] : snapshotsOf(project))
  if (values === 'snapshots') return snapshots()
  if (values === 'sources')
    return [...environmentsOf(project).filter(([name]) => name !== environment), ...(await snapshots())]
  if (values === 'links') return linksOf(project, before)
  if (values === 'backups' || values === 'cached apps') return dumpsIn(cache, now, values)
  return []
}

async function linksOf(project: Project | undefined, before: readonly string[]): Promise<Candidate[]> {
  if (project === undefined) return []
  const { findLinks } = await import('../links/inspect.ts')
  const links = findLinks(project).filter(({ name }) => !before.includes(name))
  return links.map(({ name, path }) => [name, path])
}

/** As they were last seen: no server is asked. */
async function snapshotsOf({ ambient: { cache }, root }: Project): Promise<Candidate[]> {
  const { recallSnapshots } = await import('../restore/snapshots/remembered.ts')
  return (await recallSnapshots(cache, root)).map((name) => [name, 'snapshot'])
}

async function dumpsIn(cache: string, now: Date, values: Candidates): Promise<Candidate[]> {
  const [{ listDumps }, { age, size }] = await Promise.all([
    import('../dumps/cache.ts'),
    import('../terminal/units.ts'),
  ])
  const dumps = await listDumps(cache).catch(() => [])
  const apps = new Set(dumps.map(({ app }) => app))
  if (values === 'cached apps') return [...apps].map((app) => [app, ''])
  return dumps.map(({ app, backup, bytes }) => [backup.id, `${app}, ${age(backup.createdAt, now)} old, ${size(bytes)}`])
}
