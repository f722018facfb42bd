import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { failure, type ParityError } from '../errors.ts'
import type { Session } from '../postgres/server.ts'
import { isRunning as runs } from '../run/process.ts'
import { printable } from '../terminal/harmless.ts'

/** The first half of every key of ours ("pari"): other programs' advisory locks are met by accident. */
const ours = 0x70617269

/** How long the server may take to notice that a parity was killed, in milliseconds: a rename that waits takes 5 s to give up. */
const patience = 20_000

/**
 * Takes the lock on `target` for as long as `session` lives; it must be on the agreed database, since advisory locks are per
 * database. One that was killed is waited for: its last statement may still be running. Throws a failure that names who holds it.
 */
export async function lockTarget(session: Session, target: string, isRunning = processIsRunning): Promise<void> {
  const key = keyOf(target)
  // Not by the clock, which may be set meanwhile.
  for (const end = performance.now() + patience; ; await wait(100)) {
    const [row] = await session.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [ours, key])
    if (row?.locked) return
    const holder = await holderOf(session, key)
    const wasKilled = holder !== undefined && !isRunning(holder.application)
    if (!wasKilled || performance.now() > end) throw taken(target, holder)
  }
}

type Holder = { readonly application: string; readonly since: string }

async function holderOf(session: Session, key: number): Promise<Holder | undefined> {
  const [holder] = await session.query<Holder>(
    `SELECT a.application_name AS application, to_char(a.backend_start, 'HH24:MI:SS') AS since
       FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1 AND l.objid = $2::int8::oid`,
    [ours, key >>> 0],
  )
  return holder
}

function taken(target: string, holder: Holder | undefined): ParityError {
  const who = holder ? `${holder.application}, since ${holder.since}` : 'it ended just now'
  return failure(
    `another parity process is working on ${printable(target)}: ${who}`,
    'wait for it to finish, then run this again',
  )
}

/** Whether the process that `applicationName` named runs on this machine. One of another machine looks as if it did not. */
function processIsRunning(application: string): boolean {
  return runs(Number(/process (\d+)$/.exec(application)?.[1]))
}

/** What others see of our session, and read in the message above. At most 63 bytes are kept of it. */
export function applicationName(work: string): string {
  return `parity ${work}, process ${process.pid}`
}

/** A signed 32-bit number out of the name; two names that meet only wait for each other. */
function keyOf(target: string): number {
  return createHash('sha256').update(target).digest().readInt32BE(0)
}
