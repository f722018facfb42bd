import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import { dropLeftovers } from '../databases/drop.ts'
import { refuseWhatMustFail } from '../databases/facts.ts'
import { type HeldTarget, type PreparedRestore, prepareOnTarget } from '../databases/inspect.ts'
import { readSnapshots } from '../databases/ours.ts'
import { ensureServerSpace } from '../databases/server-space.ts'
import { undo } from '../databases/swap.ts'
import type { Project } from '../environments/environments.ts'
import { milliseconds } from '../environments/times.ts'
import { usageError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { connectHeroku } from '../heroku/connect.ts'
import { chooseClients, findClients } from '../postgres/clients.ts'
import { cacheFolder } from '../run/cache-folder.ts'
import { splitWords } from '../run/words.ts'
import { printable } from '../terminal/harmless.ts'
import { prepareFreshRestore } from './capture-first.ts'
import type { RestoreFacts, Source } from './facts.ts'
import { type NamedSource, nameSource } from './name-source.ts'
import { performRestore } from './perform.ts'
import { planRestore, planUndo, type RestoreOptions } from './plan.ts'
import { projectRules } from './scrub/steps.ts'
import { findPristine, pristineKey } from './snapshots/pristine.ts'
import { goByPristine, prepareSnapshotRestore, snapshotNames } from './snapshots/snapshots.ts'
import { archiveVersion, backupSource, cachedSource, fileSource, urlSource } from './source.ts'
import type { LocalRestoreWords } from './words.ts'

/** `development restore SOURCE`: everything read and checked, nothing changed. `look` (a dry run) takes no lock. */
export async function prepareRestore(
  project: Project,
  words: LocalRestoreWords,
  look: boolean,
): Promise<PreparedRestore> {
  refuseOffline(words)
  const jobs = jobsOf(words, project.configuration.restore?.jobs)
  const named = await nameSource(project, { ...words, word: words.source }, 'development', () =>
    snapshotNames(project, words),
  )
  if (named.kind === 'local')
    throw usageError(
      "development can't be restored from itself",
      '`development restore production` takes the newest backup of production',
    )
  if (named.kind === 'snapshot') {
    refuseLoadWords(named.name, words)
    return prepareSnapshotRestore(project, named.name, words, look)
  }
  const api = connectHeroku()
  if (words.fresh && named.kind === 'heroku')
    return prepareFreshRestore(project, api, named.environment, words, (words) => prepareRestore(project, words, look))
  return prepareOnTarget(project, words, 'restore', !look, async (held) => {
    refuseWhatMustFail(held.facts, jobs)
    const source = await readSource(api, named, words)
    const options = optionsOf(project, words, await keyOf(project, held, source, words))
    const pristine = findPristine(
      await readSnapshots(held.session, held.facts.names.target),
      options.pristine,
      held.facts.database,
    )
    if (pristine) return goByPristine(held, pristine, source, options)
    const facts = await completeFacts(held, source, jobs, await archiveVersion(api, source))
    const plan = planRestore(facts, options)
    const cache = cacheFolder(process.env, homedir())
    const work = {
      session: held.session,
      facts,
      options: {
        ...options,
        skipExtensions: skipped(project, words),
        excludeTableData: project.configuration.restore?.excludeTableData ?? [],
      },
      cache,
      api,
    }
    return { plan, handlers: performRestore(work) }
  })
}

/** Throws a usage error for words that ask for more than the newest dump of the cache. */
function refuseOffline({ offline, fresh, backup, fromDatabase, url }: LocalRestoreWords): void {
  const other =
    (fresh && '--fresh') ||
    (backup !== undefined && '--backup') ||
    (fromDatabase !== undefined && '--from-db') ||
    (url !== undefined && '--url')
  if (!offline || !other) return
  throw usageError(
    `\`--offline\` takes the newest dump of the cache, and \`${other}\` asks for another`,
    'leave one of them out; `development restore --file FILE` takes any dump',
  )
}

/** What says how a dump is loaded would be ignored in silence beside a snapshot. */
function refuseLoadWords(snapshot: string, words: LocalRestoreWords): void {
  const [option] = [
    ...(words.offline ? ['--offline'] : []),
    ...(words.jobs === undefined ? [] : ['--jobs']),
    ...(words.parallelize ? ['--parallelize'] : []),
    ...(words.scrub ? [] : ['--no-scrub']),
    ...(words.skipExtensions.length === 0 ? [] : ['--skip-extension']),
    ...(words.pgRestore.length === 0 ? [] : [`-- ${words.pgRestore.join(' ')}`]),
  ]
  if (option === undefined) return
  throw usageError(
    `\`${option}\` says how a dump is loaded, and \`${snapshot}\` is a snapshot`,
    `leave \`${option}\` out`,
  )
}

/** The key of this restore; undefined where nobody wants it to go by the pristine snapshot, or to keep one: never of unscrubbed rows. */
async function keyOf(
  project: Project,
  { facts: { server } }: HeldTarget,
  source: Source,
  { pristine, scrub, skipExtensions, pgRestore }: LocalRestoreWords,
): Promise<string | undefined> {
  if (!pristine || !scrub || project.configuration.restore?.pristine === false) return undefined
  return pristineKey({ project, source, server, words: [...skipExtensions, '--', ...pgRestore] })
}

function readSource(
  api: Api,
  named: Exclude<NamedSource, { kind: 'local' | 'snapshot' }>,
  words: LocalRestoreWords,
): Promise<Source> {
  if (named.kind === 'file') return fileSource(named.path)
  if (named.kind === 'url') return urlSource(named.url)
  if (words.offline) return cachedSource(named.environment)
  return backupSource(api, named.environment, words)
}

/** `development undo`. */
export async function prepareUndo(
  project: Project,
  words: Pick<LocalRestoreWords, 'database' | 'db'>,
  look: boolean,
): Promise<PreparedRestore> {
  return prepareOnTarget(project, words, 'undo', !look, async (held) => {
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
      handlers: { 'drop leftovers': () => dropLeftovers(held), undo: (_, reporter) => undo(session, facts, reporter) },
    }
  })
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
  if (source.kind === 'backup') await ensureServerSpace(facts.server, source.backup.databaseBytes ?? 0)
  return {
    ...facts,
    source,
    client,
    jobs,
    loadFolder: join(cacheFolder(process.env, homedir()), '_load', String(process.pid)),
  }
}

function optionsOf(project: Project, words: LocalRestoreWords, pristine: string | undefined): RestoreOptions {
  const { restore } = project.configuration
  return {
    keep: words.keep,
    keepDumps: restore?.keep ?? 2,
    warnAfter: milliseconds(restore?.warnAfter ?? '24h'),
    scrub: projectRules(project, words.scrub),
    after: (restore?.after ?? []).map((line, index) => splitWords(line, `restore.after[${index}]`)),
    pgRestore: words.pgRestore,
    now: new Date(),
    log: join(cacheFolder(process.env, homedir()), '_log', `restore-${process.pid}.log`),
    folder: project.root === project.folder ? undefined : project.root,
    pristine,
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
