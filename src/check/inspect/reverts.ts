import type { Git } from '../../git/git.ts'
import type { Commit } from '../facts.ts'
import { asDiff, changeOf } from './diffs.ts'
import { type RevertPair, revertsIn } from './log.ts'

/** Beyond these, reverts are not looked at: each takes two diffs. */
const most = 50

/** Commits, newest first, without those that a later one of them takes back, and without that one: nothing of the two is left. */
export async function withoutReverted(git: Git, commits: readonly Commit[]): Promise<readonly Commit[]> {
  const pairs = revertsIn(commits).slice(0, most)
  const gone = new Set(
    (await Promise.all(pairs.map(async (pair) => ((await isRevert(git, pair)) ? pair : []))))
      .flat()
      .map(({ sha }) => sha),
  )
  return commits.filter(({ sha }) => !gone.has(sha))
}

/** Whether the one makes the very change that leads from the other back. */
async function isRevert(git: Git, [revert, reverted]: RevertPair): Promise<boolean> {
  const [change, back] = await Promise.all([
    git('diff', ...asDiff, `${revert.sha}^`, revert.sha),
    git('diff', ...asDiff, reverted.sha, `${reverted.sha}^`),
  ])
  return change.status === 0 && back.status === 0 && changeOf(change.stdout) === changeOf(back.stdout)
}
