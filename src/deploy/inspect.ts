import type { HerokuEnvironment, Project } from '../environments/environments.ts'
import { type ParityError, usageError } from '../errors.ts'
import { type Git, gitIn } from '../git/git.ts'
import type { Urls } from '../git/parse-push-urls.ts'
import { readUrlSettings, readUrls, type Setting, withoutPassword } from '../git/push-urls.ts'
import { appOfUrl } from '../git/remotes.ts'
import { gitLogin, gitUrl } from '../heroku/hosts.ts'
import { shellWord } from '../run/print.ts'
import { destinationBranch, leadsTo } from './destination.ts'
import { hasReleasePhase, migrationsBetween } from './migrations.ts'
import { type Chosen, commitOf, usualRef } from './ref.ts'
import { unreachable } from './unreachable.ts'
import { askUpstream } from './upstream.ts'

/** All that a deploy is decided from. Commits are full SHAs. */
export type DeploymentFacts = {
  /** The remote that is pushed to, or the app's git URL. */
  readonly destination: string
  /** Options of git that make it ask the Heroku CLI for the login, and no other helper. */
  readonly login: readonly string[]
  /** The app's branch: the only one Heroku builds. */
  readonly branch: 'main' | 'master'
  /** The commit that the app has; undefined for an app without one. */
  readonly there: string | undefined
  /** What is deployed, as typed or chosen: `HEAD`, `origin/main`, a branch. */
  readonly ref: string
  /** Its commit, which is what is pushed: a name could mean a tag and a branch. */
  readonly commit: string
  /** One line a commit that will ship, newest first; undefined where the app's commit isn't in this clone. */
  readonly shipping: readonly string[] | undefined
  /** Whether the app's commit is an ancestor of ours, so that no force is needed. */
  readonly fastForward: boolean
  /** Whether this clone lacks older commits, as those of CI do. */
  readonly isShallow: boolean
  /** Paths of the migrations that will ship, as far as this clone can tell. */
  readonly migrations: readonly string[]
  /** Whether the commit has a release phase, which may run them. */
  readonly hasReleasePhase: boolean
  /** Things a person may have overlooked: a dirty tree, a branch that differs from its upstream. */
  readonly remarks: readonly string[]
}

/**
 * Reads what a deploy of `ref` (or what is usual for the environment) would do. Changes nothing, fetches nothing. With `line`, which is
 * what was typed, the repository that the ref was fetched from is asked too: a usage error says that its branch has moved.
 */
export async function inspectDeployment(
  project: Project,
  environment: HerokuEnvironment,
  isProtected: boolean,
  ref: string | undefined,
  line: string | undefined,
): Promise<DeploymentFacts> {
  if (!project.inGit) throw usageError('not a git repository', 'run this in the repository of the app')
  const git = gitIn(project.folder)
  const destination = destinationOf(project, environment)
  const remote = project.remotes().find(({ name }) => name === destination)
  const urls = await readUrls(git, remote ? { remote: remote.name } : { url: destination })
  if (!leadsTo(environment.app, urls, project.ambient.env.HEROKU_GIT_HOST))
    throw otherDestination(environment, urls, await readUrlSettings(git, remote?.url ?? destination, remote?.name))
  const login = gitLogin(urls.push[0] ?? '', project.ambient.env)
  const chosen = ref === undefined ? usualRef(git, environment, isProtected, destination) : { ref, branch: ref }
  const [heads, ours] = await Promise.all([
    readHeads(git, login, destination, (stderr) =>
      unreachable({
        ...{ stderr, destination, url: urls.push[0] ?? destination, app: environment.app },
        hasKey: Boolean(project.ambient.env.HEROKU_API_KEY),
      }),
    ),
    readOurs(git, environment, chosen, line),
  ])
  const { branch, there } = destinationBranch(heads)
  return { destination, login, branch, there, ...ours, ...(await compare(git, there, ours.commit, environment.folder)) }
}

/** What this clone says of the commit, whatever the app has. */
async function readOurs(
  git: Git,
  environment: HerokuEnvironment,
  chosen: Chosen | Promise<Chosen>,
  line: string | undefined,
): Promise<Pick<DeploymentFacts, 'ref' | 'commit' | 'isShallow' | 'hasReleasePhase' | 'remarks'>> {
  const { ref, branch } = await chosen
  const commit = await commitOf(git, environment, ref)
  const [shallow, withReleasePhase, here, moved] = await Promise.all([
    git('rev-parse', '--is-shallow-repository'),
    hasReleasePhase(git, commit, environment.folder),
    remarks(git, branch),
    line === undefined ? [] : askUpstream(git, ref, line),
  ])
  const isShallow = shallow.stdout === 'true'
  return { ref, commit, isShallow, hasReleasePhase: withReleasePhase, remarks: [...here, ...moved] }
}

/** The commit against the one that the app has, `there`. */
async function compare(
  git: Git,
  there: string | undefined,
  commit: string,
  folder: string | undefined,
): Promise<Pick<DeploymentFacts, 'shipping' | 'fastForward' | 'migrations'>> {
  const [shipping, migrations, { status }] = await Promise.all([
    log(git, there === undefined ? commit : `${there}..${commit}`),
    migrationsBetween(git, there, commit, folder),
    there === undefined ? { status: 0 } : git('merge-base', '--is-ancestor', there, commit),
  ])
  // Neither 0 nor 1: it is not in this clone.
  if (status > 1) return { shipping: undefined, fastForward: false, migrations: [] }
  return { shipping, migrations, fastForward: status === 0 }
}

/** The remote that the configuration names, else the one with the environment's name if it leads to its app, else the app's URL. */
export function destinationOf(project: Project, { name, app, remote: configured }: HerokuEnvironment): string {
  const remote = project.remotes().find((remote) => remote.name === (configured ?? name))
  const there = remote && appOfUrl(remote.url, project.ambient.env.HEROKU_GIT_HOST)
  if (remote && there === app) return remote.name
  if (configured === undefined) return gitUrl(app, project.ambient.env)
  if (remote && there === undefined) return remote.name
  throw usageError(
    `${name} is configured for the git remote \`${configured}\`, ${remote ? `which leads to ${there} and not to ${app}` : 'which does not exist'}`,
    `\`heroku git:remote --app ${app} --remote ${configured}\``,
  )
}

function otherDestination({ name, app }: HerokuEnvironment, { push }: Urls, settings: readonly Setting[]) {
  const places = push.map(withoutPassword).join(' and ')
  const causes = settings.map(
    ({ origin, key, value }) => `${origin.replace(/^file:/, '')}: ${key} = ${withoutPassword(value)}`,
  )
  const [first] = settings
  const undo =
    first &&
    `\`git config ${first.origin.startsWith('file:') ? `--file ${shellWord(first.origin.slice('file:'.length))} ` : ''}--unset-all ${shellWord(first.key)}\` removes it, `
  return usageError(
    [`git would push ${name} to ${places || 'nowhere'}, and not to ${app} alone`, ...causes].join('\n'),
    `${undo ?? ''}\`git remote --verbose\` shows where git pushes to`,
  )
}

/** The branches of the app, name → commit: what `git ls-remote` prints is `SHA TAB refs/heads/NAME`. */
async function readHeads(
  git: Git,
  login: readonly string[],
  destination: string,
  failed: (stderr: string) => ParityError,
): Promise<Map<string, string>> {
  const { status, stdout, stderr } = await git(...login, 'ls-remote', '--heads', destination)
  if (status !== 0) throw failed(stderr)
  return new Map(stdout.split('\n').flatMap((line) => pairOf(line)))
}

function pairOf(line: string): [string, string][] {
  const [commit, ref] = line.split('\t')
  return commit && ref ? [[ref.replace('refs/heads/', ''), commit]] : []
}

async function log(git: Git, range: string): Promise<string[]> {
  const { stdout } = await git('log', '--no-decorate', '--format=%h %s (%an, %ar)', range)
  return stdout === '' ? [] : stdout.split('\n')
}

async function remarks(git: Git, ref: string): Promise<string[]> {
  const [status, branch] = await Promise.all([
    git('status', '--porcelain'),
    git('rev-parse', '--symbolic-full-name', ref),
  ])
  const changed = status.stdout === '' ? 0 : status.stdout.split('\n').length
  const dirty =
    changed > 0 ? [`${changed} changed ${changed === 1 ? 'file is' : 'files are'} not committed and will not ship`] : []
  if (!branch.stdout.startsWith('refs/heads/')) return dirty
  const name = branch.stdout.slice('refs/heads/'.length)
  const counts = await git('rev-list', '--left-right', '--count', `${name}@{upstream}...${name}`)
  if (counts.status !== 0) return dirty
  const [behind = 0, ahead = 0] = counts.stdout.split('\t').map(Number)
  if (ahead + behind === 0) return dirty
  const upstream = (await git('rev-parse', '--abbrev-ref', `${name}@{upstream}`)).stdout
  if (ahead > 0)
    dirty.push(`${name} is ${ahead} ${ahead === 1 ? 'commit' : 'commits'} ahead of ${upstream}: not pushed there yet`)
  if (behind > 0) dirty.push(`${name} is ${behind} ${behind === 1 ? 'commit' : 'commits'} behind ${upstream}`)
  return dirty
}
