import { type Call, call } from '../../run/call.ts'
import { capture } from '../../run/capture.ts'
import { volumePrefix } from '../compose/blocks.ts'
import { type Container, type Containers, composeCall } from './containers.ts'
import { inspectDocker } from './engine.ts'
import { parseStates, parseVolumes, type Volume } from './output.ts'

/** The key of a service → the state of its container, for those that have one; nothing where Docker cannot be asked. */
export async function containerStates(containers: Containers): Promise<Map<string, string>> {
  const { status, stdout } = await capture(composeCall(containers, 'ps', '--all', '--format', 'json'))
  return status === 0 ? parseStates(stdout) : new Map()
}

/** The volumes of our services, those of earlier versions too; none where Docker cannot be asked. */
export async function volumesOf({ project }: Containers): Promise<readonly Volume[]> {
  if (!('version' in (await inspectDocker()))) return []
  const listed = await capture(call('docker', 'system', 'df', '--verbose', '--format', '{{json .Volumes}}'))
  return listed.status === 0 ? parseVolumes(listed.stdout, project, volumePrefix) : []
}

/**
 * Stops these and removes their containers; the data stays, and so does everything else in the file. With `all` of parity's own file its
 * network goes too. Undefined for none.
 */
export function stopCall(containers: Containers, servers: readonly Container[], all: boolean): Call | undefined {
  if (servers.length === 0) return undefined
  if (all && containers.own) return composeCall(containers, 'down')
  return composeCall(containers, 'rm', '--stop', '--force', ...servers.map(({ container }) => container))
}
