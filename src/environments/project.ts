import { ParityError } from '../errors.ts'
import { findRoot, readRemotes } from '../git/read-remotes.ts'
import type { Remote } from '../git/remotes.ts'
import type { Ambient } from '../run/ambient.ts'
import { loadConfiguration } from './configuration.ts'
import type { Project } from './environments.ts'

/** Reads the project around the working directory; `file` names a configuration outright (`--config`, PARITY_CONFIG). With `goOn` a mistake in it is its `problem`. */
export async function openProject(ambient: Ambient, file?: string, goOn = false): Promise<Project> {
  const { folder } = ambient
  const root = findRoot(folder, ambient.env)
  const stopAt = root ?? folder
  const configuration = await loadConfiguration(ambient, stopAt, file).catch((error) => {
    if (goOn && error instanceof ParityError) return { problem: error }
    throw error
  })
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
