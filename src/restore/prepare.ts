import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { refuseWhatMustFail } from '../databases/facts.ts'
import { type HeldTarget, prepareOnTarget } from '../databases/inspect.ts'
import { readSnapshots } from '../databases/ours.ts'
import { ensureServerSpace } from '../databases/server-space.ts'
import { type Dump, dumpInFile } from '../dumps/stream.ts'
import type { Project } from '../environments/environments.ts'
import { milliseconds } from '../environments/times.ts'
import { usageError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { connectHeroku } from '../heroku/connect.ts'
import { chooseClients, findClients } from '../postgres/clients.ts'
import type { Prepared } from '../run/plan.ts'
import { splitWords } from '../run/split-words.ts'
import { printable } from '../terminal/harmless.ts'
import { prepareFreshRestore } from './capture-first.ts'
import { readContents } from './contents.ts'
import type { RestoreFacts, RestoreOptions, Source } from './facts.ts'
import { type NamedSource, nameSource } from './name-source.ts'
import { planRestore, restoreCleanup, restoreSteps } from './plan.ts'
import type { LocalRestoreRequest } from './request.ts'
import { projectRules } from './scrub/rules.ts'
import { snapshotNames } from './snapshots/find.ts'
import { goByPristine, prepareSnapshotRestore } from './snapshots/prepare.ts'
import { findPristine, pristineKey } from './snapshots/pristine.ts'
import { archiveVersion, backupSource, cachedSource, dumpOrigin, fileSource, urlSource } from './source.ts'
import { handlersOf } from './steps/step.ts'

/** `development restore SOURCE`: everything read and checked, nothing changed. A dry run takes no lock. */
export async function prepareRestore(project: Project, words: LocalRestoreRequest, dryRun: boolean): Promise<Prepared> {
  refuseOffline(words)
  const jobs = jobsOf(words, project.configuration.restore?.jobs)
  const named = await nameSource(project, { ...words, word: words.source }, 'development', () =>
    snapshotNames(project, words),
  )
  if (named.kind === 'local')
    throw usageError(
      'development cannot be restored from itself',
      '`development restore production` restores the newest backup of production',
    )
  if (named.kind === 'snapshot') {
    refuseLoadWords(named.name, words)
    return prepareSnapshotRestore(project, named.name, words, dryRun)
  }
  const api = connectHeroku(project.ambient.env)
  if (words.fresh && named.kind === 'heroku')
    return prepareFreshRestore(project, api, named.environment, words, (words) =>
      prepareRestore(project, words, dryRun),
    )
  return prepareOnTarget(project, words, 'restore', dryRun, async (held) => {
    refuseWhatMustFail(held.facts, jobs)
    const source = await readSource(api, named, words, project.ambient.cache)
    return prepareLoad(project, words, held, { api, source, jobs })
  })
}

/** From the pristine copy of the same restore where there is one, else from the dump. */
async function prepareLoad(
  project: Project,
  words: LocalRestoreRequest,
  held: HeldTarget,
  { api, source, jobs }: { readonly api: Api; readonly source: Source; readonly jobs: number },
): Promise<Omit<Prepared, 'dispose'>> {
  const { env, cache } = project.ambient
  const { session } = held
  const options = optionsOf(project, words, await keyOf(project, held, source, words))
  const { names, database } = held.facts
  const pristine = findPristine(await readSnapshots(session, names.target), options.pristine, database)
  if (pristine) return goByPristine(held, pristine, source, options)
  const origin = dumpOrigin(api, source, env)
  const known = await completeFacts(project, held, source, jobs, await archiveVersion(source, origin))
  const dump = dumpHere(source)
  const contents = dump && (await readContents(dump.file, `\`${printable(source.file)}\``, known.server, options))
  const facts = { ...known, contents }
  const begin = { session, facts, options, cache, environment: env, origin, dump, contents }
  const work = { ...begin, changes: new Map(), analyzed: [] }
  return { plan: planRestore(facts, options), handlers: handlersOf([...restoreSteps, ...restoreCleanup], work) }
}

/** Throws a usage error for words that ask for more than the newest dump of the cache. */
function refuseOffline({ offline, fresh, backup, fromDatabase, url }: LocalRestoreRequest): void {
  const other =
    (fresh && '--fresh') ||
    (backup !== undefined && '--backup') ||
    (fromDatabase !== undefined && '--from-db') ||
    (url !== undefined && '--url')
  if (!offline || !other) return
  throw usageError(
    `\`--offline\` uses the newest cached dump, but \`${other}\` asks for another one`,
    'use one of them; `development restore --file FILE` takes any dump',
  )
}

/** What says how a dump is loaded would be ignored in silence beside a snapshot. */
function refuseLoadWords(snapshot: string, words: LocalRestoreRequest): void {
  const [option] = [
    ...(words.offline ? ['--offline'] : []),
    ...(words.jobs === undefined ? [] : ['--jobs']),
    ...(words.parallelize ? ['--parallelize'] : []),
    ...(words.scrub ? [] : ['--no-scrub']),
    ...(words.skipExtensions.length === 0 ? [] : ['--skip-extension']),
    ...(words.allowMissing.length === 0 ? [] : ['--allow-missing']),
    ...(words.pgRestore.length === 0 ? [] : [`-- ${words.pgRestore.join(' ')}`]),
  ]
  if (option === undefined) return
  throw usageError(`\`${option}\` is about loading a dump; \`${snapshot}\` is a snapshot`, `leave \`${option}\` out`)
}

/** The key of this restore; undefined where pristine snapshots are turned off, rows are not scrubbed, or no key can be computed. */
async function keyOf(
  project: Project,
  { facts: { server } }: HeldTarget,
  source: Source,
  { pristine, scrub, skipExtensions, allowMissing, pgRestore }: LocalRestoreRequest,
): Promise<string | undefined> {
  if (!pristine || !scrub || project.configuration.restore?.pristine === false) return undefined
  return pristineKey({ project, source, server, words: [...skipExtensions, '--', ...allowMissing, '--', ...pgRestore] })
}

function readSource(
  api: Api,
  named: Exclude<NamedSource, { kind: 'local' | 'snapshot' }>,
  words: LocalRestoreRequest,
  cache: string,
): Promise<Source> {
  if (named.kind === 'file') return fileSource(named.path)
  if (named.kind === 'url') return urlSource(named.url, cache)
  if (words.offline) return cachedSource(named.environment, cache)
  return backupSource(api, named.environment, words, cache)
}

async function completeFacts(
  project: Project,
  { facts }: HeldTarget,
  source: Source,
  jobs: number,
  version: string | undefined,
): Promise<Omit<RestoreFacts, 'contents'>> {
  const client = chooseClients(await findClients(project.ambient.env), {
    archiveVersion: version,
    serverMajor: facts.server.major,
  })
  if (source.kind === 'backup') await ensureServerSpace(facts.server, source.backup.databaseBytes ?? 0)
  return {
    ...facts,
    source,
    client,
    jobs,
    loadFolder: join(project.ambient.cache, '_load', String(process.pid)),
  }
}

function optionsOf(project: Project, words: LocalRestoreRequest, pristine: string | undefined): RestoreOptions {
  const { restore } = project.configuration
  return {
    keep: words.keep,
    keepDumps: restore?.keep ?? 2,
    warnAfter: milliseconds(restore?.warnAfter ?? '24h'),
    scrub: projectRules(project, words.scrub),
    after: (restore?.after ?? []).map((line, index) => splitWords(line, `restore.after[${index}]`)),
    pgRestore: words.pgRestore,
    skipExtensions: [...(restore?.skipExtensions ?? []), ...words.skipExtensions],
    excludeTableData: restore?.excludeTableData ?? [],
    allowMissing: [...(restore?.allowMissing ?? []), ...words.allowMissing],
    request: words,
    now: project.ambient.now,
    log: join(project.ambient.cache, '_log', `restore-${process.pid}.log`),
    folder: project.root === project.folder ? undefined : project.root,
    pristine,
  }
}

/** A dump that is here already. */
function dumpHere(source: Source): Dump | undefined {
  const bytes = source.kind === 'file' ? source.bytes : source.cached?.bytes
  return bytes === undefined ? undefined : dumpInFile(source.file, bytes)
}

function jobsOf({ jobs, parallelize }: LocalRestoreRequest, configured: number | undefined): number {
  if (jobs === undefined)
    return configured ?? (parallelize ? availableParallelism() : Math.min(availableParallelism(), 4))
  const number = Number(jobs)
  if (Number.isInteger(number) && number > 0) return number
  throw usageError(`\`--jobs\` expects a number from 1, got \`${jobs}\``, 'remove it to use one job per core')
}
