import { ParityError } from '../errors.ts'
import { printable } from '../terminal/harmless.ts'

/**
 * Schemes of URLs that lead to Postgres: libpq's own, those of django-environ and dj-database-url, of Ecto and of
 * SQLAlchemy with its driver (`postgresql+psycopg`), and adapters of Rails, which are schemes too.
 */
const schemes = /^(?:postgres|postgresql|pgsql|psql|postgis|timescale|timescaledb|timescalegis|ecto)(?:\+\w+)?$/i

/** Adapters of Rails: `postgresql`, `postgis`, and what stands before or behind those (`jdbc`, `_makara`, `_proxy`). */
const adapters = /^(?:jdbc|\w+_)?(?:postgres|postgresql|postgis|timescale|timescaledb)(?:_\w+)?$/i

/** Whether a URL that begins with `scheme:` leads to Postgres. */
export function isPostgresScheme(scheme: string): boolean {
  return schemes.test(scheme) || isPostgresAdapter(scheme.replaceAll('-', '_'))
}

/** Whether `adapter` of a `config/database.yml` is one of Postgres. */
export function isPostgresAdapter(adapter: string): boolean {
  return adapters.test(adapter)
}

/**
 * Throws because parity can't restore into the database of another adapter.
 * `adapter` as it is written where it was found, `origin` where that was.
 */
export function refuseAdapter(adapter: string, origin: string): never {
  throw new OtherAdapter(adapter, origin)
}

/** The local database is not one of Postgres (status 2). */
export class OtherAdapter extends ParityError {
  constructor(
    /** As it is written where it was found: `sqlite3`. */
    readonly adapter: string,
    /** Where that was: `config/database.yml`. */
    readonly origin: string,
  ) {
    super(
      2,
      `\`${origin}\` uses \`${printable(adapter)}\`, but a Heroku Postgres backup can only be restored into Postgres`,
      'use Postgres in development too; `parity check` reports this as a tools gap',
    )
  }
}
