import type { ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chmod, chown, copyFile, cp, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Certificate } from './certificates.ts'
import { postgresUser, serverPrograms } from './postgres-programs.ts'
import { must, spawnLeashed } from './processes.ts'

export type Row = Record<string, unknown>

/** One Postgres server of ours. */
export type Cluster = {
  readonly folder: string
  readonly port: number
  /** The folder of the socket, over which the superuser is trusted. */
  readonly socketFolder: string
  readonly superuser: string
  /** Asks as superuser over the socket, or as `user` over TCP. */
  query(database: string, sql: string, user?: string): Promise<Row[]>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Makes the two clusters with the same superuser name; neither is started. */
export async function makeClusters(
  folder: string,
  certificate: Certificate,
): Promise<{ heroku: Cluster; local: Cluster }> {
  const owner = await postgresUser()
  const programs = serverPrograms(owner)
  const heroku = join(folder, 'heroku')
  const local = join(folder, 'local')
  for (const own of [heroku, local, join(folder, 'sockets')]) await makeOwned(own, owner)
  await initialize(programs, heroku, owner)
  await copyOwned(heroku, local, owner)
  await encrypt(heroku, certificate, owner)
  await trustOverLoopback(local)
  return openClusters(folder)
}

/** The two clusters that a folder holds; neither is started. */
export async function openClusters(folder: string): Promise<{ heroku: Cluster; local: Cluster }> {
  const owner = await postgresUser()
  const programs = serverPrograms(owner)
  const [herokuPort = 0, localPort = 0] = await freePorts(2)
  return {
    heroku: cluster(folder, join(folder, 'heroku'), herokuPort, owner, programs),
    local: cluster(folder, join(folder, 'local'), localPort, owner, programs),
  }
}

/** How a server runs: quick, as for tests, or by what it comes with. */
type Settings = 'quick' | 'as installed'

export type LocalRelease = {
  /** The folder of its programs. */
  readonly programs: string
  /** More options for `initdb`. */
  readonly initdb?: readonly string[]
  /** Default: quick. */
  readonly settings?: Settings
}

/** Makes one more cluster like the developer's, called `name`, of another release: that whose programs are in `programs`. Not started. */
export async function makeLocalCluster(
  folder: string,
  name: string,
  { programs, initdb = [], settings = 'quick' }: LocalRelease,
): Promise<Cluster> {
  const owner = await postgresUser()
  const data = join(folder, name)
  await makeOwned(data, owner)
  await initialize(programs, data, owner, initdb)
  await trustOverLoopback(data)
  const [port = 0] = await freePorts(1)
  return cluster(folder, data, port, owner, programs, settings)
}

type Owner = { uid?: number; gid?: number }

async function makeOwned(folder: string, owner: Owner): Promise<void> {
  await mkdir(folder, { mode: 0o700 }) // whoever gets to a socket is superuser
  if (owner.uid !== undefined) await chown(folder, owner.uid, owner.gid ?? 0)
}

async function initialize(
  programs: string,
  data: string,
  owner: Owner,
  options: readonly string[] = [],
): Promise<void> {
  const locale = process.platform === 'darwin' ? 'C' : 'C.UTF-8'
  const initdb = [join(programs, 'initdb'), '-D', data, '-U', 'postgres', '-A', 'trust']
  await must([...initdb, '-E', 'UTF8', `--locale=${locale}`, '--no-sync', ...options], { cwd: '/', ...owner })
}

async function trustOverLoopback(data: string): Promise<void> {
  await writeFile(
    join(data, 'pg_hba.conf'),
    'local all all trust\nhost all postgres all reject\nhost all all 127.0.0.1/32 trust\n',
  )
}

async function copyOwned(from: string, to: string, owner: Owner): Promise<void> {
  if (owner.uid === undefined) await cp(from, to, { recursive: true })
  else await must(['cp', '-Rp', `${from}/.`, to])
}

/** Heroku's databases want TLS and a password. */
async function encrypt(data: string, { keyFile, certificateFile }: Certificate, owner: Owner): Promise<void> {
  for (const [from, name] of [
    [keyFile, 'server.key'],
    [certificateFile, 'server.crt'],
  ] as const) {
    await copyFile(from, join(data, name))
    await chmod(join(data, name), 0o600)
    if (owner.uid !== undefined) await chown(join(data, name), owner.uid, owner.gid ?? 0)
  }
  await writeFile(join(data, 'pg_hba.conf'), 'local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n')
  const settings = await readFile(join(data, 'postgresql.conf'), 'utf8')
  await writeFile(join(data, 'postgresql.conf'), `${settings}\nssl = on\npassword_encryption = 'scram-sha-256'\n`)
}

function cluster(
  folder: string,
  data: string,
  port: number,
  owner: Owner,
  programs: string,
  settings: Settings = 'quick',
): Cluster {
  const socketFolder = join(folder, 'sockets')
  const superuser = 'postgres'
  let server: ChildProcess | undefined
  const query = (database: string, sql: string, user?: string) =>
    ask({ database, port, host: user === undefined ? socketFolder : '127.0.0.1', user: user ?? superuser }, sql)
  return {
    folder: data,
    port,
    socketFolder,
    superuser,
    query,
    async start() {
      const log = await open(`${data}.log`, 'a')
      server = spawnLeashed('QUIT', [join(programs, 'postgres'), '-D', data, ...flags(port, socketFolder, settings)], {
        cwd: '/',
        stdio: ['ignore', log.fd, log.fd],
        detached: true, // a Ctrl-C at the terminal is for the command that runs there
        ...owner,
      })
      await log.close()
      await accepting(server, query, `${data}.log`)
      server.unref()
    },
    async stop() {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
      const gone = once(server, 'exit')
      server.ref()
      server.kill('SIGINT')
      await gone
    },
  }
}

const quick = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  max_wal_size: '2GB',
  min_wal_size: '32MB', // what is stopped gets copied
  autovacuum_naptime: '10min',
  shared_buffers: '64MB',
}

function flags(port: number, socketFolder: string, settings: Settings): string[] {
  const places = { port, listen_addresses: '127.0.0.1', unix_socket_directories: socketFolder, timezone: 'UTC' }
  const all = settings === 'quick' ? { ...places, ...quick } : places
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function accepting(server: ChildProcess, query: Cluster['query'], log: string): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    if (await query('postgres', 'select 1').catch(() => undefined)) return
    if (server.exitCode !== null || Date.now() > deadline) {
      throw new Error(`Postgres did not start:\n${await readFile(log, 'utf8')}`)
    }
    await delay(20)
  }
}

/** Asks one question over a connection of its own; of several statements the rows of the last. */
async function ask(config: pg.ClientConfig, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000, ...config })
  client.on('error', () => {}) // a server that is stopped under us also fails the query itself
  await client.connect()
  try {
    const result: unknown = await client.query(sql)
    const last = Array.isArray(result) ? result.at(-1) : result
    return (last as pg.QueryResult<Row>).rows
  } finally {
    await client.end()
  }
}

/**
 * Ports that were free a moment ago, different ones. They lie below those that a system gives to connections (32768 and more), or one
 * of these could take a port before its server does.
 */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(15_000, 32_000)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
