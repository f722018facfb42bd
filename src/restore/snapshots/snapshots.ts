import { makeCopy } from '../../databases/copy.ts'
import { dropLeftovers, dropOurs, dropReplaced, dropUnfinished } from '../../databases/drop.ts'
import {
  describeSession,
  refuseForeignDatabase,
  refuseWhatCannotBeCopied,
  refuseWhatMustFail,
  type TargetFacts,
} from '../../databases/facts.ts'
import {
  type HeldTarget,
  inspectTarget,
  type PreparedRestore,
  prepareOnTarget,
  type TargetOptions,
} from '../../databases/inspect.ts'
import { derivedName, pristineKind } from '../../databases/names.ts'
import { readSnapshots, type Snapshot } from '../../databases/ours.ts'
import { ensureServerSpace } from '../../databases/server-space.ts'
import { swap } from '../../databases/swap.ts'
import { type Project, tryEnvironment } from '../../environments/environments.ts'
import { suggest } from '../../environments/suggest.ts'
import { failure, ParityError, usageError } from '../../errors.ts'
import { type DatabaseFacts, readDatabase } from '../../postgres/catalog.ts'
import type { StepHandlers } from '../../run/plan.ts'
import { ask } from '../../terminal/ask.ts'
import { printable } from '../../terminal/harmless.ts'
import type { Source } from '../facts.ts'
import type { RestoreOptions } from '../plan.ts'
import { planBackup, planDelete, planPristineRestore, planSnapshotRestore, type Sessions } from './plan.ts'

/** The snapshots of the local database, the newest first, and what it is called. */
export async function listSnapshots(
  project: Project,
  options: TargetOptions,
): Promise<{ target: string; snapshots: Snapshot[] }> {
  const { session, facts } = await inspectTarget(project, options, 'look', false)
  try {
    const { target } = facts.names
    return { target, snapshots: await readSnapshots(session, target) }
  } finally {
    await session.close()
  }
}

/** Their names; undefined where nothing names a local database. Throws where its server can't be asked. */
export async function snapshotNames(project: Project, options: TargetOptions): Promise<string[] | undefined> {
  try {
    return (await listSnapshots(project, options)).snapshots.map(({ name }) => name)
  } catch (error) {
    if (error instanceof ParityError && error.status === 2) return undefined
    throw error
  }
}

export type BackupWords = TargetOptions & {
  /** undefined: named after the time. */
  readonly name: string | undefined
  /** End the sessions on the database. */
  readonly force: boolean
}

/** `development backup [NAME]`: everything read and checked, nothing changed. `look` (a dry run) takes no lock. */
export async function prepareBackup(project: Project, words: BackupWords, look: boolean): Promise<PreparedRestore> {
  return prepareOnTarget(project, words, 'backup', !look, async (held) => {
    const { facts, session } = held
    const database = mustBeThere(facts)
    const name = await newName(project, held, words.name)
    refuseWhatCannotBeCopied(facts, database)
    const sessions = sessionsOf(facts, words.force, look || process.stdin.isTTY === true)
    await ensureServerSpace(facts.server, database.size ?? 0)
    const kind = { snapshot: name }
    const copy = {
      from: database.name,
      to: derivedName(facts.names.target, kind),
      mark: {
        madeBy: 'parity',
        target: facts.names.target,
        kind,
        createdAt: new Date().toISOString(),
        source: database.name,
      },
      like: database,
      endSessions: words.force || sessions !== 'none',
    } as const
    return {
      plan: planBackup(facts, database, name, sessions),
      handlers: {
        'drop leftovers': () => dropLeftovers({ session, facts }),
        ask: (signal) => askToEnd(facts, signal),
        copy: (signal, reporter) => makeCopy(held, copy, signal, reporter),
      },
    }
  })
}

function mustBeThere({ database, names, origin }: TargetFacts): DatabaseFacts {
  if (database) return database
  throw usageError(
    `there is no local database ${printable(names.target)} (by ${origin})`,
    '`development restore SOURCE` makes it',
  )
}

/** The name of a new snapshot, as typed or after the time. Throws a usage error for one that would mean something else. */
async function newName(project: Project, { facts, session }: HeldTarget, typed: string | undefined): Promise<string> {
  const { target } = facts.names
  const taken = (await readSnapshots(session, target)).map(({ name }) => name)
  const name = typed ?? nameAfter(new Date(), taken)
  const database = derivedName(target, { snapshot: name })
  if (name === pristineKind.snapshot)
    throw usageError(`\`${name}\` is the snapshot that a restore keeps by itself`, 'choose another name')
  if (tryEnvironment(project, name))
    throw usageError(
      `\`${name}\` is an environment, and \`development restore ${name}\` would mean that`,
      'choose another name',
    )
  if (taken.includes(name))
    throw usageError(
      `there is a snapshot \`${name}\` of ${printable(target)} already`,
      `choose another name, or \`development backups:delete ${name}\``,
    )
  const foreign = await readDatabase(session, database)
  if (foreign) refuseForeignDatabase(foreign, target)
  return name
}

/** `2026-11-21-0905` by the clock of this machine, and `2026-11-21-0905-2` for the second of a minute. */
export function nameAfter(now: Date, taken: readonly string[]): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-')
  const name = `${day}-${two(now.getHours())}${two(now.getMinutes())}`
  for (let count = 1; ; count++) {
    const free = count === 1 ? name : `${name}-${count}`
    if (!taken.includes(free)) return free
  }
}

function sessionsOf(facts: TargetFacts, force: boolean, mayAsk: boolean): Sessions {
  if (facts.sessions.length === 0) return 'none'
  if (force) return 'end'
  if (mayAsk) return 'ask'
  throw failure(
    `${printable(facts.names.target)} is in use by ${facts.sessions.map(describeSession).join(', ')}, and Postgres copies a database only when nobody is connected to it`,
    '`--force` ends these sessions; or close them and type this again',
  )
}

async function askToEnd({ names, sessions }: TargetFacts, signal: AbortSignal): Promise<void> {
  const count = `${sessions.length} ${sessions.length === 1 ? 'session' : 'sessions'}`
  const answer = await ask(`end ${count} on ${printable(names.target)}? [y/N] `, signal)
  if (!/^y(es)?$/i.test(answer)) throw failure('they stay, and nothing was changed', '`--force` ends them unasked')
}

/** `development restore NAME`. */
export async function prepareSnapshotRestore(
  project: Project,
  name: string,
  words: TargetOptions & { readonly keep: boolean },
  look: boolean,
): Promise<PreparedRestore> {
  return prepareOnTarget(project, words, 'restore', !look, async (held) => {
    refuseWhatMustFail(held.facts, 1)
    const snapshot = await findSnapshot(held, name)
    await ensureServerSpace(held.facts.server, snapshot.database.size ?? 0)
    return {
      plan: planSnapshotRestore(held.facts, snapshot, { keep: words.keep, now: new Date() }),
      handlers: performCopy(held, snapshot, words.keep),
    }
  })
}

/** A restore whose outcome an earlier one has kept. */
export function goByPristine(
  held: HeldTarget,
  snapshot: Snapshot,
  source: Source,
  options: RestoreOptions,
): Omit<PreparedRestore, 'dispose'> {
  return {
    plan: planPristineRestore(held.facts, snapshot, source, options),
    handlers: performCopy(held, snapshot, options.keep),
  }
}

/** Whoever is connected to the snapshot has to leave it, as at the swap: nobody works there. */
function performCopy(held: HeldTarget, { database, mark }: Snapshot, keep: boolean): StepHandlers {
  const { session, facts } = held
  const { names } = facts
  const copy = {
    from: database.name,
    to: names.incoming,
    mark: { ...mark, kind: 'incoming', createdAt: new Date().toISOString() },
    like: facts.database ?? database,
    endSessions: true,
  } as const
  return {
    'drop leftovers': () => dropLeftovers(held),
    copy: (signal, reporter) => makeCopy(held, copy, signal, reporter),
    swap: (_, reporter) => swap(session, facts, reporter),
    tidy: () => dropReplaced(held, keep),
    'drop incoming': () => dropUnfinished(held, 'incoming'),
  }
}

/** `development backups:delete NAME`. */
export async function prepareDelete(
  project: Project,
  words: TargetOptions & { readonly name: string },
  look: boolean,
): Promise<PreparedRestore> {
  return prepareOnTarget(project, words, 'delete', !look, async (held) => {
    const snapshot = await findSnapshot(held, words.name)
    const { names, server } = held.facts
    return {
      plan: planDelete(snapshot, new Date()),
      handlers: { delete: () => dropOurs(held.session, snapshot.database.name, names.target, server.major) },
    }
  })
}

/** Throws a usage error for a name that no snapshot has. */
async function findSnapshot({ session, facts }: HeldTarget, name: string): Promise<Snapshot> {
  const { target } = facts.names
  const all = await readSnapshots(session, target)
  const found = all.find((snapshot) => snapshot.name === name)
  if (found) return found
  const meant = suggest(
    name,
    all.map((snapshot) => snapshot.name),
  )
  throw usageError(
    `there is no snapshot \`${printable(name)}\` of ${printable(target)}${meant ? `, did you mean \`${meant}\`?` : ''}`,
    '`development backups` lists them',
  )
}
