import { relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Project } from '../../environments/environments.ts'
import { failure } from '../../errors.ts'
import type { Prepared, StepHandlers } from '../../run/plan.ts'
import { type Block, blockOf } from '../compose/blocks.ts'
import { editCompose } from '../compose/edit.ts'
import { keepText, makeParityFolder, newPassword, type Server } from '../folder.ts'
import { databaseName } from '../native/inspect.ts'
import { isFree, portsFor } from '../native/ports.ts'
import { makeDatabase } from '../native/postgres.ts'
import type { Service } from '../recipe.ts'
import { type Container, type Containers, containerAnswers, ownFile, readContainers, serversIn } from './containers.ts'
import { containerStates } from './state.ts'
import { type ContainerFacts, planContainers } from './up.ts'

/** How long a server may take to answer once its container was started, in milliseconds. */
const patience = 120_000

/** What starts these services with Docker Compose: all read and decided, nothing started. `running` are those that answer already. */
export async function prepareContainers(
  { root }: Project,
  app: string,
  services: readonly Service[],
  started: (server: Server) => void,
): Promise<Required<Pick<Prepared, 'plan' | 'handlers'>> & { readonly running: readonly Server[] }> {
  const facts = await inspectContainers(root, app, services)
  const { plan, starts, running } = planContainers(services, facts)
  const ready = starts.map((server) => [
    `ready ${server.key}`,
    async (signal: AbortSignal) => {
      await waitFor(facts.containers, server, signal)
      if (server.service.engine === 'postgres') await makeDatabase(server)
      started(server)
    },
  ])
  const handlers: StepHandlers = {
    ...Object.fromEntries(ready),
    'compose file': async () => {
      await makeParityFolder(root)
      await keepText(root, ownFile, facts.text ?? '')
    },
  }
  return { plan, handlers, running }
}

async function inspectContainers(root: string, app: string, services: readonly Service[]): Promise<ContainerFacts> {
  const containers = await readContainers(root)
  const answers = await Promise.all(
    containers.servers.map(async (server) => ((await containerAnswers(server)) ? [server.service.name] : [])),
  )
  const answering = answers.flat()
  const text = containers.own ? await ownText(root, app, services, containers, answering) : containers.text
  return { root, containers, text, wanted: await serversIn(text), answering }
}

/** The text of parity's own file with these services in it. What is there keeps its port, unless another program has that, and its password. */
async function ownText(
  root: string,
  app: string,
  services: readonly Service[],
  { text, servers, file }: Containers,
  answering: readonly string[],
): Promise<string> {
  const taken = new Set(servers.map(({ port }) => port))
  const blocks: Block[] = []
  for (const service of services) {
    const known = servers.find((server) => server.service.name === service.name)
    const stays = known !== undefined && (answering.includes(service.name) || (await isFree(known.port)))
    const port = stays ? known.port : await freePort(`${root}/${service.name}`, taken)
    taken.add(port)
    blocks.push(blockOf(service, port, known?.database ?? databaseName(app), known?.password || newPassword()))
  }
  const edited = editCompose(text, blocks)
  if ('text' in edited) return edited.text
  throw failure(
    `\`${relative(root, file)}\` cannot be edited: ${edited.refused}`,
    '`development services reset` removes it',
  )
}

async function freePort(mark: string, taken: ReadonlySet<number>): Promise<number> {
  for (const port of portsFor(mark)) if (!taken.has(port) && (await isFree(port))) return port
  throw failure('no port of 127.0.0.1 is free', '`ss --listening --tcp` shows what has them')
}

/** Waits until a server answers. Fails where its container has ended, or when its time is over. */
async function waitFor(containers: Containers, server: Container, signal: AbortSignal): Promise<void> {
  const { name } = server.service
  const until = performance.now() + patience
  while (!(await containerAnswers(server))) {
    signal.throwIfAborted()
    const states = await containerStates(containers)
    const ended = /^(exited|dead)$/.test(states.get(server.container) ?? '')
    if (ended || performance.now() > until)
      throw failure(
        ended ? `the container of ${name} has ended` : `${name} does not answer on 127.0.0.1:${server.port}`,
        `\`development services logs ${name}\` shows why`,
      )
    await delay(300)
  }
}
