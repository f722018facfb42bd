import { readFile } from 'node:fs/promises'
import { failure } from '../../errors.ts'
import type { Call } from '../../run/call.ts'

/** Another user as whom a server runs. */
export type Owner = { readonly name: string; readonly uid: number; readonly gid: number }

/** As whom Postgres runs: undefined for ourselves, and `postgres` for root, whom it refuses. Fails for root where there is no such user. */
export async function postgresOwner(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  const [name, , uid, gid] = lines.find(([user]) => user === 'postgres') ?? []
  if (name === undefined)
    throw failure(
      'Postgres does not run as root, and there is no user `postgres`',
      '`useradd --system postgres` makes one; or run parity as another user than root',
    )
  return { name, uid: Number(uid), gid: Number(gid) }
}

/** The same call as that user. */
export function callAs(owner: Owner | undefined, call: Call): Call {
  if (owner === undefined) return call
  const args = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--init-groups', call.program, ...call.args]
  return { ...call, program: 'setpriv', args }
}
