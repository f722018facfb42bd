import type { TargetFacts } from '../databases/facts.ts'
import { typedAs } from '../environments/typed.ts'
import { describeConnection } from '../postgres/connection.ts'
import type { Plan } from '../run/plan.ts'
import { printable } from '../terminal/harmless.ts'
import { age, duration, size } from '../terminal/units.ts'
import { leftOutNotes } from './contents.ts'
import { isArriving, nameOfFile, type RestoreFacts, type RestoreOptions, type Source } from './facts.ts'
import { lineAgain } from './request.ts'
import { after } from './steps/after.ts'
import { analyze } from './steps/analyze.ts'
import { check } from './steps/check.ts'
import { create } from './steps/create.ts'
import { download } from './steps/download.ts'
import { dropIncoming } from './steps/drop-incoming.ts'
import { dropLeftovers } from './steps/drop-leftovers.ts'
import { finish } from './steps/finish.ts'
import { keepPristine } from './steps/keep-pristine.ts'
import { load } from './steps/load.ts'
import { refresh } from './steps/refresh.ts'
import type { Restoring, Work } from './steps/restoring.ts'
import { scrub, scrubFiles } from './steps/scrub.ts'
import { type StepList, stepsOf } from './steps/step.ts'
import { swap } from './steps/swap.ts'
import { tidy } from './steps/tidy.ts'

/** The steps of a local restore, in order: nothing that bears the live name is touched before the swap, which is one transaction. */
export const restoreSteps: StepList<Restoring, Work> = [
  dropLeftovers,
  download,
  check,
  create,
  load,
  scrub,
  scrubFiles,
  refresh,
  finish,
  after,
  analyze,
  keepPristine,
  swap,
  tidy,
]

/** What ends a restore that did not succeed. */
export const restoreCleanup: StepList<Restoring, Work> = [dropIncoming]

/** The plan of a local restore. */
export function planRestore(facts: RestoreFacts, options: RestoreOptions): Plan {
  const given = { facts, options }
  return {
    notes: notes(facts, options),
    steps: stepsOf(restoreSteps, given),
    cleanup: stepsOf(restoreCleanup, given),
    done: doneWords(facts, options),
    ifFails: unchangedWords(facts),
    ifInterrupted: `${unchangedWords(facts)}${keptWords(facts, options)}`,
  }
}

/** What a failure or an interruption before the swap leaves of the target. */
export function unchangedWords({ names, database }: TargetFacts): string {
  return database ? `${printable(names.target)} is as it was` : `${printable(names.target)} was not made`
}

/** What it leaves of the dump, and how to go on. */
function keptWords({ source }: RestoreFacts, { request }: RestoreOptions): string {
  const line = `\`${lineAgain(request)}\``
  return isArriving(source) ? `, and what was downloaded is kept; ${line} goes on` : `; ${line} starts again`
}

/** What a restore from this source has come to. */
export function doneWords(
  { names, source, database }: TargetFacts & { readonly source: Source },
  { keep }: Pick<RestoreOptions, 'keep'>,
): string {
  const what = source.kind === 'backup' ? `${source.environment}'s ${source.backup.id}` : printable(nameOfFile(source))
  const back = keep && database ? '; `development undo` brings the old one back' : ''
  return `${printable(names.target)} is now ${what}${back}`
}

function notes(facts: RestoreFacts, options: RestoreOptions): string[] {
  const { client, server } = facts
  return [
    ...sourceNotes(facts.source, options),
    `${targetWords(facts)}, with pg_restore ${client.version}`,
    ...unreadNotes(facts),
    ...sessionNotes(facts),
    ...(facts.contents ? leftOutNotes(facts.contents) : []),
    ...(server.dataDirectory === null ? ['free disk space of the server is unknown'] : []),
  ]
}

/** Where the rows go. */
export function targetWords({ connection, origin, database, server }: TargetFacts): string {
  const there = database ? (database.size === null ? '' : `, ${size(database.size)}`) : ', not there yet'
  return `into ${describeConnection(connection)} (by ${origin}${there}), Postgres ${server.version}`
}

/** What could have named another database. */
function unreadNotes({ unread = [] }: TargetFacts): string[] {
  if (unread.length === 0) return []
  return [`there, but read by no tool of this project: ${unread.join(', ')}`]
}

/** Who will be cut off by the swap. */
export function sessionNotes({ sessions }: TargetFacts): string[] {
  if (sessions.length === 0) return []
  const count = `${sessions.length} ${sessions.length === 1 ? 'session is' : 'sessions are'}`
  return [`${count} connected to it and will be ended at the swap`]
}

export function sourceNotes(source: Source, { now, warnAfter }: Pick<RestoreOptions, 'now' | 'warnAfter'>): string[] {
  if (source.kind === 'file')
    return [`restoring ${printable(nameOfFile(source))}${source.bytes === undefined ? '' : `, ${size(source.bytes)}`}`]
  const { backup, environment, app, cached, running } = source
  const made = backup.finishedAt ?? backup.createdAt
  const old = now.getTime() - made.getTime()
  return [
    `restoring ${environment}: backup ${backup.id} of ${app}, ${age(made, now)} old${backup.sizeBytes === undefined ? '' : `, ${size(backup.sizeBytes)}`}`,
    ...(old > warnAfter
      ? [
          `warning: it is older than ${duration(warnAfter)}; \`${typedAs({ name: environment })} backup\` makes a new one`,
        ]
      : []),
    ...(running
      ? [`${environment} is being backed up now (${running.id}); this restore uses the newest complete backup`]
      : []),
    ...(cached ? [`using the cached dump ${printable(cached.file)}`] : []),
  ]
}
