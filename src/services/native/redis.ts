import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '../../errors.ts'
import { type Call, call } from '../../run/call.ts'
import { capture } from '../../run/capture.ts'
import { writePrivateFile } from '../../run/private-files.ts'
import { isProcessOf } from '../../run/process.ts'
import { type Server, serverFolder } from '../folder.ts'
import { redisCommands, redisSettings } from './redis-protocol.ts'

/** How long a server may take to begin, or to end, in milliseconds. */
const patience = 20_000

/** The call that starts a server; all it has to know is in a file that only this user reads. */
function redisCall(root: string, server: Server, program: string): Call {
  return { ...call(program, join(serverFolder(root, server), 'redis.conf')), folder: '/' }
}

/** Starts a server. `taken` is returned where another program has the port. Fails with what the server says. */
export async function startRedis(
  root: string,
  server: Server,
  program: string,
  signal: AbortSignal,
): Promise<'started' | 'taken'> {
  const folder = serverFolder(root, server)
  await mkdir(join(folder, 'data'), { mode: 0o700, recursive: true })
  await rm(join(folder, 'redis.conf'), { force: true })
  await writePrivateFile(join(folder, 'redis.conf'), redisSettings(folder, server))
  const before = await readLog(folder)
  const { status, stdout, stderr } = await capture(redisCall(root, server, program), undefined, signal)
  if (status !== 0) throw notStarted(folder, stderr || stdout)
  const until = performance.now() + patience
  // It has gone into the background before it knows whether it can listen.
  while (!(await redisAnswers(server))) {
    signal.throwIfAborted()
    const said = (await readLog(folder)).slice(before.length)
    if (/Address already in use|Could not create server TCP/.test(said)) return 'taken'
    if (/# (Fatal|Can't|Bad file format|Failed)/i.test(said) || performance.now() > until)
      throw notStarted(folder, said)
    await delay(50)
  }
  return 'started'
}

/** Whether a server answers to our password. */
export async function redisAnswers({ port, password }: Server): Promise<boolean> {
  const answers = await redisCommands(port, [`AUTH ${password}`, 'PING'], 2_000).catch(() => [])
  return answers[1] === '+PONG'
}

/** Whether its process runs. */
export async function isRedisAlive(root: string, server: Server): Promise<boolean> {
  const text = await readFile(join(serverFolder(root, server), 'pid'), 'utf8').catch(() => '')
  // It writes its address over its command line.
  return isProcessOf(Number(text), `127.0.0.1:${server.port}`)
}

/** Stops a server: by its own command, which saves the data; one that does not answer is ended by TERM, then KILL. */
export async function stopRedis(root: string, server: Server): Promise<void> {
  const pid = Number(await readFile(join(serverFolder(root, server), 'pid'), 'utf8').catch(() => ''))
  await redisCommands(server.port, [`AUTH ${server.password}`, 'SHUTDOWN'], 2_000).catch(() => [])
  for (const signal of [undefined, 'SIGTERM', 'SIGKILL'] as const) {
    if (signal && (await isRedisAlive(root, server))) process.kill(pid, signal)
    const until = performance.now() + patience / 2
    while (performance.now() < until) {
      if (!(await isRedisAlive(root, server))) return
      await delay(20)
    }
  }
  throw failure(
    `the server of ${server.service.name} (process ${pid}) does not end`,
    '`development services logs` shows its log',
  )
}

function notStarted(folder: string, said: string) {
  const lines = said.trim().split('\n')
  const reason = (lines.findLast((line) => /#/.test(line)) ?? lines.at(-1) ?? '').replace(/^.*?[#*]\s*/, '')
  return failure(`Redis did not start: ${reason}`, `its log is \`${join(folder, 'log')}\``)
}

function readLog(folder: string): Promise<string> {
  return readFile(join(folder, 'log'), 'utf8').catch(() => '')
}
