import type { Server } from '../folder.ts'
import type { Engine } from '../table.ts'
import { isMemcachedAlive, memcachedAnswers, startMemcached, stopMemcached } from './memcached.ts'
import { postgresOwner } from './owner.ts'
import { isPostgresAlive, makePostgres, postgresAnswers, startPostgres, stopPostgres } from './postgres.ts'
import { isRedisAlive, redisAnswers, startRedis, stopRedis } from './redis.ts'

/** How the servers of one kind are handled. `root` is the project's, `program` what runs: a program, or a folder of programs. */
type Driver = {
  /** Its name for people. */
  readonly title: string
  /** Makes its data, where it has to have some before it starts. */
  readonly make?: (root: string, server: Server, program: string) => Promise<void>
  readonly start: (root: string, server: Server, program: string, signal: AbortSignal) => Promise<'started' | 'taken'>
  /** Whether it can be used. */
  readonly answers: (server: Server) => Promise<boolean>
  /** Whether its process runs. */
  readonly isAlive: (root: string, server: Server) => Promise<boolean>
  readonly stop: (root: string, server: Server) => Promise<void>
}

const drivers: Readonly<Partial<Record<Engine, Driver>>> = {
  postgres: {
    title: 'Postgres',
    make: async (root, server, program) => makePostgres(root, server, program, await postgresOwner()),
    start: async (root, server, program, signal) => startPostgres(root, server, program, await postgresOwner(), signal),
    answers: postgresAnswers,
    isAlive: isPostgresAlive,
    stop: stopPostgres,
  },
  redis: { title: 'Redis', start: startRedis, answers: redisAnswers, isAlive: isRedisAlive, stop: stopRedis },
  memcached: {
    title: 'Memcached',
    start: startMemcached,
    answers: memcachedAnswers,
    isAlive: isMemcachedAlive,
    stop: stopMemcached,
  },
}

/** That of a kind of server; undefined for one that parity does not start by itself. */
export function driverOf(engine: Engine): Driver | undefined {
  return drivers[engine]
}
