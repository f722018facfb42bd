import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { plainRemotes, type Remote } from './remotes.ts'

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The remotes of the repository whose work tree has this root, by its plain file; undefined where only git can tell. Git is asked for as
 * little as possible: starting it takes longer than all the rest of a passthrough.
 */
export function readPlainRemotes(root: string, env: Variables): Remote[] | undefined {
  if (Object.keys(env).some((name) => name.startsWith('GIT_CONFIG'))) return undefined
  const { HOME = '' } = env
  const folder = env.XDG_CONFIG_HOME || join(HOME, '.config')
  const others = ['/etc/gitconfig', join(HOME, '.gitconfig'), join(folder, 'git', 'config')]
  return plainRemotes(textOf(join(root, '.git', 'config')), others.map(textOf))
}

/** Whether the variables name a repository, other than the folders do. */
export function namesRepository({ GIT_DIR, GIT_WORK_TREE, GIT_COMMON_DIR }: Variables): boolean {
  return Boolean(GIT_DIR || GIT_WORK_TREE || GIT_COMMON_DIR)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
