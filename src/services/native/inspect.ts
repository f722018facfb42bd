import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from '../../environments/environments.ts'
import { newPassword, readServers, type Server, serverFolder } from '../folder.ts'
import type { Service } from '../recipe.ts'
import { driverOf } from './drivers.ts'
import { postgresOwner } from './owner.ts'
import { isFree, portsFor } from './ports.ts'
import { findInstalled, type Installed, shortVersion } from './programs.ts'

/** A server that was made, as it is now. */
export type ServerFacts = Server & {
  /** Whether its process runs. */
  readonly alive: boolean
  /** Whether its data is there. */
  readonly made: boolean
}

/** What is on this machine before services are started. */
export type NativeFacts = {
  readonly installed: readonly Installed[]
  readonly servers: readonly ServerFacts[]
  /** The best free port of a server, by its key. */
  readonly portOf: (key: string) => number
  /** For servers that are made now. */
  readonly password: string
  /** Production's app, by which the database is named. */
  readonly app: string
}

/** The servers that were made here, and whether they run. */
export async function inspectServers(root: string): Promise<ServerFacts[]> {
  const servers = await readServers(root)
  return Promise.all(
    servers.map(async (server) => ({
      ...server,
      alive: (await driverOf(server.service.engine)?.isAlive(root, server)) ?? false,
      made: server.service.engine !== 'postgres' || existsSync(join(serverFolder(root, server), 'data')),
    })),
  )
}

/** Reads all that a start of these services is decided from. Fails for root where Postgres cannot run as another user. */
export async function inspectNative(project: Project, app: string, services: readonly Service[]): Promise<NativeFacts> {
  const { root, ambient } = project
  if (services.some(({ engine }) => engine === 'postgres')) await postgresOwner()
  const [installed, servers] = await Promise.all([findInstalled(ambient.env), inspectServers(root)])
  const keys = new Set(services.flatMap((service) => installed.map((program) => keyOf(service, program))))
  const ports = new Map(await Promise.all([...keys].map(async (key) => [key, await freePort(root, key)] as const)))
  return {
    installed,
    servers,
    portOf: (key) => ports.get(key) ?? 0,
    password: newPassword(),
    app,
  }
}

/** `postgres-17`: a server's folder has the version in its name, since its data does not fit another one. */
export function keyOf({ name, engine }: Service, { version }: Pick<Installed, 'version'>): string {
  return `${name}-${shortVersion({ engine, version })}`
}

/** `acme_development` for the app acme-production. */
export function databaseName(app: string): string {
  const name = app.replace(/-?(production|prod)$/, '').replaceAll('-', '_')
  return `${name === '' ? 'app' : name}_development`
}

async function freePort(root: string, key: string): Promise<number> {
  for (const port of portsFor(`${root}/${key}`)) if (await isFree(port)) return port
  return 0
}
