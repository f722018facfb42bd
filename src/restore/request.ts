import { isWebAddress } from '../dumps/dump-url.ts'
import { shellWord } from '../run/print.ts'
import { wordOf } from './load/missing.ts'

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
  /** Names of indexes, keys and views that may be missing. */
  readonly allowMissing: readonly string[]
  readonly pgRestore: readonly string[]
}

/** The same line again; with `without`, so that it goes on without these names. What may hold a password is not repeated. */
export function lineAgain(request: LocalRestoreRequest, without: readonly string[] = []): string {
  const { source, file, backup, fromDatabase, url, database, db, jobs, skipExtensions, pgRestore } = request
  const valued: Readonly<Record<string, string | undefined>> = {
    file,
    backup,
    'from-db': fromDatabase,
    url: url && 'URL',
    database: database && (/:[^/@]*@|password/i.test(database) ? 'URL' : database),
    db,
    jobs,
    'skip-extension': skipExtensions.length > 0 ? skipExtensions.join(',') : undefined,
    'allow-missing': wordOf([...new Set([...request.allowMissing, ...without])]) || undefined,
  }
  const flags: Readonly<Record<string, boolean>> = {
    fresh: request.fresh,
    offline: request.offline,
    parallelize: request.parallelize,
    'no-keep': !request.keep,
    'no-pristine': !request.pristine,
    'no-scrub': !request.scrub,
  }
  return [
    ...['development', 'restore', ...(source === undefined ? [] : [isWebAddress(source) ? 'URL' : source])],
    ...Object.entries(flags).flatMap(([flag, isSet]) => (isSet ? [`--${flag}`] : [])),
    ...Object.entries(valued).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value])),
    ...(pgRestore.length > 0 ? ['--', ...pgRestore] : []),
  ]
    .map(shellWord)
    .join(' ')
}
