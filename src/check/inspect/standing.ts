import { gitIn } from '../../git/git.ts'
import type { Unseen } from '../../run/inspect.ts'
import { counted, deploysOf } from '../deliveries.ts'
import type { AppFacts, GitFacts, Position } from '../facts.ts'
import { type Run, runningCommit, runsOf } from '../runs.ts'
import { readBranch } from './branches.ts'
import { type Clone, mostCommits, type Running, readMailmap, readPositions, resolveCommits } from './git.ts'

/** What is known of the apps in the local clone, and what is not, and why. */
type Standing = { readonly facts: GitFacts; readonly apps: AppFacts[]; readonly unseen: Unseen[] }

/** What a clone without a main branch, or no clone at all, leaves unknown. */
export function noClone(inGit: boolean, clone: unknown, unseen: readonly Unseen[]): Unseen[] {
  if (clone !== undefined || unseen.some(({ what }) => what === 'git')) return []
  const at = { where: 'this machine', what: 'commits' }
  if (!inGit) return [{ ...at, why: 'not a git repository', hint: 'run it in a clone of the project' }]
  const why = 'neither `origin/main` nor `main` is in this clone'
  return [{ ...at, why, hint: '`git fetch origin`; in a GitHub workflow, `fetch-depth: 0` of actions/checkout' }]
}

/** Where the apps stand, by the local clone. Fetches nothing. */
export async function readGit(root: string, clone: Clone, asked: readonly AppFacts[], now: Date): Promise<Standing> {
  const { boundary, ...shape } = clone
  const { apps, here } = await inFull(root, asked)
  const branches = await Promise.all(
    apps.map(({ branch }) => (branch === undefined ? clone.main : readBranch(gitIn(root), branch, clone.main))),
  )
  const known = (commit: string | undefined) => (commit !== undefined && here.has(commit) ? commit : undefined)
  const running = apps.map((app, index): Running => {
    const shipped = counted(deploysOf(app), now).flatMap(({ commit }) => known(commit) ?? [])
    const branch = branches[index]
    const { name, folder } = app
    return { name, folder, sha: branch && known(runningCommit(app)), shipped, branch: branch ?? clone.main }
  })
  const { history, cut, positions } = await readPositions(root, running, boundary)
  const unseen = apps.flatMap((app, index) => {
    const branch = branches[index]
    const commits =
      branch === undefined ? noBranch(app) : unseenPosition(app, positions.get(app.name), clone.shallow, branch.ref)
    return [...(commits ?? []), ...unseenDeploys(app, here, cut.has(app.name), clone.shallow, now)]
  })
  const seen = [...positions].flatMap(([name, position]) =>
    typeof position === 'object' ? [[name, position] as const] : [],
  )
  const deployers = apps.flatMap(({ releases = [] }) => releases.map(({ by }) => by))
  const others = [...history.values()].flatMap(({ emails }) => emails.slice(1))
  const mailmap = await readMailmap(root, [...deployers, ...others])
  return { facts: { ...shape, history, mailmap, cut, positions: new Map(seen) }, apps, unseen }
}

/** The apps with the whole SHA of each commit that is in this clone, and those SHAs. */
async function inFull(root: string, apps: readonly AppFacts[]): Promise<{ apps: AppFacts[]; here: Set<string> }> {
  const names = apps.flatMap(({ commits }) => [...commits.values()].filter(isCommit))
  const known = await resolveCommits(root, names)
  const full = ({ commits }: AppFacts) =>
    new Map([...commits].map(([build, commit]) => [build, known.get(commit) ?? commit] as const))
  return { apps: apps.map((app) => ({ ...app, commits: full(app) })), here: new Set(known.values()) }
}

/** Heroku's word for a commit is free text: `v1.2.3` is none, though a tag may have that name. */
function isCommit(text: string): boolean {
  return /^[0-9a-f]{7,40}$/.test(text)
}

function unseenPosition(
  app: AppFacts,
  position: Position | 'unrelated' | 'cut' | undefined,
  shallow: boolean,
  ref: string,
): Unseen[] {
  const last = runsOf(app.releases ?? []).at(-1)
  if (typeof position === 'object' || last === undefined) return []
  const commit = runningCommit(app)
  const { why, hint } =
    position === 'unrelated'
      ? { why: `its commit ${short(commit)} has no history in common with ${ref}, as after a push of a subtree` }
      : position === 'cut'
        ? { why: `this shallow clone ends before the commits up to ${ref}`, hint: fetching(true) }
        : whyUnknown(last, commit, shallow)
  return why === undefined ? [] : [{ where: app.name, what: 'commits', why, hint }]
}

function whyUnknown(
  { release: { version, description }, build, kind }: Run,
  commit: string | undefined,
  shallow: boolean,
): { why?: string; hint?: string } {
  if (commit !== undefined && isCommit(commit))
    return {
      why: `its commit ${short(commit)} is not in this ${shallow ? 'shallow clone' : 'clone'}`,
      hint: fetching(shallow),
    }
  if (commit !== undefined) return { why: `Heroku has \`${commit}\` for v${version}, and that is not a commit` }
  if (build === undefined)
    return kind === 'rollback' ? { why: `v${version} goes back to a release that is no longer listed` } : {}
  if (/^Deployed\b/.test(description)) return { why: `v${version} is a container, and has no commit` }
  return { why: `Heroku has no commit for v${version}` }
}

function noBranch({ name, branch = '' }: AppFacts): Unseen[] {
  return [
    { where: name, what: 'commits', why: `its branch \`${branch}\` is not in this clone`, hint: '`git fetch origin`' },
  ]
}

/** Earlier deploys of which the commit, or what came with it, is not known: they make lead time and authorship. */
function unseenDeploys(app: AppFacts, here: ReadonlySet<string>, cut: boolean, shallow: boolean, now: Date): Unseen[] {
  const deploys = counted(deploysOf(app), now)
  const unknown = deploys.filter(({ commit }) => !here.has(commit ?? ''))
  const at = { where: app.name, what: 'lead time' }
  if (cut && shallow)
    return [{ ...at, why: 'this shallow clone ends before its deploys of the last 90 days', hint: fetching(true) }]
  if (cut) return [{ ...at, why: `more than ${mostCommits} commits were shipped in 90 days` }]
  const running = runsOf(app.releases ?? []).at(-1)?.build
  // That the commit which runs is not known was said above.
  if (unknown.every(({ build }) => build === running) || unknown.length === deploys.length) return []
  const absent = unknown.some(({ commit }) => isCommit(commit ?? ''))
  const what = absent ? `are of commits that are not in this ${shallow ? 'shallow clone' : 'clone'}` : 'have no commit'
  const why = `${unknown.length} of its last ${deploys.length} deploys ${what}`
  return [{ ...at, why, hint: absent ? fetching(shallow) : undefined }]
}

function fetching(shallow: boolean): string {
  return shallow ? '`git fetch --unshallow`' : '`git fetch --all`'
}

function short(commit = ''): string {
  return commit.slice(0, 8)
}
