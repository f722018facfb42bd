import { join } from 'node:path'
import type { GrowingFile } from '../../dumps/growing-file.ts'
import { UselessDump } from '../../dumps/useless-dump.ts'
import { failure, type ParityError } from '../../errors.ts'
import type { Archive, TocEntry } from '../../postgres/archive.ts'
import { type Client, clientProgram, setsUnknown } from '../../postgres/clients.ts'
import { type Connection, connectionEnvironment, conninfo } from '../../postgres/connection.ts'
import type { Call } from '../../run/call.ts'
import { runLogged } from '../../run/logged.ts'
import { type Outcome, succeeded } from '../../run/outcome.ts'
import { writePrivateFile } from '../../run/private-files.ts'
import { printable } from '../../terminal/harmless.ts'
import type { Count } from '../../terminal/progress.ts'
import { isDamage, judge, parseErrors, type RestoreError, type Verdict, whyHarmless } from './classify.ts'
import { archiveOf, type DataBlock } from './data-blocks.ts'
import { useList } from './list.ts'
import { type Refusal, refusalOf } from './missing.ts'
import type { ObjectsRefused } from './objects-refused.ts'

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
  /** Options of a session that the caller has set, as in `PGOPTIONS`. */
  readonly sessionOptions: string | undefined
  /** Words that are passed on to pg_restore. */
  readonly options: readonly string[]
  /** Names of indexes, keys and views that may be missing. */
  readonly allowMissing: readonly string[]
  /** Hears of what else cannot be made, and the load goes on without; left out, that ends the load. */
  readonly onRefused?: ((refused: ObjectsRefused) => void) | undefined
  /** A folder of this load alone, which is removed at its end. */
  readonly folder: string
  readonly log: string
  /** Is called when what comes before the rows is there; what it throws ends the load. */
  readonly onStructure: () => Promise<void>
  /** Makes the statistics of tables that are finished; returns the oids of those that have them now. Left out, that is done later. */
  readonly analyze?: ((tables: readonly TocEntry[], signal: AbortSignal) => Promise<readonly number[]>) | undefined
  /** Hears how much is done whenever that has changed. */
  readonly onCounts: (counts: readonly Count[]) => void
  /** Hears all that pg_restore writes. */
  readonly onOutput: (text: string) => void
}

/** A load that goes on. */
export type Loading = LoadWork & {
  readonly signal: AbortSignal
  /** Why errors that came up do no harm, once for each. */
  readonly harmless: string[]
  /** What holds no rows and was refused. */
  readonly refusals: Refusal[]
  /** Lists written so far. */
  lists: number
}

/** The archive without its rows: all that a pg_restore reads that restores none. */
function headFile({ folder }: LoadWork): string {
  return join(folder, 'head.dump')
}

export async function writeHead(work: LoadWork): Promise<void> {
  await writePrivateFile(headFile(work), work.head)
}

type How = {
  /** The rows that it reads; without, it restores entries that have none. */
  readonly dataBlocks?: readonly DataBlock[]
  /** Whether rows that Postgres refuses are returned, and are no failure. */
  readonly mayRefuseRows?: boolean
  readonly nowhere?: boolean
  readonly jobs?: number
  /** Hears of each index and each constraint that is made. */
  readonly onEntry?: () => void
}

/** Runs one pg_restore for some entries. Returns the rows that were refused, if they may be. */
export async function pgRestore(
  run: Loading,
  entries: readonly TocEntry[],
  how: How = {},
): Promise<readonly RestoreError[]> {
  if (entries.length === 0) return []
  run.lists += 1
  const list = join(run.folder, `${run.lists}.list`)
  await writePrivateFile(list, useList(entries))
  const call = callFor(run, list, how)
  const { outcome, stderr } = await runLogged(call, {
    log: run.log,
    signal: run.signal,
    echo: how.onEntry ? countEntries(run, how) : run.onOutput,
    ...(how.dataBlocks ? { input: archiveOf(run.head, how.dataBlocks, run.file, run.archive.integerSize) } : {}),
  })
  run.signal.throwIfAborted()
  if (succeeded(outcome)) return []
  const verdict = 'status' in outcome && outcome.status === 1 ? judge(stderr, run.archive.entries) : undefined
  const errors = verdict?.errors ?? []
  const refusals = errors.flatMap((error) => refusalOf(error, entries, run.kept) ?? [])
  const others = errors.filter((error) => refusalOf(error, entries, run.kept) === undefined)
  const areRefusals = how.mayRefuseRows === true && others.every((error) => isRefusal(error, entries))
  if (!verdict || (others.length > 0 && !areRefusals))
    throw explained(run, call, outcome, verdict && { ...verdict, errors: others }, stderr)
  run.harmless.push(...verdict.harmless)
  run.refusals.push(...refusals)
  return others
}

/**
 * Whether pg_restore may have jobs. They would all report a setting that the server doesn't know at the same time; their lines could
 * mix, and judge() could not parse them.
 */
export function mayRunJobs({ client, serverMajor }: LoadWork): boolean {
  return !setsUnknown(client, serverMajor)
}

/** By what `--verbose` says: jobs say when an item is finished, a pg_restore without them when it begins one. */
function countEntries({ onOutput }: Loading, { jobs = 1, onEntry }: How): (text: string) => void {
  const made = jobs === 1 ? /: creating (?:INDEX|CONSTRAINT) /g : /: finished item \d+ (?:INDEX|CONSTRAINT) /g
  return (text) => {
    onOutput(text)
    for (const _ of text.matchAll(made)) onEntry?.()
  }
}

function callFor(run: Loading, list: string, { dataBlocks, nowhere, jobs = 1 }: How): Call {
  const { client, connection } = run
  const { env, secrets } = connectionEnvironment(connection)
  const { PGDATABASE: _named, ...server } = env
  // Only ever of use for what can be thrown away: the commit of the swap, later, puts all of it on disk.
  const session = [run.sessionOptions, '-c synchronous_commit=off'].filter(Boolean).join(' ')
  return {
    program: clientProgram(client, 'pg_restore'),
    args: [
      ...(nowhere ? ['--file', '/dev/null'] : ['--dbname', conninfo({ dbname: connection.database })]),
      ...['--no-owner', '--no-privileges', '--verbose', ...run.options],
      ...(nowhere ? [] : ['--jobs', String(mayRunJobs(run) ? jobs : 1)]),
      ...['--use-list', list, ...(dataBlocks ? [] : [headFile(run)])],
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

function explained(
  run: Loading,
  call: Call,
  outcome: Outcome,
  verdict: Verdict | undefined,
  stderr: string,
): ParityError {
  const told = parseErrors(stderr, run.archive.entries)
  const damage = told.find(isDamage)
  if (damage) return damaged(run, `pg_restore: error: ${damage.text.split('\n')[0]}`)
  // Where something in the log looks like a separate message, the verdict is open; what Postgres refused is still the best reason.
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

export function damaged({ name }: LoadWork, problem: string): UselessDump {
  return new UselessDump(`the archive ${printable(name)} is damaged: ${problem}`, 'get the backup again')
}
