import { dropUnfinished } from '../../databases/drop.ts'
import { applicationName } from '../../databases/lock.ts'
import { createDatabase, markDatabase, searchAlso } from '../../databases/statements.ts'
import { recordDump } from '../../dumps/cache.ts'
import { UselessDump } from '../../dumps/download.ts'
import type { GrowingFile } from '../../dumps/growing-file.ts'
import { type Dump, dumpInFile, readHead, startDownload } from '../../dumps/stream.ts'
import { readToTheEnd } from '../../dumps/whole-archive.ts'
import { failure } from '../../errors.ts'
import type { Archive } from '../../postgres/archive.ts'
import { onDatabase } from '../../postgres/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifiers.ts'
import { withSession } from '../../postgres/server.ts'
import type { StepHandler } from '../../run/plan.ts'
import { shellWord } from '../../run/print.ts'
import { printable } from '../../terminal/harmless.ts'
import type { Count, Progress } from '../../terminal/progress.ts'
import type { Reporter } from '../../terminal/reporter.ts'
import { isArriving, originOf } from '../facts.ts'
import type { RestoreEffect } from '../plan.ts'
import { refuseMisspelt } from '../scrub/perform.ts'
import { whereToDownload } from '../source.ts'
import type { Work } from '../work.ts'
import { load } from './load.ts'
import type { LoadWork } from './pg-restore.ts'
import { type Selection, selectEntries } from './selection.ts'

/** What the check found in an archive whose rows may still be arriving. */
type Checked = {
  readonly file: GrowingFile
  readonly archive: Archive
  readonly head: Buffer
  readonly selection: Selection
}

/**
 * Who performs the first half of a restore: from the backup to a database that holds all of it. The download goes on in the
 * background while the following steps read what has come; `stop` ends it wherever the plan ends.
 */
export function performLoad(work: Work): Record<
  Extract<RestoreEffect, 'download' | 'check' | 'create' | 'load'>,
  StepHandler
> & {
  readonly stop: () => Promise<void>
} {
  let dump: Dump | undefined
  let checked: Checked | undefined
  const begun = async () => {
    dump ??= await dumpHere(work)
    return dump
  }
  return {
    download: async (signal) => {
      dump = await download(work, signal)
    },
    check: async (_, reporter) => {
      const source = await begun()
      checked = await forgetUseless(source, () => check(work, source.file(), reporter))
    },
    create: async () => create(work, found(checked)),
    load: async (signal, reporter) => {
      const source = await begun()
      await forgetUseless(source, () => loadAll(work, source, found(checked), signal, reporter))
    },
    stop: async () => dump?.stop(failure('the restore has ended')),
  }
}

function found(checked: Checked | undefined): Checked {
  if (checked) return checked
  throw new Error('the archive was not checked')
}

/** What turned out to be no whole archive must not be continued by the next run. */
async function forgetUseless<T>(dump: Dump, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof UselessDump) await dump.stop(error)
    throw error
  }
}

async function dumpHere({ facts }: Work): Promise<Dump> {
  const { source } = facts
  const bytes = source.kind === 'file' ? source.bytes : source.cached?.bytes
  if (bytes === undefined) throw new Error('the backup was not downloaded')
  return dumpInFile(source.file, bytes)
}

async function download({ facts, api }: Work, signal: AbortSignal): Promise<Dump> {
  const { source } = facts
  return startDownload({ ...whereToDownload(api, source), file: source.file, environment: process.env, signal })
}

/** Everything about the archive that can be known from its first bytes, before anything is made: what it needs is possible here. */
async function check({ facts, options }: Work, file: GrowingFile, reporter: Reporter): Promise<Checked> {
  const { server } = facts
  const { archive, head } = await readHead(
    file,
    isArriving(facts.source) ? 'the backup' : `\`${printable(facts.source.file)}\``,
  )
  const selection = selectEntries(archive, {
    availableExtensions: server.extensions,
    roleIsSuperuser: server.role.superuser,
    skipExtensions: options.skipExtensions,
    excludeTableData: options.excludeTableData,
  })
  refuseProblems(selection)
  tellLeftOut(selection, reporter)
  return { file, archive, head, selection }
}

function tellLeftOut(
  { extensionsLeftOut, tablesWithoutRows, patternsWithoutTable }: Selection,
  reporter: Reporter,
): void {
  if (extensionsLeftOut.length > 0)
    reporter.aside(`left out, because nothing else needs it: extension ${extensionsLeftOut.map(printable).join(', ')}`)
  if (tablesWithoutRows.length > 0)
    reporter.aside(`left out, by restore.excludeTableData: the rows of ${tablesWithoutRows.map(printable).join(', ')}`)
  for (const pattern of patternsWithoutTable)
    reporter.warning(`\`${pattern}\` in restore.excludeTableData is no table of the backup`)
}

function refuseProblems({ problems }: Selection): void {
  const [first] = problems
  if (!first) return
  const lines = problems.map(
    ({ name, why, neededBy }) =>
      `the backup needs the extension ${printable(name)} (for ${neededBy.slice(0, 3).map(printable).join(', ')}): ${why}`,
  )
  throw failure(
    lines.join('\n'),
    `install it for the server (Debian: postgresql-contrib or ${shellWord(`postgresql-NN-${first.name}`)}), or leave it out: \`--skip-extension ${shellWord(first.name)}\``,
  )
}

async function create({ session, facts }: Work, { archive, selection }: Checked): Promise<void> {
  const { names, database, connection, source } = facts
  await session.query(createDatabase(names.incoming, names.target, archive.encoding, database))
  await session.query(
    markDatabase(names.incoming, {
      madeBy: 'parity',
      target: names.target,
      kind: 'incoming',
      createdAt: new Date().toISOString(),
      source: originOf(source),
    }),
  )
  const schemas = selection.schemasToCreate
  if (schemas.length === 0) return
  await withSession(onDatabase(connection, names.incoming), applicationName('create'), async (incoming) => {
    for (const schema of schemas) await incoming.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`)
  })
  await session.query(searchAlso(names.incoming, schemas))
}

/** Loads the archive, from its beginning again should the download have to begin again; then what was downloaded is a dump. */
async function loadAll(
  work: Work,
  dump: Dump,
  checked: Checked,
  signal: AbortSignal,
  reporter: Reporter,
): Promise<void> {
  const { facts, options } = work
  const harmless = await loadNewest(work, dump, checked, signal, reporter)
  // pg_restore may have been told to leave something out, and then did not read it either.
  if (isArriving(facts.source) && options.pgRestore.length > 0)
    await readToTheEnd(facts.client, dump.file().path, facts.source.file, signal)
  await accept(work, dump, reporter)
  tellHarmless(harmless, reporter)
}

/** Loads from the file that is the download's by now; where that changes in the middle, from the new one into a new database. */
async function loadNewest(
  work: Work,
  dump: Dump,
  checked: Checked,
  signal: AbortSignal,
  reporter: Reporter,
): Promise<readonly string[]> {
  const onCounts = telling(dump, reporter)
  for (let current = checked; ; current = await createAgain(work, dump, reporter)) {
    try {
      return await load({ ...loadWork(work, current), onCounts, onOutput: reporter.log }, signal)
    } catch (error) {
      if (signal.aborted || current.file === dump.file()) throw error
    }
  }
}

async function createAgain(work: Work, dump: Dump, reporter: Reporter): Promise<Checked> {
  reporter.aside('the download had to begin again, and so has the load')
  await dropUnfinished(work, 'incoming')
  const checked = await check(work, dump.file(), reporter)
  await create(work, checked)
  return checked
}

function loadWork(
  { facts, options }: Work,
  { file, archive, head, selection }: Checked,
): Omit<LoadWork, 'onCounts' | 'onOutput'> {
  const { source, client, server, connection, names, jobs, loadFolder } = facts
  return {
    onStructure: async () => {
      if (options.scrub) await refuseMisspelt(facts, options.scrub)
    },
    file,
    name: source.file,
    archive,
    head,
    kept: selection.kept,
    readAll: isArriving(source),
    client,
    serverMajor: server.major,
    connection: onDatabase(connection, names.incoming),
    jobs,
    options: options.pgRestore,
    folder: loadFolder,
    log: options.log,
  }
}

/** Puts together what is known of the download and of the tables. */
function telling(dump: Dump, { progress }: Reporter): (counts: readonly Count[]) => void {
  let known: Progress = {}
  const tell = (more: Progress) => {
    known = { ...known, ...more }
    progress(known)
  }
  dump.watch((bytes, totalBytes) => tell({ bytes, ...(totalBytes === undefined ? {} : { totalBytes }) }))
  return (counts) => tell({ counts })
}

async function accept({ facts, cache }: Work, dump: Dump, reporter: Reporter): Promise<void> {
  const { source } = facts
  const { resumedFrom } = await dump.accept()
  if (source.kind === 'backup' && isArriving(source)) await recordDump(cache, source.app, source.backup)
  if (resumedFrom > 0) reporter.aside(`went on from byte ${resumedFrom}, where an earlier run stopped`)
}

function tellHarmless(reasons: readonly string[], reporter: Reporter): void {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  for (const [reason, count] of counts)
    reporter.aside(`${count} ${count === 1 ? 'error that does' : 'errors that do'} no harm: ${reason}`)
}
