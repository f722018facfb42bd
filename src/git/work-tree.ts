import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The root of the git work tree that holds `folder`, or undefined outside of git.
 * `.git` is a folder, or a file in a linked work tree or submodule. Found without git, which costs a process at every start.
 */
export function workTreeRoot(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder
  const parent = dirname(folder)
  return parent === folder ? undefined : workTreeRoot(parent)
}
