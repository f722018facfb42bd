import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { createServer, type TLSSocket } from 'node:tls'
import type { Certificate } from './certificates.ts'
import type { Dynos } from './dynos.ts'

/** Listens where `heroku run` meets its dyno: it says the secret, and from then on is the dyno's terminal. */
export async function listenForTerminals(
  dynos: Dynos,
  certificate: Certificate,
): Promise<{ port: number; close(): void }> {
  const sockets = new Set<TLSSocket>()
  const server = createServer({ key: certificate.key, cert: certificate.certificate }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // a client that is killed resets the connection
    socket.on('close', () => sockets.delete(socket))
    meet(dynos, socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { port: address.port, close }
}

function meet(dynos: Dynos, socket: TLSSocket): void {
  let typed = Buffer.alloc(0)
  let dyno: ChildProcess | undefined
  let met = false
  socket.on('data', (chunk: Buffer) => {
    if (dyno !== undefined) return type(dyno, chunk)
    typed = Buffer.concat([typed, chunk])
    const end = typed.indexOf('\r\n')
    if (end === -1 || met) return
    met = true
    const secret = typed.subarray(0, end).toString()
    typed = typed.subarray(end + 2)
    void attach(dynos, secret, socket).then((child) => {
      if (child) type(child, typed)
      dyno = child
    })
  })
}

/** The CLI says the end of its input by a Ctrl-D: a terminal knows what that is, and without one it is the end of stdin. */
function type({ stdin, spawnargs }: ChildProcess, bytes: Buffer): void {
  const ends = !spawnargs.includes('script') && bytes.at(-1) === 4
  stdin?.write(ends ? bytes.subarray(0, -1) : bytes)
  if (ends) stdin?.end()
}

async function attach(dynos: Dynos, secret: string, socket: TLSSocket): Promise<ChildProcess | undefined> {
  const waiting = dynos.claim(secret)
  if (waiting === undefined) return void socket.destroy()
  socket.write('rendezvous\r\n')
  await delay(60) // the CLI throws its first chunk away, whatever else is in it
  const child = await dynos.launch(waiting)
  forward(child, socket)
  socket.on('close', () => hangUp(child))
  return child
}

/** The CLI looks for the exit status inside one chunk, so that line is held back until it is whole, and sent on its own. */
const marker = Buffer.from('\uffff')

function forward(child: ChildProcess, socket: TLSSocket): void {
  let held = Buffer.alloc(0)
  const send = (bytes: Buffer) => bytes.length > 0 && socket.writable && socket.write(bytes)
  child.stdout?.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    const at = held.lastIndexOf(marker)
    const from = at === -1 || held.includes('\n', at) ? held.length : at
    send(at === -1 ? held.subarray(0, from) : held.subarray(0, at))
    if (at !== -1) send(held.subarray(at, from))
    held = held.subarray(from)
  })
  child.on('close', () => {
    send(held)
    // The CLI fails when the end-of-file it is about to send meets a closed socket; a real dyno is not that quick either.
    void delay(100).then(() => socket.end())
  })
}

function hangUp(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGHUP')
  } catch {
    // it has just ended by itself
  }
}
