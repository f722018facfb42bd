import { call } from '../run/call.ts'
import { captureNow } from '../run/capture-now.ts'
import { namesRepository, readPlainRemotes } from './read-plain-remotes.ts'
import { parseRemotes, type Remote, remoteSettings } from './remotes.ts'
import { workTreeRoot } from './work-tree.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** The remotes of the repository whose work tree has this root; none where git is missing. */
export function readRemotes(root: string, env: Variables): Remote[] {
  const plain = namesRepository(env) ? undefined : readPlainRemotes(root, env)
  return plain ?? parseRemotes(captureNow(call('git', 'config', '-z', '--get-regexp', remoteSettings), root))
}

/**
 * The root of the git work tree that holds `folder`, or undefined outside of git. Git itself is asked where variables name the repository;
 * one without a work tree is used from where we are.
 */
export function findRoot(folder: string, env: Variables): string | undefined {
  if (!namesRepository(env)) return workTreeRoot(folder)
  const ask = (what: string) => captureNow(call('git', 'rev-parse', what), folder).trimEnd()
  return ask('--git-dir') === '' ? undefined : ask('--show-toplevel') || folder
}
