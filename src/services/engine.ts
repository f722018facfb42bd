import { failure } from '../errors.ts'
import { containerAnswers, readContainers } from './docker/containers.ts'
import { chooseEngine, type EngineName, inspectDocker } from './docker/engine.ts'
import { keep, makeParityFolder, readServers, recallJson } from './folder.ts'
import { inspectServers } from './native/inspect.ts'

/** The file of `.parity` that says what started the services last. */
export const engineFile = 'engine.json'

/**
 * What is to start the services of a project, with what is worth telling of the choice. Throws a usage error for a name that is none, a
 * failure where Docker was asked for and does not work, or where the other one's servers still run.
 */
export async function engineFor(
  root: string,
  asked: string | undefined,
): Promise<{ engine: EngineName; note?: string }> {
  const before = await engineBefore(root)
  const needsDocker = (asked ?? before) !== 'native'
  const docker = needsDocker ? await inspectDocker() : { missing: '', fix: '' }
  const chosen = chooseEngine({ asked, before, docker })
  if (before !== undefined && before !== chosen.engine && (await runs(root, before)))
    throw failure(
      `the services run ${before === 'native' ? 'without Docker' : 'with Docker'} already`,
      '`development services down` stops them; then they can start the other way',
    )
  return chosen
}

/** Keeps what starts the services: their data is there. */
export async function rememberEngine(root: string, engine: EngineName): Promise<void> {
  await makeParityFolder(root)
  await keep(root, engineFile, { engine })
}

/** What started them last; where that was not kept, the servers in `.parity` are native ones. */
export async function engineBefore(root: string): Promise<EngineName | undefined> {
  const kept = (await recallJson(root, engineFile)) as { engine?: unknown } | undefined
  if (kept?.engine === 'docker' || kept?.engine === 'native') return kept.engine
  return (await readServers(root)).length > 0 ? 'native' : undefined
}

async function runs(root: string, engine: EngineName): Promise<boolean> {
  if (engine === 'native') return (await inspectServers(root)).some(({ alive }) => alive)
  const { servers } = await readContainers(root)
  return (await Promise.all(servers.map(containerAnswers))).includes(true)
}
