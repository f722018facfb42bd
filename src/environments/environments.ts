import { usageError } from '../errors.ts'
import { appOfUrl, type Remote } from '../git/remotes.ts'
import type { Ambient } from '../run/ambient.ts'
import type { Configuration } from './configuration.ts'
import { reservedNames } from './names.ts'
import type { AfterStep } from './schema-environment.ts'
import { suggest } from './suggest.ts'

/** An app on Heroku that a person calls by a word. */
export type HerokuEnvironment = {
  readonly kind: 'heroku'
  readonly name: string
  readonly app: string
  /** Where the app's name came from, in words: `.parityrc`, `git remote staging`. */
  readonly origin: string
  readonly remote?: string
  readonly branch?: string
  readonly from?: string
  /** The folder of the app, from the root of the project; the root itself if omitted. */
  readonly folder?: string
  /** What is done after each restore into its database. */
  readonly after?: readonly AfterStep[]
  /** Why it must not be overwritten unasked, in words; undefined where nothing known here says so. */
  readonly protectedBecause?: string
}

/** This machine. */
export type LocalEnvironment = { readonly kind: 'local'; readonly name: string }

export type Environment = HerokuEnvironment | LocalEnvironment

/** The folder that a command works in, with what was configured there. Remotes are read when first asked for. */
export type Project = {
  /** The root of the git work tree, else the working directory. */
  readonly root: string
  readonly folder: string
  readonly ambient: Ambient
  readonly inGit: boolean
  readonly configuration: Configuration
  readonly remotes: () => readonly Remote[]
}

/**
 * The environment that `name` means: this machine, or an app by the configuration, else by the git remote of that name.
 * Throws a usage error that names what exists and what would make the name known; `line` is what was typed, with another name in its place.
 */
export function findEnvironment(project: Project, name: string, line?: (name: string) => string): Environment {
  const found = tryEnvironment(project, name)
  if (found) return found
  throw unknownEnvironment(project, name, line)
}

/** As `findEnvironment`, and undefined for a name that means nothing here. */
export function tryEnvironment(project: Project, name: string): Environment | undefined {
  const configured = configuredAs(project, name)
  if (name === 'local' || (name === 'development' && !appIn(configured))) return { kind: 'local', name }
  const app = appIn(configured)
  const settings = typeof configured === 'object' ? configured : {}
  const file = project.configuration.file ?? 'configuration'
  if (app) return herokuEnvironment(name, app, file, file, settings)
  const remote = project.remotes().find((remote) => remote.name === (settings.remote ?? name))
  const remoteApp = remote && appOfUrl(remote.url, project.ambient.env.HEROKU_GIT_HOST)
  if (!remote || !remoteApp) return undefined
  return herokuEnvironment(name, remoteApp, `git remote ${remote.name}`, file, { ...settings, remote: remote.name })
}

/** Every environment that the configuration or a git remote gives, in that order, this machine first. */
export function allEnvironments(project: Project): Environment[] {
  const all = eachEnvironment(project)
  return all.map((environment) => (environment.kind === 'local' ? environment : sharingProtection(environment, all)))
}

/** The environment with all that is known here of its protection: another name for a protected app is protected too. */
export function withProtection(project: Project, environment: HerokuEnvironment): HerokuEnvironment {
  return sharingProtection(environment, eachEnvironment(project))
}

function eachEnvironment(project: Project): Environment[] {
  const configured = Object.keys(project.configuration.environments ?? {})
  const remotes = project.remotes().map((remote) => remote.name)
  const names = new Set(['development', ...configured, ...remotes])
  return [...names].flatMap((name) => tryEnvironment(project, name) ?? [])
}

function sharingProtection(environment: HerokuEnvironment, all: readonly Environment[]): HerokuEnvironment {
  const { app, protectedBecause } = environment
  if (protectedBecause !== undefined) return environment
  const guarded = all.find(
    (other) => other.kind === 'heroku' && other.app === app && other.protectedBecause !== undefined,
  )
  return guarded ? { ...environment, protectedBecause: `its app ${app} is the app of ${guarded.name}` } : environment
}

type Settings = {
  app?: string | undefined
  remote?: string | undefined
  protected?: boolean | undefined
  branch?: string | undefined
  from?: string | undefined
  folder?: string | undefined
  restore?: { after?: AfterStep[] | undefined } | undefined
}

/** `origin` is what gave the app, `file` the configuration that holds the settings. */
function herokuEnvironment(
  name: string,
  app: string,
  origin: string,
  file: string,
  settings: Settings,
): HerokuEnvironment {
  const { remote, branch, from, folder } = settings
  const protectedBecause = settings.protected
    ? `${file} says so`
    : name === 'production'
      ? 'it is named production'
      : undefined
  return {
    kind: 'heroku',
    name,
    app,
    origin,
    ...(remote === undefined ? {} : { remote }),
    ...(branch === undefined ? {} : { branch }),
    ...(from === undefined ? {} : { from }),
    ...(folder === undefined ? {} : { folder }),
    ...(settings.restore?.after === undefined ? {} : { after: settings.restore.after }),
    ...(protectedBecause === undefined ? {} : { protectedBecause }),
  }
}

/** What the configuration says of `name`; nothing for one that every object has, such as `constructor`. */
function configuredAs({ configuration: { environments = {} } }: Project, name: string): string | Settings | undefined {
  return Object.hasOwn(environments, name) ? environments[name] : undefined
}

function appIn(configured: string | Settings | undefined): string | undefined {
  return typeof configured === 'string' ? configured : configured?.app
}

function unknownEnvironment(project: Project, name: string, line?: (name: string) => string) {
  const { file } = project.configuration
  const known = `${inConfiguration(project)}; ${inRemotes(project)}`
  const configured = configuredAs(project, name)
  const remote = (typeof configured === 'object' ? configured.remote : undefined) ?? name
  if (project.remotes().some((one) => one.name === remote))
    return usageError(`the git remote \`${remote}\` does not lead to an app on Heroku (${known})`, list)
  if (configured !== undefined)
    return usageError(
      `environment \`${name}\` has no \`app\`, and there is no git remote \`${remote}\` (${known})`,
      `\`heroku git:remote --app APP --remote ${remote}\` adds the remote, or ${file} the line \`app: APP\` below \`${name}\``,
    )
  const meant = suggest(
    name,
    allEnvironments(project).map((environment) => environment.name),
  )
  return usageError(
    `no environment \`${name}\`${meant ? `, did you mean \`${meant}\`?` : ''} (${known})`,
    meant && line ? `\`${line(meant)}\`` : waysToAdd(project, name),
  )
}

const list = '`parity environments` lists those there are'

/** What makes the name known. A name of ours cannot be one, and outside of a project there is nothing to add it to. */
function waysToAdd({ inGit, configuration: { file, environments } }: Project, name: string): string {
  if (reservedNames.has(name)) return list
  if (!inGit && file === undefined)
    return 'run this in the repository of the app, or name its configuration with `--config FILE`'
  const inFile = environments
    ? `${file} the line \`${name}: APP\` below \`environments\``
    : `${file ?? '.parityrc'} the line \`environments: { ${name}: APP }\``
  return inGit ? `\`heroku git:remote --app APP --remote ${name}\` adds a remote, or ${inFile}` : `add to ${inFile}`
}

function inConfiguration({ configuration }: Project): string {
  const names = Object.keys(configuration.environments ?? {})
  if (configuration.file === undefined) return 'no configuration'
  return `${configuration.file} has ${names.length > 0 ? names.join(', ') : 'no environments'}`
}

function inRemotes({ inGit, remotes }: Project): string {
  if (!inGit) return 'not a git repository'
  const names = remotes().map((remote) => remote.name)
  return names.length > 0 ? `git remotes are ${names.join(', ')}` : 'no git remotes'
}
