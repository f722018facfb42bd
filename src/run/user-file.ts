import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs'

/**
 * Why what is at `path` cannot be read as a file, in words; undefined where it can, or where nothing is there. Never opens it: to open a
 * FIFO is to wait for somebody who writes to it.
 */
export function whyUnreadable(path: string): string | undefined {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined
  try {
    const facts = statSync(path, { throwIfNoEntry: false })
    if (facts === undefined) return 'it is a link to a file that does not exist'
    if (!facts.isFile()) return `it is ${kindOf(facts)}`
    accessSync(path, constants.R_OK)
    return undefined
  } catch (error) {
    return reasonOf(error)
  }
}

function kindOf(facts: Stats): string {
  if (facts.isDirectory()) return 'a folder'
  if (facts.isFIFO()) return 'a FIFO'
  if (facts.isSocket()) return 'a socket'
  return 'a device'
}

/** `EACCES: permission denied, open '/x'` is for people `permission denied`. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ELOOP') return 'it is a link to itself'
  return /^\w+: ([^,]+)/.exec(message)?.[1] ?? message
}

/** The text of a file without its byte order mark; undefined for one that is not UTF-8, such as UTF-16. */
export function plainText(text: string): string | undefined {
  const plain = text.replace(/^\uFEFF/, '')
  return plain.includes('\0') || plain.startsWith('\uFFFD') ? undefined : plain
}
