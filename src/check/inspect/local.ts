import { join } from 'node:path'
import type { Project } from '../../environments/environments.ts'
import { thisInstaller } from '../../postgres/clients.ts'
import type { Connection } from '../../postgres/connection.ts'
import { OtherAdapter } from '../../postgres/connection-adapter.ts'
import { reach, withSession } from '../../postgres/server.ts'
import type { Inspect } from '../../run/inspect.ts'
import { runningServices, servicesDatabase } from '../../services/running.ts'
import { resolveTarget } from '../../target/target.ts'
import type { LocalFacts, LocalPostgres } from '../facts.ts'
import { readImages, readToolFiles } from './files.ts'

/** Looks at this machine: the files of the app in this folder of the project, and the database that development works on. */
export async function inspectThisMachine(
  project: Project,
  name: string,
  folder: string,
  inspect: Inspect,
): Promise<LocalFacts> {
  const [files, images, services, database] = await Promise.all([
    readToolFiles(join(project.root, folder)),
    readImages(project.root),
    inspect(name, 'services', runningServices(project.root)),
    inspect(name, 'Postgres', readDatabase(project)),
  ])
  return {
    name,
    files,
    images,
    services: services ?? [],
    otherAdapter: database && 'adapter' in database ? database : undefined,
    postgres: database && 'version' in database ? database : undefined,
  }
}

async function readDatabase(project: Project): Promise<LocalPostgres | { adapter: string; origin: string }> {
  try {
    const { development } = project.configuration
    const { connection } = await resolveTarget({
      configured: {
        ...development,
        allowHosts: development?.allowHosts ?? [],
        file: project.configuration.file,
      },
      environment: project.ambient.env,
      services: () => servicesDatabase(project.root),
      root: project.root,
      folder: project.folder,
    })
    return await readServer(connection)
  } catch (error) {
    if (error instanceof OtherAdapter) return { adapter: error.adapter, origin: error.origin }
    throw error
  }
}

function readServer(connection: Connection): Promise<LocalPostgres> {
  return withSession(connection, 'parity check', async (session) => {
    const [server] = await session.query<{ version: string }>("SELECT current_setting('server_version') AS version")
    const extensions = await session.query<{ name: string }>('SELECT extname AS name FROM pg_extension ORDER BY 1')
    return {
      version: server?.version.split(' ')[0] ?? '',
      extensions: extensions.map(({ name }) => name),
      address: addressOf(connection),
      installer: thisInstaller(),
    }
  })
}

/** A URL for `psql`, without a password; a socket is named as libpq wants it. */
function addressOf(connection: Connection): string {
  const { host = '', port, user = '', database } = reach(connection)
  const query = host.startsWith('/') ? `?host=${encodeURIComponent(host)}` : ''
  const place = query ? '' : `${host}:${port}`
  return `postgres://${encodeURIComponent(user)}@${place}/${encodeURIComponent(database)}${query}`
}
