import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { finished, type Readable } from 'node:stream'
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici'
import { failure, ParityError } from '../errors.ts'
import { Change } from '../run/change.ts'
import type { Variables } from './hosts.ts'
import { type HttpProxy, proxyFor } from './proxy.ts'

/** One HTTP request. Redirects and error statuses are the caller's business. */
export type HttpRequest = {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal | undefined
  /** How long the other side may be silent, in milliseconds. */
  readonly idleMilliseconds: number
}

/** An answer whose body has yet to be read, or discarded: until then it holds a connection. */
export type HttpReply = {
  readonly status: number
  /** The value of a header, by its name in lower case. */
  header(name: string): string | undefined
  /** The body as it arrives, once. Fails with a ConnectionError when the connection does. */
  readonly body: AsyncIterable<Uint8Array>
  text(): Promise<string>
  /** Ends the connection: its answer is no longer needed. */
  discard(): void
}

/** Sends requests: the one place where bytes leave for Heroku. Fails with a ConnectionError. */
export type Transport = (url: URL, request: HttpRequest) => Promise<HttpReply>

/** There was no connection, or it broke. The message names the host, never the path: that may hold a signature. */
export class ConnectionError extends ParityError {
  constructor(
    message: string,
    /** Would another try have a chance? */
    readonly retriable: boolean,
    /** Did it fail before the request was sent, so that a second one can't do anything twice? */
    readonly unsent: boolean,
    hint: string,
  ) {
    super(1, message, hint)
  }
}

const connectMilliseconds = 10_000

/**
 * A transport that takes the ways the Heroku CLI takes: through a proxy where its variables say so, with the certificates
 * it would trust there. Certificates of `NODE_EXTRA_CA_CERTS` are Node's own business and work everywhere.
 */
export function createTransport(variables: Variables): Transport {
  const ways = new Map<string, Promise<Dispatcher>>()
  const wayTo = (proxy: HttpProxy | undefined) => {
    const known = ways.get(proxy?.uri ?? '')
    const way = known ?? createDispatcher(proxy, variables)
    ways.set(proxy?.uri ?? '', way)
    return way
  }
  return async (url, request) => {
    const proxy = proxyFor(url, variables)
    const dispatcher = await wayTo(proxy)
    const { idleMilliseconds, signal, ...rest } = request
    const describe = (error: unknown) => describeTrouble(error, { host: url.host, proxy, idleMilliseconds, signal })
    try {
      const reply = await dispatcher.request({
        ...rest,
        origin: url.origin,
        path: url.pathname + url.search,
        headersTimeout: idleMilliseconds,
        bodyTimeout: idleMilliseconds,
        signal: signal ?? null,
      })
      return httpReply(reply, describe)
    } catch (error) {
      throw describe(error)
    }
  }
}

/** undici is loaded by the first request, so that commands which ask Heroku nothing don't pay for it. */
async function createDispatcher(proxy: HttpProxy | undefined, variables: Variables): Promise<Dispatcher> {
  if (proxy === undefined) return new Agent({ connect: { timeout: connectMilliseconds } })
  return new ProxyAgent({
    uri: proxy.uri,
    ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
    requestTls: { timeout: connectMilliseconds, ...(await certificates(variables)) },
    // Without this a proxy that accepts and then says nothing would be waited for five minutes.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectMilliseconds }),
  })
}

/** With a proxy, and only then, the CLI trusts the certificates of `SSL_CERT_FILE` and `SSL_CERT_DIR` instead of Node's. */
async function certificates(variables: Variables): Promise<{ ca?: Buffer[] }> {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: folder } = variables
  try {
    const files = [...(file ? [file] : []), ...(folder ? await filesIn(folder) : [])]
    return files.length === 0 ? {} : { ca: await Promise.all(files.map((path) => readFile(path))) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw failure(
      `the certificates of \`SSL_CERT_FILE\` and \`SSL_CERT_DIR\` cannot be read: ${reason}`,
      'correct or unset them',
    )
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const paths = (await readdir(folder)).map((name) => join(folder, name))
  const files = await Promise.all(paths.map(async (path) => (await stat(path)).isFile()))
  return paths.filter((_, index) => files[index])
}

function httpReply(reply: Dispatcher.ResponseData, describe: (error: unknown) => unknown): HttpReply {
  const body = arriving(reply.body, describe)
  return {
    status: reply.statusCode,
    header: (name) => {
      const value = reply.headers[name]
      return Array.isArray(value) ? value[0] : value
    },
    body,
    text: async () => {
      const chunks: Uint8Array[] = []
      for await (const chunk of body) chunks.push(chunk)
      return Buffer.concat(chunks).toString('utf8')
    },
    discard: () => {
      reply.body.destroy()
    },
  }
}

/** How much of a body may wait to be read before the other side has to wait, in chunks of up to 64 kB. */
const longestQueue = 16

/**
 * The chunks of a body, all that arrived, and then the error if there was one. A stream that breaks drops what it holds: on a
 * bad line that can be all a connection brought. Listens from now on, so that no error is unhandled.
 */
function arriving(body: Readable, describe: (error: unknown) => unknown): AsyncIterable<Uint8Array> {
  const queue: Uint8Array[] = []
  let end: { error: unknown } | undefined
  const change = new Change()
  body.on('data', (chunk: Uint8Array) => {
    if (queue.push(chunk) >= longestQueue) body.pause()
    change.announce()
  })
  finished(body, (error) => {
    end = { error }
    change.announce()
  })
  const read = async function* () {
    try {
      for (;;) {
        const chunk = queue.shift()
        if (chunk !== undefined) yield chunk
        else if (end?.error) throw describe(end.error)
        else if (end !== undefined) return
        else await more()
      }
    } finally {
      body.destroy()
    }
  }
  const more = () => {
    const next = change.next()
    body.resume()
    return next
  }
  return read()
}

type Attempt = { host: string; proxy: HttpProxy | undefined; idleMilliseconds: number; signal: AbortSignal | undefined }

/** What went wrong, in words; the signal's reason where it was aborted. */
function describeTrouble(error: unknown, { host, proxy, idleMilliseconds, signal }: Attempt): unknown {
  if (signal?.aborted) return signal.reason
  if (error instanceof ParityError) return error
  const where = proxy === undefined ? host : `${host} through the proxy of \`${proxy.variable}\``
  const { reason, retriable = true, unsent = false, hint } = explain(error, idleMilliseconds)
  return new ConnectionError(
    `no connection to ${where}: ${reason}`,
    retriable,
    unsent,
    hint ?? (proxy === undefined ? 'check the network' : `check the network and \`${proxy.variable}\``),
  )
}

type Explanation = { reason: string; retriable?: boolean; unsent?: boolean; hint?: string }

function explain(error: unknown, idleMilliseconds: number): Explanation {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  const refused = message.match(/^Proxy response \((\d+)\)/)?.[1]
  if (refused !== undefined)
    return { reason: `it answered ${refused}`, retriable: refused.startsWith('5'), unsent: true }
  if (/CERT|SIGNATURE|SELF_SIGNED|ISSUER|ALTNAME/.test(code))
    return { ...untrusted, reason: `its certificate is not trusted (${code})` }
  if (/SSL|TLS|EPROTO/.test(code)) return { reason: `no secure connection (${code})`, retriable: false, unsent: true }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { reason: 'its name is not known here', unsent: true }
    case 'ECONNREFUSED':
      return { reason: 'connection refused', unsent: true }
    case 'UND_ERR_CONNECT_TIMEOUT':
      return { reason: `no answer within ${connectMilliseconds / 1000} seconds`, unsent: true }
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return { reason: `nothing came for ${idleMilliseconds / 1000} seconds` }
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return { reason: 'it was closed by the other side' }
    default:
      return { reason: code || message }
  }
}

const untrusted = {
  retriable: false,
  unsent: true,
  hint: 'set `NODE_EXTRA_CA_CERTS` to the certificate authority of your network, if it has one',
}
