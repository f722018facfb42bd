import { accessSync, constants, lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs'
import { basename, delimiter, dirname, join, relative, resolve } from 'node:path'
import type { Project } from '../environments/environments.ts'
import { lookup } from '../run/lookup.ts'
import { isLinkScript, longestLink } from './script.ts'

/** A word that `parity link` made. */
export type Link = { readonly name: string; readonly path: string }

/** What is at the place of a link. */
type Place = 'free' | 'ours' | 'foreign'

export type LinkFacts = {
  /** Where the links go. */
  readonly folder: string
  /** Whether that is a folder of PATH. */
  readonly onPath: boolean
  /** From there to the repository's own `parity`; undefined where it has none. */
  readonly pinned: string | undefined
  readonly words: readonly {
    readonly name: string
    readonly path: string
    readonly place: Place
    /** Another program of that name on PATH that is not ours. */
    readonly other: string | undefined
  }[]
}

/** Looks at where links of these names would go. Changes nothing. */
export function inspectLinks(project: Project, names: readonly string[], dir: string | undefined): LinkFacts {
  const path = project.ambient.env.PATH ?? ''
  const folder = dir === undefined ? defaultFolder(project.root, path) : resolve(project.folder, dir)
  const own = join(project.root, 'node_modules', '.bin', 'parity')
  return {
    folder,
    onPath: foldersOf(path).includes(folder),
    pinned: lookup(own) === undefined ? undefined : relative(folder, own),
    words: names.map((name) => ({
      name,
      path: join(folder, name),
      place: placeAt(join(folder, name)),
      other: otherProgram(name, path, folder),
    })),
  }
}

/** The links in the folders of PATH, in `bin` of the project, and in `dir`; there alone where it is given. */
export function findLinks(project: Project, dir?: string): Link[] {
  const everywhere = [...foldersOf(project.ambient.env.PATH ?? ''), join(project.root, 'bin')]
  const folders = dir === undefined ? everywhere : [resolve(project.folder, dir)]
  return [...new Set(folders)].flatMap((folder) =>
    namesIn(folder)
      .map((name) => ({ name, path: join(folder, name) }))
      .filter(({ path }) => placeAt(path) === 'ours'),
  )
}

function foldersOf(path: string): string[] {
  return path.split(delimiter).filter((folder) => folder.startsWith('/'))
}

/** Where `parity` is, if what is put there stays: not among the files of a version manager, of the system, or of an `npx`. */
function defaultFolder(root: string, path: string): string {
  const parity = lookup('parity', path)
  const folder = parity === undefined ? undefined : dirname(resolve(parity))
  return folder !== undefined && !isManaged(folder) && isWritable(folder) ? folder : join(root, 'bin')
}

/** Whether a folder is a version manager's, the system's, or one of an `npx`. */
export function isManaged(folder: string): boolean {
  return /^\/(usr\/)?s?bin$|\/(Cellar|\.nvm|\.volta|\.nodenv|\.asdf|fnm_multishells|_npx)\/|\/(asdf|mise)\/shims$|\/node_modules\/\.bin$|\/nix\/store\//.test(
    folder,
  )
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** What is at a path; a link of the file system is never ours, whatever it leads to. */
export function placeAt(path: string): Place {
  const facts = factsOf(path)
  if (facts === undefined) return 'free'
  return facts.isFile() && facts.size <= longestLink && isLinkScript(textOf(path)) ? 'ours' : 'foreign'
}

/** None too where what should be its folder is a file: writing there says so. */
function factsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function otherProgram(name: string, path: string, except: string): string | undefined {
  const folders = foldersOf(path).filter((folder) => folder !== except)
  const found = folders.flatMap((folder) => lookup(join(folder, name)) ?? [])
  return found.find((file) => basename(file) === name && placeAt(file) === 'foreign')
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\w[\w-]*$/.test(name))
  } catch {
    return []
  }
}
