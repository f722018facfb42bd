import { type Copy, makeCopy } from '../../databases/copy.ts'
import {
  describeSession,
  refuseForeignDatabase,
  refuseWhatCannotBeCopied,
  type TargetFacts,
} from '../../databases/facts.ts'
import { type HeldTarget, prepareOnTarget, type TargetOptions } from '../../databases/inspect.ts'
import { derivedName, pristineKind } from '../../databases/names.ts'
import { readSnapshots } from '../../databases/ours.ts'
import { ensureServerSpace } from '../../databases/server-space.ts'
import { type Project, tryEnvironment } from '../../environments/environments.ts'
import { failure, usageError } from '../../errors.ts'
import { type DatabaseFacts, readDatabase } from '../../postgres/catalog.ts'
import type { Plan, Prepared } from '../../run/plan.ts'
import { ask as askPerson } from '../../terminal/ask.ts'
import { printable } from '../../terminal/harmless.ts'
import { dropLeftovers } from '../steps/drop-leftovers.ts'
import { handlersOf, type StepDefinition, type StepList, stepsOf } from '../steps/step.ts'
import { sizeOf } from './words.ts'

type BackupWords = TargetOptions & {
  /** undefined: named after the time. */
  readonly name: string | undefined
  /** End the sessions on the database. */
  readonly force: boolean
}

/** What becomes of the sessions on the database that is to be copied. `none`: there are none, and who comes meanwhile stays. */
type Sessions = 'none' | 'end' | 'ask'

/** What the plan of a snapshot is made from. */
export type Backup = {
  readonly facts: TargetFacts
  readonly database: DatabaseFacts
  readonly name: string
  readonly sessions: Sessions
}
type BackupWork = Backup & HeldTarget & { readonly copy: Copy }

const ask: StepDefinition<Backup, BackupWork> = {
  effect: 'ask',
  asks: true,
  describe({ facts, sessions }) {
    return sessions === 'ask' ? `ask: may the sessions on ${printable(facts.names.target)} be ended?` : undefined
  },
  async run({ facts }, signal) {
    await askToEnd(facts, signal)
    return undefined
  },
}

const copy: StepDefinition<Backup, BackupWork> = {
  effect: 'copy',
  decides: true,
  describe({ facts: { names }, name, sessions }) {
    const as = printable(derivedName(names.target, { snapshot: name }))
    return `copy: ${printable(names.target)} as ${as}, a template copy${sessions === 'none' ? '' : '; the sessions on it end'}`
  },
  async run(work, signal, reporter) {
    await makeCopy(work, work.copy, signal, reporter)
    return undefined
  },
}

const backupSteps: StepList<Backup, BackupWork> = [dropLeftovers, ask, copy]

/** `development backup [NAME]`: everything read and checked, nothing changed. A dry run takes no lock. */
export async function prepareBackup(project: Project, words: BackupWords, dryRun: boolean): Promise<Prepared> {
  return prepareOnTarget(project, words, 'backup', dryRun, async (held) => {
    const { facts } = held
    const database = mustBeThere(facts)
    const name = await newName(project, held, words.name)
    refuseWhatCannotBeCopied(facts, database)
    const sessions = sessionsOf(facts, words.force, dryRun || process.stdin.isTTY === true)
    await ensureServerSpace(facts.server, database.size ?? 0)
    const backup = { facts, database, name, sessions }
    const work = { ...held, ...backup, copy: copyOf(backup, words.force) }
    return { plan: planBackup(backup), handlers: handlersOf(backupSteps, work) }
  })
}

function copyOf({ facts: { names, now }, database, name, sessions }: Backup, force: boolean): Copy {
  const kind = { snapshot: name }
  return {
    from: database.name,
    to: derivedName(names.target, kind),
    mark: {
      madeBy: 'parity',
      target: names.target,
      kind,
      createdAt: now.toISOString(),
      source: database.name,
    },
    like: database,
    endSessions: force || sessions !== 'none',
  }
}

/** The plan of `development backup NAME`: one template copy. */
export function planBackup(backup: Backup): Plan {
  const { facts, database, name, sessions } = backup
  const target = printable(facts.names.target)
  return {
    notes: [
      `snapshot ${name} of ${target}${sizeOf(database)}`,
      ...(sessions === 'none' ? [] : [`connected to it: ${facts.sessions.map(describeSession).join(', ')}`]),
    ],
    steps: stepsOf(backupSteps, backup),
    cleanup: [],
    done: `${target} was saved as ${name}; \`development restore ${name}\` restores it`,
  }
}

function mustBeThere({ database, names, origin }: TargetFacts): DatabaseFacts {
  if (database) return database
  throw usageError(
    `no local database ${printable(names.target)} (by ${origin})`,
    '`development restore SOURCE` creates it',
  )
}

/** The name of a new snapshot, as typed or after the time. Throws a usage error for one that would mean something else. */
async function newName(project: Project, { facts, session }: HeldTarget, typed: string | undefined): Promise<string> {
  const { target } = facts.names
  const taken = (await readSnapshots(session, target)).map(({ name }) => name)
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
    `${printable(facts.names.target)} is in use by ${facts.sessions.map(describeSession).join(', ')}; Postgres can only copy a database without other sessions`,
    'use `--force` to end these sessions, or close them and run this again',
  )
}

async function askToEnd({ names, sessions }: TargetFacts, signal: AbortSignal): Promise<void> {
  const count = `${sessions.length} ${sessions.length === 1 ? 'session' : 'sessions'}`
  const answer = await askPerson(`end ${count} on ${printable(names.target)}? [y/N] `, signal)
  if (!/^y(es)?$/i.test(answer))
    throw failure('sessions were left open; no snapshot was made', 'use `--force` to end them without asking')
}
