import type { HerokuEnvironment } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { usageError } from '../errors.ts'
import { hasRef, mainBranch } from '../git/branches.ts'
import type { Git } from '../git/git.ts'

/** What is pushed, and the branch here that it stands for. */
export type Chosen = { readonly ref: string; readonly branch: string }

/**
 * What ships when nothing is said: HEAD, or for a protected app, and where the configuration names a branch, that branch as it is on
 * its upstream; where the upstream is the app itself, as it is here.
 */
export async function usualRef(
  git: Git,
  environment: HerokuEnvironment,
  isProtected: boolean,
  destination: string,
): Promise<Chosen> {
  if (!isProtected && environment.branch === undefined) return { ref: 'HEAD', branch: 'HEAD' }
  const branch = environment.branch ?? (await mainBranch(git))
  const upstream = await git('rev-parse', '--abbrev-ref', `${branch}@{upstream}`)
  const elsewhere = upstream.status === 0 && !upstream.stdout.startsWith(`${destination}/`)
  if (elsewhere) return { ref: upstream.stdout, branch }
  const isHere = await hasRef(git, `refs/heads/${branch}`)
  return { ref: !isHere && (await hasRef(git, `refs/remotes/origin/${branch}`)) ? `origin/${branch}` : branch, branch }
}

/** The commit of what is to be deployed. Throws a usage error for what is none, or could be two. */
export async function commitOf(git: Git, { name, app }: HerokuEnvironment, ref: string): Promise<string> {
  if (ref.startsWith('-'))
    throw usageError(
      `\`${ref}\` is not a branch, tag or commit`,
      'parity decides about force itself: see `deploy --help`',
    )
  const [source = '', target] = ref.split(':')
  if (target !== undefined && source !== '')
    throw usageError(
      `\`deploy\` takes one commit, got \`${ref}\`: it always goes to the main branch of ${app}`,
      `\`${typedAs({ name })} deploy ${source}\``,
    )
  const [{ status, stdout }, both] = await Promise.all([
    git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`),
    isBoth(git, ref),
  ])
  if (both)
    throw usageError(
      `\`${ref}\` is a branch and a tag, of two commits`,
      `\`${typedAs({ name })} deploy heads/${ref}\` or \`${typedAs({ name })} deploy tags/${ref}\``,
    )
  if (status === 0) return stdout
  if (ref === 'HEAD') throw usageError('this repository has no commit yet', '`git commit` makes the first one')
  throw usageError(
    `\`${ref}\` is not a branch, tag or commit of this repository`,
    '`git branch --all` lists the branches; a new one may need `git fetch`',
  )
}

/** Whether a name is that of a branch and of a tag that differ: git would take the tag, and a person may mean the branch. */
async function isBoth(git: Git, ref: string): Promise<boolean> {
  const names = [`refs/heads/${ref}`, `refs/tags/${ref}`]
  const known = (await git('for-each-ref', '--format=%(refname)', ...names)).stdout.split('\n')
  if (!names.every((name) => known.includes(name))) return false
  const [branch, tag] = (await git('rev-parse', ...names.map((name) => `${name}^{commit}`))).stdout.split('\n')
  return branch !== tag
}
