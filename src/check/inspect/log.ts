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
 * What is waiting and what is ahead, given the commits of both sides: `>` main's, `<` those of what runs, `=` changes that both
 * have, listed once for each side. `sha` is what runs, and `tree` its files. Where a commit of main leaves the very files that run (a squash, a revert), that commit is what runs, and all before it.
 */
export function compare(commits: readonly Marked[], sha: string, tree: string): Pick<Position, 'waiting' | 'ahead'> {
  const theirs = behind(sha, new Map(commits.map(({ commit }) => [commit.sha, commit])))
  const main = commits.map(({ commit }) => commit).filter((commit) => !theirs.has(commit.sha))
  const same = main.findIndex((commit) => commit.tree === tree)
  const own = (mark: string) =>
    commits.filter((entry) => entry.mark === mark && entry.commit.parents.length < 2).map(({ commit }) => commit)
  if (same < 0) return { waiting: own('>'), ahead: own('<') }
  const newer = new Set(main.slice(0, same))
  return { waiting: own('>').filter((commit) => newer.has(commit)), ahead: [] }
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
