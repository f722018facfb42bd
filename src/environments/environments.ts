import { resolve } from 'node:path'
import { usageError } from '../errors.ts'
import { type Configuration, loadConfiguration } from './configuration.ts'
import { workTreeRoot } from './project.ts'
import { appOfUrl, type Remote, readRemotes } from './remotes.ts'
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
  readonly url?: string
  /** Why it must not be overwritten unasked, in words; undefined where nothing known here says so. */
  readonly protectedBecause?: string
}

/** This machine. */
export type LocalEnvironment = { readonly kind: 'local'; readonly name: string }

export type Environment = HerokuEnvironment | LocalEnvironment

/** The folder that a command works in, with what was configured there. Remotes are read when first asked for: it costs a process. */
export type Project = {
  /** The root of the git work tree, else the working directory. */
  readonly root: string
  readonly folder: string
  readonly inGit: boolean
  readonly configuration: Configuration
  readonly remotes: () => readonly Remote[]
}

/** Reads the project around `folder`; `file` names a configuration outright (`--config`, PARITY_CONFIG). */
export async function openProject(folder: string, file?: string): Promise<Project> {
  const root = workTreeRoot(folder)
  const stopAt = root ?? folder
  const configuration = await loadConfiguration(folder, stopAt, file)
  let remotes: readonly Remote[] | undefined
  return {
    root: stopAt,
    folder,
    inGit: root !== undefined,
    configuration,
    remotes: () => {
      remotes ??= root === undefined ? [] : readRemotes(resolve(folder))
      return remotes
    },
  }
}

/**
 * The environment that `name` means: this machine, or an app by the configuration, else by the git remote of that name.
 * Throws a usage error that names what exists and what would make the name known.
 */
export function findEnvironment(project: Project, name: string): Environment {
  const found = tryEnvironment(project, name)
  if (found) return found
  throw unknownEnvironment(project, name)
}

/** As `findEnvironment`, and undefined for a name that means nothing here. */
export function tryEnvironment(project: Project, name: string): Environment | undefined {
  const configured = project.configuration.environments?.[name]
  if (name === 'local' || (name === 'development' && !appIn(configured))) return { kind: 'local', name }
  const app = appIn(configured)
  const settings = typeof configured === 'object' ? configured : {}
  if (app) return herokuEnvironment(name, app, project.configuration.file ?? 'configuration', settings)
  const remote = project.remotes().find((remote) => remote.name === (settings.remote ?? name))
  const remoteApp = remote && appOfUrl(remote.url, process.env.HEROKU_GIT_HOST)
  if (!remote || !remoteApp) return undefined
  return herokuEnvironment(name, remoteApp, `git remote ${remote.name}`, { ...settings, remote: remote.name })
}

/** Every environment that the configuration or a git remote gives, in that order, this machine first. */
export function allEnvironments(project: Project): Environment[] {
  const configured = Object.keys(project.configuration.environments ?? {})
  const remotes = project.remotes().map((remote) => remote.name)
  const names = new Set(['development', ...configured, ...remotes])
  return withSharedProtection([...names].flatMap((name) => tryEnvironment(project, name) ?? []))
}

/** The environment with all that is known here of its protection: another name for a protected app is protected too. */
export function withProtection(project: Project, environment: HerokuEnvironment): HerokuEnvironment {
  if (environment.protectedBecause !== undefined) return environment
  const others = allEnvironments(project)
  const same = others.find(
    (other) => other.kind === 'heroku' && other.app === environment.app && other.protectedBecause !== undefined,
  )
  return same
    ? { ...environment, protectedBecause: `its app ${environment.app} is the app of ${same.name}` }
    : environment
}

function withSharedProtection(environments: Environment[]): Environment[] {
  const guarded = new Map<string, string>()
  for (const environment of environments) {
    if (environment.kind === 'heroku' && environment.protectedBecause !== undefined)
      guarded.set(environment.app, environment.name)
  }
  return environments.map((environment) => {
    if (environment.kind === 'local' || environment.protectedBecause !== undefined) return environment
    const name = guarded.get(environment.app)
    return name === undefined
      ? environment
      : { ...environment, protectedBecause: `its app ${environment.app} is the app of ${name}` }
  })
}

type Settings = {
  app?: string | undefined
  remote?: string | undefined
  protected?: boolean | undefined
  branch?: string | undefined
  from?: string | undefined
  url?: string | undefined
}

function herokuEnvironment(name: string, app: string, origin: string, settings: Settings): HerokuEnvironment {
  const { remote, branch, from, url } = settings
  const protectedBecause = settings.protected
    ? `${origin} says so`
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
    ...(url === undefined ? {} : { url }),
    ...(protectedBecause === undefined ? {} : { protectedBecause }),
  }
}

function appIn(configured: string | Settings | undefined): string | undefined {
  return typeof configured === 'string' ? configured : configured?.app
}

function unknownEnvironment(project: Project, name: string) {
  const configured = Object.keys(project.configuration.environments ?? {})
  const remotes = project.remotes().map((remote) => remote.name)
  const meant = suggest(name, ['development', ...configured, ...remotes])
  const known = [
    configured.length > 0 ? `${project.configuration.file} has ${configured.join(', ')}` : 'there is no configuration',
    !project.inGit
      ? 'this is not a git repository'
      : remotes.length > 0
        ? `git remotes are ${remotes.join(', ')}`
        : 'there are no git remotes',
  ]
  return usageError(
    `there is no environment \`${name}\`${meant ? `, did you mean \`${meant}\`?` : ''} (${known.join('; ')})`,
    `\`heroku git:remote --app APP --remote ${name}\` adds a remote, or .parityrc the line \`environments: { ${name}: APP }\``,
  )
}
