import { createHash } from 'node:crypto'
import { failure } from '../errors.ts'
import { printable } from '../postgres/names.ts'
import type { Session } from '../postgres/server.ts'

/** The first half of every key of ours ("pari"): nobody else's advisory locks are met by accident. */
const ours = 0x70617269

/**
 * Takes the lock on `target` for as long as `session` lives; it must be on the agreed database, since advisory locks are per
 * database. Throws a failure that names who holds it.
 */
export async function lockTarget(session: Session, target: string): Promise<void> {
  const key = keyOf(target)
  const [row] = await session.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [ours, key])
  if (row?.locked) return
  const [holder] = await session.query<{ application: string; since: string }>(
    `SELECT a.application_name AS application, to_char(a.backend_start, 'HH24:MI:SS') AS since
       FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1 AND l.objid = $2::int8::oid`,
    [ours, key >>> 0],
  )
  const who = holder ? `${holder.application}, since ${holder.since}` : 'it ended just now'
  throw failure(
    `another parity is at work on ${printable(target)}: ${who}`,
    'wait until it is done, then type this again',
  )
}

/** What others see of our session, and read in the message above. At most 63 bytes are kept of it. */
export function applicationName(work: string): string {
  return `parity ${work}, process ${process.pid}`
}

/** A signed 32-bit number out of the name; two names that meet only wait for each other. */
function keyOf(target: string): number {
  return createHash('sha256').update(target).digest().readInt32BE(0)
}
