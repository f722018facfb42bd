import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import type { Project } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { connectHeroku } from '../heroku/connect.ts'
import { chooseClients, findClients } from '../postgres/clients.ts'
import { printable } from '../postgres/names.ts'
import { cacheFolder } from '../run/cache-folder.ts'
import type { Performers, Plan } from '../run/plan.ts'
import { splitWords } from '../run/words.ts'
import { ensureFreeSpace } from './cache.ts'
import { type RestoreFacts, refuseWhatMustFail, type Source } from './facts.ts'
import { type HeldTarget, inspectTarget } from './inspect-target.ts'
import { dropLeftovers, performRestore } from './perform.ts'
import { planRestore, planUndo, type RestoreOptions } from './plan.ts'
import { archiveVersion, backupSource, cachedSource, fileSource, type NamedSource, nameSource } from './source.ts'
import { undo } from './swap.ts'

export type LocalRestoreWords = {
  readonly source: string | undefined
  readonly file: string | undefined
  readonly backup: string | undefined
  readonly fromDatabase: string | undefined
  /** Take the newest dump of the cache, and ask Heroku nothing. */
  readonly offline: boolean
  readonly database: string | undefined
  readonly db: string | undefined
  /** A number as typed. */
  readonly jobs: string | undefined
  readonly parallelize: boolean
  readonly keep: boolean
  readonly skipExtensions: readonly string[]
  readonly pgRestore: readonly string[]
}

export type PreparedRestore = {
  readonly plan: Plan
  readonly performers: Performers
  readonly dispose: () => Promise<void>
}

/** `development restore SOURCE`: everything read and checked, nothing changed. `look` (a dry run) takes no lock. */
export async function prepareRestore(
  project: Project,
  words: LocalRestoreWords,
  look: boolean,
): Promise<PreparedRestore> {
  const options = optionsOf(project, words)
  const jobs = jobsOf(words, project.configuration.restore?.jobs)
  const named = await nameSource(project, { ...words, word: words.source }, 'development')
  if (named.kind === 'local')
    throw usageError(
      "development can't be restored from itself",
      '`development restore production` takes the newest backup of production',
    )
  const api = connectHeroku()
  const held = await inspectTarget(project, words, 'restore', !look)
  try {
    refuseWhatMustFail(held.facts, jobs)
    const source = await readSource(api, named, words)
    const facts = await completeFacts(held, source, jobs, await archiveVersion(api, source))
    const plan = planRestore(facts, options)
    const cache = cacheFolder(process.env, homedir())
    const work = {
      session: held.session,
      facts,
      options: { ...options, skipExtensions: skipped(project, words) },
      cache,
      api,
    }
    return { plan, performers: performRestore(work), dispose: () => held.session.close() }
  } catch (error) {
    await held.session.close()
    throw error
  }
}

function readSource(
  api: Api,
  named: Exclude<NamedSource, { kind: 'local' }>,
  words: LocalRestoreWords,
): Promise<Source> {
  if (named.kind === 'file') return fileSource(named.path)
  if (words.offline) return cachedSource(named.environment)
  return backupSource(api, named.environment, words)
}

/** `development undo`. */
export async function prepareUndo(
  project: Project,
  words: Pick<LocalRestoreWords, 'database' | 'db'>,
  look: boolean,
): Promise<PreparedRestore> {
  const held = await inspectTarget(project, words, 'undo', !look)
  try {
    const { facts, session } = held
    refuseWhatMustFail(facts, 1)
    if (!facts.ours.previous || !facts.database) {
      throw usageError(
        `there is no previous database of ${printable(facts.names.target)} to go back to`,
        '`development restore SOURCE` keeps one',
      )
    }
    return {
      plan: planUndo(facts),
      performers: { 'drop leftovers': () => dropLeftovers(held), undo: () => undo(session, facts) },
      dispose: () => session.close(),
    }
  } catch (error) {
    await held.session.close()
    throw error
  }
}

async function completeFacts(
  { facts }: HeldTarget,
  source: Source,
  jobs: number,
  version: string | undefined,
): Promise<RestoreFacts> {
  const client = chooseClients(await findClients(process.env), {
    archiveVersion: version,
    serverMajor: facts.server.major,
  })
  if (facts.server.dataDirectory !== null && source.kind === 'backup' && source.backup.databaseBytes !== undefined) {
    await ensureFreeSpace(
      facts.server.dataDirectory,
      source.backup.databaseBytes,
      'free some space for the server',
    ).catch(refuseOnlyFullDisk)
  }
  return {
    ...facts,
    source,
    client,
    jobs,
    listFile: join(cacheFolder(process.env, homedir()), '_lists', `${process.pid}.list`),
  }
}

/** The data directory may be another machine's or a container's, where we can't look; only a disk that was seen to be too small counts. */
function refuseOnlyFullDisk(error: unknown): void {
  if (error instanceof Error && 'status' in error) throw error
}

function optionsOf(project: Project, words: LocalRestoreWords): RestoreOptions {
  const { restore } = project.configuration
  return {
    keep: words.keep,
    keepDumps: restore?.keep ?? 2,
    warnAfter: milliseconds(restore?.warnAfter ?? '24h'),
    after: (restore?.after ?? []).map((line, index) => splitWords(line, `restore.after[${index}]`)),
    pgRestore: words.pgRestore,
    now: new Date(),
    log: join(cacheFolder(process.env, homedir()), '_log', `restore-${process.pid}.log`),
    folder: project.root === project.folder ? undefined : project.root,
  }
}

function skipped(project: Project, { skipExtensions }: LocalRestoreWords): string[] {
  return [...(project.configuration.restore?.skipExtensions ?? []), ...skipExtensions]
}

function jobsOf({ jobs, parallelize }: LocalRestoreWords, configured: number | undefined): number {
  if (jobs === undefined)
    return configured ?? (parallelize ? availableParallelism() : Math.min(availableParallelism(), 4))
  const number = Number(jobs)
  if (Number.isInteger(number) && number > 0) return number
  throw usageError(`\`--jobs\` takes a number from 1, got \`${jobs}\``, 'leave it out: one a core is usual')
}

/** `30m`, `24h`, `7d`; a bare number counts hours. */
export function milliseconds(time: string | number): number {
  if (typeof time === 'number') return time * 3_600_000
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[time.at(-1) ?? 'h'] ?? 3_600_000
  return Number(time.slice(0, -1)) * unit
}
