/** What was typed for a local restore. */
export type LocalRestoreRequest = {
  readonly source: string | undefined
  readonly file: string | undefined
  readonly backup: string | undefined
  readonly fromDatabase: string | undefined
  /** Capture a backup of the source first, and take that. */
  readonly fresh: boolean
  /** An address of a dump: a secret. */
  readonly url: string | undefined
  /** Take the newest dump of the cache, and ask Heroku nothing. */
  readonly offline: boolean
  readonly database: string | undefined
  readonly db: string | undefined
  /** A number as typed. */
  readonly jobs: string | undefined
  readonly parallelize: boolean
  readonly keep: boolean
  /** Go by the pristine snapshot, and keep one. */
  readonly pristine: boolean
  /** Scrub, where the configuration says how. */
  readonly scrub: boolean
  readonly skipExtensions: readonly string[]
  readonly pgRestore: readonly string[]
}
