import type { Project } from '../environments/environments.ts'
import { ParityError, usageError } from '../errors.ts'
import { thisInstaller } from '../postgres/clients.ts'
import type { Prepared } from '../run/plan.ts'
import { resolveTarget } from '../target/target.ts'
import { report } from '../terminal/report.ts'
import { table } from '../terminal/table.ts'
import { prepareContainers } from './docker/prepare.ts'
import { missingLines } from './dotenv.ts'
import { engineFor, rememberEngine } from './engine.ts'
import { addLines, findEnvFile } from './env-file.ts'
import type { Server } from './folder.ts'
import { lockServices } from './lock.ts'
import { inspectNative } from './native/inspect.ts'
import { nativeHandlers } from './native/run.ts'
import { planNative } from './native/up.ts'
import { type Production, readProduction, rememberProduction } from './production.ts'
import { type Recipe, recipeOf, type Service } from './recipe.ts'
import { unsetVariables, variablesOf } from './variables.ts'

export type UpWords = {
  readonly names: readonly string[]
  readonly offline: boolean
  readonly anyVersion: boolean
  readonly env?: boolean
  /** `--engine`: docker or native. */
  readonly engine: string | undefined
}

/** `development services --write`: production's services into the Compose file. */
export async function prepareComposeFile(project: Project, offline: boolean, dryRun: boolean): Promise<Prepared> {
  const { production, recipe } = await wanted(project, { names: [], offline })
  const { prepareWrite } = await import('./compose/write.ts')
  const { plan, ...prepared } = await prepareWrite(project, production.app, recipe)
  if (!dryRun) await rememberProduction(project, production)
  return { ...prepared, plan: { ...plan, notes: [...production.notes, ...notesOf(recipe), ...plan.notes] } }
}

/** `development services up`: all read and decided, nothing started. Afterwards the variables of the app are printed. */
export async function prepareUp(project: Project, words: UpWords, dryRun: boolean): Promise<Prepared> {
  const file = words.env ? await findEnvFile(project.root) : undefined
  const winner = await otherTarget(project)
  const { ready, ...prepared } = await prepareServers(project, words, dryRun)
  const { plan, handlers } = prepared
  const write = file && { effect: 'env', description: `write: the variables into ${file.name}` }
  return {
    ...prepared,
    plan: {
      ...plan,
      notes: [...plan.notes, ...(winner === undefined ? [] : [winner])],
      steps: [...plan.steps, ...(write ? [write] : [])],
    },
    handlers: {
      ...handlers,
      env: async (_signal, reporter) => {
        if (file === undefined) return
        const { lines, kept } = missingLines(file.text, variablesOfServers(ready))
        await addLines(project.root, file, lines)
        for (const name of kept) reporter.warning(`${name} stands in ${file.name} and was not changed`)
        if (file.warning !== undefined) reporter.warning(file.warning)
      },
    },
    next: async () => ({ text: linesOf(variablesOfServers(ready)) }),
  }
}

/** The servers that production's add-ons become. `ready` has them all once the plan has run; nothing else starts or stops them meanwhile. */
export async function prepareServers(
  project: Project,
  words: UpWords,
  dryRun: boolean,
): Promise<Omit<Prepared, 'next'> & { readonly ready: readonly Server[] }> {
  const { production, recipe } = await wanted(project, words)
  if (dryRun) return prepareStarts(project, words, production, recipe)
  const dispose = await lockServices(project.root)
  try {
    const { engine, ...prepared } = await prepareStarts(project, words, production, recipe)
    await rememberProduction(project, production)
    await rememberEngine(project.root, engine)
    return { ...prepared, dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function prepareStarts(project: Project, words: UpWords, { app, notes }: Production, recipe: Recipe) {
  const { engine, note } = await engineFor(project.root, words.engine)
  const ready: Server[] = []
  const started = (server: Server) => ready.push(server)
  const { plan, handlers, running } =
    engine === 'docker'
      ? await prepareContainers(project, app, recipe.services, started)
      : await prepareNative(project, app, recipe, words.anyVersion, started)
  ready.push(...running)
  const all = [...notes, ...notesOf(recipe), ...(note === undefined ? [] : [note]), ...plan.notes]
  return { engine, plan: { ...plan, notes: all }, handlers, ready }
}

async function prepareNative(
  project: Project,
  app: string,
  recipe: Recipe,
  anyVersion: boolean,
  started: (server: Server) => void,
): Promise<Required<Pick<Prepared, 'plan' | 'handlers'>> & { readonly running: readonly Server[] }> {
  const facts = await inspectNative(project, app, recipe.services)
  const { plan, starts, running } = planNative(recipe, facts, { anyVersion, installer: thisInstaller() })
  return { plan, handlers: nativeHandlers(project.root, starts, started), running }
}

/** `development services`: production's add-ons, what each becomes here, and what has no counterpart. */
export async function listText(
  project: Project,
  { offline, json }: { readonly offline: boolean; readonly json: boolean },
  dryRun: boolean,
): Promise<{ text: string }> {
  const { production, recipe } = await wanted(project, { names: [], offline })
  if (!dryRun && !offline) await rememberProduction(project, production)
  for (const note of production.notes) report.note(note)
  if (json) return { text: JSON.stringify({ app: production.app, ...recipe }, null, 2) }
  const rows = recipe.services.map(({ name, version = '', addon, configVars }) => [
    name,
    version,
    addon,
    configVars.join(' '),
  ])
  const left = recipe.leftOut.map(({ addon, reason }) => ['-', '', addon, reason])
  return { text: table([['service', 'version', production.app, 'config vars'], ...rows, ...left]) }
}

/** Production's add-ons and what they become here: those that were named, or all. Throws a usage error for a name that is none. */
async function wanted(
  project: Project,
  { names, offline }: Pick<UpWords, 'names' | 'offline'>,
): Promise<{ production: Production; recipe: Recipe }> {
  const production = await readProduction(project, offline)
  const recipe = recipeOf(production.addons, project.configuration.services)
  return { production, recipe: { ...recipe, services: chosen(recipe.services, names) } }
}

function chosen(services: readonly Service[], names: readonly string[]): readonly Service[] {
  const known = services.map(({ name }) => name)
  for (const name of names)
    if (!known.includes(name))
      throw usageError(`production has no service \`${name}\``, `it has: ${known.join(', ') || 'none'}`)
  return names.length === 0 ? services : services.filter(({ name }) => names.includes(name))
}

function notesOf({ leftOut, services }: Recipe): string[] {
  const unset = services.flatMap(unsetVariables)
  return [
    ...leftOut.map(({ addon, reason }) => `${addon}: ${reason}`),
    ...(unset.length === 0 ? [] : [`stays unset here: ${unset.join(', ')}`]),
  ]
}

/** What `development restore` would go to in the place of the services, and the line that changes it; undefined where nothing else counts. */
async function otherTarget({ root, ambient, configuration }: Project): Promise<string | undefined> {
  const { development, file } = configuration
  const configured = { ...development, allowHosts: development?.allowHosts ?? [], file }
  const question = { configured, environment: ambient.env, root, services: async () => undefined }
  const origin = await resolveTarget(question).then(
    ({ origin }) => origin,
    (error) => {
      if (error instanceof ParityError) return undefined
      throw error
    },
  )
  if (origin === undefined) return undefined
  const way =
    origin === 'config/database.yml'
      ? '`development services up --env` writes DATABASE_URL, which comes before it'
      : 'remove it there to use the services'
  return `${origin} names the local database, and not the services; ${way}`
}

/** `KEY=value` lines, as a shell and a dotenv file read them. */
function linesOf(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')
}

/** The config vars of servers, with the values that lead to them; some are secrets. */
export function variablesOfServers(servers: readonly Server[]): Record<string, string> {
  return Object.assign({}, ...servers.map((server) => variablesOf(server.service, server)))
}
