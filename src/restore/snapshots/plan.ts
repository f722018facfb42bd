import { describeSession, type TargetFacts } from '../../databases/facts.ts'
import { derivedName } from '../../databases/names.ts'
import type { Snapshot } from '../../databases/ours.ts'
import type { DatabaseFacts } from '../../postgres/catalog.ts'
import type { Effect, Plan } from '../../run/plan.ts'
import { printable } from '../../terminal/harmless.ts'
import { age, size } from '../../terminal/units.ts'
import type { Source } from '../facts.ts'
import {
  doneWords,
  leftovers,
  type RestoreOptions,
  replacedNames,
  sessionNotes,
  sourceNotes,
  swapWords,
  targetWords,
} from '../plan.ts'

/** What the commands on snapshots do themselves; `snapshots.ts` says how. */
type SnapshotEffect = 'ask' | 'copy' | 'swap' | 'tidy' | 'delete' | 'drop incoming'

/** What becomes of the sessions on the database that is to be copied. `none`: there are none, and who comes meanwhile stays. */
export type Sessions = 'none' | 'end' | 'ask'

/** The plan of `development backup NAME`: one template copy. */
export function planBackup(facts: TargetFacts, database: DatabaseFacts, name: string, sessions: Sessions): Plan {
  const target = printable(facts.names.target)
  const copy = printable(derivedName(facts.names.target, { snapshot: name }))
  return {
    notes: [
      `snapshot ${name} of ${target}${sizeOf(database)}`,
      ...(sessions === 'none' ? [] : [`connected to it: ${facts.sessions.map(describeSession).join(', ')}`]),
    ],
    steps: [
      ...leftovers(facts),
      ...(sessions === 'ask' ? [{ ...own('ask', `ask: may the sessions on ${target} be ended?`), asks: true }] : []),
      {
        ...own(
          'copy',
          `copy: ${target} as ${copy}, a template copy${sessions === 'none' ? '' : '; the sessions on it end'}`,
        ),
        decides: true,
      },
    ],
    cleanup: [],
    done: `${target} is kept as ${name}; \`development restore ${name}\` brings it back`,
  }
}

/** The plan of `development restore NAME`: the swap of every restore, with a copy of the snapshot instead of a load. */
export function planSnapshotRestore(
  facts: TargetFacts,
  snapshot: Snapshot,
  { keep, now }: Pick<RestoreOptions, 'keep' | 'now'>,
): Plan {
  const target = printable(facts.names.target)
  const back = keep && facts.database ? '; `development undo` brings the old one back' : ''
  return planFromCopy(facts, snapshot, keep, {
    notes: [`restoring the snapshot ${snapshot.name} of ${target}${ageOf(snapshot, now)}${sizeOf(snapshot.database)}`],
    done: `${target} is now the snapshot ${snapshot.name}${back}`,
  })
}

/** The plan of a restore whose outcome is here already, as the pristine snapshot of an earlier one. */
export function planPristineRestore(
  facts: TargetFacts,
  snapshot: Snapshot,
  source: Source,
  options: Pick<RestoreOptions, 'keep' | 'now' | 'warnAfter'>,
): Plan {
  const how = `it was restored before${ageOf(snapshot, options.now, ' ago')}: copied instead of loaded, \`--no-pristine\` loads it`
  return planFromCopy(facts, snapshot, options.keep, {
    notes: [...sourceNotes(source, options), how],
    done: doneWords({ ...facts, source }, options),
  })
}

function planFromCopy(
  facts: TargetFacts,
  { database }: Snapshot,
  keep: boolean,
  { notes, done }: { readonly notes: readonly string[]; readonly done: string },
): Plan {
  const incoming = printable(facts.names.incoming)
  const replaced = replacedNames(facts, keep)
  return {
    notes: [...notes, targetWords(facts), ...sessionNotes(facts)],
    steps: [
      ...leftovers(facts),
      own('copy', `copy: ${printable(database.name)} as ${incoming}, a template copy`),
      { ...own('swap', swapWords(facts)), decides: true },
      ...(replaced.length > 0 ? [own('tidy', `tidy: drop ${replaced.join(' and ')}`)] : []),
    ],
    cleanup: [own('drop incoming', `drop: ${incoming}, if it is there`)],
    done,
  }
}

/** The plan of `development backups:delete NAME`. */
export function planDelete({ name, database, mark }: Snapshot, now: Date): Plan {
  const words = `the snapshot ${name} of ${printable(mark.target)}${ageOf({ mark }, now)}${sizeOf(database)}`
  return {
    notes: [],
    steps: [own('delete', `drop: ${printable(database.name)}, ${words}`)],
    cleanup: [],
    done: `the snapshot ${name} is gone`,
  }
}

function own(effect: SnapshotEffect, description: string): Effect {
  return { effect, description }
}

function ageOf({ mark }: Pick<Snapshot, 'mark'>, now: Date, word = ' old'): string {
  return mark.createdAt === undefined ? '' : `, ${age(new Date(mark.createdAt), now)}${word}`
}

function sizeOf(database: DatabaseFacts): string {
  return database.size === null ? '' : `, ${size(database.size)}`
}
