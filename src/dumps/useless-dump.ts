import { ParityError } from '../errors.ts'
import { magic } from '../postgres/archive.ts'
import { firstBytes, type Part } from './part.ts'

/** What was downloaded is no archive, or a damaged one: nothing of it is worth keeping. */
export class UselessDump extends ParityError {
  constructor(message: string, hint?: string) {
    super(1, message, hint)
  }
}

export function notAnArchive(): UselessDump {
  return new UselessDump(
    'what was downloaded is not a Postgres archive',
    'is there a proxy or a login page in between?',
  )
}

/** Can be told as soon as the first bytes are there: a login page is not downloaded to its end. */
export async function isArchive(part: Part): Promise<boolean> {
  if (part.bytes < magic.length) return false
  if ((await firstBytes(part, magic.length)).toString('latin1') === magic) return true
  throw notAnArchive()
}
