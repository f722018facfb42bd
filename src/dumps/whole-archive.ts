import { type Client, clientProgram } from '../postgres/clients.ts'
import { call } from '../run/call.ts'
import { capture } from '../run/capture.ts'
import { printable } from '../terminal/harmless.ts'
import { UselessDump } from './useless-dump.ts'

/**
 * Reads the archive in `file` once to its end, as the load would and without a server: pg_restore converts it to SQL, which
 * is discarded. Throws `UselessDump` for one that is cut short or damaged, which is called `name`.
 */
export async function readToTheEnd(client: Client, file: string, name: string, signal: AbortSignal): Promise<void> {
  const reading = call(clientProgram(client, 'pg_restore'), '--file', '/dev/null', file)
  const { status, stderr } = await capture(reading, undefined, signal)
  signal.throwIfAborted()
  if (status === 0) return
  throw new UselessDump(
    `the archive ${printable(name)} is damaged: ${stderr.trim().split('\n').at(-1) ?? ''}`,
    'get the backup again',
  )
}
