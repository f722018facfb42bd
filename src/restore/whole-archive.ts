import { failure } from '../errors.ts'
import { type Client, clientProgram } from '../postgres/clients.ts'
import { call } from '../run/call.ts'
import { capture } from '../run/capture.ts'

/**
 * Reads the archive once to its end, as the load would and without a server: pg_restore turns it into SQL that nobody keeps.
 * Throws a failure for one that is cut short or damaged.
 */
export async function readToTheEnd(client: Client, file: string, signal: AbortSignal): Promise<void> {
  const reading = call(clientProgram(client, 'pg_restore'), '--file', '/dev/null', file)
  const { status, stderr } = await capture(reading, undefined, signal)
  signal.throwIfAborted()
  if (status === 0) return
  throw failure(
    `the archive ${file} is damaged: ${stderr.trim().split('\n').at(-1) ?? ''}`,
    'get the backup again; `parity` downloads a new one when this file is removed',
  )
}
