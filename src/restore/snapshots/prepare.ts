import {
  describeSession,
  refuseForeignDatabase,
  refuseWhatCannotBeCopied,
  refuseWhatMustFail,
  type TargetFacts,
} from '../../databases/facts.ts'
import { type HeldTarget, prepareOnTarget, type TargetOptions } from '../../databases/inspect.ts'
import { derivedName, pristineKind } from '../../databases/names.ts'
import { readSnapshots, type Snapshot } from '../../databases/ours.ts'
import { ensureServerSpace } from '../../databases/server-space.ts'
import { type Project, tryEnvironment } from '../../environments/environments.ts'
import { failure, usageError } from '../../errors.ts'
import { type DatabaseFacts, readDatabase } from '../../postgres/catalog.ts'
import type { Prepared, StepHandlers } from '../../run/plan.ts'
import { printable } from '../../terminal/harmless.ts'
import type { RestoreOptions, Source } from '../facts.ts'
import { handlersOf } from '../steps/step.ts'
import { backupSteps, copyOf, planBackup, type Sessions } from './backup.ts'
import { deleteSteps, planDelete } from './delete.ts'
import { findSnapshot, keepNames } from './find.ts'
import { nameAfter } from './names.ts'
import { copyHandlers, planPristineRestore, planSnapshotRestore } from './restore.ts'

type BackupWords = TargetOptions & {
  /** undefined: named after the time. */
  readonly name: string | undefined
  /** End the sessions on the database. */
  readonly force: boolean
}

/** `development backup [NAME]`: everything read and checked, nothing changed. A dry run takes no lock. */
export async function prepareBackup(project: Project, words: BackupWords, dryRun: boolean): Promise<Prepared> {
  return prepareOnTarget(project, words, 'backup', dryRun, async (held) => {
    const { facts } = held
    const database = mustBeThere(facts)
    const taken = (await readSnapshots(held.session, facts.names.target)).map(({ name }) => name)
    const name = await newName(project, held, taken, words.name)
    refuseWhatCannotBeCopied(facts, database)
    const sessions = sessionsOf(facts, words.force, dryRun || process.stdin.isTTY === true)
    await ensureServerSpace(facts.server, database.size ?? 0)
    const backup = { facts, database, name, sessions }
    const work = { ...held, ...backup, copy: copyOf(backup, words.force) }
    const keep = () => keepNames(project, words, [name, ...taken])
    return { plan: planBackup(backup), handlers: andThen(handlersOf(backupSteps, work), 'copy', keep) }
  })
}

function mustBeThere({ database, names, origin }: TargetFacts): DatabaseFacts {
  if (database) return database
  throw usageError(
    `no local database ${printable(names.target)} (by ${origin})`,
    '`development restore SOURCE` creates it',
  )
}

/** The name of a new snapshot, as typed or after the time. Throws a usage error for one that would mean something else. */
async function newName(
  project: Project,
  { facts, session }: HeldTarget,
  taken: readonly string[],
  typed: string | undefined,
): Promise<string> {
  const { target } = facts.names
  const name = typed ?? nameAfter(facts.now, taken)
  const database = derivedName(target, { snapshot: name })
  if (name === pristineKind.snapshot)
    throw usageError(`\`${name}\` is reserved for the snapshot that a restore keeps`, 'choose another name')
  if (tryEnvironment(project, name))
    throw usageError(
      `\`${name}\` is an environment; \`development restore ${name}\` would mean that`,
      'choose another name',
    )
  if (taken.includes(name))
    throw usageError(
      `snapshot \`${name}\` of ${printable(target)} already exists`,
      `choose another name, or \`development backups:delete ${name}\``,
    )
  const foreign = await readDatabase(session, database)
  if (foreign) refuseForeignDatabase(foreign, target)
  return name
}

function sessionsOf(facts: TargetFacts, force: boolean, mayAsk: boolean): Sessions {
  if (facts.sessions.length === 0) return 'none'
  if (force) return 'end'
  if (mayAsk) return 'ask'
  throw failure(
    `${printable(facts.names.target)} is in use by ${facts.sessions.map(describeSession).join(', ')}; Postgres can only copy a database without other sessions`,
    'use `--force` to end these sessions, or close them and run this again',
  )
}

/** The handlers, of which that of `effect` does something more at its end. */
function andThen(handlers: StepHandlers, effect: string, more: () => Promise<void>): StepHandlers {
  return {
    ...handlers,
    [effect]: async (signal, reporter) => {
      await handlers[effect]?.(signal, reporter)
      await more()
    },
  }
}

/** `development backups:delete NAME`. */
export async function prepareDelete(
  project: Project,
  words: TargetOptions & { readonly name: string },
  dryRun: boolean,
): Promise<Prepared> {
  return prepareOnTarget(project, words, 'delete', dryRun, async (held) => {
    const deletion = { snapshot: await findSnapshot(held, words.name), now: held.facts.now }
    const all = await readSnapshots(held.session, held.facts.names.target)
    const left = all.map(({ name }) => name).filter((name) => name !== words.name)
    const handlers = handlersOf(deleteSteps, { ...held, ...deletion })
    return { plan: planDelete(deletion), handlers: andThen(handlers, 'delete', () => keepNames(project, words, left)) }
  })
}

/** `development restore NAME`. */
export async function prepareSnapshotRestore(
  project: Project,
  name: string,
  words: TargetOptions & { readonly keep: boolean },
  dryRun: boolean,
): Promise<Prepared> {
  return prepareOnTarget(project, words, 'restore', dryRun, async (held) => {
    refuseWhatMustFail(held.facts, 1)
    const snapshot = await findSnapshot(held, name)
    await ensureServerSpace(held.facts.server, snapshot.database.size ?? 0)
    const options = { keep: words.keep, now: held.facts.now }
    return { plan: planSnapshotRestore(held.facts, snapshot, options), handlers: copyHandlers(held, snapshot, options) }
  })
}

/** A restore whose outcome an earlier one has kept. */
export function goByPristine(
  held: HeldTarget,
  snapshot: Snapshot,
  source: Source,
  options: Pick<RestoreOptions, 'keep' | 'now' | 'warnAfter'>,
): Omit<Prepared, 'dispose'> {
  return {
    plan: planPristineRestore(held.facts, snapshot, source, options),
    handlers: copyHandlers(held, snapshot, options),
  }
}
