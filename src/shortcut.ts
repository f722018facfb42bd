import { lstatSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Project, tryEnvironment } from './environments/environments.ts'
import { reservedNames } from './environments/names.ts'
import { searchPlaces } from './environments/places.ts'
import { recall } from './environments/remembered.ts'
import type { ConfigurationFile } from './environments/schema.ts'
import { namesRepository, readPlainRemotes } from './git/read-plain-remotes.ts'
import { workTreeRoot } from './git/work-tree.ts'
import { passthroughCall } from './passthrough/passthrough.ts'
import { type Ambient, readAmbient } from './run/ambient.ts'
import type { Call } from './run/call.ts'
import { lookup } from './run/lookup.ts'

/**
 * The call of the Heroku CLI that a line means, where the files tell it at once: an environment by a plain git remote or a remembered
 * configuration, and a command that is not ours. undefined for everything else, which the long way decides: it gives the same answer.
 * Typed fifty times a day, so it loads next to nothing.
 */
export function shortcut(argv: readonly string[], bin: string | undefined): Call | undefined {
  const [name = '', command = '', ...args] = bin === undefined ? argv : [bin, ...argv]
  if (process.platform === 'win32' || name === 'pr_app' || name === 'development') return undefined
  if (!isPlain(name) || !isPlain(command)) return undefined
  try {
    const ambient = readAmbient()
    if (ambient.env.PARITY_CONFIG || namesRepository(ambient.env)) return undefined
    const project = plainProject(ambient)
    const environment = project && tryEnvironment(project, name)
    if (environment?.kind !== 'heroku' || project?.configuration.commands?.[command] !== undefined) return undefined
    const call = passthroughCall(environment.app, environment.name, command, args)
    return lookup(call.program) === undefined ? undefined : call
  } catch {
    return undefined // the long way says why
  }
}

/** A word that is neither an option nor a command or a name of ours. */
function isPlain(word: string): boolean {
  return /^[a-z]/i.test(word) && !reservedNames.has(word.replaceAll('_', '-'))
}

function plainProject(ambient: Ambient): Project | undefined {
  const { folder } = ambient
  const root = workTreeRoot(folder)
  if (root === undefined) return undefined
  const remotes = readPlainRemotes(root, ambient.env)
  const configuration = remembered(ambient, folder, root)
  if (remotes === undefined || configuration === undefined) return undefined
  return { root, folder, ambient, inGit: true, configuration, remotes: () => remotes }
}

/** The configuration from `folder` up to `root`, if it is one plain file that was checked before; `{}` where there is none. */
function remembered(ambient: Ambient, folder: string, root: string): ConfigurationFile | undefined {
  const places = searchPlaces.map((place) => join(folder, place))
  const found = places.filter((place) => lstatSync(place, { throwIfNoEntry: false }) !== undefined && !isForeign(place))
  const [path, other] = found
  if (other !== undefined) return undefined
  if (path !== undefined) return recallPlain(ambient, path)
  return folder === root ? {} : remembered(ambient, dirname(folder), root)
}

/** A `package.json` without a word of ours. */
function isForeign(place: string): boolean {
  return (
    place.endsWith('package.json') &&
    isFile(place) &&
    !readFileSync(place, 'latin1').replaceAll('\0', '').includes('parity')
  )
}

function recallPlain({ cache }: Ambient, path: string): ConfigurationFile | undefined {
  if (path.endsWith('package.json') || !isFile(path)) return undefined
  return recall(cache, path, readFileSync(path, 'utf8'))
}

/** A file itself: no link, no FIFO that would be waited for. */
function isFile(path: string): boolean {
  return lstatSync(path).isFile()
}
