import { keyOf } from '../deliveries.ts'
import type { Commit, Position } from '../facts.ts'

/** NUL-separated fields of one commit, and a mark before the first. */
export const logFormat =
  '--format=%m%x00%H%x00%P%x00%T%x00%ct%x00%at%x00%aE%x00%aN%x00%(trailers:key=Co-authored-by,valueonly,separator=%x2C)%x00%s'

export type Marked = { readonly mark: string; readonly commit: Commit }

/** What `git log` printed in this format. */
export function readCommits(output: string): Marked[] {
  return output.split('\n').flatMap((line) => {
    const [
      mark = '',
      sha = '',
      parents = '',
      tree = '',
      at,
      written,
      email = '',
      author = '',
      also = '',
      subject = '',
    ] = line.split('\0')
    if (sha === '') return []
    const coAuthors = [...also.matchAll(/<([^<>]+)>/g)].map(([, address = '']) => address)
    return [
      {
        mark,
        commit: {
          sha,
          parents: parents.split(' ').filter(Boolean),
          tree,
          at: new Date(Number(at) * 1000),
          written: Number(written),
          emails: [...new Set([email, ...coAuthors].map((address) => address.toLowerCase()))],
          author,
          subject,
        },
      },
    ]
  })
}

/**
 * What is waiting and what is ahead, given the commits of both sides: `>` the branch's, `<` those of what runs, `=` changes that both
 * have, listed once for each side. `sha` is what runs, `tree` its files, `tip` the branch. Where the branch once had the very files
 * that run (a squash, a revert), that commit counts as what runs, with all before it; only the branch's own line is looked at, for a
 * side branch can have had them long ago. A commit that the branch has in a rewritten form is not ahead; the rewritten one waits.
 */
export function compare(
  commits: readonly Marked[],
  { sha, tree, tip }: { readonly sha: string; readonly tree: string; readonly tip: string },
): Pick<Position, 'waiting' | 'ahead'> {
  const all = new Map(commits.map(({ commit }) => [commit.sha, commit]))
  const own = (mark: string) =>
    commits.filter((entry) => entry.mark === mark && entry.commit.parents.length < 2).map(({ commit }) => commit)
  const theirs = behind(sha, all)
  const same = lineOf(tip, all).find((commit) => !theirs.has(commit.sha) && commit.tree === tree)
  if (same !== undefined) {
    const there = behind(same.sha, all)
    return { waiting: own('>').filter((commit) => !there.has(commit.sha)), ahead: [] }
  }
  const rewritten = new Set(own('>').map(keyOf))
  return { waiting: own('>'), ahead: own('<').filter((commit) => !rewritten.has(keyOf(commit))) }
}

/** The branch's own line, newest first: the first parent of each. */
function lineOf(tip: string, commits: ReadonlyMap<string, Commit>): Commit[] {
  const found: Commit[] = []
  for (let next = commits.get(tip); next !== undefined; next = commits.get(next.parents[0] ?? '')) found.push(next)
  return found
}

/** The commit itself and all before it, as far as they are listed. */
function behind(sha: string, commits: ReadonlyMap<string, Commit>): Set<string> {
  const found = new Set<string>()
  const open = [sha]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const commit = commits.get(next)
    if (commit === undefined || found.has(next)) continue
    found.add(next)
    open.push(...commit.parents)
  }
  return found
}

/** Two commits of which nothing is left. */
export type RevertPair = readonly [revert: Commit, reverted: Commit]

/** The pairs that their subjects name, as `git revert` writes them; a commit is in one pair alone. */
export function revertsIn(commits: readonly Commit[]): RevertPair[] {
  const taken = new Set<string>()
  return commits.flatMap((revert, at): RevertPair[] => {
    const wanted = revertedSubject(revert.subject)
    if (wanted === undefined || taken.has(revert.sha)) return []
    const reverted = commits.slice(at + 1).find(({ sha, subject }) => subject === wanted && !taken.has(sha))
    if (reverted === undefined) return []
    taken.add(revert.sha).add(reverted.sha)
    return [[revert, reverted]]
  })
}

/** https://git-scm.com/docs/git-revert: since 2.43 the revert of a revert is a reapply. */
function revertedSubject(subject: string): string | undefined {
  const [, verb, inner] = /^(Revert|Reapply) "(.*)"$/.exec(subject) ?? []
  return verb === 'Reapply' ? `Revert "${inner}"` : inner
}
