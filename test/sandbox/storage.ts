import { createHmac, randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expiredReply } from './faults.ts'
import type { Call, Reply } from './replies.ts'

/** Where dumps lie, and the signed addresses under which they can be fetched for a while, as with S3. */
export class Storage {
  /** Seconds that an address signed from now on is good for. */
  lifetime = 3600
  readonly #folder: string
  readonly #secret = randomBytes(16)

  constructor(folder: string) {
    this.#folder = join(folder, 'storage')
  }

  /** The file of a transfer's dump; the folder is made. */
  async fileFor(app: string, uuid: string): Promise<string> {
    await mkdir(join(this.#folder, app), { recursive: true })
    return this.pathOf(`${app}/${uuid}`)
  }

  /** The file behind a name `APP/UUID`. */
  pathOf(name: string): string {
    return join(this.#folder, `${name}.dump`)
  }

  /** Signs an address, good for `lifetime` seconds from now. */
  sign(base: string, name: string): { url: string; expires_at: string } {
    const expires = Math.floor(Date.now() / 1000) + this.lifetime
    const signature = this.#signature(name, String(expires))
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=${signature}&Expires=${expires}`
    return { url: `${base}/storage/${name}?${query}`, expires_at: new Date(expires * 1000).toISOString() }
  }

  /** Answers as S3 does: only GET, only with a signature of ours that is still good, and with no other credentials. */
  answer({ method, path, query, headers }: Pick<Call, 'method' | 'path' | 'query' | 'headers'>): Reply {
    const name = path.replace('/storage/', '')
    const expires = query.get('Expires') ?? ''
    if (headers.authorization !== undefined) return failure(400, 'InvalidArgument', 'Only one auth mechanism allowed')
    const signed = query.get('X-Amz-Signature') === this.#signature(name, expires)
    if (method !== 'GET' || !signed)
      return failure(403, 'SignatureDoesNotMatch', 'The request signature does not match')
    if (Number(expires) * 1000 <= Date.now()) return expiredReply
    const file = this.pathOf(name)
    if (!existsSync(file)) return failure(404, 'NoSuchKey', 'The specified key does not exist.')
    const { size, mtimeMs } = statSync(file)
    const headersSent = { 'Content-Type': 'binary/octet-stream', ETag: `"${Math.floor(mtimeMs).toString(16)}-${size}"` }
    return { status: 200, headers: headersSent, body: { file, size } }
  }

  #signature(name: string, expires: string): string {
    return createHmac('sha256', this.#secret).update(`${name} ${expires}`).digest('hex')
  }
}

function failure(status: number, code: string, message: string): Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return { status, headers: { 'Content-Type': 'application/xml' }, body }
}
