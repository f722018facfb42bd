import { posix } from 'node:path'
import { isMigration } from '../check/inspect/files.ts'
import type { Git } from '../git/git.ts'

/** The migrations in `folder` (the root: '') that `commit` has and `there` has not; all of them without `there`. Both have to be in this clone. */
export async function migrationsBetween(
  git: Git,
  there: string | undefined,
  commit: string,
  folder = '',
): Promise<string[]> {
  const { stdout } = await (there === undefined
    ? git('ls-tree', '-r', '--full-tree', '--name-only', commit)
    : git('diff', '--name-only', '--no-relative', '--diff-filter=A', '--no-renames', there, commit))
  const prefix = posix.join(folder, '/')
  return stdout.split('\n').filter((file) => isMigration(file) && (prefix === '/' || file.startsWith(prefix)))
}

/** Whether a release of the commit has a release phase, where most apps migrate. */
export async function hasReleasePhase(git: Git, commit: string, folder = ''): Promise<boolean> {
  const { stdout } = await git('show', `${commit}:${posix.join(folder, 'Procfile')}`)
  return /^release:[ \t]*\S/m.test(stdout)
}
