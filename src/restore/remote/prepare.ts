import { type HerokuEnvironment, type Project, withProtection } from '../../environments/environments.ts'
import { typedAs } from '../../environments/typed.ts'
import { usageError } from '../../errors.ts'
import { isInMaintenance } from '../../heroku/apps.ts'
import { type Attachment, databaseAttachments, findAttachment, isMain } from '../../heroku/attachments.ts'
import { connectHeroku } from '../../heroku/connect.ts'
import { protectionByStage } from '../../heroku/protection.ts'
import { call as callOf } from '../../run/call.ts'
import { isCall, type Plan, type StepHandler, type StepHandlers } from '../../run/plan.ts'
import { shellLine } from '../../run/print.ts'
import { ask } from '../../terminal/ask.ts'
import type { Reporter } from '../../terminal/reporter.ts'
import type { NamedSource } from '../name-source.ts'
import { readAfter } from './after.ts'
import { planRemoteRestore, type RemoteEffect, type RemoteFacts, type RemoteSource } from './plan.ts'
import { finderOf, nameRemoteSource, type RemoteSourceWords, readRemoteSource } from './source.ts'

type RemoteRestoreWords = RemoteSourceWords & {
  /** Extensions to install beforehand, separated by commas. */
  readonly extensions: string | undefined
  /** Maintenance mode while it lasts. */
  readonly maintenance: boolean
  readonly force: boolean
  readonly confirm: string | undefined
}

/** `staging restore SOURCE`: everything read and checked, nothing changed. A dry run asks nothing. */
export async function prepareRemoteRestore(
  project: Project,
  target: HerokuEnvironment,
  words: RemoteRestoreWords,
  dryRun: boolean,
): Promise<{ plan: Plan; handlers: StepHandlers }> {
  const api = connectHeroku(project.ambient.env)
  const named = await nameRemoteSource(project, target, words)
  const protectedBecause = withProtection(project, target).protectedBecause ?? (await protectionByStage(api, target))
  refuseProtected(target, protectedBecause, named, words, dryRun)
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
    now: project.ambient.now,
  }
  const plan = planRemoteRestore(facts)
  const handlers: Record<RemoteEffect, StepHandler> = {
    confirm: (signal, reporter) => confirm(target, source, plan, signal, reporter),
    find: await finderOf(api, source),
  }
  return { plan, handlers }
}

/** All refusals of a protected app: before anything is read that takes time, and long before anything is destroyed. */
function refuseProtected(
  { name, app }: HerokuEnvironment,
  because: string | undefined,
  source: NamedSource,
  { force, confirm }: RemoteRestoreWords,
  dryRun: boolean,
): void {
  if (confirm !== undefined && confirm !== app) {
    throw usageError(
      `\`--confirm ${confirm}\` is not the app of ${name}`,
      '`parity environments` lists the app of each environment',
    )
  }
  if (because === undefined) return
  const how = `\`${typedAs({ name })} restore --help\` explains how to overwrite a protected environment`
  if (!force) {
    const reverse = inReverse(name, source)
    throw usageError(
      `${name} is protected (${because}); its database is not overwritten`,
      reverse === undefined ? how : `\`${reverse}\` is the other direction; ${how}`,
    )
  }
  if (confirm === undefined && !dryRun && !process.stdin.isTTY) {
    throw usageError(
      `${name} is protected; without a terminal the name of its app cannot be asked`,
      'run this in a terminal, or use `--confirm APP`',
    )
  }
}

/** The restore with its two words swapped, which is often what was meant. */
function inReverse(name: string, source: NamedSource): string | undefined {
  if (source.kind === 'local' || source.kind === 'snapshot') return `development restore ${name}`
  if (source.kind !== 'heroku' || source.environment.name === name) return undefined
  return `${typedAs(source.environment)} restore ${name}`
}

/** The live database can be attached to staging too: what protects an app would not protect its database there. */
function refuseForeignDatabase({ app }: HerokuEnvironment, { name, owner }: Attachment): void {
  if (owner === app) return
  throw usageError(
    `${name} of ${app} is the database of ${owner}; it is not overwritten from here`,
    `restore into an environment whose app is ${owner}`,
  )
}

/**
 * Shows what will happen, and asks for the name of the app on the terminal; where the rows come from this machine, first whether that
 * is meant. Throws a usage error for any other answer.
 */
async function confirm(
  { app, name }: HerokuEnvironment,
  source: RemoteSource,
  { steps }: Plan,
  signal: AbortSignal,
  reporter: Reporter,
): Promise<void> {
  reporter.warning(`this overwrites the database of ${name} (${app}):`)
  for (const [index, { call }] of steps.filter(isCall).entries())
    reporter.aside(`${index + 1}. ${shellLine(callOf(call.program, ...call.args))}`)
  if (source.kind === 'local') {
    const answer = await ask(`overwrite ${name} with the database of this machine? [y/N] `, signal)
    if (!/^y(es)?$/i.test(answer))
      throw usageError('nothing was changed', `\`development restore ${name}\` brings ${name}'s data here`)
  }
  const answer = await ask(`type ${app} to overwrite the database of ${name}: `, signal)
  if (answer === app) return
  throw usageError(
    `expected ${app}, got ${answer === '' ? 'no name' : `\`${answer}\``}: nothing was changed`,
    'type the name of the app exactly',
  )
}
