import { join } from 'node:path'
import { makePrivateFolder, readPrivateFileNow, writePrivateFile } from '../run/private-files.ts'
import type { ConfigurationFile } from './schema.ts'

/** What is kept of a configuration that was checked. It counts for this very text and program, and for nothing else. */
type Remembered = { readonly program: string; readonly text: string; readonly configuration: ConfigurationFile }

/** A hash of the whole program: what another one checked may mean something else to this. */
const program = PARITY_PROGRAM

/**
 * The checked configuration of `text`, the file at `path`, if an earlier start has kept it: what parses and checks one takes a
 * third of a start to load. A file that is not ours, or not what was kept, is no news: undefined.
 */
export function recall(cache: string, path: string, text: string): ConfigurationFile | undefined {
  try {
    const kept = JSON.parse(readPrivateFileNow(placeOf(cache, path))) as Remembered
    return kept.program === program && kept.text === text ? kept.configuration : undefined
  } catch {
    return undefined
  }
}

/** Keeps `configuration` for the next start, in parity's cache, readable by no other user. A cache that can't be had is no failure. */
export async function remember(
  cache: string,
  path: string,
  text: string,
  configuration: ConfigurationFile,
): Promise<void> {
  const { rename, rm } = await import('node:fs/promises')
  const place = placeOf(cache, path)
  const part = `${place}.${process.pid}`
  const kept: Remembered = { program, text, configuration }
  try {
    await makePrivateFolder(folderIn(cache), cache)
    await writePrivateFile(part, JSON.stringify(kept))
    await rename(part, place)
  } catch {
    await rm(part, { force: true }).catch(() => {})
  }
}

function folderIn(cache: string): string {
  return join(cache, '_configuration')
}

/** One place a path. Where two share one, they forget each other, and that is all: the text is compared. */
function placeOf(cache: string, path: string): string {
  let number = 5381
  for (let at = 0; at < path.length; at += 1) number = (number * 33 + path.charCodeAt(at)) >>> 0
  return join(folderIn(cache), `${number.toString(36)}.json`)
}
