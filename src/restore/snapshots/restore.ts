import { makeCopy } from '../../databases/copy.ts'
import { dropReplaced, replacedNames } from '../../databases/drop.ts'
import type { TargetFacts } from '../../databases/facts.ts'
import type { HeldTarget } from '../../databases/inspect.ts'
import type { Snapshot } from '../../databases/ours.ts'
import type { Plan, StepHandlers } from '../../run/plan.ts'
import { printable } from '../../terminal/harmless.ts'
import type { RestoreOptions, Source } from '../facts.ts'
import { doneWords, sessionNotes, sourceNotes, targetWords, unchangedWords } from '../plan.ts'
import { dropIncoming } from '../steps/drop-incoming.ts'
import { dropLeftovers } from '../steps/drop-leftovers.ts'
import { handlersOf, type StepDefinition, type StepList, stepsOf } from '../steps/step.ts'
import { swap } from '../steps/swap.ts'
import { ageOf, sizeOf } from './describe.ts'

/** What the plan of a restore from a copy is made from. */
type FromCopy = {
  readonly facts: TargetFacts
  readonly snapshot: Snapshot
  readonly options: { readonly keep: boolean }
}
type CopyWork = FromCopy & HeldTarget

/** Terminates sessions on the snapshot, as at the swap. */
const copy: StepDefinition<FromCopy, CopyWork> = {
  effect: 'copy',
  describe({ facts: { names }, snapshot: { database } }) {
    return `copy: ${printable(database.name)} as ${printable(names.incoming)}, a template copy`
  },
  async run(work, signal, reporter) {
    const { facts, snapshot } = work
    const { database, mark } = snapshot
    const incoming = {
      from: database.name,
      to: facts.names.incoming,
      mark: { ...mark, kind: 'incoming', createdAt: facts.now.toISOString() },
      like: facts.database ?? database,
      endSessions: true,
    } as const
    await makeCopy(work, incoming, signal, reporter)
    return undefined
  },
}

const tidy: StepDefinition<FromCopy, CopyWork> = {
  effect: 'tidy',
  describe({ facts, options: { keep } }) {
    const replaced = replacedNames(facts, keep)
    return replaced.length > 0 ? `tidy: drop ${replaced.join(' and ')}` : undefined
  },
  async run(work) {
    await dropReplaced(work, work.options.keep)
    return undefined
  },
}

const copySteps: StepList<FromCopy, CopyWork> = [dropLeftovers, copy, swap, tidy]
const copyCleanup: StepList<FromCopy, CopyWork> = [dropIncoming]

/** The plan of `development restore NAME`: the swap of every restore, with a copy of the snapshot instead of a load. */
export function planSnapshotRestore(
  facts: TargetFacts,
  snapshot: Snapshot,
  { keep, now }: Pick<RestoreOptions, 'keep' | 'now'>,
): Plan {
  const target = printable(facts.names.target)
  const back = keep && facts.database ? '; `development undo` brings the old one back' : ''
  return planFromCopy(
    { facts, snapshot, options: { keep } },
    {
      notes: [
        `restoring the snapshot ${snapshot.name} of ${target}${ageOf(snapshot, now)}${sizeOf(snapshot.database)}`,
      ],
      done: `${target} is now the snapshot ${snapshot.name}${back}`,
    },
  )
}

/** The plan of a restore whose outcome is here already, as the pristine snapshot of an earlier one. */
export function planPristineRestore(
  facts: TargetFacts,
  snapshot: Snapshot,
  source: Source,
  options: Pick<RestoreOptions, 'keep' | 'now' | 'warnAfter'>,
): Plan {
  const how = `this was restored before${ageOf(snapshot, options.now, ' ago')}: using the copy; \`--no-pristine\` loads it again`
  return planFromCopy(
    { facts, snapshot, options },
    {
      notes: [...sourceNotes(source, options), how],
      done: doneWords({ ...facts, source }, options),
    },
  )
}

function planFromCopy(
  given: FromCopy,
  { notes, done }: { readonly notes: readonly string[]; readonly done: string },
): Plan {
  return {
    notes: [...notes, targetWords(given.facts), ...sessionNotes(given.facts)],
    steps: stepsOf(copySteps, given),
    cleanup: stepsOf(copyCleanup, given),
    done,
    ifFails: unchangedWords(given.facts),
    ifInterrupted: `${unchangedWords(given.facts)}; run the same command again to restore it`,
  }
}

/** What the steps of a restore from a copy do. */
export function copyHandlers(held: HeldTarget, snapshot: Snapshot, options: { readonly keep: boolean }): StepHandlers {
  return handlersOf([...copySteps, ...copyCleanup], { ...held, snapshot, options })
}
