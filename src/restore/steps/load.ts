import { markDatabase } from '../../databases/statements.ts'
import { recordDump } from '../../dumps/cache.ts'
import type { Dump } from '../../dumps/stream.ts'
import { readToTheEnd } from '../../dumps/whole-archive.ts'
import { failure } from '../../errors.ts'
import { onDatabase } from '../../postgres/catalog.ts'
import { clientProgram } from '../../postgres/clients.ts'
import { shellWord } from '../../run/print.ts'
import { printable } from '../../terminal/harmless.ts'
import type { Count, Progress } from '../../terminal/progress.ts'
import type { Reporter } from '../../terminal/reporter.ts'
import { isArriving, type RestoreOptions } from '../facts.ts'
import { load as loadArchive } from '../load/load.ts'
import { ObjectsRefused } from '../load/objects-refused.ts'
import type { LoadWork } from '../load/pg-restore.ts'
import { lineAgain } from '../request.ts'
import { analyzeFinished, isAnalyzedEarly } from './analyze.ts'
import { checkedContents, forgetUseless, incomingMark, openedDump, type RestoreStep, type Work } from './restoring.ts'
import { refuseMisspelt } from './scrub.ts'

/** Loads the dump into the incoming database; then what was downloaded is a dump of the cache. */
export const load: RestoreStep = {
  effect: 'load',
  describe(given) {
    const {
      facts: { client, names, jobs, source },
      options: { pgRestore },
    } = given
    const program = clientProgram(client, 'pg_restore')
    const words = [program, '--no-owner', '--no-privileges', ...pgRestore, '--jobs', `${jobs}`]
    const rows = isArriving(source) ? 'rows as they arrive' : 'rows'
    return (
      `load: ${printable(names.incoming)} by ${words.map(shellWord).join(' ')}: ` +
      `${rows}, a table's indexes${isAnalyzedEarly(given) ? ' and statistics' : ''} as soon as its rows are in, foreign keys last`
    )
  },
  run: (work, signal, reporter) =>
    forgetUseless(openedDump(work.dump), async (dump) => ({ analyzed: await loadAll(work, dump, signal, reporter) })),
}

/** Returns the oids of tables that have statistics. */
async function loadAll(work: Work, dump: Dump, signal: AbortSignal, reporter: Reporter): Promise<readonly number[]> {
  const { facts, options } = work
  const onCounts = progressOf(dump, reporter)
  const loading = loadArchive({ ...loadWork(work, dump), onCounts, onOutput: reporter.log }, signal)
  const { harmless, missing, notValid, analyzed } = await loading.catch((error) =>
    Promise.reject(explained(error, options)),
  )
  // pg_restore may have been told to leave something out, and then did not read it either.
  if (isArriving(facts.source) && options.pgRestore.length > 0)
    await readToTheEnd(facts.client, dump.file.path, facts.source.file, signal)
  await accept(work, dump, reporter)
  tellHarmless(harmless, reporter)
  if (notValid.length > 0)
    reporter.warning(`NOT VALID, since rows of the backup break it: ${notValid.map(printable).join(', ')}`)
  // The mark is all that the database itself remembers until the swap.
  if (missing.length > 0)
    await work.session.query(markDatabase(facts.names.incoming, { ...incomingMark(facts), missing }))
  return analyzed
}

/** What could not be made, with the line that goes on without it. */
function explained(error: unknown, { request }: RestoreOptions): unknown {
  if (!(error instanceof ObjectsRefused)) return error
  const { lines, names, fixes } = error
  const count = lines.length === 1 ? '1 object' : `${lines.length} objects`
  const statements = fixes.length > 0 ? ` (${fixes.map(printable).join('; ')})` : ''
  return failure(
    [`${count} of the backup cannot be made here:`, ...lines.map((line) => `  ${printable(line)}`)].join('\n'),
    `fix ${lines.length === 1 ? 'it' : 'them'} in production${statements}, or go on without: \`${lineAgain(request, names)}\``,
  )
}

function loadWork(work: Work, { file }: Dump): Omit<LoadWork, 'onCounts' | 'onOutput'> {
  const { facts, options, contents, environment, onRefused } = work
  const { source, client, server, connection, names, jobs, loadFolder } = facts
  const { archive, head, selection } = checkedContents(contents)
  return {
    onStructure: async () => {
      if (options.scrub) await refuseMisspelt(facts, options.scrub)
    },
    ...(isAnalyzedEarly(work) ? { analyze: (tables, stop) => analyzeFinished(facts, tables, stop) } : {}),
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
    sessionOptions: environment.PGOPTIONS,
    options: options.pgRestore,
    allowMissing: options.allowMissing,
    onRefused,
    folder: loadFolder,
    log: options.log,
  }
}

/** Puts together what is known of the download and of the tables. */
function progressOf(dump: Dump, { progress }: Reporter): (counts: readonly Count[]) => void {
  let known: Progress = {}
  const add = (more: Progress) => {
    known = { ...known, ...more }
    progress(known)
  }
  dump.watch((bytes, totalBytes) => add({ bytes, ...(totalBytes === undefined ? {} : { totalBytes }) }))
  return (counts) => add({ counts })
}

async function accept({ facts, cache }: Work, dump: Dump, reporter: Reporter): Promise<void> {
  const { source } = facts
  const { resumedFrom } = await dump.accept()
  if (source.kind === 'backup' && isArriving(source)) await recordDump(cache, source.app, source.backup)
  if (resumedFrom > 0) reporter.aside(`resumed at byte ${resumedFrom}`)
}

function tellHarmless(reasons: readonly string[], reporter: Reporter): void {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  for (const [reason, count] of counts)
    reporter.aside(`${count} ${count === 1 ? 'error that does' : 'errors that do'} no harm: ${reason}`)
}
