import { type Copy, makeCopy } from '../../databases/copy.ts'
import { describeSession, type TargetFacts } from '../../databases/facts.ts'
import type { HeldTarget } from '../../databases/inspect.ts'
import { readLiveComment } from '../../databases/missing.ts'
import { derivedName } from '../../databases/names.ts'
import { failure } from '../../errors.ts'
import type { DatabaseFacts } from '../../postgres/catalog.ts'
import type { Plan } from '../../run/plan.ts'
import { ask as askPerson } from '../../terminal/ask.ts'
import { printable } from '../../terminal/harmless.ts'
import { dropLeftovers } from '../steps/drop-leftovers.ts'
import { type StepDefinition, type StepList, stepsOf } from '../steps/step.ts'
import { sizeOf } from './describe.ts'

/** What becomes of the sessions on the database that is to be copied. `none`: there are none, and who comes meanwhile stays. */
export type Sessions = 'none' | 'end' | 'ask'

/** What the plan of a snapshot is made from. */
type Backup = {
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

export const backupSteps: StepList<Backup, BackupWork> = [dropLeftovers, ask, copy]

/** The copy that a snapshot is. */
export function copyOf({ facts: { names, now }, database, name, sessions }: Backup, force: boolean): Copy {
  const kind = { snapshot: name }
  const { missing } = readLiveComment(database.comment)
  return {
    from: database.name,
    to: derivedName(names.target, kind),
    mark: {
      madeBy: 'parity',
      target: names.target,
      kind,
      createdAt: now.toISOString(),
      source: database.name,
      ...(missing.length > 0 ? { missing } : {}),
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
    ifInterrupted: `no snapshot was made; ${target} is as it was`,
  }
}

async function askToEnd({ names, sessions }: TargetFacts, signal: AbortSignal): Promise<void> {
  const count = `${sessions.length} ${sessions.length === 1 ? 'session' : 'sessions'}`
  const answer = await askPerson(`end ${count} on ${printable(names.target)}? [y/N] `, signal)
  if (!/^y(es)?$/i.test(answer))
    throw failure('sessions were left open; no snapshot was made', 'use `--force` to end them without asking')
}
