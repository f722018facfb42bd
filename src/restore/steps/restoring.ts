import type { Mark } from '../../databases/names.ts'
import type { Dump } from '../../dumps/stream.ts'
import { UselessDump } from '../../dumps/useless-dump.ts'
import type { Variables } from '../../heroku/hosts.ts'
import type { Session } from '../../postgres/server.ts'
import type { Contents } from '../contents.ts'
import { originOf, type RestoreFacts, type RestoreOptions } from '../facts.ts'
import type { ObjectsRefused } from '../load/objects-refused.ts'
import type { DumpOrigin } from '../source.ts'
import type { StepDefinition } from './step.ts'

/** What the plan of a local restore is made from. */
export type Restoring = { readonly facts: RestoreFacts; readonly options: RestoreOptions }

/** Changes of each table's rows, by its qualified name. */
export type Changes = ReadonlyMap<string, number>

/** What its steps work with. `session` holds the lock: what changes a database's name happens on it alone. */
export type Work = Restoring & {
  readonly session: Session
  readonly cache: string
  readonly environment: Variables
  /** From where the dump is downloaded; undefined where it is here. */
  readonly origin: DumpOrigin | undefined
  /** The dump: known from the start where it is here, else from when its download has begun. */
  readonly dump: Dump | undefined
  /** What it holds: known from the start where it is here, else from when it was checked. */
  readonly contents: Contents | undefined
  /** What scrubbing by our rules changed, before files of the project ran. */
  readonly changes: Changes
  /** The oids of tables whose statistics were made as soon as they were loaded. */
  readonly analyzed: readonly number[]
  /** Hears of what cannot be made, and the load goes on without; left out, that fails the restore. */
  readonly onRefused?: (refused: ObjectsRefused) => void
}

export type RestoreStep = StepDefinition<Restoring, Work, Partial<Work>>

/** The dump that a step before has opened. */
export function openedDump(dump: Dump | undefined): Dump {
  if (dump) return dump
  throw new Error('the dump was not opened')
}

/** What a step before has found in the dump. */
export function checkedContents(contents: Contents | undefined): Contents {
  if (contents) return contents
  throw new Error('the archive was not checked')
}

/** What the comment of the incoming database says while it is made. */
export function incomingMark({ names, now, source }: RestoreFacts): Mark {
  return {
    madeBy: 'parity',
    target: names.target,
    kind: 'incoming',
    createdAt: now.toISOString(),
    source: originOf(source),
  }
}

/** A dump that turns out to be no whole archive must not be continued by the next run. */
export async function forgetUseless<T>(dump: Dump, read: (dump: Dump) => Promise<T>): Promise<T> {
  try {
    return await read(dump)
  } catch (error) {
    if (error instanceof UselessDump) await dump.stop(error)
    throw error
  }
}
