import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, type ParityError } from '../../errors.ts'
import type { Archive, TocEntry } from '../../postgres/archive.ts'
import { type Client, clientProgram, setsUnknown } from '../../postgres/clients.ts'
import { type Connection, connectionEnvironment, conninfo } from '../../postgres/connection.ts'
import { useList } from '../../postgres/selection.ts'
import type { Call } from '../../run/call.ts'
import { runLogged } from '../../run/logged.ts'
import { type Outcome, succeeded } from '../../run/outcome.ts'
import { UselessDump } from '../download/download.ts'
import type { GrowingFile } from '../download/growing-file.ts'
import { isDamage, judge, parseErrors, type RestoreError, type Verdict, whyHarmless } from './classify.ts'
import { archiveOf, BrokenArchive, cutShort, findMembers, type Member } from './members.ts'
import { type LoadPlan, loadPlan, type Rows } from './plan.ts'
import { type Task, Workload } from './workload.ts'

export type LoadWork = {
  /** Where the archive is, or is arriving. */
  readonly file: GrowingFile
  /** Its name in messages. */
  readonly name: string
  readonly archive: Archive
  /** The bytes of header and table of contents. */
  readonly head: Buffer
  /** The entries to be restored, in the archive's order. */
  readonly kept: readonly TocEntry[]
  /** Unpack also what is not restored: then every byte of the archive has been read, and was whole. */
  readonly readAll: boolean
  readonly client: Client
  readonly serverMajor: number
  /** The database to load into. */
  readonly connection: Connection
  /** How many pg_restores may run at a time. */
  readonly jobs: number
  /** Words that are passed on to pg_restore. */
  readonly options: readonly string[]
  /** A folder of this load alone, which is removed at its end. */
  readonly folder: string
  readonly log: string
}

/**
 * Restores an archive that may still be arriving: first what comes before the rows, then rows as they arrive, each table's
 * constraints and indexes as soon as its rows are in, and what needs several tables last. `onTables` hears how many tables have
 * their rows, of how many.
 * Returns why errors that came up do no harm, once for each. Throws `UselessDump` for a damaged archive, a failure for what
 * Postgres refused, and what the file throws; no pg_restore of it runs any more then.
 */
export async function load(
  work: LoadWork,
  signal: AbortSignal,
  onTables: (done: number, total: number) => void,
): Promise<readonly string[]> {
  const stop = new AbortController()
  const run: Run = {
    ...work,
    plan: loadPlan(work.archive, work.kept),
    stop,
    signal: AbortSignal.any([signal, stop.signal]),
    onTables,
    harmless: [],
    refused: [],
    lists: 0,
    tablesDone: 0,
  }
  await mkdir(work.folder, { recursive: true, mode: 0o700 })
  try {
    await writeFile(headFile(run), work.head, { mode: 0o600 })
    await restore(run, run.plan.before)
    await loadRows(run)
    // Several jobs would all tell at once of a setting that the server doesn't know: in pieces of lines that nobody can judge.
    await restore(run, run.plan.last, { jobs: setsUnknown(work.client, work.serverMajor) ? 1 : work.jobs })
    return run.harmless
  } catch (error) {
    signal.throwIfAborted()
    const first = stop.signal.aborted ? stop.signal.reason : error
    throw first instanceof BrokenArchive ? damaged(work, first.message) : first
  } finally {
    await rm(work.folder, { recursive: true, force: true })
  }
}

type Run = LoadWork & {
  readonly plan: LoadPlan
  /** Ends every pg_restore; its reason is the first failure. */
  readonly stop: AbortController
  readonly signal: AbortSignal
  readonly onTables: (done: number, total: number) => void
  readonly harmless: string[]
  readonly refused: RowsWork[]
  /** Lists written so far. */
  lists: number
  tablesDone: number
}

type RowsWork = { readonly kind: 'rows'; readonly rows: Rows; readonly member: Member }
type EntriesWork = { readonly kind: 'entries'; readonly entries: readonly TocEntry[]; readonly then: Task<Work>[] }
type ReadWork = { readonly kind: 'read'; readonly entry: TocEntry; readonly member: Member }
type Work = RowsWork | EntriesWork | ReadWork

/** The archive without its rows: all that a pg_restore reads that restores none. */
function headFile({ folder }: LoadWork): string {
  return join(folder, 'head.dump')
}

/** Rows as they arrive, then what their tables need, then the rows that were refused the first time. */
async function loadRows(run: Run): Promise<void> {
  await workOff(run, (workload) => addMembers(run, workload))
  const belated: Task<Work>[] = []
  for (const work of run.refused.sort((one, other) => one.member.start - other.member.start)) {
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

/** Makes a task of each member as it arrives. Throws `BrokenArchive` where the file has not what its table of contents says. */
async function addMembers(run: Run, workload: Workload<Work>): Promise<void> {
  const { file, archive, plan } = run
  const entries = new Map(archive.entries.map((entry) => [entry.dumpId, entry]))
  const missing = new Set([...plan.rows.keys(), ...plan.unwanted])
  for await (const member of findMembers(file, archive.dataStart, integerSize(run))) {
    const entry = entries.get(member.dumpId)
    if (!entry || !missing.delete(member.dumpId))
      throw new BrokenArchive(`it has rows of nothing, number ${member.dumpId}`)
    const rows = plan.rows.get(member.dumpId)
    if (rows) workload.add([memberTask(run, { kind: 'rows', rows, member })])
    else if (run.readAll) workload.add([memberTask(run, { kind: 'read', entry, member })])
  }
  if (missing.size > 0) throw cutShort(file.size)
}

function memberTask({ file }: Run, work: RowsWork | ReadWork): Task<Work> {
  const { member } = work
  return {
    work,
    kind: work.kind,
    weight: () => (member.end ?? file.size) - member.start,
    isWhole: () => member.end !== undefined,
  }
}

/** Does tasks of one kind in one pg_restore; returns what has become possible. */
async function perform(run: Run, works: Work[]): Promise<Task<Work>[]> {
  const rows = works.filter((work) => work.kind === 'rows')
  const unwanted = works.filter((work) => work.kind === 'read')
  const entries = works.filter((work) => work.kind === 'entries')
  if (unwanted.length > 0) await readNowhere(run, unwanted)
  await restore(
    run,
    entries.flatMap((work) => work.entries),
  )
  return [...(await copyRows(run, rows)), ...entries.flatMap(({ then }) => then)]
}

/**
 * Loads rows. Those of a table that the server refuses are put off to the end: a check may call a function that looks into
 * another table, which has no rows yet.
 */
async function copyRows(run: Run, works: readonly RowsWork[]): Promise<Task<Work>[]> {
  const refused = await restore(
    run,
    works.map(({ rows }) => rows.entry),
    { members: works.map(({ member }) => member), mayRefuseRows: true },
  )
  const areRefused = (work: RowsWork) => refused.some(({ dumpId }) => dumpId === work.member.dumpId)
  run.refused.push(...works.filter(areRefused))
  return works.filter((work) => !areRefused(work)).flatMap((work) => finishRows(run, work))
}

async function retry(run: Run, work: RowsWork): Promise<Task<Work>[]> {
  await restore(run, [work.rows.entry], { members: [work.member] })
  return finishRows(run, work)
}

/** What to do when a table has its rows: its constraints, then its indexes. */
function finishRows(run: Run, { rows, member }: RowsWork): Task<Work>[] {
  run.tablesDone += 1
  run.onTables(run.tablesDone, run.plan.rows.size)
  const weight = () => (member.end ?? run.file.size) - member.start
  const task = (entries: readonly TocEntry[], then: Task<Work>[]): Task<Work> => ({
    work: { kind: 'entries', entries, then },
    kind: 'entries',
    weight,
    isWhole: () => true,
  })
  const indexes = rows.indexes.map((entry) => task([entry], []))
  return rows.constraints.length > 0 ? [task(rows.constraints, indexes)] : indexes
}

/** Unpacks what nobody wants, to see that it is whole. */
async function readNowhere(run: Run, works: readonly ReadWork[]): Promise<void> {
  await restore(
    run,
    works.map(({ entry }) => entry),
    { members: works.map(({ member }) => member), nowhere: true },
  )
}

type How = {
  /** The rows that it reads; without, it restores entries that have none. */
  readonly members?: readonly Member[]
  /** Whether rows that Postgres refuses are returned, and are no failure. */
  readonly mayRefuseRows?: boolean
  readonly nowhere?: boolean
  readonly jobs?: number
}

/** Runs one pg_restore for some entries. Returns the rows that were refused, if they may be. */
async function restore(run: Run, entries: readonly TocEntry[], how: How = {}): Promise<readonly RestoreError[]> {
  if (entries.length === 0) return []
  run.lists += 1
  const list = join(run.folder, `${run.lists}.list`)
  await writeFile(list, useList(entries), { mode: 0o600 })
  const call = pgRestore(run, list, how)
  const { outcome, stderr } = await runLogged(call, {
    log: run.log,
    signal: run.signal,
    ...(how.members ? { input: archiveOf(run.head, how.members, run.file, integerSize(run)) } : {}),
  })
  run.signal.throwIfAborted()
  if (succeeded(outcome)) return []
  const verdict = 'status' in outcome && outcome.status === 1 ? judge(stderr) : undefined
  const errors = verdict?.errors ?? []
  const areRefusals = how.mayRefuseRows === true && errors.every((error) => isRefusal(error, entries))
  if (!verdict || (errors.length > 0 && !areRefusals)) throw explained(run, call, outcome, verdict, stderr)
  run.harmless.push(...verdict.harmless)
  return errors
}

function pgRestore(run: Run, list: string, { members, nowhere, jobs = 1 }: How): Call {
  const { client, connection } = run
  const { env, secrets } = connectionEnvironment(connection)
  const { PGDATABASE: _named, ...server } = env
  // Only ever of use for what can be thrown away: the commit of the swap, later, puts all of it on disk.
  const session = [process.env.PGOPTIONS, '-c synchronous_commit=off'].filter(Boolean).join(' ')
  return {
    program: clientProgram(client, 'pg_restore'),
    args: [
      ...(nowhere ? ['--file', '/dev/null'] : ['--dbname', conninfo({ dbname: connection.database })]),
      ...['--no-owner', '--no-privileges', '--verbose', ...run.options],
      ...(nowhere ? [] : ['--jobs', String(jobs)]),
      ...['--use-list', list, ...(members ? [] : [headFile(run)])],
    ],
    // Its own messages are read here, so they have to be in English.
    env: { ...server, PGAPPNAME: 'parity load', PGOPTIONS: session, LC_ALL: 'C' },
    secrets,
  }
}

/** Whether Postgres did not take the rows of one of `entries`: all of that table's are gone then, as if they had never come. */
function isRefusal({ dumpId, text }: RestoreError, entries: readonly TocEntry[]): boolean {
  return text.startsWith('COPY failed for table ') && entries.some((entry) => entry.dumpId === dumpId)
}

function explained(run: Run, call: Call, outcome: Outcome, verdict: Verdict | undefined, stderr: string): ParityError {
  const told = parseErrors(stderr)
  const damage = told.find(isDamage)
  if (damage) return damaged(run, `pg_restore: error: ${damage.text.split('\n')[0]}`)
  // Where names in the log look like messages of their own, the verdict is open; what Postgres refused still tells most.
  const refused = told.filter(({ text }) => /^(?:could not execute|COPY failed)/.test(text))
  const harm = verdict ? verdict.errors[0] : refused.find((error) => whyHarmless(error) === undefined)
  const words = harm ? `pg_restore: error: ${harm.text}` : stderr.trimEnd().split('\n').slice(-10).join('\n')
  const ending = 'status' in outcome ? `failed with status ${outcome.status}` : `was ended by ${outcome.signal}`
  return failure(
    `\`${call.program}\` ${ending}:\n${words.split('\n').slice(0, 10).join('\n')}`,
    `${newerWords(run)}the whole log is in ${run.log}`,
  )
}

/** What may be why Postgres refused something: a backup can hold what only newer servers know. */
function newerWords({ archive, serverMajor }: LoadWork): string {
  if (archive.serverMajor <= serverMajor) return ''
  return `the backup comes from Postgres ${archive.serverMajor} and this server is ${serverMajor}: a newer server takes it; `
}

function damaged({ name }: LoadWork, problem: string): UselessDump {
  return new UselessDump(`the archive ${name} is damaged: ${problem}`, 'get the backup again')
}

/** Bytes of a number in the file: `pg_backup_archiver.c` writes it after magic and version. */
function integerSize({ head }: LoadWork): number {
  return head[8] ?? 4
}
