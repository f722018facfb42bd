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
  const [head, ...usuals] = await branchesOf(
    git,
    ['HEAD', ...defaults].map((name) => `${remote}/${name}`),
  )
  const named = head?.ref.endsWith('/HEAD') ? undefined : head
  const usual = usuals.find((branch) => branch !== undefined)
  if (named === undefined || usual === undefined) return named ?? usual
  return named.ref === `${remote}/master` && (await isAncestor(git, named.sha, usual.sha)) ? usual : named
}

async function isAncestor(git: Git, one: string, other: string): Promise<boolean> {
  return (await git('merge-base', '--is-ancestor', one, other)).status === 0
}

/** The first of these that is a branch. */
async function firstOf(git: Git, refs: readonly string[]): Promise<Branch | undefined> {
  return (await branchesOf(git, refs)).find((branch) => branch !== undefined)
}

/**
 * What each of these is: a branch of a remote or a local one, by the name of the branch that it stands for (as HEAD of a remote does);
 * a tag of that name is neither.
 */
async function branchesOf(git: Git, refs: readonly string[]): Promise<(Branch | undefined)[]> {
  const places = refs.map((ref) => [`refs/remotes/${ref}`, `refs/heads/${ref}`])
  const { stdout } = await git('for-each-ref', '--format=%(refname) %(objectname) %(symref)', ...places.flat())
  const known = new Map(stdout.split('\n').map((line) => [line.split(' ')[0], line.split(' ')]))
  return places.map((names) => {
    const found = names.map((name) => known.get(name)).find((fields) => fields !== undefined)
    const [name = '', sha = '', target = ''] = found ?? []
    return found && { ref: (target || name).replace(/^refs\/(remotes|heads)\//, ''), sha }
  })
}
