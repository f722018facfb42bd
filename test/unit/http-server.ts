import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request as a test wants to see it. */
export type Received = {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Answers the request number `count` (1, 2, …). */
export type Answer = (request: Received, response: ServerResponse, count: number) => unknown

export type TestServer = {
  readonly url: string
  readonly port: number
  readonly received: Received[]
  close(): Promise<void>
}

/** A real server on this machine that notes what it is asked; with `tls` it speaks https. */
export async function startServer(answer: Answer, tls?: { key: string; cert: string }): Promise<TestServer> {
  const received: Received[] = []
  const listener: RequestListener = async (request, response) => {
    const { method = '', url = '', headers } = request
    const noted = { method, url, headers, body: await text(request) }
    received.push(noted)
    await answer(noted, response, received.length)
  }
  const server = tls ? createSecureServer(tls, listener) : createServer(listener)
  const port = await listen(server)
  return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, port, received, close: () => close(server) }
}

/** A proxy that notes where it is asked to connect to and leads everything to one port of this machine. */
export async function startProxy(targetPort: number, status = 200): Promise<TestServer> {
  const received: Received[] = []
  const tunnels = new Set<Socket>()
  const server = createServer()
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    received.push({ method: 'CONNECT', url: request.url ?? '', headers: request.headers, body: '' })
    tunnels.add(socket)
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const target = connect(targetPort, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    tunnels.add(target)
    for (const end of [socket, target]) end.on('error', () => {})
    return target.pipe(socket).pipe(target)
  })
  const port = await listen(server)
  const closeAll = () => {
    for (const socket of tunnels) socket.destroy()
    return close(server)
  }
  return { url: `http://127.0.0.1:${port}`, port, received, close: closeAll }
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await close(server)
  return port
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
