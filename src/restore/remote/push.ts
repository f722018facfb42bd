import { delimiter } from 'node:path'
import { usageError } from '../../errors.ts'
import { pushDatabase } from '../../heroku/calls.ts'
import { type Client, clientProgram } from '../../postgres/clients.ts'
import { type Connection, connectionEnvironment, conninfo } from '../../postgres/connection.ts'
import type { Call } from '../../run/call.ts'
import { printable } from '../../terminal/harmless.ts'

/** A database of this machine, and the programs that read it. */
export type LocalSource = {
  readonly connection: Connection
  readonly client: Client
  /** PATH, which the chosen programs are put before. */
  readonly path: string | undefined
}

/**
 * pg_dump reads the whole local database once, before anything is destroyed: what cannot be read cannot be pushed. What it writes is
 * thrown away, and can't be synced to a disk.
 */
export function readOnce({ connection, client }: LocalSource): Call {
  const { env, secrets } = connectionEnvironment(connection)
  const args = [
    '--format=custom',
    '--compress=0',
    '--no-sync',
    '--file=/dev/null',
    '--dbname',
    conninfo({ dbname: connection.database }),
  ]
  return { program: clientProgram(client, 'pg_dump'), args, env, secrets }
}

/**
 * `pg:push` (CLI 11) hands user, host, port and name to a shell, takes a bare name for the local socket, and wants TLS of every host
 * but `localhost`. The password travels in the environment; the chosen programs come first on PATH.
 * Throws a usage error for a name that a shell would read more into.
 */
export function push(app: string, { connection, client, path }: LocalSource, database?: string): Call {
  const { host = '', port, user = '', database: name } = connection
  for (const word of [name, user, host.startsWith('/') ? '' : host]) refuseForShell(word)
  const isLoopback = /^(127\.|::1$|localhost$)/i.test(host)
  const url = `postgres://${user}@${isLoopback ? 'localhost' : host}:${port ?? 5432}/${name}`
  const { env, secrets } = connectionEnvironment(connection)
  const { PGDATABASE: _name, ...place } = env
  return {
    ...pushDatabase(app, host.startsWith('/') ? name : url, database),
    env: { ...(host.startsWith('/') ? place : {}), PATH: [client.folder, path].join(delimiter) },
    secrets,
  }
}

/** At its beginning a `-` would make it an option. */
function refuseForShell(word: string): void {
  if (/^(?!-)[A-Za-z0-9_.:-]*$/.test(word)) return
  throw usageError(
    `\`${printable(word)}\` cannot be pushed: \`heroku pg:push\` gives the name to a shell, which would read more into it`,
    'rename the database to letters, digits, `_`, `.` and `-`',
  )
}
