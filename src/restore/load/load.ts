import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { failure } from '../../errors.ts'
import type { TocEntry } from '../../postgres/archive.ts'
import { makePrivateFolder } from '../../run/private-files.ts'
import { isRunning } from '../../run/process.ts'
import { BrokenArchive, cutShort, findDataBlocks } from './data-blocks.ts'
import { isLittle, small, type Task } from './next-tasks.ts'
import { type LoadPlan, loadPlan } from './order.ts'
import { damaged, type Loading, type LoadWork, mayRunJobs, pgRestore, writeHead } from './pg-restore.ts'
import { type Missing, trySecondTime } from './second-try.ts'
import { type AnalyzeWork, blockTask, type ReadWork, type RowsWork, tasksAfterRows, type Work } from './work.ts'
import { Workload } from './workload.ts'

/**
 * Restores an archive that may still be arriving: first what comes before the rows, then rows as they arrive, each table's
 * constraints and indexes as soon as its rows are in, and what needs several tables last.
 * Returns why errors that came up do no harm, once for each, what is missing, and the oids of tables that have statistics. Throws
 * `UselessDump` for a damaged archive, a failure for what Postgres refused, `ObjectsRefused` for what is not allowed to be missing,
 * and what the file throws; no pg_restore of it runs any more then.
 */
export async function load(
  work: LoadWork,
  signal: AbortSignal,
): Promise<Missing & { readonly harmless: readonly string[]; readonly analyzed: readonly number[] }> {
  const stop = new AbortController()
  const run: Run = {
    ...work,
    plan: loadPlan(work.archive, work.kept),
    stop,
    signal: AbortSignal.any([signal, stop.signal]),
    harmless: [],
    refusals: [],
    refused: [],
    analyzed: [],
    lists: 0,
    tablesDone: 0,
    entriesDone: 0,
  }
  await makeFolder(work.folder)
  try {
    await writeHead(run)
    await pgRestore(run, run.plan.before)
    await run.onStructure()
    await makeRest(run, await loadRows(run), run.plan.last)
    const missing = await trySecondTime(run)
    await pgRestore(run, run.plan.policies)
    await pgRestore(run, run.plan.eventTriggers)
    return { ...missing, harmless: run.harmless, analyzed: run.analyzed }
  } catch (error) {
    signal.throwIfAborted()
    const first = stop.signal.aborted ? stop.signal.reason : error
    throw explained(work, first)
  } finally {
    await rm(work.folder, { recursive: true, force: true })
  }
}

function explained(work: LoadWork, error: unknown): unknown {
  if (error instanceof BrokenArchive) return damaged(work, error.message)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? failure(
        `the disk of \`${dirname(work.folder)}\` is full`,
        'free some space and run this again; the download is kept',
      )
    : error
}

/** An empty folder, beside those of other loads. What loads that were killed left is removed: it is of no use to anybody. */
async function makeFolder(folder: string): Promise<void> {
  const all = dirname(folder)
  await makePrivateFolder(all, dirname(all))
  for (const name of await readdir(all))
    if (name === basename(folder) || !isRunning(Number(name)))
      await rm(join(all, name), { recursive: true, force: true })
  await makePrivateFolder(folder)
}

type Run = Loading & {
  readonly plan: LoadPlan
  /** Ends every pg_restore; its reason is the first failure. */
  readonly stop: AbortController
  readonly refused: RowsWork[]
  /** Oids of tables that have statistics. */
  readonly analyzed: number[]
  tablesDone: number
  /** Constraints and indexes of single tables that are there. */
  entriesDone: number
}

/**
 * Rows as they arrive, and what their tables need, then the rows that were refused the first time: what checks them may look for others
 * by an index. Returns what is left.
 */
async function loadRows(run: Run): Promise<readonly Task<Work>[]> {
  const left = await workOff(run)
  if (run.refused.length === 0) return left
  await makeRest(run, left)
  const belated: Task<Work>[] = []
  for (const work of run.refused.sort((one, other) => one.block.start - other.block.start)) {
    belated.push(...(await retry(run, work)))
  }
  return belated
}

/** Lets the workers load the blocks. Returns what is left, or throws the first failure, when all of them have ended. */
async function workOff(run: Run): Promise<Task<Work>[]> {
  const workload = new Workload<Work>({
    jobs: run.jobs,
    perform: (tasks) => perform(run, tasks),
    performRest: mayRunJobs(run) ? (tasks) => makeRest(run, tasks) : undefined,
    onFailure: (error) => run.stop.abort(error),
  })
  const filling = addBlocks(run, workload).then(
    () => workload.close(),
    (error) => {
      workload.stop()
      run.stop.abort(error)
      throw error
    },
  )
  // What still arrives when a worker has failed is of no interest any more.
  filling.catch(() => {})
  const left = await workload.done
  await filling
  return left
}

/**
 * Makes a task of each block as it arrives; small ones wait for each other, so that one pg_restore can do them all. Throws
 * `BrokenArchive` where the file does not have what its table of contents lists.
 */
async function addBlocks(run: Run, workload: Workload<Work>): Promise<void> {
  const { file, archive, plan } = run
  const entries = new Map(archive.entries.map((entry) => [entry.dumpId, entry]))
  const missing = new Set([...plan.rows.keys(), ...plan.unwanted])
  let held: Task<Work>[] = []
  for await (const block of findDataBlocks(file, archive.dataStart, archive.integerSize, missing.size)) {
    const entry = entries.get(block.dumpId)
    if (!entry || !missing.delete(block.dumpId))
      throw new BrokenArchive(`it has a data block without a table, number ${block.dumpId}`)
    const rows = plan.rows.get(block.dumpId)
    if (rows) held.push(blockTask(run, { kind: 'rows', rows, block }))
    else if (run.readAll) held.push(blockTask(run, { kind: 'read', entry, block }))
    if (isLittle(held)) continue
    workload.add(held)
    held = []
  }
  workload.add(held)
  if (missing.size > 0) throw cutShort(file.size)
}

/** Does tasks of one kind in one pg_restore; returns what has become possible. */
async function perform(run: Run, tasks: readonly Task<Work>[]): Promise<Task<Work>[]> {
  const works = tasks.map(({ work }) => work)
  const rows = works.filter((work) => work.kind === 'rows')
  const unwanted = works.filter((work) => work.kind === 'read')
  const entries = works.filter((work) => work.kind === 'entries')
  const loaded = works.filter((work) => work.kind === 'analyze')
  if (unwanted.length > 0) await readNowhere(run, unwanted)
  if (loaded.length > 0) await makeStatistics(run, loaded)
  await pgRestore(
    run,
    entries.flatMap((work) => work.entries),
  )
  run.entriesDone += entries.flatMap((work) => work.entries).length
  tellCounts(run)
  return [...(await copyRows(run, rows)), ...entries.flatMap(({ next }) => next())]
}

/**
 * When the rows are in, one pg_restore with several jobs makes all indexes that are left; after the workers have ended, also what
 * comes last. Statistics are left to the time when all is there.
 */
async function makeRest(run: Run, tasks: readonly Task<Work>[], last: readonly TocEntry[] = []): Promise<void> {
  const entries = tasks.flatMap(({ work }) => (work.kind === 'entries' ? [...work.entries, ...work.later] : []))
  let left = entries.length
  const count = (made: number) => {
    left -= made
    run.entriesDone += made
    tellCounts(run)
  }
  await pgRestore(run, [...entries, ...last], {
    jobs: run.file.size < small ? 1 : run.jobs,
    onEntry: () => count(Math.min(left, 1)),
  })
  count(left)
}

function tellCounts({ plan, tablesDone, entriesDone, onCounts }: Run): void {
  const entries = [...plan.rows.values()].flatMap(({ constraints, indexes }) => [...constraints, ...indexes])
  onCounts([
    { what: 'tables', done: tablesDone, total: plan.rows.size },
    { what: 'indexes and keys', done: entriesDone, total: entries.length },
  ])
}

/**
 * Loads rows. Those of a table that the server refuses are put off to the end: a check may call a function that looks into
 * another table, which has no rows yet.
 */
async function copyRows(run: Run, works: readonly RowsWork[]): Promise<Task<Work>[]> {
  const refused = await pgRestore(
    run,
    works.map(({ rows }) => rows.entry),
    { dataBlocks: works.map(({ block }) => block), mayRefuseRows: true },
  )
  const areRefused = (work: RowsWork) => refused.some(({ dumpId }) => dumpId === work.block.dumpId)
  run.refused.push(...works.filter(areRefused))
  return works.filter((work) => !areRefused(work)).flatMap((work) => finishRows(run, work))
}

async function retry(run: Run, work: RowsWork): Promise<Task<Work>[]> {
  await pgRestore(run, [work.rows.entry], { dataBlocks: [work.block] })
  return finishRows(run, work)
}

function finishRows(run: Run, work: RowsWork): Task<Work>[] {
  run.tablesDone += 1
  tellCounts(run)
  return tasksAfterRows(run, work)
}

async function makeStatistics(run: Run, works: readonly AnalyzeWork[]): Promise<void> {
  const analyzed = await run.analyze?.(
    works.map(({ entry }) => entry),
    run.signal,
  )
  run.signal.throwIfAborted()
  run.analyzed.push(...(analyzed ?? []))
}

/** Decompresses excluded data to verify that the archive is complete. */
async function readNowhere(run: Run, works: readonly ReadWork[]): Promise<void> {
  await pgRestore(
    run,
    works.map(({ entry }) => entry),
    { dataBlocks: works.map(({ block }) => block), nowhere: true },
  )
}
