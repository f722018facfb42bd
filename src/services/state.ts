import { existsSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import { type Call, call } from '../run/call.ts'
import { type Prepared, plan, type Step } from '../run/plan.ts'
import { ask } from '../terminal/ask.ts'
import { table } from '../terminal/table.ts'
import { size } from '../terminal/units.ts'
import {
  type Container,
  type Containers,
  composeCall,
  containerAnswers,
  ownFile,
  readContainers,
} from './docker/containers.ts'
import { type EngineName, inspectDocker } from './docker/engine.ts'
import { containerStates, stopCall, volumesOf } from './docker/state.ts'
import { engineBefore, engineFile } from './engine.ts'
import {
  dataFolders,
  forgetFile,
  forgetServer,
  parityFolder,
  rehearsalFolders,
  removeData,
  type Server,
  serverFolder,
} from './folder.ts'
import { lockServices } from './lock.ts'
import { driverOf } from './native/drivers.ts'
import { inspectServers, type ServerFacts } from './native/inspect.ts'
import { isFree } from './native/ports.ts'

/** `development services status`: each server that was made here and whether it answers; status 1 unless all do. */
export async function statusText(
  project: Project,
  json: boolean,
): Promise<{ text: string; status: number; isProse?: boolean }> {
  const rows = await serviceStates(project.root)
  const status = rows.length > 0 && rows.every(({ state }) => state === 'ready') ? 0 : 1
  if (json) return { text: JSON.stringify({ services: rows }, null, 2), status }
  if (rows.length === 0) return { text: 'no services; `development services up` starts them', status, isProse: true }
  const lines = rows.map(({ service, version, address, state }) => [service, version, address, state])
  return { text: table([['service', 'version', 'address', 'state'], ...lines]), status }
}

/**
 * The servers that were made here, each with its version beside production's and what it does, and those of a Compose file. What the
 * services do not run with now is left out, unless it runs all the same.
 */
export async function serviceStates(root: string) {
  const servers = await inspectServers(root)
  const { servers: containers } = await readContainers(root)
  const rows = await Promise.all([
    ...servers.map(async (server) => stateRow(server, 'native', await stateOf(server))),
    ...containers.map(async (server) => stateRow(server, 'docker', await containerState(server))),
  ])
  const now = await engineBefore(root)
  return rows.filter(({ engine, state }) => now === undefined || engine === now || state !== 'stopped')
}

type State = 'ready' | 'not answering' | 'stopped'

function stateRow({ service, version, port }: Server, engine: EngineName, state: State) {
  const production = service.version ?? null
  return { service: service.name, version, production, engine, address: `127.0.0.1:${port}`, state }
}

async function stateOf(server: ServerFacts): Promise<State> {
  if (!server.alive) return 'stopped'
  return (await driverOf(server.service.engine)?.answers(server)) ? 'ready' : 'not answering'
}

/** Nothing but its port is looked at: Docker need not be there. */
async function containerState(server: Server): Promise<State> {
  if (await containerAnswers(server)) return 'ready'
  return (await isFree(server.port)) ? 'stopped' : 'not answering'
}

/** `development services down`: stops the servers that were started here, and no other. */
export async function prepareDown({ root }: Project, names: readonly string[], dryRun: boolean): Promise<Prepared> {
  return locked(root, dryRun, () => downPlan(root, names))
}

/** Nothing else starts or stops them until the plan has run. Where there is nothing to be stopped no folder is made for that. */
async function locked(root: string, dryRun: boolean, prepare: () => Promise<Prepared>): Promise<Prepared> {
  if (dryRun || !existsSync(parityFolder(root))) return prepare()
  const dispose = await lockServices(root)
  try {
    return { ...(await prepare()), dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function downPlan(root: string, names: readonly string[]): Promise<Prepared> {
  const servers = await inspectServers(root)
  const containers = await readContainers(root)
  const all = [...servers, ...containers.servers]
  const running = chosen(servers, names, all).filter(({ alive }) => alive)
  const stopping = await existing(containers, chosen(containers.servers, names, all))
  const stop = stopCall(containers, stopping, names.length === 0)
  const steps = [...stopSteps(running), ...stopContainers(stop)]
  return {
    plan: { notes: steps.length === 0 ? ['no service of this project runs'] : [], steps, cleanup: [] },
    handlers: stopHandlers(root, running),
  }
}

/** Watched, so that the lock is held until it is over. */
function stopContainers(stop: Call | undefined): Step[] {
  return stop === undefined ? [] : [{ call: stop, ifFails: '`development services status` shows what runs' }]
}

/** Those that have a container. Where Docker does not answer nothing runs there. */
async function existing(containers: Containers, servers: readonly Container[]): Promise<readonly Container[]> {
  if (servers.length === 0 || !('version' in (await inspectDocker()))) return []
  const states = await containerStates(containers)
  return servers.filter(({ container }) => states.has(container))
}

function stopSteps(servers: readonly ServerFacts[]): Step[] {
  return servers.map(({ key, service, version, port }) => ({
    effect: `stop ${key}`,
    description: `stop: ${service.name} ${version} on 127.0.0.1:${port}`,
  }))
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

/** `development services logs`: the logs of servers, by `tail`, or by Docker Compose where that runs them. */
export async function prepareLogs({ root }: Project, names: readonly string[], follow: boolean): Promise<Prepared> {
  const containers = await readContainers(root)
  const servers = await inspectServers(root)
  const all = [...servers, ...containers.servers]
  const inDocker = (await engineBefore(root)) === 'docker' || servers.length === 0
  if (inDocker && containers.servers.length > 0) {
    const keys = chosen(containers.servers, names, all).map(({ container }) => container)
    return { plan: plan(composeCall(containers, 'logs', '--tail', '100', ...(follow ? ['--follow'] : []), ...keys)) }
  }
  const logged = chosen(servers, names, all).filter(({ service }) => service.engine !== 'memcached')
  if (logged.length === 0)
    throw usageError('no service of this project has a log', '`development services up` starts them')
  const files = logged.map((server) => join(serverFolder(root, server), 'log'))
  return { plan: plan(call('tail', '-n', '100', ...(follow ? ['-F'] : []), ...files)) }
}

/** `development services reset`: stops the servers and removes their data, after a question. */
export async function prepareReset({ root }: Project, yes: boolean, dryRun: boolean): Promise<Prepared> {
  return locked(root, dryRun, () => resetPlan(root, yes || dryRun, yes))
}

async function resetPlan(root: string, mayGoOn: boolean, yes: boolean): Promise<Prepared> {
  const servers = await inspectServers(root)
  const containers = await readContainers(root)
  const folders = await Promise.all(
    (await dataFolders(root)).map(async (name) => ({ name, bytes: await sizeOf(join(parityFolder(root), name)) })),
  )
  const notes = (await rehearsalFolders(root)).map(
    (name) => `.parity/${name} stays: \`development services rehearse --remove\` removes a rehearsal`,
  )
  const native = containers.servers.length === 0 && (await engineBefore(root)) === 'native'
  const volumes = native ? [] : await volumesOf(containers)
  const stop = stopCall(containers, await existing(containers, containers.servers), true)
  const made = containers.own && containers.text !== undefined ? [`.parity/${ownFile}`] : []
  if (folders.length + servers.length + volumes.length + made.length === 0 && stop === undefined)
    return { plan: { notes: ['there is no data of services here', ...notes], steps: [], cleanup: [] } }
  if (!mayGoOn && !process.stdin.isTTY)
    throw usageError('without a terminal `reset` cannot ask', '`development services reset --yes` does not ask')
  const running = servers.filter(({ alive }) => alive)
  const names = [
    ...folders.map(({ name, bytes }) => `.parity/${name} (${size(bytes)})`),
    ...volumes.map((volume) => `volume ${volume.name} (${volume.size})`),
    ...made,
  ].join(', ')
  const description = `ask: remove ${names}?`
  const question = { effect: 'confirm', description, asks: true, ifInterrupted: 'nothing was removed' }
  const volumeCall = call('docker', 'volume', 'rm', ...volumes.map(({ name }) => name))
  return {
    plan: {
      notes,
      steps: [
        ...(yes ? [] : [question]),
        ...stopSteps(running),
        ...stopContainers(stop),
        ...(volumes.length === 0 ? [] : [{ call: volumeCall }]),
        { effect: 'remove', description: `remove: ${names || 'what is known of the services'}` },
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
        for (const name of [engineFile, ownFile]) await forgetFile(root, name)
      },
    },
  }
}

/** Those of `candidates` that were named, or all. Throws a usage error for a name that none of `all` has. */
function chosen<T extends Server>(
  candidates: readonly T[],
  names: readonly string[],
  all: readonly Server[],
): readonly T[] {
  const known = [...new Set(all.map(({ service }) => service.name))]
  for (const name of names)
    if (!known.includes(name))
      throw usageError(`no service \`${name}\` was started here`, `there is: ${known.join(', ') || 'none'}`)
  return names.length === 0 ? candidates : candidates.filter(({ service }) => names.includes(service.name))
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
