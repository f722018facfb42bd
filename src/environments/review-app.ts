import { usageError } from '../errors.ts'
import { gitIn } from '../git/git.ts'
import { reviewAppOfBranch, reviewAppOfNumber, reviewAppOfWord } from '../heroku/review-apps.ts'
import { shellWord } from '../run/print.ts'
import { allEnvironments, type HerokuEnvironment, type Project } from './environments.ts'

/**
 * The review app that `pr_app 1234 …`, `pr_app BRANCH …` or, by the checked-out branch, `pr_app …` means, and the words that are left. A
 * word that `isCommand` knows is never taken for a branch.
 */
export async function findReviewApp(
  project: Project,
  words: readonly string[],
  isCommand: (word: string) => boolean,
): Promise<{ environment: HerokuEnvironment; words: readonly string[] }> {
  const [first = '', ...rest] = words
  const where = {
    apps: stagingFirst(project),
    pattern: project.configuration.reviewApps?.pattern,
    env: project.ambient.env,
  }
  if (/^#?\d+$/.test(first)) {
    const found = await reviewAppOfNumber(where, Number(first.replace('#', '')))
    return { environment: { kind: 'heroku', ...found }, words: rest }
  }
  if (rest.length > 0 && !isCommand(first)) {
    // With a slash it can be no command, not even a plugin's.
    const found = first.includes('/') ? await reviewAppOfBranch(where, first) : await reviewAppOfWord(where, first)
    if (found) return { environment: { kind: 'heroku', ...found }, words: rest }
  }
  const branch = await checkedOutBranch(project, words)
  return { environment: { kind: 'heroku', ...(await reviewAppOfBranch(where, branch)) }, words }
}

/** Throws a usage error for a detached HEAD, as in a CI job, which knows the number of its pull request by another way. */
async function checkedOutBranch({ inGit, folder, ambient }: Project, words: readonly string[]): Promise<string> {
  const { stdout } = inGit ? await gitIn(folder)('branch', '--show-current') : { stdout: '' }
  if (stdout !== '') return stdout
  const number = /^refs\/pull\/(\d+)\//.exec(ambient.env.GITHUB_REF ?? '')?.[1] ?? 'NUMBER'
  throw usageError(
    'no branch is checked out, so its review app is unknown',
    `name the pull request: \`pr_app ${[number, ...words].map(shellWord).join(' ')}\``,
  )
}

/** Staging's pipeline is asked first: that is the one with review apps. */
function stagingFirst(project: Project): string[] {
  const all = allEnvironments(project).flatMap((environment) => (environment.kind === 'heroku' ? [environment] : []))
  return [...all]
    .sort((one, other) => Number(other.name === 'staging') - Number(one.name === 'staging'))
    .map(({ app }) => app)
}
