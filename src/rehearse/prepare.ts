import { join } from 'node:path'
import { dumpInFile } from '../dumps/stream.ts'
import { findEnvironment, type HerokuEnvironment, type Project } from '../environments/environments.ts'
import { milliseconds } from '../environments/times.ts'
import { usageError } from '../errors.ts'
import { connectHeroku } from '../heroku/connect.ts'
import { majorVersion } from '../postgres/client-versions.ts'
import { chooseClients, findClients } from '../postgres/clients.ts'
import type { Session } from '../postgres/server.ts'
import { isArriving, type RestoreFacts, type RestoreOptions } from '../restore/facts.ts'
import type { ObjectsRefused } from '../restore/load/objects-refused.ts'
import { sourceNotes } from '../restore/plan.ts'
import { projectRules } from '../restore/scrub/rules.ts'
import { archiveVersion, backupSource, dumpOrigin } from '../restore/source.ts'
import { handlersOf, stepsOf } from '../restore/steps/step.ts'
import type { Prepared } from '../run/plan.ts'
import { splitWords } from '../run/split-words.ts'
import type { Server } from '../services/folder.ts'
import { databaseName } from '../services/native/inspect.ts'
import { postgresConnection } from '../services/native/postgres.ts'
import type { Installed } from '../services/native/programs.ts'
import { type Form, reportOf } from './report.ts'
import { describeServer, earlierRehearsals, ensureRoom, installedServer, removeServer } from './server.ts'
import { databaseUrl, type Found, type Rehearsing, rehearsalSteps, remove } from './steps.ts'

/** What was typed. */
type RehearsalWords = {
  readonly major: string
  /** What the project runs on the new database. */
  readonly command: readonly string[]
  readonly keep: boolean
  readonly form: Form
}

/**
 * `development services rehearse postgres MAJOR`: the newest backup of production into a fresh server of that major, and the project's
 * command on it. All is read and decided here, nothing is made. The report follows, with status 1 where something was found.
 */
export async function prepareRehearsal(project: Project, words: RehearsalWords): Promise<Prepared> {
  const { root, ambient } = project
  const installed = await installedServer(words.major, ambient.env)
  const earlier = await earlierRehearsals(root)
  const production = productionOf(project)
  const server = await describeServer(root, installed, 'postgres')
  const api = connectHeroku(ambient.env)
  const source = await backupSource(api, production, { backup: undefined, fromDatabase: undefined }, ambient.cache)
  if (source.kind !== 'backup') throw new Error('production has backups')
  const { databaseBytes, sizeBytes } = source.backup
  await ensureRoom(root, databaseBytes ?? sizeBytes ?? 0)
  const origin = dumpOrigin(api, source, ambient.env)
  const client = chooseClients(await findClients(ambient.env), {
    archiveVersion: await archiveVersion(source, origin),
    serverMajor: majorVersion(installed.version),
  })
  const facts: RestoreFacts = { ...factsBefore(project, server, installed, production.app), source, client }
  const options = optionsOf(project)
  const found: Found = { parts: [], findings: [], from: '', broken: false }
  const begin: Rehearsing = {
    ...{ facts, options, origin, root, server, installed, earlier, found },
    ...{ contents: undefined, changes: new Map(), analyzed: [] },
    session: notConnected,
    cache: ambient.cache,
    environment: ambient.env,
    dump: source.cached && dumpInFile(source.file, source.cached.bytes),
    onRefused: (refused) => found.findings.push(...findingsOf(refused)),
  }
  const steps = rehearsalSteps(begin, words.command, words.keep)
  return {
    plan: {
      notes: sourceNotes(source, options),
      steps: stepsOf(steps, begin),
      cleanup: stepsOf([remove], begin),
      ifInterrupted: `the rehearsal was removed${isArriving(source) ? '; what was downloaded is kept' : ''}`,
    },
    handlers: handlersOf([...steps, ...(words.keep ? [remove] : [])], begin),
    next: async () => {
      const { parts, findings, from } = found
      const report = { app: source.app, backup: source.backup.id, from, to: installed.version, parts, findings }
      const text = reportOf({ ...report, ...(words.keep ? { kept: keptServer(facts, server) } : {}) }, words.form)
      return { text, status: findings.length === 0 ? 0 : 1 }
    },
  }
}

/** What the new server could not make, one finding each; what helps is said of the last. */
function findingsOf({ lines, fixes }: ObjectsRefused): Found['findings'] {
  const fix = fixes.length === 0 ? {} : { fix: `in production: ${fixes.join('; ')}` }
  return lines.map((what, index) => ({ kind: 'object' as const, what, ...(index === lines.length - 1 ? fix : {}) }))
}

function keptServer(facts: RestoreFacts, { key }: Server): { url: string; folder: string; remove: string } {
  return { url: databaseUrl(facts), folder: `.parity/${key}`, remove: 'development services rehearse --remove' }
}

/** `development services rehearse --remove`: stops and removes the rehearsals that were kept. */
export async function prepareRemoval({ root }: Project): Promise<Prepared> {
  const names = await earlierRehearsals(root)
  if (names.length === 0) return { plan: { notes: ['there is no rehearsal here'], steps: [], cleanup: [] } }
  const description = `remove: ${names.map((name) => `.parity/${name}`).join(', ')}`
  return {
    plan: { notes: [], steps: [{ effect: 'remove', description }], cleanup: [] },
    handlers: {
      remove: async () => {
        for (const name of names) await removeServer(root, name)
      },
    },
  }
}

function productionOf(project: Project): HerokuEnvironment {
  const environment = findEnvironment(project, 'production')
  if (environment.kind === 'heroku') return environment
  throw usageError(
    '`production` is not an app on Heroku',
    '`parity environments` lists the apps; `heroku git:remote --app APP --remote production` adds one',
  )
}

/** What is known before the server runs; it is asked itself when it does. */
function factsBefore(
  { root, ambient }: Project,
  server: Server,
  { version }: Installed,
  app: string,
): Omit<RestoreFacts, 'source' | 'client'> {
  const target = databaseName(app)
  return {
    connection: postgresConnection(server),
    maintenance: 'postgres',
    origin: 'the rehearsal',
    names: {
      target,
      incoming: target.replace(/_development$/, '_rehearsal'),
      previous: `${target}_previous`,
      discard: `${target}_discard`,
    },
    server: {
      ...{ version, major: majorVersion(version), freeConnections: 100, dataDirectory: root, extensions: [] },
      role: { name: 'postgres', superuser: true, createDatabase: true },
    },
    database: undefined,
    ours: { incoming: undefined, previous: undefined, discard: undefined, copy: undefined },
    incomingIsEmpty: false,
    sessions: [],
    now: ambient.now,
    contents: undefined,
    loadFolder: join(ambient.cache, '_load', String(process.pid)),
    jobs: 2,
  }
}

/** As a restore of production reads them from the configuration. */
function optionsOf(project: Project): RestoreOptions {
  const { restore } = project.configuration
  return {
    keep: false,
    keepDumps: restore?.keep ?? 2,
    warnAfter: milliseconds(restore?.warnAfter ?? '24h'),
    scrub: projectRules(project, true),
    after: (restore?.after ?? []).map((line, index) => splitWords(line, `restore.after[${index}]`)),
    pgRestore: [],
    skipExtensions: restore?.skipExtensions ?? [],
    excludeTableData: restore?.excludeTableData ?? [],
    allowMissing: restore?.allowMissing ?? [],
    request: noRequest,
    now: project.ambient.now,
    log: join(project.ambient.cache, '_log', `rehearse-${process.pid}.log`),
    folder: project.root === project.folder ? undefined : project.root,
    pristine: undefined,
  }
}

const noRequest: RestoreOptions['request'] = {
  ...{
    source: 'production',
    file: undefined,
    backup: undefined,
    fromDatabase: undefined,
    fresh: false,
    url: undefined,
  },
  ...{ offline: false, database: undefined, db: undefined, jobs: undefined, parallelize: false, keep: false },
  ...{ pristine: false, scrub: true, skipExtensions: [], allowMissing: [], pgRestore: [] },
}

/** The session of a server that does not run yet. */
const notConnected: Session = {
  pid: 0,
  query: () => Promise.reject(new Error('the server was not started')),
  close: async () => {},
}
