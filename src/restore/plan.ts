import type { TargetFacts } from '../databases/facts.ts'
import { derivedName, pristineKind } from '../databases/names.ts'
import { onDatabase } from '../postgres/catalog.ts'
import { clientProgram } from '../postgres/clients.ts'
import { connectionEnvironment, describeConnection } from '../postgres/connection.ts'
import type { CallStep, Effect, Plan, Step } from '../run/plan.ts'
import { shellWord } from '../run/print.ts'
import { connectionUrl } from '../target/url.ts'
import { printable } from '../terminal/harmless.ts'
import { age, duration, size } from '../terminal/units.ts'
import { isArriving, nameOfFile, type RestoreFacts, type Source } from './facts.ts'
import type { ScrubRules } from './scrub/rules.ts'
import { scrubSteps } from './scrub/steps.ts'

export type RestoreOptions = {
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
  readonly now: Date
  /** The log of pg_restore. */
  readonly log: string
  /** Where commands of the project run, if that is not the working directory. */
  readonly folder: string | undefined
  /** The key of everything that shapes this restore, under which its outcome is kept as the pristine snapshot; undefined: not kept. */
  readonly pristine: string | undefined
}

/** What a local restore does itself, in the order of its plan; `perform.ts` says how. */
export type RestoreEffect =
  | 'drop leftovers'
  | 'download'
  | 'check'
  | 'create'
  | 'load'
  | 'scrub'
  | 'refresh'
  | 'finish'
  | 'analyze'
  | 'keep pristine'
  | 'swap'
  | 'tidy'
  | 'drop incoming'

/** The plan of a local restore: nothing that bears the live name is touched before the swap, which is one transaction. */
export function planRestore(facts: RestoreFacts, options: RestoreOptions): Plan {
  const { names, database, source } = facts
  const incoming = printable(names.incoming)
  const steps: Step[] = [
    ...leftovers(facts),
    ...download(source),
    own('check', `check: ${printable(source.file)} is an archive, and this server can take it`),
    own('create', `create: database ${incoming}${database ? `, like ${printable(names.target)}` : ''}`),
    own('load', loadWords(facts, options)),
    ...scrubSteps(facts, options.scrub, options.log),
    own(
      'finish',
      `finish: ${incoming} gets the settings of ${printable(names.target)}; ar_internal_metadata says development where it exists`,
    ),
    ...options.after.map((words) => afterStep(facts, words, options.folder)),
    own('analyze', `analyze: ${incoming}`),
    ...keepPristine(facts, options),
    { ...own('swap', swapWords(facts)), decides: true },
    own('tidy', tidyWords(facts, options)),
  ]
  return {
    notes: notes(facts, options),
    steps,
    cleanup: [own('drop incoming', `drop: ${incoming}, if it is there`)],
    done: doneWords(facts, options),
  }
}

/** The plan of `development undo`. */
export function planUndo(facts: TargetFacts): Plan {
  const [target, previous] = [printable(facts.names.target), printable(facts.names.previous)]
  return {
    notes: [],
    steps: [
      // The names change by way of the third one, which a run that was killed may have left taken.
      ...leftovers(facts),
      {
        effect: 'undo',
        description: `swap: ${target} and ${previous} change names, in one transaction`,
        decides: true,
      },
    ],
    cleanup: [],
    done: `${target} is what ${previous} was, and the other way round; \`development undo\` goes back again`,
  }
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

function own(effect: RestoreEffect, description: string): Effect {
  return { effect, description }
}

export function leftovers({ ours }: TargetFacts): Effect[] {
  const names = [ours.incoming, ours.copy, ours.discard].flatMap((database) =>
    database ? [printable(database.name)] : [],
  )
  return names.length === 0
    ? []
    : [own('drop leftovers', `drop: ${names.join(' and ')}, left by a run that was killed`)]
}

/** It goes on in the background, while what has come is loaded. */
function download(source: Source): Effect[] {
  if (!isArriving(source)) return []
  return [
    { ...own('download', `download: ${whatArrives(source)} to ${printable(source.file)}`), ended: 'download begun' },
  ]
}

function whatArrives(source: Source): string {
  if (source.kind === 'file') return nameOfFile(source)
  const { backup, app } = source
  return `backup ${backup.id} of ${app}${backup.sizeBytes === undefined ? '' : ` (${size(backup.sizeBytes)})`}`
}

function loadWords({ client, names, jobs, source }: RestoreFacts, { pgRestore }: RestoreOptions): string {
  const words = [
    clientProgram(client, 'pg_restore'),
    '--no-owner',
    '--no-privileges',
    ...pgRestore,
    '--jobs',
    `${jobs}`,
  ]
  const rows = isArriving(source) ? 'rows as they arrive' : 'rows'
  return (
    `load: ${printable(names.incoming)} by ${words.map(shellWord).join(' ')}: ` +
    `${rows}, a table's indexes as soon as its rows are in, foreign keys last`
  )
}

/** A command of the project on the incoming database: both ways to name it lead there, so none can reach the live one. */
function afterStep(facts: RestoreFacts, words: readonly string[], folder: string | undefined): CallStep {
  const incoming = onDatabase(facts.connection, facts.names.incoming)
  const { env, secrets } = connectionEnvironment(incoming)
  const [program = '', ...args] = words
  const url = connectionUrl(incoming)
  const source = facts.source.kind === 'backup' ? facts.source.environment : nameOfFile(facts.source)
  const parity = {
    PARITY_SOURCE: source,
    PARITY_TARGET: facts.names.target,
    PARITY_BACKUP: facts.source.kind === 'backup' ? facts.source.backup.id : nameOfFile(facts.source),
  }
  const hasPassword = incoming.password !== undefined
  return {
    call: {
      program,
      args,
      env: { ...env, ...parity, ...(hasPassword ? {} : { DATABASE_URL: url }) },
      secrets: { ...secrets, ...(hasPassword ? { DATABASE_URL: url } : {}) },
      ...(folder === undefined ? {} : { folder }),
    },
    ifFails: `${printable(facts.names.target)} is as it was; the command is one of \`restore.after\` in the configuration`,
  }
}

export function swapWords({ names, database, ours }: TargetFacts): string {
  const [target, incoming, previous, discard] = [names.target, names.incoming, names.previous, names.discard].map(
    printable,
  )
  const renames = [
    ...(ours.previous && database ? [`${previous} becomes ${discard}`] : []),
    ...(database ? [`${target} becomes ${previous}`] : []),
    `${incoming} becomes ${target}`,
  ]
  return `swap, in one transaction: ${renames.join(', ')}`
}

function keepPristine({ names }: TargetFacts, { pristine }: RestoreOptions): Effect[] {
  if (pristine === undefined) return []
  const name = printable(derivedName(names.target, pristineKind))
  return [own('keep pristine', `pristine: ${printable(names.incoming)} is copied as ${name}, where there is room`)]
}

function tidyWords(facts: TargetFacts, { keep }: RestoreOptions): string {
  const replaced = replacedNames(facts, keep)
  return replaced.length === 0
    ? 'tidy: old dumps leave the cache'
    : `tidy: drop ${replaced.join(' and ')}, and old dumps leave the cache`
}

/** The databases that a swap leaves without use. */
export function replacedNames({ names, database, ours }: TargetFacts, keep: boolean): string[] {
  return [...(ours.previous && database ? [names.discard] : []), ...(keep || !database ? [] : [names.previous])].map(
    printable,
  )
}

function notes(facts: RestoreFacts, options: RestoreOptions): string[] {
  const { client, server } = facts
  return [
    ...sourceNotes(facts.source, options),
    `${targetWords(facts)}, with pg_restore ${client.version}`,
    ...sessionNotes(facts),
    ...(server.dataDirectory === null ? ['free space of the server is unknown to this role'] : []),
  ]
}

/** Where the rows go. */
export function targetWords({ connection, origin, database, server }: TargetFacts): string {
  const there = database ? (database.size === null ? '' : `, ${size(database.size)}`) : ', not there yet'
  return `into ${describeConnection(connection)} (by ${origin}${there}), Postgres ${server.version}`
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
      ? [`warning: it is older than ${duration(warnAfter)}; \`${environment} backup\` makes a new one`]
      : []),
    ...(running
      ? [`${environment} is being backed up just now (${running.id}); this restore takes the newest that is complete`]
      : []),
    ...(cached ? [`it is in the cache already: ${printable(cached.file)}`] : []),
  ]
}
