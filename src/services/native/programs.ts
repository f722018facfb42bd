import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { majorVersion, parseVersion } from '../../postgres/client-versions.ts'
import { distinctFolders, postgresFolders } from '../../postgres/clients.ts'
import { call } from '../../run/call.ts'
import { capture } from '../../run/capture.ts'
import { lookup } from '../../run/lookup.ts'
import type { Service } from '../recipe.ts'
import type { Engine } from '../table.ts'

/** A server that is installed on this machine. */
export type Installed = {
  readonly engine: Engine
  /** `17.6`, `7.0.15` */
  readonly version: string
  /** The program; of Postgres the folder of its programs. */
  readonly program: string
}

const postgresServer = ['postgres', 'initdb', 'pg_ctl']

/** The servers that are installed here, of the kinds that parity starts by itself. */
export async function findInstalled(env: NodeJS.ProcessEnv): Promise<Installed[]> {
  const [postgres, others] = await Promise.all([findPostgres(env), findOthers(env)])
  return [...postgres, ...others]
}

async function findPostgres(env: NodeJS.ProcessEnv): Promise<Installed[]> {
  const candidates = await postgresFolders(env)
  const folders = await distinctFolders(
    candidates.filter((folder) => postgresServer.every((name) => existsSync(join(folder, name)))),
    'postgres',
  )
  const found = await Promise.all(
    folders.map(async (program): Promise<Installed[]> => {
      const version = parseVersion(await saidBy(join(program, 'postgres')))
      return version === undefined ? [] : [{ engine: 'postgres', version, program }]
    }),
  )
  return found.flat()
}

const brewFolders = ['/opt/homebrew/bin', '/usr/local/bin', '/opt/homebrew/sbin', '/usr/local/sbin']

async function findOthers(env: NodeJS.ProcessEnv): Promise<Installed[]> {
  const path = [env.PATH ?? '', ...brewFolders].join(delimiter)
  const names = [
    ['redis', 'redis-server'],
    ['redis', 'valkey-server'],
    ['memcached', 'memcached'],
  ] as const
  const found = await Promise.all(
    names.map(async ([engine, name]): Promise<Installed[]> => {
      const program = lookup(name, path)
      const version = program && /\bv?=?(\d+\.\d+\.\d+)/.exec(await saidBy(program))?.[1]
      return program && version ? [{ engine, version, program }] : []
    }),
  )
  return found.flat()
}

async function saidBy(program: string): Promise<string> {
  return (await capture(call(program, '--version'), '/', AbortSignal.timeout(10_000))).stdout
}

/** The installed server that is as production's: the newest of its major (Postgres) or major.minor. */
export function fitting({ engine, version }: Service, installed: readonly Installed[]): Installed | undefined {
  return ofEngine(engine, installed).find((candidate) => version === undefined || shortVersion(candidate) === version)
}

/** The installed server that comes nearest to production's. */
export function nearest({ engine, version = '0' }: Service, installed: readonly Installed[]): Installed | undefined {
  const distance = (candidate: Installed) => Math.abs(Number.parseFloat(candidate.version) - Number.parseFloat(version))
  return ofEngine(engine, installed).toSorted((one, other) => distance(one) - distance(other))[0]
}

/** The installed servers of a kind, the newest first. */
export function ofEngine(engine: Engine, installed: readonly Installed[]): Installed[] {
  const newestFirst = new Intl.Collator('en', { numeric: true })
  return installed
    .filter((candidate) => candidate.engine === engine)
    .sort((one, other) => newestFirst.compare(other.version, one.version))
}

/** `17` of Postgres 17.6, `7.0` of Redis 7.0.15: what has to be the same as in production. */
export function shortVersion({ engine, version }: Pick<Installed, 'engine' | 'version'>): string {
  return engine === 'postgres' ? String(majorVersion(version)) : version.split('.').slice(0, 2).join('.')
}
