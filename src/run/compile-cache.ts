import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import { readAmbient } from './ambient.ts'

/** What `node:module` has on Node ≥ 22.1 (and flush on ≥ 22.10); on older ones these calls do nothing. */
const cache = module as { enableCompileCache?: (folder: string) => unknown; flushCompileCache?: () => void }

/** Has Node (≥ 22.1) keep what it compiles from here on, so that the next start is faster. */
export function keepCompiled(root: string): void {
  try {
    if (cache.enableCompileCache) cache.enableCompileCache(ownFolder(root, '_compiled').folder)
  } catch {
    // Somebody without a home folder: it works all the same, a little slower.
  }
}

/** Writes what was compiled now: a process that is replaced never comes to the usual writing at its exit. */
export function flushCompiled(): void {
  cache.flushCompileCache?.()
}

/**
 * NODE_COMPILE_CACHE for a start of the Heroku CLI (some 12 % faster from it), unless the user has set one, or the
 * child is the user's own program (`heroku local`). One folder a version of the CLI; those of other versions are removed.
 */
export function herokuCompileCache(file: string, args: readonly string[]): Record<string, string> {
  const { env, cache: root } = readAmbient()
  if (env.NODE_COMPILE_CACHE !== undefined || !cache.enableCompileCache || args[0]?.startsWith('local')) return {}
  try {
    const name = `_heroku-${versionOf(file)}`
    const { folder, isNew } = ownFolder(root, name)
    if (isNew) removeOthers(root, name)
    return { NODE_COMPILE_CACHE: folder }
  } catch {
    return {} // a cache that can't be had is no reason to fail
  }
}

/** A folder of the cache, made where it is missing. What is kept in it is run: throws where others may write to it. */
function ownFolder(root: string, name: string): { folder: string; isNew: boolean } {
  const folder = join(root, name)
  makeOwn(root)
  return { folder, isNew: makeOwn(folder) }
}

/** Whether it was not there. */
function makeOwn(folder: string): boolean {
  const isNew = mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined
  const facts = lstatSync(folder)
  const isOurs = process.getuid === undefined || (facts.uid === process.getuid() && (facts.mode & 0o022) === 0)
  if (!facts.isDirectory() || !isOurs) throw new Error(`others may write to ${folder}`)
  return isNew
}

/** The CLI's version; where its program is a wrapper (Homebrew's), whatever changes with that. */
function versionOf(file: string): string {
  const program = realpathSync(file)
  try {
    const { version } = JSON.parse(readFileSync(join(dirname(program), '..', 'package.json'), 'utf8'))
    return String(version).replace(/[^\w.-]/g, '')
  } catch {
    const { mtimeMs, size } = statSync(program)
    return `${Math.trunc(mtimeMs)}-${size}`
  }
}

function removeOthers(root: string, kept: string): void {
  for (const name of readdirSync(root)) {
    if (name.startsWith('_heroku-') && name !== kept) rmSync(join(root, name), { recursive: true, force: true })
  }
}
