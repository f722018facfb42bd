import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import { call } from '../run/call.ts'
import type { Prepared } from '../run/plan.ts'
import { ask } from '../terminal/ask.ts'
import { table } from '../terminal/table.ts'
import { size } from '../terminal/units.ts'
import { dataFolders, forgetServer, parityFolder, removeData, serverFolder } from './folder.ts'
import { driverOf } from './native/drivers.ts'
import { inspectServers, type ServerFacts } from './native/inspect.ts'

/** `development services status`: each server that was made here and whether it answers; status 1 unless all do. */
export async function statusText(project: Project, json: boolean): Promise<{ text: string; status: number }> {
  const rows = await serviceStates(project.root)
  const status = rows.length > 0 && rows.every(({ state }) => state === 'ready') ? 0 : 1
  if (json) return { text: JSON.stringify({ services: rows }, null, 2), status }
  if (rows.length === 0) return { text: 'no services; `development services up` starts them', status }
  const lines = rows.map(({ service, version, address, state }) => [service, version, address, state])
  return { text: table([['service', 'version', 'address', 'state'], ...lines]), status }
}

/** The servers that were made here, each with its version beside production's and what it does. */
export async function serviceStates(root: string) {
  const servers = await inspectServers(root)
  return Promise.all(
    servers.map(async (server) => ({
      service: server.service.name,
      version: server.version,
      production: server.service.version ?? null,
      address: `127.0.0.1:${server.port}`,
      state: await stateOf(server),
    })),
  )
}

async function stateOf(server: ServerFacts): Promise<'ready' | 'not answering' | 'stopped'> {
  if (!server.alive) return 'stopped'
  return (await driverOf(server.service.engine)?.answers(server)) ? 'ready' : 'not answering'
}

/** `development services down`: stops the servers that were started here, and no other. */
export async function prepareDown({ root }: Project, names: readonly string[]): Promise<Prepared> {
  const servers = chosen(await inspectServers(root), names).filter(({ alive }) => alive)
  return { plan: stopPlan(servers), handlers: stopHandlers(root, servers) }
}

function stopPlan(servers: readonly ServerFacts[]): Prepared['plan'] {
  return {
    notes: servers.length === 0 ? ['no service of this project runs'] : [],
    steps: servers.map(({ key, service, version, port }) => ({
      effect: `stop ${key}`,
      description: `stop: ${service.name} ${version} on 127.0.0.1:${port}`,
    })),
    cleanup: [],
  }
}

function stopHandlers(root: string, servers: readonly ServerFacts[]): NonNullable<Prepared['handlers']> {
  return Object.fromEntries(
    servers.map((server) => [
      `stop ${server.key}`,
      async () => {
        await driverOf(server.service.engine)?.stop(root, server)
      },
    ]),
  )
}

/** `development services logs`: the logs of servers, by `tail`. */
export async function prepareLogs({ root }: Project, names: readonly string[], follow: boolean): Promise<Prepared> {
  const servers = chosen(await inspectServers(root), names).filter(({ service }) => service.engine !== 'memcached')
  if (servers.length === 0)
    throw usageError('no service of this project has a log', '`development services up` starts them')
  const files = servers.map((server) => join(serverFolder(root, server), 'log'))
  return {
    plan: { notes: [], steps: [{ call: call('tail', '-n', '100', ...(follow ? ['-F'] : []), ...files) }], cleanup: [] },
  }
}

/** `development services reset`: stops the servers and removes their data, after a question. */
export async function prepareReset({ root }: Project, yes: boolean, dryRun: boolean): Promise<Prepared> {
  const servers = await inspectServers(root)
  const folders = await Promise.all(
    (await dataFolders(root)).map(async (name) => ({ name, bytes: await sizeOf(join(parityFolder(root), name)) })),
  )
  if (folders.length === 0 && servers.length === 0)
    return { plan: { notes: ['there is no data of services here'], steps: [], cleanup: [] } }
  if (!yes && !dryRun && !process.stdin.isTTY)
    throw usageError('without a terminal `reset` cannot ask', '`development services reset --yes` does not ask')
  const running = servers.filter(({ alive }) => alive)
  const names = folders.map(({ name, bytes }) => `.parity/${name} (${size(bytes)})`).join(', ')
  const description = `ask: remove ${names}?`
  const question = { effect: 'confirm', description, asks: true, ifInterrupted: 'nothing was removed' }
  return {
    plan: {
      notes: [],
      steps: [
        ...(yes ? [] : [question]),
        ...stopPlan(running).steps,
        { effect: 'remove', description: `remove: ${names}` },
      ],
      cleanup: [],
    },
    handlers: {
      ...stopHandlers(root, running),
      confirm: async (signal) => {
        if (!/^y(es)?$/i.test(await ask(`remove ${names}? [y/N] `, signal)))
          throw usageError('nothing was removed', '`development services reset --yes` does not ask')
      },
      remove: async () => {
        for (const { name } of folders) await removeData(root, name)
        for (const server of servers) await forgetServer(root, server)
      },
    },
  }
}

function chosen(servers: readonly ServerFacts[], names: readonly string[]): readonly ServerFacts[] {
  const known = [...new Set(servers.map(({ service }) => service.name))]
  for (const name of names)
    if (!known.includes(name))
      throw usageError(`no service \`${name}\` was started here`, `there is: ${known.join(', ') || 'none'}`)
  return names.length === 0 ? servers : servers.filter(({ service }) => names.includes(service.name))
}

/** In bytes, of what a folder holds. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    entries.map((entry) =>
      lstat(join(entry.parentPath, entry.name)).then(
        (facts) => (facts.isFile() ? facts.size : 0),
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}
