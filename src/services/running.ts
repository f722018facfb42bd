import { usageError } from '../errors.ts'
import type { Connection } from '../postgres/connection.ts'
import { containerAnswers, readContainers } from './docker/containers.ts'
import { readServers, type Server } from './folder.ts'
import { isPostgresAlive, postgresConnection } from './native/postgres.ts'

/**
 * The database of the services of a project, as the last source of the local database; undefined where there are none. Throws a usage error
 * where they do not run.
 */
export async function servicesDatabase(root: string): Promise<Connection | undefined> {
  const natives = (await readServers(root)).filter(isMain)
  for (const server of natives) if (await isPostgresAlive(root, server)) return postgresConnection(server)
  const containers = (await readContainers(root)).servers.filter(isMain)
  for (const server of containers) if (await containerAnswers(server)) return postgresConnection(server)
  if (natives.length + containers.length === 0) return undefined
  throw usageError('the services of this project do not run', '`development services up` starts them')
}

function isMain({ service }: Server): boolean {
  return service.name === 'postgres'
}
