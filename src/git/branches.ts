import { usageError } from '../errors.ts'
import type { Git } from './git.ts'

/** The branch that the upstream calls its own (`origin/HEAD`), else `main`, else `master`: never a stale `master` beside a `main`. */
export async function mainBranch(git: Git): Promise<string> {
  const head = await git('symbolic-ref', '--short', 'refs/remotes/origin/HEAD')
  if (head.status === 0) return head.stdout.replace(/^origin\//, '')
  for (const name of ['main', 'master']) {
    if (await hasRef(git, `refs/heads/${name}`)) return name
  }
  throw usageError(
    'no branch `main` or `master` found',
    'name what to deploy: `production deploy BRANCH`, or `branch:` of the environment in .parityrc',
  )
}

/** Whether there is such a ref, `refs/heads/main`. */
export async function hasRef(git: Git, ref: string): Promise<boolean> {
  return (await git('show-ref', '--verify', '--quiet', ref)).status === 0
}
