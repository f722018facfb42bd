import { failure } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { backupUrl, listBackups, newestCompleted } from '../heroku/backups.ts'
import type { Variables } from '../heroku/hosts.ts'
import { createTransport } from '../heroku/http.ts'
import { parseArchive } from '../postgres/archive.ts'

const idleMilliseconds = 60_000

/**
 * The extensions of an app's database as its newest backup lists them: the contents of an archive are its first bytes, and no more of
 * it is read. No other documented way shows them without a password of the database. Fails where there is no backup: `capture` makes one.
 */
export async function backupExtensions(
  api: Api,
  app: string,
  capture: string,
  signal: AbortSignal,
  env: Variables,
): Promise<string[]> {
  const backup = newestCompleted(await listBackups(api, app))
  if (backup === undefined) throw failure('it has no backup', `\`${capture}\``)
  return extensionsAt(await backupUrl(api, app, backup.num), signal, env)
}

/** `url` is a secret. */
async function extensionsAt(url: string, signal: AbortSignal, env: Variables): Promise<string[]> {
  const get = createTransport(env)
  const reply = await get(new URL(url), { method: 'GET', headers: {}, signal, idleMilliseconds })
  let bytes = Buffer.alloc(0)
  let needed = 0
  for await (const chunk of reply.status === 200 ? reply.body : []) {
    bytes = Buffer.concat([bytes, chunk])
    if (bytes.length < needed) continue
    const archive = parseArchive(bytes, 'the newest backup')
    if ('entries' in archive) {
      reply.discard()
      return archive.entries.filter(({ description }) => description === 'EXTENSION').map(({ tag }) => tag)
    }
    // Parsed anew only when there is twice as much: contents of many megabytes are rare.
    needed = Math.max(archive.needsBytes, bytes.length * 2)
  }
  reply.discard()
  throw failure(`its newest backup cannot be read: the storage answered ${reply.status}`)
}
