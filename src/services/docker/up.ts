import { relative } from 'node:path'
import { failure } from '../../errors.ts'
import type { Plan, Step } from '../../run/plan.ts'
import type { Service } from '../recipe.ts'
import { type Container, type Containers, composeCall } from './containers.ts'

/** What a start with Docker Compose is decided from. */
export type ContainerFacts = {
  readonly root: string
  readonly containers: Containers
  /** What the file is to hold; what it holds where it is the project's. */
  readonly text: string | undefined
  /** The servers of that text. */
  readonly wanted: readonly Container[]
  /** The services that answer already. */
  readonly answering: readonly string[]
}

type ContainerPlan = {
  readonly plan: Plan
  /** The servers that are to start. */
  readonly starts: readonly Container[]
  readonly running: readonly Container[]
}

/** What starts these services with Docker Compose. Fails where the project's file has not all of them. */
export function planContainers(services: readonly Service[], facts: ContainerFacts): ContainerPlan {
  const { root, containers, text, wanted, answering } = facts
  const name = relative(root, containers.file)
  const servers = services.map((service) => serverFor(service, wanted, name))
  const writes = text !== containers.text
  const runs = ({ service }: Container) => !writes && answering.includes(service.name)
  const starts = servers.filter((server) => !runs(server))
  const running = servers.filter(runs)
  const notes = running.map(
    ({ service, version, port }) => `${titleOf(service.name, version)} runs already on 127.0.0.1:${port}`,
  )
  const write: Step = {
    effect: 'compose file',
    description: `write: ${name}: ${wanted.map(({ container }) => container).join(', ')}`,
  }
  return {
    plan: {
      notes,
      steps: [
        ...(writes ? [write] : []),
        ...(starts.length === 0 ? [] : [upStep(containers, starts)]),
        ...starts.map(waiting),
      ],
      cleanup: [],
    },
    starts,
    running,
  }
}

function serverFor(service: Service, wanted: readonly Container[], file: string): Container {
  const server = wanted.find((candidate) => candidate.service.name === service.name)
  if (server === undefined || server.version !== (service.version ?? ''))
    throw failure(
      `${file} has ${server === undefined ? 'no' : 'another'} ${titleOf(service.name, service.version)}`,
      '`development services --write` puts it there',
    )
  return { ...server, service }
}

function upStep(containers: Containers, starts: readonly Container[]): Step {
  const build = starts.some(({ builds }) => builds) ? ['--build'] : []
  const keys = starts.map(({ container }) => container)
  return { call: composeCall(containers, 'up', '--detach', '--no-deps', ...build, ...keys) }
}

/** Compose's own waiting needs health checks, which not every engine performs. */
function waiting({ key, service, version, port }: Container): Step {
  return { effect: `ready ${key}`, description: `wait: ${titleOf(service.name, version)} on 127.0.0.1:${port}` }
}

function titleOf(name: string, version: string | undefined): string {
  return version ? `${name} ${version}` : name
}
