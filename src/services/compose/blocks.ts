import type { Service } from '../recipe.ts'
import { superuser } from '../variables.ts'

/** A service for a Compose file, its lines indented by two spaces a level. */
export type Block = {
  /** The service that it is, and the key that it has where that is free. */
  readonly name: string
  /** Without the key. */
  readonly lines: readonly string[]
  /** The named volume that holds its data. */
  readonly volume: string | undefined
}

/** The password of Postgres in a file that is everybody's: it listens on 127.0.0.1 only. */
const sharedPassword = 'postgres'

/** How the volumes of our services begin. */
export const volumePrefix = 'parity-'

/**
 * The block of a service; `port` is where it is to be found on 127.0.0.1, `database` what Postgres makes at first. `password` is for a file
 * that only this user reads.
 */
export function blockOf(service: Service, port: number, database: string, password = sharedPassword): Block {
  const { name, engine, version = '' } = service
  const volume = engine === 'postgres' || engine === 'redis' ? `${volumePrefix}${name}-${version}` : undefined
  const mark = [
    'x-parity:',
    `  service: ${name}`,
    ...(version === '' ? [] : [`  version: '${version}'`]),
    `  stands-for: '${service.addon.replaceAll("'", '')}'`,
  ]
  const body = bodies[engine](service, volume ?? '', database, password)
  const ports = ['ports:', `  - '127.0.0.1:${port}:${containerPort[engine]}'`]
  return { name, lines: [...body, ...ports, ...mark], volume }
}

/** The port that a server listens on in its container. */
const containerPort = { postgres: 5432, redis: 6379, memcached: 11211, mail: 1025 } as const

type Body = (service: Service, volume: string, database: string, password: string) => string[]

const bodies: Readonly<Record<Service['engine'], Body>> = {
  postgres: (service, volume, database, password) => [
    ...postgresImage(service),
    ...preload(service.extensions),
    'environment:',
    `  POSTGRES_USER: ${superuser}`,
    `  POSTGRES_PASSWORD: ${password}`,
    `  POSTGRES_DB: ${database}`,
    'volumes:',
    // From 18 on the data is one level deeper: https://github.com/docker-library/postgres/pull/1259
    `  - ${volume}:${Number(service.version) >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data'}`,
    ...healthcheck(['pg_isready', '-U', superuser, '-d', database]),
  ],
  redis: ({ version = '' }, volume) => {
    const valkey = Number.parseFloat(version) >= 7.2
    return [
      `image: ${valkey ? 'valkey/valkey' : 'redis'}:${version}`,
      `command: [${valkey ? 'valkey' : 'redis'}-server, --appendonly, 'yes']`,
      'volumes:',
      `  - ${volume}:/data`,
      ...healthcheck([valkey ? 'valkey-cli' : 'redis-cli', 'ping']),
    ]
  },
  memcached: ({ version = '' }) => [`image: memcached:${version}`],
  mail: () => ['image: axllent/mailpit:v1', ...healthcheck(['/mailpit', 'readyz'])],
}

function healthcheck(words: readonly string[]): string[] {
  return [
    'healthcheck:',
    `  test: [CMD, ${words.map((word) => (/^[a-z][\w-]*$/.test(word) ? word : `'${word}'`)).join(', ')}]`,
    '  interval: 5s',
    '  timeout: 5s',
    '  retries: 10',
  ]
}

/** Debian packages of extensions that the official image has not, by the name of the extension; `N` is the major. */
const packages: Readonly<Record<string, string>> = {
  postgis: 'postgresql-N-postgis-3',
  postgis_topology: 'postgresql-N-postgis-3',
  postgis_raster: 'postgresql-N-postgis-3',
  postgis_tiger_geocoder: 'postgresql-N-postgis-3',
  vector: 'postgresql-N-pgvector',
  pg_cron: 'postgresql-N-cron',
  pg_partman: 'postgresql-N-partman',
  hll: 'postgresql-N-hll',
  hypopg: 'postgresql-N-hypopg',
  ip4r: 'postgresql-N-ip4r',
  pg_repack: 'postgresql-N-repack',
}

/** Never an Alpine image: its sort order is not production's. With extensions the official image and Debian's packages, for every processor. */
function postgresImage({ version = '', extensions }: Service): string[] {
  const wanted = [...new Set(extensions.flatMap((name) => packages[name]?.replace('N', version) ?? []))].sort()
  if (wanted.length === 0) return [`image: postgres:${version}`]
  if (wanted.every((name) => name.endsWith('-pgvector'))) return [`image: pgvector/pgvector:pg${version}`]
  return [
    'build:',
    '  dockerfile_inline: |',
    `    FROM postgres:${version}`,
    `    RUN apt-get update && apt-get install -y --no-install-recommends ${wanted.join(' ')} && rm -rf /var/lib/apt/lists/*`,
  ]
}

/** What the server has to load when it starts. */
function preload(extensions: readonly string[]): string[] {
  const libraries = ['pg_stat_statements', 'pg_cron'].filter((name) => extensions.includes(name))
  return libraries.length === 0 ? [] : [`command: [postgres, -c, 'shared_preload_libraries=${libraries.join(',')}']`]
}
