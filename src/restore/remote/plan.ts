import type { HerokuEnvironment } from '../../environments/environments.ts'
import { resetDatabase, restoreBackup, setMaintenance } from '../../heroku/calls.ts'
import type { Transfer } from '../../heroku/transfers.ts'
import { describeConnection } from '../../postgres/connection.ts'
import type { Call } from '../../run/call.ts'
import type { CallStep, Effect, Plan, Step } from '../../run/plan.ts'
import { shellLine } from '../../run/print.ts'
import { age, size } from '../../terminal/units.ts'
import { captureStep } from '../fresh.ts'
import { type LocalSource, push, readOnce } from './push.ts'

/** The rows of a remote restore: a backup of an app, one that is captured first, or a database of this machine. */
export type RemoteSource =
  | {
      readonly kind: 'backup'
      readonly environment: HerokuEnvironment
      readonly backup: Transfer
      readonly running: Transfer | undefined
    }
  | {
      readonly kind: 'fresh'
      readonly environment: HerokuEnvironment
      /** The attachment to capture; the main one if omitted. */
      readonly database: string | undefined
    }
  | (LocalSource & { readonly kind: 'local'; readonly size: number | null })

export type RemoteFacts = {
  readonly target: HerokuEnvironment
  readonly protectedBecause: string | undefined
  /** The attachment to overwrite; the main one if omitted. */
  readonly database: string | undefined
  readonly source: RemoteSource
  /** Extensions to install beforehand, separated by commas. */
  readonly extensions: string | undefined
  /** What maintenance mode is before the restore, where it was asked to be on meanwhile. */
  readonly maintenance: 'on' | 'off' | undefined
  /** What follows the restore, in order. */
  readonly after: readonly Call[]
  /** Whether the app's name was given with `--confirm`. */
  readonly confirmed: boolean
  readonly now: Date
}

/** What a remote restore does itself; `remote.ts` says how. */
export type RemoteEffect = 'confirm' | 'find'

/** The plan of `staging restore SOURCE`: the source is known and whole before the reset, which is the first thing that destroys. */
export function planRemoteRestore(facts: RemoteFacts): Plan {
  const { target, database, after } = facts
  const fill = fillCall(facts)
  const steps: Step[] = [
    ...readLocal(facts),
    ...guard(facts),
    ...capture(facts),
    ...closeToVisitors(facts),
    {
      call: resetDatabase(target.app, database, extensionArguments(facts)),
      ifFails: `the database of ${called(facts)} may be empty now; ${finishes([fill, ...after])}`,
      ifInterrupted: `interrupted, but the database of ${called(facts)} is empty now: the restore is started all the same`,
      leadsOn: true,
    },
    fillStep(facts, fill),
    ...after.map((call, index) => afterStep(facts, call, after.slice(index))),
  ]
  return { notes: notes(facts), steps, cleanup: [], done: doneWords(facts) }
}

function readLocal({ target, source }: RemoteFacts): Step[] {
  return source.kind === 'local' ? [{ call: readOnce(source), ifFails: untouched(target) }] : []
}

/** What a protected app gets first: a person who means it, and a backup to come back to. */
function guard({ target, database, confirmed, protectedBecause }: RemoteFacts): Step[] {
  if (protectedBecause === undefined) return []
  const ask = {
    ...own('confirm', `ask: the name of the app, ${target.app}, has to be typed`),
    asks: true,
    ifInterrupted: untouched(target),
  }
  return [...(confirmed ? [] : [ask]), captureStep(target, database, untouched(target))]
}

/** The id of a new backup is Heroku's to give, so the restore will take the newest; that it is this one is looked at before. */
function capture({ target, source }: RemoteFacts): Step[] {
  if (source.kind !== 'fresh') return []
  const { environment, database } = source
  return [
    captureStep(environment, database, untouched(target)),
    {
      ...own('find', `find: the backup that was just captured is there, the newest of ${environment.app}`),
      ifInterrupted: untouched(target),
    },
  ]
}

/** Maintenance mode that was on before stays on afterwards. */
function closeToVisitors({ target, maintenance }: RemoteFacts): Step[] {
  if (maintenance !== 'off') return []
  const off = setMaintenance(target.app, 'off')
  const stillOn = `maintenance mode of ${target.name} may still be on; this ends it: ${shellLine(off)}`
  return [
    {
      call: setMaintenance(target.app, 'on'),
      ifFails: untouched(target),
      putBack: { call: off, ifFails: stillOn },
    },
  ]
}

function fillCall(facts: RemoteFacts): Call {
  const { target, database, source } = facts
  if (source.kind === 'local') return push(target.app, source, database)
  // An empty id is the newest of that app, for the CLI.
  const id = source.kind === 'fresh' ? '' : source.backup.id
  return restoreBackup(target.app, source.environment.app, id, database, extensionArguments(facts))
}

function extensionArguments({ extensions }: RemoteFacts): string[] {
  return extensions === undefined ? [] : ['--extensions', extensions]
}

function fillStep(facts: RemoteFacts, fill: Call): CallStep {
  const step = {
    call: fill,
    ifFails: `the database of ${called(facts)} is empty now; ${finishes([fill, ...facts.after])}`,
  }
  if (facts.source.kind === 'local') return step
  return { ...step, ifInterrupted: goesOn(facts), outlivesUs: true }
}

/** Only the watching ends with a Ctrl-C; what would have come afterwards is left to the person. */
function goesOn(facts: RemoteFacts): string {
  const { target, maintenance, after } = facts
  const left = [...after, ...(maintenance === 'off' ? [setMaintenance(target.app, 'off')] : [])]
  return [
    `Heroku continues restoring ${called(facts)}: \`heroku pg:backups --app ${target.app}\` shows it, \`heroku pg:backups:cancel --app ${target.app}\` ends it`,
    ...(maintenance === 'off' ? ['maintenance mode stays on'] : []),
    ...(left.length > 0 ? [`when it is done, run: ${lines(left)}`] : []),
  ].join('\n')
}

function afterStep(facts: RemoteFacts, call: Call, left: readonly Call[]): CallStep {
  return { call, ifFails: `${called(facts)} has ${rowsOf(facts)}, run: ${lines(left)}` }
}

function untouched({ name }: HerokuEnvironment): string {
  return `${name} was not touched`
}

/** The line for `sh` that is left to do; what is secret has to be set for it. */
function finishes(calls: readonly Call[]): string {
  const names = calls.flatMap(({ secrets }) => Object.keys(secrets ?? {}))
  return `to finish, ${names.length > 0 ? `set ${names.join(', ')} and ` : ''}run: ${lines(calls)}`
}

function lines(calls: readonly Call[]): string {
  return calls.map(shellLine).join(' && ')
}

function own(effect: RemoteEffect, description: string): Effect {
  return { effect, description }
}

/** The database to overwrite, as a person would say it. */
function called({ target, database }: Pick<RemoteFacts, 'target' | 'database'>): string {
  return database === undefined ? target.name : `${target.name} (${database})`
}

function rowsOf({ source }: Pick<RemoteFacts, 'source'>): string {
  if (source.kind === 'local') return `the rows of ${source.connection.database}`
  return source.kind === 'fresh'
    ? `a new backup of ${source.environment.app}`
    : `backup ${source.backup.id} of ${source.environment.app}`
}

function doneWords(facts: RemoteFacts): string {
  const { target, maintenance } = facts
  const closed =
    maintenance === 'on'
      ? `; maintenance mode is still on, as before: \`${shellLine(setMaintenance(target.app, 'off'))}\` turns it off`
      : ''
  return `${called(facts)} now has ${rowsOf(facts)}${closed}`
}

function notes(facts: RemoteFacts): string[] {
  const { target, database, protectedBecause, maintenance } = facts
  return [
    ...sourceNotes(facts),
    `into ${target.name}: ${target.app}, whose database${database === undefined ? '' : ` ${database}`} is emptied first`,
    ...(protectedBecause === undefined
      ? []
      : [`${target.name} is protected (${protectedBecause}): it is backed up first`]),
    ...(maintenance === 'on' ? [`${target.name} is already in maintenance mode and stays in it`] : []),
  ]
}

function sourceNotes({ source, now }: RemoteFacts): string[] {
  if (source.kind === 'local')
    return [`restoring ${describeConnection(source.connection)}${source.size === null ? '' : `, ${size(source.size)}`}`]
  const { name, app } = source.environment
  if (source.kind === 'fresh') return [`restoring ${name}: a backup of ${app} that is captured first`]
  const { backup, running } = source
  const made = backup.finishedAt ?? backup.createdAt
  return [
    `restoring ${name}: backup ${backup.id} of ${app}, ${age(made, now)} old${backup.sizeBytes === undefined ? '' : `, ${size(backup.sizeBytes)}`}`,
    ...(running ? [`${name} is being backed up now (${running.id}); this uses the newest complete backup`] : []),
  ]
}
