import { usageError } from '../errors.ts'
import type { Git } from '../git/git.ts'
import { printable } from '../terminal/harmless.ts'

/** A branch of another repository, as it was when it was last fetched. */
type Fetched = { readonly remote: string; readonly branch: string; readonly commit: string }

/**
 * Asks the repository that `ref` was fetched from whether the branch has moved since. Gives what a person should know where that cannot be
 * asked; nothing for a ref that was not fetched. Throws a usage error with the line that fetches it.
 */
export async function askUpstream(git: Git, ref: string, line: string): Promise<string[]> {
  const { stdout: name } = await git('rev-parse', '--symbolic-full-name', ref)
  if (!name.startsWith('refs/remotes/')) return []
  const [{ stdout: commit }, { stdout: remotes }] = await Promise.all([git('rev-parse', ref), git('remote')])
  const remote = remotes.split('\n').find((remote) => remote !== '' && name.startsWith(`refs/remotes/${remote}/`))
  if (remote === undefined) return []
  const branch = name.slice(`refs/remotes/${remote}/`.length)
  const { status, stdout, stderr } = await git('ls-remote', '--heads', remote, `refs/heads/${branch}`)
  if (status !== 0) {
    const reason = stderr.split('\n')[0]?.replace(/^(?:fatal|error): /, '') ?? ''
    return [`whether ${branch} of ${remote} has moved is unknown: ${printable(reason)}`]
  }
  refuseMoved({ remote, branch, commit }, stdout.split('\t')[0] ?? '', line)
  return []
}

/** `there` is the commit that the branch has now, empty where it is gone; `line` is what was typed. */
function refuseMoved({ remote, branch, commit }: Fetched, there: string, line: string): void {
  if (there === commit) return
  if (there === '')
    throw usageError(
      `${remote} has no branch ${branch} any more`,
      `\`git fetch --prune ${remote}\`, or \`${line} --no-fetch-check\` for ${commit.slice(0, 10)}`,
    )
  throw usageError(
    `${branch} of ${remote} has moved since the last fetch: it is at ${there.slice(0, 10)}, and ${commit.slice(0, 10)} would ship`,
    `\`git fetch ${remote} && ${line}\`, or \`${line} --no-fetch-check\` to ship what is here`,
  )
}
