import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { HerokuEnvironment, Project } from '../environments/environments.ts'
import { protection } from '../environments/protection.ts'
import { usageError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { connectHeroku } from '../heroku/connect.ts'
import { chooseClients, findClients } from '../postgres/clients.ts'
import type { Performers, Plan } from '../run/plan.ts'
import { inspectTarget } from './inspect-target.ts'
import { planRemoteRestore, type RemoteFacts, type RemoteSource } from './remote-plan.ts'
import { chooseBackup, nameSource } from './source.ts'

export type RemoteRestoreWords = {
  readonly source: string | undefined
  readonly backup: string | undefined
  readonly fromDatabase: string | undefined
  readonly force: boolean
  readonly confirm: string | undefined
}

/** `staging restore SOURCE`: everything read and checked, nothing changed. `look` (a dry run) asks nothing. */
export async function prepareRemoteRestore(
  project: Project,
  target: HerokuEnvironment,
  words: RemoteRestoreWords,
  look: boolean,
): Promise<{ plan: Plan; performers: Performers }> {
  const api = connectHeroku()
  const named = await nameSource(project, { ...words, word: words.source, file: undefined }, target.name)
  const protectedBecause = await protection(project, target, api)
  refuseProtected(target, protectedBecause, words, look)
  const facts: RemoteFacts = {
    target,
    protectedBecause,
    source: await readSource(project, api, target, named, words),
    confirmed: words.confirm !== undefined,
    now: new Date(),
  }
  return { plan: planRemoteRestore(facts), performers: { confirm: (signal) => confirm(target, signal) } }
}

/** All refusals of SPEC 6.4: before anything is read that takes time, and long before anything is destroyed. */
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

async function readSource(
  project: Project,
  api: Api,
  target: HerokuEnvironment,
  named: Awaited<ReturnType<typeof nameSource>>,
  words: RemoteRestoreWords,
): Promise<RemoteSource> {
  if (named.kind === 'file')
    throw usageError(
      `\`${words.source}\` is a file on this machine, and Heroku can't reach it`,
      `\`development restore ${words.source}\`, look at it, then \`${target.name} restore development\``,
    )
  if (named.kind === 'local') return readLocal(project)
  if (named.environment.app === target.app && words.backup === undefined) {
    throw usageError(
      `${target.name} and ${named.environment.name} are the same app, ${target.app}`,
      `\`${target.name} restore ${target.name} --backup b123\` brings back one of its own backups`,
    )
  }
  return { kind: 'backup', environment: named.environment, ...(await chooseBackup(api, named.environment, words)) }
}

async function readLocal(project: Project): Promise<RemoteSource> {
  const { facts, session } = await inspectTarget(project, {}, 'push', false)
  await session.close()
  if (!facts.database)
    throw usageError(
      `there is no local database ${facts.names.target} (by ${facts.origin})`,
      '`parity` reads the same places as your app; `--database` is for `development restore`',
    )
  const client = chooseClients(await findClients(process.env), { serverMajor: facts.server.major, dumps: true })
  return { kind: 'local', connection: facts.connection, client, size: facts.database.size }
}

/**
 * Asks for the name of the app, on the terminal, which is left as it is: a Ctrl-C there is a signal like any other, and a Ctrl-D
 * no answer. Throws a usage error for anything but the name.
 */
async function confirm({ app, name }: HerokuEnvironment, signal: AbortSignal): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: false })
  try {
    const question = terminal.question(`type ${app} to overwrite the database of ${name}: `, { signal })
    const answer = await Promise.race([question, once(terminal, 'close').then(() => '')])
    if (answer.trim() !== app)
      throw usageError(
        `${answer.trim() === '' ? 'no name' : `\`${answer.trim()}\``} was typed, and not ${app}: nothing was changed`,
        'type the name of the app as it stands in the question',
      )
  } finally {
    terminal.close()
  }
}
