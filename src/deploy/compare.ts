import { ownNames } from '../check/gaps/platform.ts'
import { readPosition, resolveCommits } from '../check/inspect/git.ts'
import { logFormat, readCommits } from '../check/inspect/log.ts'
import { type HerokuEnvironment, type Project, tryEnvironment } from '../environments/environments.ts'
import { missingAppExplainer } from '../environments/missing-app.ts'
import { typedAs } from '../environments/typed.ts'
import { failure } from '../errors.ts'
import { type Git, gitIn } from '../git/git.ts'
import { type Api, orUndefined } from '../heroku/api.ts'
import { downstreamApps } from '../heroku/apps.ts'
import { broughtAlong } from '../heroku/attachments.ts'
import { addons, configVarNames } from '../heroku/inventory.ts'
import { recentReleases, slugCommit } from '../heroku/releases.ts'
import { type Inspect, inspector } from '../run/inspect.ts'
import { shellWord } from '../run/print.ts'
import type { Difference, End } from './difference.ts'
import { migrationsBetween } from './migrations.ts'

/** What ships: what runs in another app, or a commit of this clone by what a person calls it. */
export type Source = HerokuEnvironment | { readonly kind: 'ref'; readonly ref: string; readonly commit: string }

/** Where a promotion goes to need not be an environment. */
type Target = Pick<HerokuEnvironment, 'name' | 'app' | 'folder'>

/** Reads what would ship from `source` to `target`. Changes nothing, fetches nothing. What can't be seen is part of the answer. */
export async function inspectDifference(
  project: Project,
  api: Api,
  source: Source,
  target: Target,
): Promise<Difference> {
  const { inspect, unseen } = inspector(missingAppExplainer(project))
  const [from, to, having, without, downstream] = await Promise.all([
    source.kind === 'ref' ? { name: source.ref, commit: source.commit } : inspectEnd(api, source, inspect),
    inspectEnd(api, target, inspect),
    source.kind === 'ref' ? undefined : inspectConfig(api, source, inspect),
    source.kind === 'ref' ? undefined : inspectConfig(api, target, inspect),
    source.kind === 'ref' ? [] : inspect(target.name, 'the pipeline', downstreamApps(api, source.app)),
  ])
  return {
    from: endOf(from),
    to: { ...endOf(to), app: target.app },
    commits: await inspect(target.name, 'commits', compareCommits(project, from, to, target.folder)),
    missing: having && without && ownNames(having)?.filter((name) => !without.configVars?.includes(name)),
    unseen,
    command: shippingLine(project, source, from, target, downstream ?? []),
  }
}

/** What is known of an app beside what runs there: whether its releases were seen, and whether nothing was deployed yet. */
type Seen = End & { readonly isUnseen?: boolean; readonly isEmpty?: boolean }

function endOf({ isUnseen: _unseen, isEmpty: _empty, ...end }: Seen): End {
  return end
}

/** Releases that are looked through for the one that runs: newer ones may have failed. */
const mostFailures = 20

async function inspectEnd(api: Api, { name, app }: Target, inspect: Inspect): Promise<Seen> {
  const releases = await inspect(name, 'releases', recentReleases(api, app, mostFailures))
  const running = releases?.findLast(({ status }) => status === 'succeeded')
  const told = /^Deploy ([0-9a-f]{7,40})$/.exec(running?.description ?? '')?.[1]
  const slug = running?.slug
  const commit = slug && (await inspect(name, 'the commit', orUndefined(slugCommit(api, app, slug))))
  const isUnseen = releases === undefined
  const isEmpty = !releases?.some(
    ({ slug, description }) => slug !== undefined || /^(Deploy|Promote)/.test(description),
  )
  return { name, app, version: running?.version, commit: commit || told, isUnseen, isEmpty }
}

async function inspectConfig(api: Api, { name, app }: Target, inspect: Inspect) {
  const [names, owned, brought] = await Promise.all([
    inspect(name, 'config vars', configVarNames(api, app)),
    inspect(name, 'add-ons', addons(api, app)),
    inspect(name, 'attachments', broughtAlong(api, app)),
  ])
  return names && { configVars: names, attachedVars: brought?.configVars ?? [], addons: owned }
}

/** Rejects with a failure where that can't be told from this clone. */
async function compareCommits(
  project: Project,
  from: Seen,
  to: Seen,
  folder: string | undefined,
): Promise<Difference['commits']> {
  if (!project.inGit) throw failure('this is not a git repository', 'run it in a clone of the project')
  if (from.isUnseen || to.isUnseen) return undefined // that is told already
  if (from.commit === undefined) throw noCommit(from)
  const git = gitIn(project.root)
  const known = await resolveCommits(project.root, [from.commit, ...(to.commit ? [to.commit] : [])])
  const shipping = known.get(from.commit)
  if (shipping === undefined) throw await notHere(git, from)
  if (to.commit === undefined && to.isEmpty) return readAll(git, shipping, folder)
  if (to.commit === undefined) throw noCommit(to)
  const there = known.get(to.commit)
  if (there === undefined) throw await notHere(git, to)
  const position = await readPosition(git, { ref: from.name, sha: shipping }, there, new Set(), folder)
  if (typeof position !== 'string') return position
  const shallow = await isShallow(git)
  throw failure(
    `${there.slice(0, 8)} and ${shipping.slice(0, 8)} have no common history${shallow ? ' in this shallow clone' : ''}`,
    shallow ? unshallow : undefined,
  )
}

/** The whole history, for an app that has none. */
async function readAll(git: Git, commit: string, folder = ''): Promise<Difference['commits']> {
  const [log, migrations] = await Promise.all([
    git('log', '--no-show-signature', '--no-color', '--no-merges', logFormat, commit, '--', `:(top)${folder}`),
    migrationsBetween(git, undefined, commit, folder),
  ])
  return {
    waiting: readCommits(log.stdout).map(({ commit }) => commit),
    ahead: [],
    migrations,
  }
}

function noCommit({ name, isEmpty }: Seen) {
  if (isEmpty) return failure(`nothing was deployed to ${name} yet`)
  return failure(`what runs in ${name} has no commit, as a container has none`)
}

async function notHere(git: Git, { name, commit = '' }: Seen) {
  const shallow = await isShallow(git)
  return failure(
    `${commit.slice(0, 8)} of ${name} is not in this ${shallow ? 'shallow clone' : 'clone'}`,
    shallow ? unshallow : '`git fetch --all` may get it',
  )
}

const unshallow = '`git fetch --unshallow` gets the whole history'

async function isShallow(git: Git): Promise<boolean> {
  return (await git('rev-parse', '--is-shallow-repository')).stdout === 'true'
}

function shippingLine(
  project: Project,
  source: Source,
  from: Seen,
  target: Target,
  downstream: readonly string[],
): string | undefined {
  if (source.kind === 'ref') return `${typedAs(target)} deploy ${shellWord(source.ref)}`
  if (!downstream.includes(target.app)) return from.commit && `${typedAs(target)} deploy ${from.commit.slice(0, 8)}`
  const to = downstream.length > 1 ? ` --to ${target.app}` : ''
  return isTypeable(project, source)
    ? `${typedAs(source)} promote${to}`
    : `heroku pipelines:promote --app ${source.app}${to}`
}

/** An app of the pipeline need not be an environment. */
function isTypeable(project: Project, { name, app }: Target): boolean {
  const found = tryEnvironment(project, name)
  return /^pr_app\b/.test(name) || (found?.kind === 'heroku' && found.app === app)
}
