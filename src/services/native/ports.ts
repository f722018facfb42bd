import { createServer } from 'node:net'

/** Below the ports that systems give to connections that go out, so that none of those is in the way tomorrow. */
const lowest = 20_000
const count = 10_000

/** Ports for a server, the best first: the same for the same project folder and server, so that addresses stay as they are. */
export function* portsFor(folder: string): Generator<number> {
  let number = 5381
  for (let at = 0; at < folder.length; at += 1) number = (number * 33 + folder.charCodeAt(at)) >>> 0
  for (let step = 0; step < count; step += 1) yield lowest + ((number + step * 7) % count)
}

/** Whether nothing listens on a port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
