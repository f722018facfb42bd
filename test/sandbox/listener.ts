import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Certificate } from './certificates.ts'
import { expiredReply, type Faults, streamOf, transmit } from './faults.ts'
import { ranged, wholeBody } from './ranges.ts'
import { type Call, HttpError, json, type Reply } from './replies.ts'

/** One request as it came in, and what became of it; status and bytes of the body grow while it is answered. */
export type RecordedRequest = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  status: number | undefined
  bytesSent: number
  /** Whether nothing is done for it any more, also where whoever asked has gone. */
  isOver: boolean
}

/** Answers a request; the raw one is for git, which streams its body. */
export type Answer = (call: Omit<Call, 'params' | 'json'>, request: IncomingMessage) => Promise<Reply>

export type Listener = { port: number; requests: RecordedRequest[]; close(): void }

/**
 * Listens on 127.0.0.1 for plain HTTP, and as a proxy for TLS to hosts that the certificate names (git.heroku.com):
 * both are answered alike, recorded, and subject to the faults in force.
 */
export async function listen(answer: Answer, faults: Faults, certificate: Certificate): Promise<Listener> {
  const requests: RecordedRequest[] = []
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    void respond(request, response, answer, faults, requests).catch(() => response.destroy())
  }
  const server = createServer({ keepAliveTimeout: 60_000 }, handle)
  const secure = createSecureServer({ key: certificate.key, cert: certificate.certificate }, handle)
  server.on('connect', (_request, socket: Duplex) => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    secure.emit('connection', socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { port: address.port, requests, close: () => closeAll(server, secure) }
}

function closeAll(...servers: ReturnType<typeof createServer>[]): void {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  faults: Faults,
  requests: RecordedRequest[],
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request
  const record: RecordedRequest = { method, path: url, headers, status: undefined, bytesSent: 0, isOver: false }
  requests.push(record)
  try {
    await reply(record, request, response, answer, faults)
  } finally {
    record.isOver = true
  }
}

async function reply(
  record: RecordedRequest,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  faults: Faults,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request
  const action = faults.take(method, url)
  if (action?.kind === 'delay') await delay(action.ms)
  if (action?.kind === 'hang' && action.afterBytes === undefined) return
  if (action?.kind === 'cut' && action.afterBytes === 0) return void request.socket.resetAndDestroy()
  const location = new URL(url, 'http://127.0.0.1')
  const call = { method, headers, path: location.pathname, query: location.searchParams }
  let answered = await replyOf(() => answer(call, request), action?.kind === 'answer' ? action : undefined)
  if (action?.kind === 'expired') answered = expiredReply
  if (action?.kind === 'body')
    answered = { ...answered, body: Buffer.from(action.replace(await wholeBody(answered.body))) }
  answered = ranged(answered, headers)
  record.status = answered.status
  response.writeHead(answered.status, answered.headers)
  if (answered.body === undefined || method === 'HEAD') return void response.end()
  await transmit(streamOf(answered.body), response, action, (bytes) => {
    record.bytesSent += bytes
  })
}

async function replyOf(answer: () => Promise<Reply>, instead: Reply | undefined): Promise<Reply> {
  if (instead !== undefined) return { status: instead.status, ...jsonUnlessSaid(instead) }
  try {
    return await answer()
  } catch (error) {
    if (error instanceof HttpError) return error.reply
    return json({ id: 'internal_server_error', message: String(error instanceof Error ? error.stack : error) }, 500)
  }
}

function jsonUnlessSaid({ headers, body }: Reply): Omit<Reply, 'status'> {
  return { headers: { 'Content-Type': 'application/json', ...headers }, body: body ?? '{}' }
}

/** The body of a request, to its end. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await request.toArray())
}
