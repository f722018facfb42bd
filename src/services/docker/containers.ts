import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { type Call, call } from '../../run/call.ts'
import { composeFile } from '../compose/file.ts'
import { parityFolder, recallText, type Server } from '../folder.ts'
import { driverOf } from '../native/drivers.ts'
import { isFree } from '../native/ports.ts'
import { engines } from '../table.ts'

/** The services of a project that Docker Compose runs. */
export type Containers = {
  /** The name of the Compose project. */
  readonly project: string
  /** The file with the services, an absolute path. */
  readonly file: string
  /** Whether it is parity's own, in `.parity`: nothing in it is anybody else's. */
  readonly own: boolean
  readonly text: string | undefined
  readonly servers: readonly Container[]
}

/** A server in a container; its key in the file is `container`. */
export type Container = Server & { readonly container: string; readonly builds: boolean }

/** The file in `.parity` for projects whose own Compose file has no services of ours. */
export const ownFile = 'compose.yaml'

/**
 * The services of a project that are for Docker Compose: those that `--write` has put into the project's file, else those in a file of
 * parity's own, which may not be there yet.
 */
export async function readContainers(root: string): Promise<Containers> {
  const project = projectName(root)
  const theirs = await composeFile(root)
  const marked = await serversIn(theirs.text)
  if (marked.length > 0)
    return { project, file: join(root, theirs.name), own: false, text: theirs.text, servers: marked }
  const text = await recallText(root, ownFile)
  return { project, file: join(parityFolder(root), ownFile), own: true, text, servers: await serversIn(text) }
}

/** Its folder's name, for people, and a hash of its path: two projects of one folder name have nothing in common. */
function projectName(root: string): string {
  const name = basename(root)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40)
  return `${name || 'project'}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`
}

/** The call of Compose on a file. */
export function composeCall({ project, file }: Pick<Containers, 'project' | 'file'>, ...words: string[]): Call {
  return call('docker', 'compose', '--project-name', project, '--file', file, ...words)
}

/** The servers in the text of a Compose file, none in one that cannot be read. What reads YAML is loaded only for one that has some. */
export async function serversIn(text: string | undefined): Promise<Container[]> {
  if (!text?.includes('x-parity')) return []
  const { managedServices } = await import('../compose/edit.ts')
  return managedServices(text).flatMap(({ name, key, version, port, password = '', database, builds }) => {
    const engine = engines.find((candidate) => name === candidate || name.startsWith(`${candidate}-`))
    if (engine === undefined || port === 0) return []
    const service = { name, engine, version, addon: '', configVars: [], extensions: [] }
    const server = { key: `${name}-${version}`, service, version, port, password }
    return [{ ...server, ...(database === undefined ? {} : { database }), container: key, builds }]
  })
}

/** Whether a server can be used. */
export async function containerAnswers(server: Server): Promise<boolean> {
  const driver = driverOf(server.service.engine)
  return driver === undefined ? !(await isFree(server.port)) : driver.answers(server)
}
