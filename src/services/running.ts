import { usageError } from '../errors.ts'
import type { Connection } from '../postgres/connection.ts'
import { containerAnswers, readContainers } from './docker/containers.ts'
import { readServers, type Server } from './folder.ts'
import { driverOf } from './native/drivers.ts'
import { isPostgresAlive, postgresConnection } from './native/postgres.ts'
import type { Engine } from './table.ts'

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

/** The services of a project that can be used now, with their versions; of containers as far as their image names it. */
export async function runningServices(root: string): Promise<{ readonly engine: Engine; readonly version: string }[]> {
  const natives = await readServers(root)
  const { servers: containers } = await readContainers(root)
  const answers = await Promise.all([
    ...natives.map(async (server) => driverOf(server.service.engine)?.answers(server)),
    ...containers.map(containerAnswers),
  ])
  return [...natives, ...containers]
    .filter((_, index) => answers[index])
    .map(({ service, version }) => ({ engine: service.engine, version }))
}
