import type { HerokuEnvironment, Project } from '../../environments/environments.ts'
import { usageError } from '../../errors.ts'
import { isInMaintenance } from '../../heroku/apps.ts'
import { type Attachment, databaseAttachments, findAttachment, isMain } from '../../heroku/attachments.ts'
import { connectHeroku } from '../../heroku/connect.ts'
import { protection } from '../../heroku/protection.ts'
import type { Plan, StepHandler, StepHandlers } from '../../run/plan.ts'
import { ask } from '../../terminal/ask.ts'
import { readAfter } from './after.ts'
import { planRemoteRestore, type RemoteEffect, type RemoteFacts } from './plan.ts'
import { finderOf, nameRemoteSource, type RemoteSourceWords, readRemoteSource } from './source.ts'

export type RemoteRestoreWords = RemoteSourceWords & {
  /** Extensions to install beforehand, separated by commas. */
  readonly extensions: string | undefined
  /** Maintenance mode while it lasts. */
  readonly maintenance: boolean
  readonly force: boolean
  readonly confirm: string | undefined
}

/** `staging restore SOURCE`: everything read and checked, nothing changed. `look` (a dry run) asks nothing. */
export async function prepareRemoteRestore(
  project: Project,
  target: HerokuEnvironment,
  words: RemoteRestoreWords,
  look: boolean,
): Promise<{ plan: Plan; handlers: StepHandlers }> {
  const api = connectHeroku()
  const named = await nameRemoteSource(project, target, words)
  const protectedBecause = await protection(project, target, api)
  refuseProtected(target, protectedBecause, words, look)
  const attachments = await databaseAttachments(api, target.app)
  const attachment = findAttachment(attachments, target.app, words.toDatabase)
  refuseForeignDatabase(target, attachment)
  const database = isMain(attachments, attachment) ? undefined : attachment.name
  const source = await readRemoteSource(project, api, target, named, words)
  const facts: RemoteFacts = {
    target,
    protectedBecause,
    database,
    source,
    extensions: words.extensions,
    maintenance: words.maintenance ? ((await isInMaintenance(api, target.app)) ? 'on' : 'off') : undefined,
    after: await readAfter(project, target, database),
    confirmed: words.confirm !== undefined,
    now: new Date(),
  }
  const handlers: Record<RemoteEffect, StepHandler> = {
    confirm: (signal) => confirm(target, signal),
    find: await finderOf(api, source),
  }
  return { plan: planRemoteRestore(facts), handlers }
}

/** All refusals of a protected app: before anything is read that takes time, and long before anything is destroyed. */
function refuseProtected(
  { name, app }: HerokuEnvironment,
  because: string | undefined,
  { force, confirm }: RemoteRestoreWords,
  look: boolean,
): void {
  if (confirm !== undefined && confirm !== app) {
    throw usageError(`\`--confirm ${confirm}\` is not the app of ${name}`, `to overwrite it: \`--confirm ${app}\``)
  }
  if (because === undefined) return
  if (!force) {
    throw usageError(
      `${name} is protected (${because}), and its database is not overwritten`,
      `with \`--force --confirm ${app}\` it is, after a backup of it`,
    )
  }
  if (confirm === undefined && !look && !process.stdin.isTTY) {
    throw usageError(
      `${name} is protected, and there is no terminal to ask for the name of its app`,
      `\`--confirm ${app}\` gives it`,
    )
  }
}

/** The live database can be attached to staging too: what protects an app would not protect its database there. */
function refuseForeignDatabase({ app }: HerokuEnvironment, { name, owner }: Attachment): void {
  if (owner === app) return
  throw usageError(
    `${name} of ${app} is the database of ${owner}, and is not overwritten from here`,
    `restore into an environment whose app is ${owner}`,
  )
}

/** Asks for the name of the app, on the terminal. Throws a usage error for anything but the name. */
async function confirm({ app, name }: HerokuEnvironment, signal: AbortSignal): Promise<void> {
  const answer = await ask(`type ${app} to overwrite the database of ${name}: `, signal)
  if (answer === app) return
  throw usageError(
    `${answer === '' ? 'no name' : `\`${answer}\``} was typed, and not ${app}: nothing was changed`,
    'type the name of the app as it stands in the question',
  )
}
