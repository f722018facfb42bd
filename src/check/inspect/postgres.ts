import type { Project } from '../../environments/environments.ts'
import type { Api } from '../../heroku/api.ts'
import { type PostgresAddon, postgresVersion } from '../../heroku/data.ts'
import type { Variables } from '../../heroku/hosts.ts'
import { thisInstaller } from '../../postgres/clients.ts'
import type { Connection } from '../../postgres/connection.ts'
import { OtherAdapter } from '../../postgres/connection-adapter.ts'
import { reach, withSession } from '../../postgres/server.ts'
import type { InspectHere } from '../../run/inspect.ts'
import { backupExtensions } from '../../services/extensions.ts'
import { servicesDatabase } from '../../services/running.ts'
import { resolveTarget } from '../../target/target.ts'
import type { AppFacts, LocalPostgres } from '../facts.ts'
import { onEnvironment } from '../gaps/commands.ts'

/**
 * The version of an app's main database, and the extensions that its newest backup has; neither for an app without a database.
 * `attachments` is the answer to what the app has attached.
 */
export async function readAppDatabase(
  api: Api,
  place: Pick<AppFacts, 'name' | 'app' | 'typeable' | 'gitUrl'>,
  attachments: Promise<{ readonly database: PostgresAddon | undefined } | undefined>,
  on: InspectHere,
  signal: AbortSignal,
  env: Variables,
): Promise<Pick<AppFacts, 'postgres' | 'extensions'>> {
  const capture = onEnvironment(place, place.typeable ? 'backup' : 'pg:backups:capture')
  const backup = backupExtensions(api, place.app, capture, signal, env)
  backup.catch(() => {}) // heard where it matters: an app without a database has no backup, and misses none
  const version = attachments.then((found) => found?.database && postgresVersion(api, found.database))
  const postgres = await on('Postgres', version)
  return { postgres, extensions: postgres === undefined ? undefined : await on('extensions', backup) }
}

/** The database that development works on: what its server says, or that it is none of Postgres. */
export async function readLocalDatabase(
  project: Project,
): Promise<LocalPostgres | { adapter: string; origin: string }> {
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
