import { join } from 'node:path'
import { type ConnectionParts, connectionParts } from '../postgres/connection.ts'
import { isPostgresAdapter, refuseAdapter } from '../postgres/connection-adapter.ts'
import { parseParts, refuseDollar } from '../postgres/connection-text.ts'
import { readIfThere } from './read-file.ts'

/**
 * What Laravel's `DB_*` say, beside its `artisan`; undefined for another project, or one that names no connection. `origin` is what
 * messages call the place. https://github.com/laravel/laravel/blob/11.x/config/database.php
 * Errors (2): another adapter, a port that is none.
 */
export async function laravelParts(
  folder: string,
  environment: NodeJS.ProcessEnv,
  origin: string,
): Promise<ConnectionParts | undefined> {
  const { DB_CONNECTION: driver, DB_URL: url } = environment
  if (!driver || (await readIfThere(join(folder, 'artisan'))) === undefined) return undefined
  const fromUrl = url ? parseParts(url, `DB_URL in ${origin}`) : {}
  if (!url && driver !== 'pgsql' && !isPostgresAdapter(driver)) refuseAdapter(driver, origin)
  const { DB_HOST, DB_PORT, DB_USERNAME, DB_PASSWORD, DB_DATABASE, DB_SSLMODE } = environment
  refuseDollar([DB_HOST ?? '', DB_PORT ?? '', DB_DATABASE ?? ''], origin)
  const parts = connectionParts(
    {
      host: DB_HOST ?? '127.0.0.1',
      port: DB_PORT ?? '5432',
      user: DB_USERNAME ?? '',
      password: DB_PASSWORD ?? '',
      database: DB_DATABASE ?? '',
      sslmode: DB_SSLMODE ?? '',
    },
    origin,
  )
  return { ...parts, ...fromUrl }
}
