import { delimiter } from 'node:path'
import type { HerokuEnvironment } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { Transfer } from '../heroku/backups.ts'
import { captureBackup, pushDatabase, resetDatabase, restoreBackup } from '../heroku/cli.ts'
import { type Client, clientProgram } from '../postgres/clients.ts'
import { type Connection, connectionEnvironment, conninfo, describeConnection } from '../postgres/connection.ts'
import type { Call } from '../run/call.ts'
import type { CallStep, Plan, Step } from '../run/plan.ts'
import { shellLine } from '../run/print.ts'
import { age, size } from '../terminal/units.ts'

/** The rows of a remote restore: a backup of another app, or the database of this machine. */
export type RemoteSource =
  | {
      readonly kind: 'backup'
      readonly environment: HerokuEnvironment
      readonly backup: Transfer
      readonly running: Transfer | undefined
    }
  | { readonly kind: 'local'; readonly connection: Connection; readonly client: Client; readonly size: number | null }

export type RemoteFacts = {
  readonly target: HerokuEnvironment
  readonly protectedBecause: string | undefined
  readonly source: RemoteSource
  /** Whether the app's name was given with `--confirm`. */
  readonly confirmed: boolean
  readonly now: Date
}

/** The plan of `staging restore SOURCE`: the source is known and whole before the reset, which is the first thing that destroys. */
export function planRemoteRestore(facts: RemoteFacts): Plan {
  const { target, protectedBecause, source } = facts
  const fill =
    source.kind === 'backup'
      ? restoreBackup(target.app, source.environment.app, source.backup.id)
      : push(target.app, source)
  const steps: Step[] = [
    ...(source.kind === 'local' ? [{ call: readOnce(source), ifFails: untouched(target) }] : []),
    ...(protectedBecause === undefined ? [] : guard(facts)),
    {
      call: resetDatabase(target.app),
      ifFails: `the database of ${target.name} may be empty now; ${finishes(fill)}`,
    },
    fillStep(target, source, fill),
  ]
  return { notes: notes(facts), steps, cleanup: [] }
}

/** What a protected app gets first: a person who means it, and a backup to come back to. */
function guard({ target, confirmed }: RemoteFacts): Step[] {
  const ask = { effect: 'confirm', says: `ask: the name of the app, ${target.app}, has to be typed` }
  return [...(confirmed ? [] : [ask]), { call: captureBackup(target.app), ifFails: untouched(target) }]
}

function fillStep({ name, app }: HerokuEnvironment, source: RemoteSource, fill: Call): CallStep {
  const empty = `the database of ${name} is empty now; ${finishes(fill)}`
  if (source.kind === 'local') return { call: fill, ifFails: empty }
  return {
    call: fill,
    ifFails: empty,
    ifInterrupted: `Heroku goes on restoring ${name}: \`heroku pg:backups --app ${app}\` shows it, \`heroku pg:backups:cancel --app ${app}\` ends it`,
  }
}

function untouched({ name }: HerokuEnvironment): string {
  return `${name} was not touched`
}

/** The line for `sh` that is left to do; what nobody may read has to be set for it. */
function finishes(fill: Call): string {
  const names = Object.keys(fill.secrets ?? {})
  return `this finishes the job${names.length > 0 ? ` once ${names.join(', ')} is set` : ''}: ${shellLine(fill)}`
}

type LocalSource = Extract<RemoteSource, { kind: 'local' }>

/** pg_dump reads the whole local database once, before anything is destroyed: what can't be read can't be pushed. */
function readOnce({ connection, client }: LocalSource): Call {
  const { env, secrets } = connectionEnvironment(connection)
  const args = [
    '--format=custom',
    '--compress=0',
    '--file=/dev/null',
    '--no-sync', // which /dev/null refuses
    '--dbname',
    conninfo({ dbname: connection.database }),
  ]
  return { program: clientProgram(client, 'pg_dump'), args, env, secrets }
}

/**
 * `pg:push` (CLI 11) hands user, host, port and name to a shell, takes a bare name for the local socket, and wants TLS of every host
 * but `localhost`. The password travels in the environment; the chosen programs come first on PATH.
 */
function push(app: string, { connection, client }: LocalSource): Call {
  const { host = '', port, user = '', database } = connection
  for (const word of [database, user, host.startsWith('/') ? '' : host]) refuseForShell(word)
  const isLoopback = /^(127\.|::1$|localhost$)/i.test(host)
  const url = `postgres://${user}@${isLoopback ? 'localhost' : host}:${port ?? 5432}/${database}`
  const { env, secrets } = connectionEnvironment(connection)
  const { PGDATABASE: _name, ...place } = env
  return {
    ...pushDatabase(app, host.startsWith('/') ? database : url),
    env: { ...(host.startsWith('/') ? place : {}), PATH: [client.folder, process.env.PATH].join(delimiter) },
    secrets,
  }
}

function refuseForShell(word: string): void {
  if (/^[A-Za-z0-9_.:-]*$/.test(word)) return
  throw usageError(
    `\`${word}\` can't be pushed: \`heroku pg:push\` gives the name to a shell, which would read more into it`,
    'rename the database to letters, digits, `_`, `.` and `-`',
  )
}

function notes({ target, protectedBecause, source, now }: RemoteFacts): string[] {
  const into = `into ${target.name}: ${target.app}, whose database is emptied first`
  const guarded =
    protectedBecause === undefined ? [] : [`${target.name} is protected (${protectedBecause}): it is backed up before`]
  if (source.kind === 'local') {
    return [
      `restoring ${describeConnection(source.connection)}${source.size === null ? '' : `, ${size(source.size)}`}`,
      into,
      ...guarded,
    ]
  }
  const { backup, environment, running } = source
  const made = backup.finishedAt ?? backup.createdAt
  return [
    `restoring ${environment.name}: backup ${backup.id} of ${environment.app}, ${age(made, now)} old${backup.sizeBytes === undefined ? '' : `, ${size(backup.sizeBytes)}`}`,
    ...(running
      ? [`${environment.name} is being backed up just now (${running.id}); this takes the newest that is complete`]
      : []),
    into,
    ...guarded,
  ]
}
