import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { api } from './api.ts'
import { type App, type AppName, bareApp, makeApps, release, type Transfer } from './apps.ts'
import { readCertificate } from './certificates.ts'
import { tidyUpAfterUs } from './clean-up.ts'
import { type Cluster, type LocalRelease, makeLocalCluster, openClusters, type Row } from './clusters.ts'
import { fillDatabase, setPasswords } from './databases.ts'
import { Dynos } from './dynos.ts'
import { environmentOf, makeHome, systemPath } from './environment.ts'
import { type Fault, Faults } from './faults.ts'
import { type Listener, listen, type RecordedRequest } from './listener.ts'
import { postgresPrograms } from './postgres-programs.ts'
import { definedOnly, type Finished, type RunOptions, run } from './processes.ts'
import { projectRoot } from './project-root.ts'
import { listenForTerminals } from './rendezvous.ts'
import { commitsOf, releaseHistory } from './sample-project.ts'
import { Storage } from './storage.ts'
import {
  copyTemplate,
  developer,
  furnishLocal,
  makeTemplate,
  templateVariable,
  usualDump,
  usualRows,
} from './template.ts'
import { temporaryFolder } from './temporary.ts'
import { makeTools } from './tools.ts'
import { Transfers } from './transfers.ts'
import { makeWorld, type World } from './world.ts'

export type { AppName, Transfer } from './apps.ts'
export type { Row } from './clusters.ts'
export type { Fault, FaultAction } from './faults.ts'
export type { RecordedRequest } from './listener.ts'
export type { Finished, RunOptions } from './processes.ts'

export type SandboxOptions = {
  /** Articles in acme-production; a tenth of that are users. Default 2000. */
  rows?: number
  /** Articles in the other apps' databases. Default 100. */
  stagingRows?: number
  /** Keeps everything on a disk, as a machine that is worked on does; else in memory where there is room. */
  onDisk?: boolean
}

/** The developer's own Postgres. */
export type LocalServer = {
  readonly host: string
  readonly port: number
  /** May log in without a password and create databases; is no superuser. */
  readonly user: string
  readonly superuser: string
  /** PGHOST by which the superuser gets in; over TCP it is refused. */
  readonly socketFolder: string
  url(database: string): string
  query(database: string, sql: string): Promise<Row[]>
  querySuper(database: string, sql: string): Promise<Row[]>
  stop(): Promise<void>
  start(): Promise<void>
}

/** The other side of the stand-in, for tests to look at and to disturb. */
export type HerokuSide = {
  readonly token: string
  /** Asks an app's main database, or production's other one, as superuser. */
  query(database: AppName | 'acme-production-pink', sql: string): Promise<Row[]>
  backups(app: AppName): readonly Transfer[]
  config(app: AppName): Record<string, string>
  releases(app: AppName): App['releases']
  /** All that the stand-in holds of an app, to be changed as one likes. */
  app(name: string): App
  /** Makes an app without a database. */
  addApp(name: string, stage: App['stage']): App
  /** Gives an app one more release: a build of `commit`, or without one a change of something else. */
  release(
    app: string,
    description: string,
    commit?: string,
    more?: { user?: string; at?: Date },
  ): App['releases'][number]
  maintenance(app: AppName): boolean
  /** Takes a backup of an app's main database, without a Heroku CLI: its start takes a second. */
  backUp(app: AppName): Promise<void>
  /** The file that is behind a finished backup's signed address. */
  dumpFile(app: AppName, backup: Transfer): string
  /** Seconds that addresses signed from now on are good for. */
  setUrlLifetime(seconds: number): void
  /** Transfers begun from now on stay running until the function returned is called. */
  pauseTransfers(): () => void
  /** The next backup, restore or copy fails with that message in its log. */
  failNextTransfer(message: string): void
}

export type Sandbox = {
  readonly url: string
  readonly folder: string
  readonly project: string
  readonly env: Record<string, string>
  run(command: readonly string[], options?: RunOptions): Promise<Finished>
  spawn(command: readonly string[], options?: SpawnOptions): ChildProcess
  readonly local: LocalServer
  readonly heroku: HerokuSide
  misbehave(fault: Fault): () => void
  readonly requests: RecordedRequest[]
  stop(): Promise<void>
}

/** Starts everything; about three seconds. Whatever becomes of this process, nothing of it stays. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const folder = await mkdtemp(join(options.onDisk ? '/tmp' : temporaryFolder(), 'parity-'))
  const tidyUp = tidyUpAfterUs(folder)
  try {
    return await build(folder, tidyUp, options)
  } catch (error) {
    await tidyUp()
    throw error
  }
}

async function build(folder: string, tidyUp: () => Promise<void>, options: SandboxOptions): Promise<Sandbox> {
  const template = process.env[templateVariable]
  await (template === undefined ? makeTemplate(folder) : copyTemplate(template, folder))
  const certificate = await readCertificate(folder)
  const faults = new Faults()
  const late: { answer: Parameters<typeof listen>[0]; port: number } = {
    answer: () => Promise.reject(new Error('not yet')),
    port: 0,
  }
  const listener = await listen((call, request) => late.answer(call, request), faults, certificate)
  const url = `http://127.0.0.1:${listener.port}`
  const token = `HRKU-${randomUUID()}`
  const { bin, tools } = await makeTools(folder, projectRoot())
  await makeHome({ folder, token, url, certificate })
  const { heroku, local } = await openClusters(folder)
  const path = [bin, tools, postgresPrograms()]
  const places = { folder, token, url, certificate, path }
  const commits = await commitsOf(folder, environmentOf({ ...places, localPort: local.port }))
  const storage = new Storage(folder)
  const transfers = new Transfers(heroku, storage)
  const apps = makeApps(heroku.port)
  for (const app of apps) releaseHistory(app, commits)
  const world = makeWorld({ folder, token, apps, cluster: heroku, storage, transfers, url: () => url })
  const dynos = new Dynos(folder, [tools, postgresPrograms(), ...systemPath()].join(':'), () => late.port)
  const terminals = await listenForTerminals(dynos, certificate)
  late.port = terminals.port
  late.answer = api(world, dynos)
  await Promise.all([startHeroku(world, options), local.start()])
  const stop = async () => {
    listener.close()
    terminals.close()
    await tidyUp()
  }
  return face(world, local, listener, faults, environmentOf({ ...places, localPort: local.port }), stop)
}

async function startHeroku(world: World, options: SandboxOptions): Promise<void> {
  const { cluster, apps, folder } = world
  await cluster.start()
  const databases = apps.flatMap((app) => app.databases)
  await setPasswords(cluster, databases)
  const wanted = (name: string) => (name === 'acme_production' ? options.rows : options.stagingRows) ?? usualRows(name)
  for (const { name } of databases) {
    if (wanted(name) !== usualRows(name)) await fillDatabase(cluster, name, wanted(name))
  }
  const production = 'acme_production'
  const dump = wanted(production) === usualRows(production) ? usualDump(folder) : undefined
  await backUp(world, 'acme-production', new Date(Date.now() - 3 * 3_600_000), dump)
}

/** `dump` is a file that holds what is in the database. */
async function backUp({ app, transfers }: World, name: string, at?: Date, dump?: string): Promise<void> {
  const [database] = app(name).databases
  if (database === undefined) throw new Error(`${name} has no database`)
  const backup = transfers.capture(app(name), database, at, dump)
  await transfers.over(backup)
  if (backup.succeeded !== true) throw new Error(`the backup failed: ${JSON.stringify(backup.logs)}`)
}

function face(
  world: World,
  local: Cluster,
  listener: Listener,
  faults: Faults,
  env: Record<string, string>,
  stop: () => Promise<void>,
): Sandbox {
  const project = join(world.folder, 'project')
  const inside = (extra: Record<string, string | undefined> | undefined) => definedOnly({ ...env, ...extra })
  return {
    url: world.url(),
    folder: world.folder,
    project,
    env,
    run: (command, options = {}) => run(command, { cwd: project, ...options, env: inside(options.env) }),
    spawn([program = '', ...args], options = {}) {
      return spawn(program, args, { cwd: project, ...options, env: inside(options.env) })
    },
    local: localServer(local),
    heroku: herokuSide(world),
    misbehave: (fault) => faults.add(fault),
    requests: listener.requests,
    stop,
  }
}

/** The same sandbox for a developer whose Postgres is of another release. Goes when the sandbox does, at the latest. */
export async function withLocalServer(sandbox: Sandbox, name: string, release: LocalRelease): Promise<Sandbox> {
  const cluster = await makeLocalCluster(sandbox.folder, name, release)
  await furnishLocal(cluster)
  const port = { PGPORT: String(cluster.port) }
  return {
    ...sandbox,
    env: { ...sandbox.env, ...port },
    run: (command, options) => sandbox.run(command, { ...options, env: { ...port, ...options?.env } }),
    spawn: (command, options) => sandbox.spawn(command, { ...options, env: { ...port, ...options?.env } }),
    local: localServer(cluster),
    stop: () => cluster.stop(),
  }
}

function localServer(local: Cluster): LocalServer {
  return {
    host: '127.0.0.1',
    port: local.port,
    user: developer,
    superuser: local.superuser,
    socketFolder: local.socketFolder,
    url: (database) => `postgres://${developer}@127.0.0.1:${local.port}/${database}`,
    query: (database, sql) => local.query(database, sql, developer),
    querySuper: (database, sql) => local.query(database, sql),
    stop: () => local.stop(),
    start: () => local.start(),
  }
}

function herokuSide(world: World): HerokuSide {
  return {
    token: world.token,
    query: (database, sql) => world.cluster.query(database.replaceAll('-', '_'), sql),
    backups: (app) => world.app(app).transfers,
    config: (app) => world.app(app).config,
    releases: (app) => world.app(app).releases,
    app: (name) => world.app(name),
    addApp(name, stage) {
      const app = bareApp(name, stage)
      world.apps.push(app)
      return app
    },
    release: (app, description, commit, more) => release(world.app(app), description, commit, more),
    maintenance: (app) => world.app(app).maintenance,
    backUp: (app) => backUp(world, app),
    dumpFile: (app, { uuid }) => world.storage.pathOf(`${app}/${uuid}`),
    setUrlLifetime(seconds) {
      world.storage.lifetime = seconds
    },
    pauseTransfers: () => world.transfers.pause(),
    failNextTransfer: (message) => world.transfers.failNext(message),
  }
}
