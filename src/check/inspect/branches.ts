import type { Git } from '../../git/git.ts'
import type { GitFacts } from '../facts.ts'

type Branch = GitFacts['main']

/** A remote's default branch, and the remotes that are looked at for it, the first that has one decides. */
const defaults = ['main', 'master']

/**
 * The main branch as its upstream had it at the last fetch; undefined where there is none. The upstream is the remote `upstream` of a
 * fork without own commits, else `origin`, else the one that the local branch tracks.
 */
export async function readMain(git: Git, remotes: readonly string[]): Promise<Branch | undefined> {
  const [origin, upstream] = await Promise.all(
    ['origin', 'upstream'].map((remote) => (remotes.includes(remote) ? defaultOf(git, remote) : undefined)),
  )
  if (origin && upstream && (await isAncestor(git, origin.sha, upstream.sha))) return upstream
  if (origin) return origin
  const local = await firstOf(git, defaults)
  const tracked = local && (await git('rev-parse', '--abbrev-ref', '--verify', '--quiet', `${local.ref}@{upstream}`))
  return (tracked?.status === 0 ? await firstOf(git, [tracked.stdout]) : undefined) ?? upstream ?? local
}

/** A branch by its name, as the upstream of the main branch had it, else as it is here; undefined where it is in neither. */
export async function readBranch(git: Git, name: string, main: Branch): Promise<Branch | undefined> {
  const remote = main.ref.includes('/') ? [`${main.ref.slice(0, main.ref.indexOf('/'))}/${name}`] : []
  return firstOf(git, [...remote, name])
}

/**
 * The default branch of a remote. Its HEAD is what it was when the clone was made: after a rename, `origin/HEAD` still names a branch
 * that is gone, or an old `master` that `main` has gone on from.
 */
async function defaultOf(git: Git, remote: string): Promise<Branch | undefined> {
  const head = await git('symbolic-ref', '--short', '--quiet', `refs/remotes/${remote}/HEAD`)
  const named = head.status === 0 ? await firstOf(git, [head.stdout]) : undefined
  const usual = await firstOf(
    git,
    defaults.map((name) => `${remote}/${name}`),
  )
  if (named === undefined || usual === undefined) return named ?? usual
  return named.ref === `${remote}/master` && (await isAncestor(git, named.sha, usual.sha)) ? usual : named
}

async function isAncestor(git: Git, one: string, other: string): Promise<boolean> {
  return (await git('merge-base', '--is-ancestor', one, other)).status === 0
}

/** A branch of a remote, or a local one: a tag of that name is neither. */
async function firstOf(git: Git, refs: readonly string[]): Promise<Branch | undefined> {
  const places = refs.flatMap((ref) => [
    { ref, full: `refs/remotes/${ref}` },
    { ref, full: `refs/heads/${ref}` },
  ])
  const commits = await Promise.all(
    places.map(({ full }) => git('rev-parse', '--verify', '--quiet', `${full}^{commit}`)),
  )
  const found = commits.findIndex(({ status }) => status === 0)
  return found < 0 ? undefined : { ref: places[found]?.ref ?? '', sha: commits[found]?.stdout ?? '' }
}
