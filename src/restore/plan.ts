import { clientProgram } from '../postgres/clients.ts'
import { connectionEnvironment, conninfo, describeConnection } from '../postgres/connection.ts'
import { onDatabase } from '../postgres/databases.ts'
import { printable } from '../postgres/names.ts'
import { connectionUrl } from '../postgres/url.ts'
import type { Call } from '../run/call.ts'
import type { CallStep, Effect, Plan, Step } from '../run/plan.ts'
import { age, duration, size } from '../terminal/units.ts'
import type { RestoreFacts, Source, TargetFacts } from './facts.ts'

export type RestoreOptions = {
  /** Keep the old database as the previous one, for `undo`. */
  readonly keep: boolean
  /** Dumps of an app that stay in the cache. */
  readonly keepDumps: number
  /** Age from which a backup is warned about, in milliseconds. */
  readonly warnAfter: number
  /** Commands to run on the incoming database, as words. */
  readonly after: readonly (readonly string[])[]
  /** Words that are passed on to pg_restore. */
  readonly pgRestore: readonly string[]
  readonly now: Date
  /** The log of pg_restore. */
  readonly log: string
  /** Where commands of the project run, if that is not the working directory. */
  readonly folder: string | undefined
}

/** What a local restore does itself, in the order of its plan; `perform.ts` says how. */
export type RestoreEffect =
  | 'drop leftovers'
  | 'download'
  | 'check'
  | 'create'
  | 'finish'
  | 'analyze'
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
    own('check', `check: ${source.file} is a whole archive, and this server can take it`),
    own('create', `create: database ${incoming}${database ? `, like ${printable(names.target)}` : ''}`),
    { call: load(facts, options.pgRestore), output: { log: options.log } },
    own(
      'finish',
      `finish: ${incoming} gets the settings of ${printable(names.target)}; ar_internal_metadata says development where it exists`,
    ),
    ...options.after.map((words) => afterStep(facts, words, options.folder)),
    own('analyze', `analyze: ${incoming}`),
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
      { effect: 'undo', says: `swap: ${target} and ${previous} change names, in one transaction`, decides: true },
    ],
    cleanup: [],
    done: `${target} is what ${previous} was, and the other way round; \`development undo\` goes back again`,
  }
}

function doneWords({ names, source, database }: RestoreFacts, { keep }: RestoreOptions): string {
  const what = source.kind === 'backup' ? `${source.environment}'s ${source.backup.id}` : source.file
  const back = keep && database ? '; `development undo` brings the old one back' : ''
  return `${printable(names.target)} is now ${what}${back}`
}

function own(effect: RestoreEffect, says: string): Effect {
  return { effect, says }
}

function leftovers({ ours }: TargetFacts): Effect[] {
  const names = [ours.incoming, ours.discard].flatMap((database) => (database ? [printable(database.name)] : []))
  return names.length === 0
    ? []
    : [own('drop leftovers', `drop: ${names.join(' and ')}, left by a run that was killed`)]
}

function download(source: Source): Effect[] {
  if (source.kind === 'file' || source.cached) return []
  const bytes = source.backup.sizeBytes
  return [
    own(
      'download',
      `download: backup ${source.backup.id} of ${source.app}${bytes === undefined ? '' : ` (${size(bytes)})`} to ${source.file}`,
    ),
  ]
}

function load(facts: RestoreFacts, more: readonly string[]): Call {
  const { connection, client, names, jobs, source } = facts
  const { PGDATABASE: _live, ...env } = connectionEnvironment(connection).env
  return {
    program: clientProgram(client, 'pg_restore'),
    args: [
      ...['--dbname', conninfo({ dbname: names.incoming })],
      ...['--no-owner', '--no-privileges', '--exit-on-error', '--verbose'],
      ...['--jobs', String(jobs), '--use-list', facts.listFile],
      ...more,
      source.file,
    ],
    env: { ...env, PGAPPNAME: 'parity load' },
    secrets: connectionEnvironment(connection).secrets,
  }
}

/** A command of the project on the incoming database: both ways to name it lead there, so none can reach the live one. */
function afterStep(facts: RestoreFacts, words: readonly string[], folder: string | undefined): CallStep {
  const incoming = onDatabase(facts.connection, facts.names.incoming)
  const { env, secrets } = connectionEnvironment(incoming)
  const [program = '', ...args] = words
  const url = connectionUrl(incoming)
  const source = facts.source.kind === 'backup' ? facts.source.environment : facts.source.file
  const parity = {
    PARITY_SOURCE: source,
    PARITY_TARGET: facts.names.target,
    PARITY_BACKUP: facts.source.kind === 'backup' ? facts.source.backup.id : facts.source.file,
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

function swapWords({ names, database, ours }: TargetFacts): string {
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

function tidyWords({ names, database, ours }: TargetFacts, { keep }: RestoreOptions): string {
  const dropped = [
    ...(ours.previous && database ? [names.discard] : []),
    ...(keep || !database ? [] : [names.previous]),
  ].map(printable)
  return dropped.length === 0
    ? 'tidy: old dumps leave the cache'
    : `tidy: drop ${dropped.join(' and ')}, and old dumps leave the cache`
}

function notes(facts: RestoreFacts, options: RestoreOptions): string[] {
  const { connection, origin, database, visitors, client, server } = facts
  const there = database ? (database.size === null ? '' : `, ${size(database.size)}`) : ', not there yet'
  return [
    ...sourceNotes(facts.source, options),
    `into ${describeConnection(connection)} (by ${origin}${there}), Postgres ${server.version}, with pg_restore ${client.version}`,
    ...(visitors.length > 0
      ? [
          `${visitors.length} ${visitors.length === 1 ? 'session is' : 'sessions are'} connected to it and will be ended at the swap`,
        ]
      : []),
    ...(server.dataDirectory === null ? ['free space of the server is unknown to this role'] : []),
  ]
}

function sourceNotes(source: Source, { now, warnAfter }: RestoreOptions): string[] {
  if (source.kind === 'file') return [`restoring ${source.file}, ${size(source.bytes)}`]
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
    ...(cached ? [`it is in the cache already: ${cached.file}`] : []),
  ]
}
