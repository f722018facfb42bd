import type { Archive } from '../../postgres/archive.ts'
import { fixFor, nameOf, type Refusal, wordsFor } from './missing.ts'

/** Objects of the archive that could not be made, and that are not allowed to be missing. */
export class ObjectsRefused extends Error {
  readonly names: readonly string[]
  /** Each with its reason, in a line. */
  readonly lines: readonly string[]
  /** Statements that help in production. */
  readonly fixes: readonly string[]

  constructor(refusals: readonly Refusal[], archive: Archive) {
    super('some objects could not be made')
    this.names = refusals.map(({ entry }) => nameOf(entry))
    this.lines = refusals.map(({ entry, reason }) => `${wordsFor(entry)}: ${reason}`)
    this.fixes = [...new Set(refusals.flatMap((refusal) => fixFor(refusal, archive.entries) ?? []))]
  }
}
