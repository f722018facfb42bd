import type { TargetFacts } from '../databases/facts.ts'
import type { CachedDump } from '../dumps/cache.ts'
import type { DumpUrl } from '../dumps/dump-url.ts'
import type { Transfer } from '../heroku/transfers.ts'
import type { Client } from '../postgres/clients.ts'
import type { Contents, LeaveOut } from './contents.ts'
import type { LocalRestoreRequest } from './request.ts'
import type { ScrubRules } from './scrub/rules.ts'

/** Where the rows come from. */
export type Source =
  | {
      readonly kind: 'backup'
      readonly environment: string
      readonly app: string
      readonly backup: Pick<
        Transfer,
        'id' | 'uuid' | 'num' | 'createdAt' | 'finishedAt' | 'sizeBytes' | 'databaseBytes'
      >
      /** A backup that is being captured at this moment, and would be newer. */
      readonly running: Transfer | undefined
      readonly cached: CachedDump | undefined
      /** Where the dump is, or will be. */
      readonly file: string
    }
  | {
      readonly kind: 'file'
      readonly file: string
      /** Its size; unknown of one that has yet to be downloaded. */
      readonly bytes: number | undefined
      /** Where it is downloaded from first. */
      readonly from?: DumpUrl
    }

/** Whether the archive has yet to be downloaded, and can be read while it arrives. */
export function isArriving(source: Source): boolean {
  return source.kind === 'backup' ? source.cached === undefined : source.from !== undefined
}

/** A dump file as a person knows it: by its path, or the address that it comes from. */
export function nameOfFile({ file, from }: Extract<Source, { kind: 'file' }>): string {
  return from?.shown ?? file
}

/** Where the rows come from, in words: `acme-production b001`. */
export function originOf(source: Source): string {
  return source.kind === 'backup' ? `${source.app} ${source.backup.id}` : nameOfFile(source)
}

export type RestoreFacts = TargetFacts & {
  readonly source: Source
  readonly client: Client
  /** What the dump holds; undefined of one that has yet to arrive. */
  readonly contents: Contents | undefined
  /** A folder for what the load writes beside the database; it is gone when that ends. */
  readonly loadFolder: string
  readonly jobs: number
}

export type RestoreOptions = LeaveOut & {
  /** Keep the old database as the previous one, for `undo`. */
  readonly keep: boolean
  /** Dumps of an app that stay in the cache. */
  readonly keepDumps: number
  /** Age from which a backup is warned about, in milliseconds. */
  readonly warnAfter: number
  /** Commands to run on the incoming database, as words. */
  readonly after: readonly (readonly string[])[]
  /** What is scrubbed before anybody sees it. */
  readonly scrub: ScrubRules | undefined
  /** Words that are passed on to pg_restore. */
  readonly pgRestore: readonly string[]
  /** What was typed. */
  readonly request: LocalRestoreRequest
  readonly now: Date
  /** The log of pg_restore. */
  readonly log: string
  /** Where commands of the project run, if that is not the working directory. */
  readonly folder: string | undefined
  /** The key of everything that shapes this restore, under which its outcome is kept as the pristine snapshot; undefined: not kept. */
  readonly pristine: string | undefined
}
