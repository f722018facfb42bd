import { failure, type ParityError } from '../../errors.ts'
import { type Installer, installLine } from '../../postgres/installation.ts'
import type { Effect, Plan } from '../../run/plan.ts'
import type { Server } from '../folder.ts'
import type { Recipe, Service } from '../recipe.ts'
import { driverOf } from './drivers.ts'
import { databaseName, keyOf, type NativeFacts } from './inspect.ts'
import { fitting, type Installed, nearest, ofEngine } from './programs.ts'

/** A server that is to run, and what starts it. */
export type Start = { readonly server: Server; readonly program: string; readonly make: boolean }

type NativePlan = {
  readonly plan: Plan
  readonly starts: readonly Start[]
  /** The servers that run already. */
  readonly running: readonly Server[]
}

type UpOptions = { readonly anyVersion: boolean; readonly installer: Installer }

/**
 * What starts these services with the servers that are installed. Fails where production's version of one is not, unless any version will
 * do.
 */
export function planNative({ services }: Pick<Recipe, 'services'>, facts: NativeFacts, options: UpOptions): NativePlan {
  const notes: string[] = []
  const starts: Start[] = []
  const running: Server[] = []
  for (const service of services) {
    if (driverOf(service.engine) === undefined) {
      notes.push(`${service.name} (${service.addon}) runs with Docker only and is not started`)
      continue
    }
    const program = fitting(service, facts.installed) ?? other(service, facts.installed, options)
    const server = serverFor(service, program, facts)
    const known = facts.servers.find(({ key }) => key === server.key)
    if (known?.alive) running.push(server)
    else starts.push({ server, program: program.program, make: service.engine === 'postgres' && !known?.made })
  }
  for (const { service, version, port } of running)
    notes.push(`${service.name} ${version} runs already on 127.0.0.1:${port}`)
  return { plan: { notes, steps: starts.flatMap(stepsOf), cleanup: [] }, starts, running }
}

function other(service: Service, installed: readonly Installed[], { anyVersion, installer }: UpOptions): Installed {
  const found = nearest(service, installed)
  if (found !== undefined && anyVersion) return found
  throw notInstalled(service, installed, found, installer)
}

function notInstalled(
  service: Service,
  installed: readonly Installed[],
  found: Installed | undefined,
  installer: Installer,
): ParityError {
  const title = driverOf(service.engine)?.title
  const versions = ofEngine(service.engine, installed).map(({ version }) => version)
  const there = versions.length === 0 ? '' : `, found ${versions.join(', ')}`
  const anyway = found === undefined ? '' : `; \`development services up --any-version\` starts ${found.version}`
  return failure(
    `no server of ${title} ${service.version} is installed${there}`,
    `${installHint(service, installer)}; with Docker, \`development services up --engine docker\` needs none${anyway}`,
  )
}

function installHint({ engine, version = '' }: Service, installer: Installer): string {
  if (engine === 'postgres') return installLine(Number(version), installer).replace('postgresql-client', 'postgresql')
  const name = engine === 'memcached' ? 'memcached' : Number.parseFloat(version) >= 7.2 ? 'valkey' : 'redis'
  if (installer === 'brew') return `install it with \`brew install ${name}\``
  if (installer === 'apt')
    return `install it with \`sudo apt-get install ${name === 'memcached' ? name : `${name}-server`}\``
  return `install ${name} ${version}`
}

/** As it was made before, or as it is to be made. */
function serverFor(service: Service, { version, engine }: Installed, facts: NativeFacts): Server {
  const key = keyOf(service, { version })
  const known = facts.servers.find((server) => server.key === key)
  const database = engine === 'postgres' ? { database: known?.database ?? databaseName(facts.app) } : {}
  const { port = facts.portOf(key), password = facts.password } = known ?? {}
  return { key, service, version, port, password, ...database }
}

function stepsOf({ server, make }: Start): Effect[] {
  const { key, service, version, port } = server
  const title = `${service.name} ${version}`
  return [
    ...(make ? [{ effect: `make ${key}`, description: `make: ${title} in .parity/${key}` }] : []),
    { effect: `start ${key}`, description: `start: ${title} on 127.0.0.1:${port}` },
  ]
}
