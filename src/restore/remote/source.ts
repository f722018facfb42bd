import { inspectTarget } from '../../databases/inspect.ts'
import { derivedName } from '../../databases/names.ts'
import type { HerokuEnvironment, Project } from '../../environments/environments.ts'
import { typedAs } from '../../environments/typed.ts'
import { usageError } from '../../errors.ts'
import type { Api } from '../../heroku/api.ts'
import { databaseAttachments, findAttachment } from '../../heroku/attachments.ts'
import { onDatabase, readDatabase } from '../../postgres/catalog.ts'
import { chooseClients, findClients } from '../../postgres/clients.ts'
import type { StepHandler } from '../../run/plan.ts'
import { printable } from '../../terminal/harmless.ts'
import { size } from '../../terminal/units.ts'
import { completedBackups, findCaptured } from '../fresh.ts'
import { type NamedSource, nameSource } from '../name-source.ts'
import { snapshotNames } from '../snapshots/find.ts'
import { chooseBackup } from '../source.ts'
import type { RemoteSource } from './plan.ts'

export type RemoteSourceWords = {
  readonly source: string | undefined
  readonly backup: string | undefined
  /** Capture a backup of the source first. */
  readonly fresh: boolean
  /** An attachment of the source's app, `PINK`. */
  readonly fromDatabase: string | undefined
  /** An attachment of the target's app. */
  readonly toDatabase: string | undefined
}

/** Understands what the source is; throws a usage error for none, an unknown one, or one that Heroku can't reach. */
export async function nameRemoteSource(
  project: Project,
  { name }: HerokuEnvironment,
  words: RemoteSourceWords,
): Promise<NamedSource> {
  const meant = { ...words, word: words.source, file: undefined, url: undefined }
  // A word that means nothing may be a snapshot; where there is no local server to ask, it is none.
  const snapshots = () => snapshotNames(project, {}).catch(() => undefined)
  const named = await nameSource(project, meant, name, snapshots)
  if (named.kind === 'file') throw outOfReach(name, words.source ?? '', words.source ?? '')
  if (named.kind === 'url') throw outOfReach(name, named.url.shown, 'URL')
  return named
}

/** Heroku would take an address, but only from the arguments of its CLI, where a signature is for everybody to read. */
function outOfReach(environment: string, shown: string, typed: string) {
  return usageError(
    `\`${printable(shown)}\` is on this machine; Heroku cannot read it`,
    `\`development restore ${typed}\`, check it, then \`${typedAs({ name: environment })} restore development\``,
  )
}

/** Reads what the plan has to know of the source. Throws where it is not there, or not whole. */
export async function readRemoteSource(
  project: Project,
  api: Api,
  target: HerokuEnvironment,
  named: NamedSource,
  words: RemoteSourceWords,
): Promise<RemoteSource> {
  if (named.kind === 'snapshot') return readLocal(project, named.name)
  if (named.kind !== 'heroku') return readLocal(project)
  const { environment } = named
  refuseItself(target, environment, words)
  if (!words.fresh) return { kind: 'backup', environment, ...(await chooseBackup(api, environment, words)) }
  return { kind: 'fresh', environment, database: await databaseToCapture(api, environment, words.fromDatabase) }
}

/** Its newest backup is what an app has anyway; another one, or another database, is worth a restore. */
function refuseItself(
  target: HerokuEnvironment,
  { name, app }: HerokuEnvironment,
  { backup, fresh, fromDatabase, toDatabase }: RemoteSourceWords,
): void {
  const another = backup ?? fromDatabase ?? toDatabase
  if (app !== target.app || (another !== undefined && !fresh)) return
  throw usageError(
    `${target.name} and ${name} are the same app, ${app}`,
    `\`${typedAs(target)} restore ${target.name} --backup b123\` restores an earlier backup of that app`,
  )
}

async function databaseToCapture(
  api: Api,
  { app }: HerokuEnvironment,
  word: string | undefined,
): Promise<string | undefined> {
  return word === undefined ? undefined : findAttachment(await databaseAttachments(api, app), app, word).name
}

/** The database of this machine, or a snapshot of it. */
async function readLocal(project: Project, snapshot?: string): Promise<RemoteSource> {
  const { facts, session } = await inspectTarget(project, {}, 'push', false)
  const { target } = facts.names
  const database =
    snapshot === undefined ? facts.database : await readDatabase(session, derivedName(target, { snapshot }))
  await session.close()
  if (!database)
    throw usageError(
      `no local database ${printable(target)} (by ${facts.origin})`,
      '`parity` reads the same places as your app; `--database` is for `development restore`',
    )
  const client = chooseClients(await findClients(project.ambient.env), { serverMajor: facts.server.major, dumps: true })
  return {
    kind: 'local',
    connection: onDatabase(facts.connection, database.name),
    client,
    path: project.ambient.env.PATH,
    size: database.size,
  }
}

/** Who finds the backup that the plan captures: to know it, it has to know those that were there before. */
export async function finderOf(api: Api, source: RemoteSource): Promise<StepHandler> {
  if (source.kind !== 'fresh') return async () => {}
  const { environment } = source
  const before = await completedBackups(api, environment.app)
  return async (_, reporter) => {
    const { id, sizeBytes } = await findCaptured(api, environment, before)
    reporter.aside(`it is ${id}${sizeBytes === undefined ? '' : `, ${size(sizeBytes)}`}`)
  }
}
