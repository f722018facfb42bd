import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { carryOverSettings } from '../databases/carry-over.ts'
import { dropLeftovers, dropReplaced, dropUnfinished } from '../databases/drop.ts'
import { applicationName } from '../databases/lock.ts'
import { refuseLiveName } from '../databases/names.ts'
import { swap } from '../databases/swap.ts'
import { pruneDumps } from '../dumps/cache.ts'
import { onDatabase } from '../postgres/catalog.ts'
import { cancellable, type Session, withSession } from '../postgres/server.ts'
import type { StepHandler } from '../run/plan.ts'
import type { Reporter } from '../terminal/reporter.ts'
import { originOf } from './facts.ts'
import { performLoad } from './load/steps.ts'
import { removeOldLogs } from './logs.ts'
import type { RestoreEffect } from './plan.ts'
import { performScrub } from './scrub/perform.ts'
import { keepPristine } from './snapshots/pristine.ts'
import type { Work } from './work.ts'

/** Who performs the effects of a local restore's plan. */
export function performRestore(work: Work): Record<RestoreEffect, StepHandler> {
  const { stop, ...loading } = performLoad(work)
  return {
    'drop leftovers': () => dropLeftovers(work),
    ...loading,
    ...performScrub(work.facts, work.options.scrub, work.cache),
    finish: (_, reporter) => finish(work, reporter),
    analyze: (signal) => analyze(work, signal),
    'keep pristine': (signal, reporter) =>
      keepPristine(work, work.options.pristine, originOf(work.facts.source), signal, reporter),
    swap: (_, reporter) => swap(work.session, work.facts, reporter),
    tidy: () => tidy(work),
    'drop incoming': async () => {
      await stop()
      await dropIncoming(work)
    },
  }
}

/** What people set on the target goes to the incoming one. Rows are written first: one of the settings may forbid it. */
async function finish({ session, facts }: Work, reporter: Reporter): Promise<void> {
  const { names, database, connection } = facts
  refuseLiveName(names.incoming, names.target)
  await withSession(onDatabase(connection, names.incoming), applicationName('finish'), markAsDevelopment)
  if (database) await carryOverSettings(session, names.incoming, database, reporter)
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
  const { source } = facts
  await dropReplaced({ session, facts }, options.keep)
  await rm(options.log, { force: true })
  await removeOldLogs(dirname(options.log))
  if (source.kind === 'file' && source.from) await rm(source.file, { force: true })
  if (source.kind === 'backup') await pruneDumps(cache, source.app, { keep: options.keepDumps, inUse: source.file })
}

/** Ends the restore that failed: the incoming database goes. */
async function dropIncoming({ session, facts }: Work): Promise<void> {
  await dropUnfinished({ session, facts }, 'incoming')
}
