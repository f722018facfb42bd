import { failure } from '../../errors.ts'
import { withSession } from '../../postgres/server.ts'
import type { StepHandlers } from '../../run/plan.ts'
import type { Reporter } from '../../terminal/reporter.ts'
import { keepServer, makeParityFolder, type Server } from '../folder.ts'
import { driverOf } from './drivers.ts'
import { isFree, portsFor } from './ports.ts'
import { makeDatabase, postgresConnection } from './postgres.ts'
import type { Start } from './up.ts'

/** Who performs the steps of `planNative`. `started` is told of each server, with the port that it has in the end. */
export function nativeHandlers(
  root: string,
  starts: readonly Start[],
  started: (server: Server) => void,
): StepHandlers {
  return Object.fromEntries(
    starts.flatMap((start) => [
      [`make ${start.server.key}`, () => make(root, start)],
      [
        `start ${start.server.key}`,
        async (signal: AbortSignal, reporter: Reporter) => started(await run(root, start, signal, reporter)),
      ],
    ]),
  )
}

async function make(root: string, { server, program }: Start): Promise<void> {
  await makeParityFolder(root)
  // Its password has to be known before its data is there: an end in between leaves nothing that cannot be used.
  await keepServer(root, server)
  await driverOf(server.service.engine)?.make?.(root, server, program)
}

async function run(root: string, { server, program }: Start, signal: AbortSignal, reporter: Reporter): Promise<Server> {
  await makeParityFolder(root)
  const started = await onFreePort(root, server, program, signal)
  if (started.port !== server.port)
    reporter.aside(`port ${server.port} is taken; ${server.service.name} is on 127.0.0.1:${started.port}`)
  await makeDatabase(started)
  await warnOfExtensions(started, reporter)
  return started
}

/** Starts it on its port, or on the next one that is free: what was kept of it is true at any time. */
async function onFreePort(root: string, server: Server, program: string, signal: AbortSignal): Promise<Server> {
  const driver = driverOf(server.service.engine)
  for (const port of [server.port, ...portsFor(`${root}/${server.key}`)]) {
    if (!(await isFree(port))) continue
    const here = { ...server, port }
    await keepServer(root, here)
    if ((await driver?.start(root, here, program, signal)) === 'started') return here
  }
  throw failure('no port of 127.0.0.1 is free', '`ss --listening --tcp` shows what has them')
}

async function warnOfExtensions(server: Server, reporter: Reporter): Promise<void> {
  const { service } = server
  if (service.engine !== 'postgres' || service.extensions.length === 0) return
  const missing = await withSession(postgresConnection(server), 'parity services', (session) =>
    session.query<{ name: string }>(
      'SELECT name FROM unnest($1::text[]) AS wanted(name) WHERE name NOT IN (SELECT name FROM pg_available_extensions)',
      [service.extensions],
    ),
  )
  for (const { name } of missing)
    reporter.warning(`extension ${name} of production is not installed for Postgres ${server.version} here`)
}
