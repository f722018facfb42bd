import { mkdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '../../errors.ts'
import { type Call, call } from '../../run/call.ts'
import { capture } from '../../run/capture.ts'
import { isProcessOf } from '../../run/process.ts'
import { type Server, serverFolder } from '../folder.ts'

const patience = 10_000

/** The call that starts a server. It has no password: what it holds is a cache, and the protocol of apps here knows none. */
function memcachedCall(root: string, server: Server, program: string): Call {
  const pidFile = join(serverFolder(root, server), 'pid')
  // Root has to name itself, or the program refuses.
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : []
  return { ...call(program, '-d', '-l', '127.0.0.1', '-p', String(server.port), '-P', pidFile, ...user), folder: '/' }
}

/** Starts a server. `taken` is returned where it cannot have the port. */
export async function startMemcached(
  root: string,
  server: Server,
  program: string,
  signal: AbortSignal,
): Promise<'started' | 'taken'> {
  await mkdir(serverFolder(root, server), { mode: 0o700, recursive: true })
  const { status, stderr } = await capture(memcachedCall(root, server, program), undefined, signal)
  if (/Address already in use/.test(stderr)) return 'taken'
  if (status !== 0) throw failure(`memcached did not start: ${stderr.trim()}`, 'correct that, and run this again')
  const until = performance.now() + patience
  while (!(await memcachedAnswers(server))) {
    signal.throwIfAborted()
    if (performance.now() > until) return 'taken'
    await delay(50)
  }
  return 'started'
}

/** Whether a server answers. */
export function memcachedAnswers({ port }: Server): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const end = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.setTimeout(2_000, () => end(false))
    socket.once('error', () => end(false))
    socket.once('connect', () => socket.write('version\r\n'))
    socket.once('data', (bytes) => end(bytes.toString().startsWith('VERSION ')))
  })
}

/** Whether its process runs. */
export async function isMemcachedAlive(root: string, server: Server): Promise<boolean> {
  return isProcessOf(await pidOf(root, server), join(serverFolder(root, server), 'pid'))
}

/** Stops a server. */
export async function stopMemcached(root: string, server: Server): Promise<void> {
  const pid = await pidOf(root, server)
  const until = performance.now() + patience
  for (let asked = false; await isMemcachedAlive(root, server); asked = true) {
    if (!asked) process.kill(pid, 'SIGTERM')
    if (performance.now() > until) process.kill(pid, 'SIGKILL')
    await delay(20)
  }
  await rm(join(serverFolder(root, server), 'pid'), { force: true })
}

async function pidOf(root: string, server: Server): Promise<number> {
  return Number(await readFile(join(serverFolder(root, server), 'pid'), 'utf8').catch(() => ''))
}
