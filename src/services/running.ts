import { usageError } from '../errors.ts'
import type { Connection } from '../postgres/connection.ts'
import { readServers } from './folder.ts'
import { isPostgresAlive, postgresConnection } from './native/postgres.ts'

/**
 * The database of the services of a project, as the last source of the local database; undefined where there are none. Throws a usage error
 * where they do not run.
 */
export async function servicesDatabase(root: string): Promise<Connection | undefined> {
  const servers = (await readServers(root)).filter(({ service }) => service.name === 'postgres')
  if (servers.length === 0) return undefined
  for (const server of servers) if (await isPostgresAlive(root, server)) return postgresConnection(server)
  throw usageError('the services of this project do not run', '`development services up` starts them')
}
