import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { staleParts as findStaleParts } from '../dumps/cache.ts'
import { allEnvironments, type HerokuEnvironment, type Project } from '../environments/environments.ts'
import { ParityError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { broughtAlong } from '../heroku/attachments.ts'
import { connectHeroku } from '../heroku/connect.ts'
import { postgresVersion } from '../heroku/data.ts'
import { accountOf, appPlatform } from '../heroku/inventory.ts'
import { bins } from '../links/script.ts'
import { findClients } from '../postgres/clients.ts'
import { describeConnection } from '../postgres/connection.ts'
import { OtherAdapter } from '../postgres/connection-adapter.ts'
import { reach, withSession } from '../postgres/server.ts'
import { call } from '../run/call.ts'
import { capture } from '../run/capture.ts'
import { lookup } from '../run/lookup.ts'
import { servicesDatabase } from '../services/running.ts'
import { serviceStates } from '../services/state.ts'
import { resolveTarget } from '../target/target.ts'
import { copiesOf } from './copies.ts'
import { type DoctorFacts, isTrouble, type Program, type SeenEnvironment, type Trouble } from './facts.ts'

/** How long a program or Heroku is waited for, in milliseconds. */
const patience = 20_000

/** After how long a broken download is not expected to go on: by then there is a newer backup. In milliseconds. */
const stale = 86_400_000

/** Looks at everything that parity works with, at once. Changes nothing; what cannot be seen is a fact too. */
export async function inspectMachine(project: Project): Promise<DoctorFacts> {
  const { env, now } = project.ambient
  const path = env.PATH ?? ''
  const [heroku, git, clients, database, container, services, staleParts, { login, environments }] = await Promise.all([
    programOf('heroku', /^heroku\/(\S+)/m),
    programOf('git', /(\d\S*)/),
    attempt(findClients(env)),
    databaseOf(project),
    containerOf(),
    attempt(serviceStates(project.root)),
    attempt(findStaleParts(project.ambient.cache, new Date(now.getTime() - stale))),
    askHeroku(project),
  ])
  const { file, problem } = project.configuration
  return {
    now,
    node: process.versions.node,
    bins: bins.map((name) => ({ name, copies: copiesOf(name, path) })),
    heroku,
    git,
    variables: { telemetryOff: env.DISABLE_TELEMETRY === 'true', herokuApp: env.HEROKU_APP || undefined },
    login,
    inGit: project.inGit,
    configuration: { file, problem: problem && { why: problem.message, hint: problem.hint } },
    environments,
    clients,
    database,
    services,
    staleParts,
    container,
    composeFiles: env.COMPOSE_FILE
      ? []
      : ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'].filter((name) =>
          existsSync(join(project.root, name)),
        ),
    exposed: exposedOf(project),
  }
}

/** What `question` gives, or why it cannot; any other error is a bug, and stays one. */
async function attempt<T>(question: Promise<T>): Promise<T | Trouble> {
  try {
    return await question
  } catch (error) {
    if (error instanceof ParityError) return { why: error.message, hint: error.hint }
    if (error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name))
      return { why: 'no answer in time', hint: undefined }
    throw error
  }
}

async function programOf(name: string, pattern: RegExp): Promise<Program | undefined> {
  const path = lookup(name)
  if (path === undefined) return undefined
  const { stdout } = await capture(call(path, '--version'), undefined, AbortSignal.timeout(patience))
  return { path, version: pattern.exec(stdout)?.[1] ?? 'unknown' }
}

/** The version of the app's main database; undefined without one. */
async function mainPostgres(api: Api, app: string): Promise<string | undefined> {
  const { database } = await broughtAlong(api, app)
  return database && postgresVersion(api, database)
}

async function askHeroku(project: Project): Promise<Pick<DoctorFacts, 'login' | 'environments'>> {
  const api = connectHeroku(project.ambient.env, AbortSignal.timeout(patience))
  const account = await attempt(accountOf(api))
  const all = allEnvironments(project).filter((environment) => environment.kind === 'heroku')
  const see = async ({ app }: HerokuEnvironment): Promise<SeenEnvironment['seen']> => {
    if (isTrouble(account)) return undefined
    const [platform, postgres] = await Promise.all([
      attempt(appPlatform(api, app)),
      attempt(mainPostgres(api, app).then((version) => ({ version }))),
    ])
    if (isTrouble(platform)) return platform
    const { stack = 'unknown', generation } = platform
    return { stack, generation, postgres: isTrouble(postgres) ? undefined : postgres.version }
  }
  const environments = await Promise.all(
    all.map(async (environment) => ({
      name: environment.name,
      app: environment.app,
      origin: environment.origin,
      isProtected: environment.protectedBecause !== undefined,
      isWord: bins.includes(environment.name) || lookup(environment.name) !== undefined,
      seen: await see(environment),
    })),
  )
  return { login: account, environments }
}

async function databaseOf(project: Project): Promise<DoctorFacts['database']> {
  const { development, file } = project.configuration
  try {
    const { connection, origin, unread } = await resolveTarget({
      configured: { ...development, allowHosts: development?.allowHosts ?? [], file },
      environment: project.ambient.env,
      services: () => servicesDatabase(project.root),
      root: project.root,
      folder: project.folder,
    })
    const version = "SELECT current_setting('server_version') AS version"
    const server = await attempt(
      withSession(connection, 'parity doctor', async (session) => {
        const [row] = await session.query<{ version: string }>(version)
        return { version: row?.version.split(' ')[0] ?? '' }
      }),
    )
    return { address: describeConnection(reach(connection)), origin, unread, server }
  } catch (error) {
    if (error instanceof OtherAdapter) return { adapter: error.adapter, origin: error.origin }
    if (error instanceof ParityError) return { why: error.message, hint: error.hint }
    throw error
  }
}

/** A client of Docker proves nothing: an engine has to answer it, and Compose is a plugin. */
async function containerOf(): Promise<DoctorFacts['container']> {
  if (lookup('docker') === undefined) return 'not installed'
  const answers = async (...args: string[]) =>
    (await capture(call('docker', ...args), undefined, AbortSignal.timeout(patience))).status === 0
  const [engine, compose] = await Promise.all([answers('info'), answers('compose', 'version')])
  return engine ? (compose ? 'ready' : 'no compose') : 'no engine'
}

/** Files that hold secrets, and are readable by others. */
function exposedOf({ ambient: { cache, env } }: Project): string[] {
  const files = [cache, join(cache, '_scrub.key'), ...(env.HOME ? [join(env.HOME, '.netrc')] : [])]
  return files.filter((file) => ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0)
}
