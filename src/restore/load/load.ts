import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { failure } from '../../errors.ts'
import type { TocEntry } from '../../postgres/archive.ts'
import { makePrivateFolder } from '../../run/private-files.ts'
import { isRunning } from '../../run/process.ts'
import { BrokenArchive, cutShort, type DataBlock, findDataBlocks } from './data-blocks.ts'
import { isLittle, type Task } from './next-tasks.ts'
import { type LoadPlan, loadPlan, type Rows } from './order.ts'
import { damaged, type Loading, type LoadWork, pgRestore, writeHead } from './pg-restore.ts'
import { type Missing, trySecondTime } from './second-try.ts'
import { Workload } from './workload.ts'

/**
 * Restores an archive that may still be arriving: first what comes before the rows, then rows as they arrive, each table's
 * constraints and indexes as soon as its rows are in, and what needs several tables last.
 * Returns why errors that came up do no harm, once for each, and what is missing. Throws `UselessDump` for a damaged archive, a
 * failure for what Postgres refused, `ObjectsRefused` for what is not allowed to be missing, and what the file throws; no pg_restore
 * of it runs any more then.
 */
export async function load(
  work: LoadWork,
  signal: AbortSignal,
): Promise<Missing & { readonly harmless: readonly string[] }> {
  const stop = new AbortController()
  const run: Run = {
    ...work,
    plan: loadPlan(work.archive, work.kept),
    stop,
    signal: AbortSignal.any([signal, stop.signal]),
    harmless: [],
    refusals: [],
    refused: [],
    lists: 0,
    tablesDone: 0,
    entriesDone: 0,
  }
  await makeFolder(work.folder)
  try {
    await writeHead(run)
    await pgRestore(run, run.plan.before)
    await run.onStructure()
    await loadRows(run)
    await pgRestore(run, run.plan.last, { jobs: work.jobs })
    const missing = await trySecondTime(run)
    await pgRestore(run, run.plan.policies)
    await pgRestore(run, run.plan.eventTriggers)
    return { ...missing, harmless: run.harmless }
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
  tablesDone: number
  /** Constraints and indexes of single tables that are there. */
  entriesDone: number
}

type RowsWork = { readonly kind: 'rows'; readonly rows: Rows; readonly block: DataBlock }
type EntriesWork = { readonly kind: 'entries'; readonly entries: readonly TocEntry[]; readonly then: Task<Work>[] }
type ReadWork = { readonly kind: 'read'; readonly entry: TocEntry; readonly block: DataBlock }
type Work = RowsWork | EntriesWork | ReadWork

/** Rows as they arrive, then what their tables need, then the rows that were refused the first time. */
async function loadRows(run: Run): Promise<void> {
  await workOff(run, (workload) => addBlocks(run, workload))
  const belated: Task<Work>[] = []
  for (const work of run.refused.sort((one, other) => one.block.start - other.block.start)) {
    belated.push(...(await retry(run, work)))
  }
  if (belated.length > 0) await workOff(run, async (workload) => workload.add(belated))
}

/** Lets the workers do what `fill` adds. Returns, or throws the first failure, when all of them have ended. */
async function workOff(run: Run, fill: (workload: Workload<Work>) => Promise<void>): Promise<void> {
  const workload = new Workload<Work>(
    run.jobs,
    (works) => perform(run, works),
    (error) => run.stop.abort(error),
  )
  const filling = fill(workload).then(
    () => workload.close(),
    (error) => {
      workload.stop()
      run.stop.abort(error)
      throw error
    },
  )
  // What still arrives when a worker has failed is of no interest any more.
  filling.catch(() => {})
  await workload.done
  await filling
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

function blockTask({ file }: Run, work: RowsWork | ReadWork): Task<Work> {
  const { block } = work
  return {
    work,
    kind: work.kind,
    weight: () => (block.end ?? file.size) - block.start,
    isWhole: () => block.end !== undefined,
  }
}

/** Does tasks of one kind in one pg_restore; returns what has become possible. */
async function perform(run: Run, works: Work[]): Promise<Task<Work>[]> {
  const rows = works.filter((work) => work.kind === 'rows')
  const unwanted = works.filter((work) => work.kind === 'read')
  const entries = works.filter((work) => work.kind === 'entries')
  if (unwanted.length > 0) await readNowhere(run, unwanted)
  await pgRestore(
    run,
    entries.flatMap((work) => work.entries),
  )
  run.entriesDone += entries.flatMap((work) => work.entries).length
  tellCounts(run)
  return [...(await copyRows(run, rows)), ...entries.flatMap(({ then }) => then)]
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

/** What to do when a table has its rows: its constraints, then its indexes side by side, or all at once for a small table. */
function finishRows(run: Run, work: RowsWork): Task<Work>[] {
  run.tablesDone += 1
  tellCounts(run)
  const { rows, block } = work
  const weight = () => (block.end ?? run.file.size) - block.start
  const task = (entries: readonly TocEntry[], then: Task<Work>[]): Task<Work> => ({
    work: { kind: 'entries', entries, then },
    kind: 'entries',
    weight,
    isWhole: () => true,
  })
  const all = [...rows.constraints, ...rows.indexes]
  if (all.length > 0 && isLittle([blockTask(run, work)])) return [task(all, [])]
  const indexes = rows.indexes.map((entry) => task([entry], []))
  return rows.constraints.length > 0 ? [task(rows.constraints, indexes)] : indexes
}

/** Decompresses excluded data to verify that the archive is complete. */
async function readNowhere(run: Run, works: readonly ReadWork[]): Promise<void> {
  await pgRestore(
    run,
    works.map(({ entry }) => entry),
    { dataBlocks: works.map(({ block }) => block), nowhere: true },
  )
}
