import { createHash } from 'node:crypto'
import { failure, usageError } from '../errors.ts'

/** Where a dump can be downloaded by anyone who knows the address. */
export type DumpUrl = {
  /** The whole address: a secret, for its query may be a signature. It belongs in no argv, log or message. */
  readonly secret: string
  /** The address without user, password, query and fragment. */
  readonly shown: string
}

/** Whether a word is meant as a web address; `readDumpUrl` says what is wrong with it. */
export function isWebAddress(word: string): boolean {
  return /^https?:/i.test(word)
}

/** The address as it may be shown. */
export function shownAddress(word: string): string {
  const url = URL.canParse(word) ? new URL(word) : undefined
  return url ? `${url.protocol}//${url.host}${url.pathname}` : word.replace(/[?#@].*/s, '…')
}

/** Throws a usage error for anything but an https address; it never shows the query. */
export function readDumpUrl(text: string): DumpUrl {
  const shown = shownAddress(text)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:')
    throw usageError(`\`${shown}\` is not an https URL`, 'use a URL that begins with `https://`')
  if (url.username || url.password)
    throw usageError(`\`${shown}\` contains a user or a password`, 'download it yourself, then `--file FILE`')
  url.hash = ''
  return { secret: url.href, shown }
}

/** The id of its dump in the cache: the same for every signature of one address. */
export function idOfUrl({ shown }: DumpUrl): string {
  return createHash('sha256').update(shown).digest('hex').slice(0, 16)
}

/** Gives the address out once: a storage that refuses it won't take it the second time, and it cannot be signed again here. */
export function signOnce({ secret, shown }: DumpUrl): () => Promise<string> {
  let given = false
  return async () => {
    if (given)
      throw failure(
        `\`${shown}\` refuses access: the URL may have expired`,
        'get a new URL; an interrupted download resumes',
      )
    given = true
    return secret
  }
}
