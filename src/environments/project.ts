import { findRoot, readRemotes } from '../git/read-remotes.ts'
import type { Remote } from '../git/remotes.ts'
import type { Ambient } from '../run/ambient.ts'
import { loadConfiguration } from './configuration.ts'
import type { Project } from './environments.ts'

/** Reads the project around the working directory; `file` names a configuration outright (`--config`, PARITY_CONFIG). */
export async function openProject(ambient: Ambient, file?: string): Promise<Project> {
  const { folder } = ambient
  const root = findRoot(folder, ambient.env)
  const stopAt = root ?? folder
  const configuration = await loadConfiguration(ambient, stopAt, file)
  let remotes: readonly Remote[] | undefined
  return {
    root: stopAt,
    folder,
    ambient,
    inGit: root !== undefined,
    configuration,
    remotes: () => {
      remotes ??= root === undefined ? [] : readRemotes(root, ambient.env)
      return remotes
    },
  }
}
