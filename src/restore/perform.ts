import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { failure } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { backupUrl } from '../heroku/backups.ts'
import { readArchive } from '../postgres/archive.ts'
import { endVisitors, onDatabase, readDatabase } from '../postgres/databases.ts'
import { mayDrop, printable, quoteIdentifier, refuseLiveName } from '../postgres/names.ts'
import { type Selection, selectEntries } from '../postgres/selection.ts'
import { answers, cancellable, type Session, withSession } from '../postgres/server.ts'
import { carryOver, createDatabase, dropDatabase, markDatabase } from '../postgres/statements.ts'
import type { Performer } from '../run/plan.ts'
import { report } from '../terminal/report.ts'
import { pruneDumps, recordDump } from './cache.ts'
import { downloadDump } from './download.ts'
import type { RestoreFacts } from './facts.ts'
import type { HeldTarget } from './inspect-target.ts'
import { applicationName, lockTarget } from './lock.ts'
import type { RestoreEffect, RestoreOptions } from './plan.ts'
import { swap } from './swap.ts'
import { readToTheEnd } from './whole-archive.ts'

/** What the effects of one restore work with. `session` holds the lock: what changes a database's name happens on it alone. */
export type Work = {
  readonly session: Session
  readonly facts: RestoreFacts
  readonly options: RestoreOptions & { readonly skipExtensions: readonly string[] }
  readonly cache: string
  readonly api: Api
}

/** Who performs the effects of a local restore's plan. What the check finds in the archive is what the creation needs. */
export function performRestore(work: Work): Record<RestoreEffect, Performer> {
  let checked: Checked | undefined
  return {
    'drop leftovers': () => dropLeftovers(work),
    download: (signal) => download(work, signal),
    check: async (signal) => {
      checked = await check(work, signal)
    },
    create: () => create(work, checked),
    finish: () => finish(work),
    analyze: (signal) => analyze(work, signal),
    swap: () => swap(work.session, work.facts),
    tidy: () => tidy(work),
    'drop incoming': () => dropIncoming(work),
  }
}

type Checked = { readonly selection: Selection; readonly encoding: string }

/** Drops what a run that was killed left beside the target. */
export async function dropLeftovers({ session, facts }: HeldTarget): Promise<void> {
  const { ours, names, server } = facts
  if (ours.incoming && ours.incoming.mark === undefined) {
    // Empty, and made by us an instant before we were killed: marking it first keeps to the rule that only what is marked is dropped.
    await session.query(markDatabase(names.incoming, { madeBy: 'parity', target: names.target, kind: 'incoming' }))
  }
  for (const database of [ours.incoming, ours.discard]) {
    if (database) await dropOurs(session, database.name, names.target, server.major)
  }
}

/** Drops a database whose comment, read at this moment, says that parity made it for the target. */
async function dropOurs(session: Session, name: string, target: string, serverMajor: number): Promise<void> {
  const now = await readDatabase(session, name)
  if (!now) return
  if (!mayDrop(name, now.comment, target))
    throw failure(`${printable(name)} does not say that parity made it, and is not dropped`)
  if (serverMajor < 13) await endVisitors(session, [name])
  await session.query(dropDatabase(name, target, serverMajor))
}

async function download({ facts, api }: Work, signal: AbortSignal): Promise<void> {
  const { source } = facts
  if (source.kind === 'file') return
  const { backup, app, file } = source
  const { resumedFrom } = await downloadDump({
    sign: () => backupUrl(api, app, backup.num),
    file,
    ...(backup.sizeBytes === undefined ? {} : { expectedBytes: backup.sizeBytes }),
    environment: process.env,
    signal,
  })
  if (resumedFrom > 0) report.stage(`  went on from byte ${resumedFrom}, where an earlier run stopped`)
}

/** Everything about the archive that can be known before anything is made: whole, readable, and possible on this server. */
async function check({ facts, options, cache }: Work, signal: AbortSignal): Promise<Checked> {
  const { source, server, client, listFile } = facts
  const known = source.kind === 'backup' && source.cached !== undefined
  const archive = await readArchive(source.file)
  if (!known) await readToTheEnd(client, source.file, signal)
  if (source.kind === 'backup' && !known) await recordDump(cache, source.app, source.backup)
  const selection = selectEntries(archive, {
    availableExtensions: server.extensions,
    roleIsSuperuser: server.role.superuser,
    skipExtensions: options.skipExtensions,
  })
  refuseProblems(selection)
  if (selection.extensionsLeftOut.length > 0)
    report.stage(`  left out, because nothing else needs it: extension ${selection.extensionsLeftOut.join(', ')}`)
  await mkdir(dirname(listFile), { recursive: true, mode: 0o700 })
  await writeFile(listFile, selection.list, { mode: 0o600 })
  return { selection, encoding: archive.encoding }
}

function refuseProblems({ problems }: Selection): void {
  const [first] = problems
  if (!first) return
  const lines = problems.map(
    ({ name, why, neededBy }) =>
      `the backup needs the extension ${name} (for ${neededBy.slice(0, 3).join(', ')}): ${why}`,
  )
  throw failure(
    lines.join('\n'),
    `install it for the server (Debian: postgresql-contrib or postgresql-NN-${first.name}), or leave it out: \`--skip-extension ${first.name}\``,
  )
}

async function create({ session, facts }: Work, checked: Checked | undefined): Promise<void> {
  const { names, database, connection, source } = facts
  if (!checked) throw new Error('the archive was not checked')
  await session.query(createDatabase(names.incoming, names.target, checked.encoding, database))
  const origin = source.kind === 'backup' ? `${source.app} ${source.backup.id}` : source.file
  await session.query(
    markDatabase(names.incoming, {
      madeBy: 'parity',
      target: names.target,
      kind: 'incoming',
      createdAt: new Date().toISOString(),
      source: origin,
    }),
  )
  const schemas = checked.selection.schemasToCreate
  if (schemas.length === 0) return
  await withSession(onDatabase(connection, names.incoming), applicationName('create'), async (incoming) => {
    for (const schema of schemas) await incoming.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`)
  })
}

/**
 * What the target has by `ALTER DATABASE` and `GRANT` goes to the incoming one; what this role may not set is told, not fatal.
 * Rows are written first: one of the settings may forbid it.
 */
async function finish({ session, facts }: Work): Promise<void> {
  const { names, database, connection } = facts
  refuseLiveName(names.incoming, names.target)
  await withSession(onDatabase(connection, names.incoming), applicationName('finish'), markAsDevelopment)
  for (const statement of database ? carryOver(names.incoming, database) : []) {
    await session
      .query(statement)
      .catch((error: Error) =>
        report.warning(`a setting of the old database could not be carried over: ${error.message}: ${statement}`),
      )
  }
}

/** Rails keeps in this table which environment a database is of, and refuses to drop one that says production. Never made here. */
async function markAsDevelopment(incoming: Session): Promise<void> {
  const [row] = await incoming.query<{ there: boolean }>(
    "SELECT to_regclass('public.ar_internal_metadata') IS NOT NULL AS there",
  )
  if (row?.there)
    await incoming.query("UPDATE public.ar_internal_metadata SET value = 'development' WHERE key = 'environment'")
}

async function analyze({ facts }: Work, signal: AbortSignal): Promise<void> {
  const incoming = onDatabase(facts.connection, facts.names.incoming)
  await withSession(incoming, applicationName('analyze'), (session) =>
    cancellable(incoming, session, signal, () => session.query('ANALYZE')),
  )
}

/** After the swap: the new database is in place, so what fails here is told and changes nothing. */
async function tidy({ session, facts, options, cache }: Work): Promise<void> {
  const { names, database, ours, server, source } = facts
  if (ours.previous && database) await dropOurs(session, names.discard, names.target, server.major)
  if (!options.keep && database) await dropOurs(session, names.previous, names.target, server.major)
  for (const file of [facts.listFile, options.log]) await rm(file, { force: true })
  if (source.kind === 'backup') await pruneDumps(cache, source.app, { keep: options.keepDumps, inUse: source.file })
}

/**
 * Ends the restore that failed: the incoming database goes. Where our session is what was lost, the lock went with it: it is taken
 * again first, or the database dropped might be that of another restore, begun since.
 */
async function dropIncoming({ session, facts }: Work): Promise<void> {
  const { connection, names, server, maintenance, listFile } = facts
  await rm(listFile, { force: true })
  const drop = (on: Session) => dropOurs(on, names.incoming, names.target, server.major)
  if (await answers(session)) return drop(session)
  await withSession(onDatabase(connection, maintenance), applicationName('clean up'), async (another) => {
    await lockTarget(another, names.target)
    await drop(another)
  })
}
