import { failure, usageError } from '../../errors.ts'
import { call } from '../../run/call.ts'
import { capture } from '../../run/capture.ts'
import { lookup } from '../../run/lookup.ts'

/** What starts the servers: Docker Compose, or parity itself with the servers that are installed. */
export type EngineName = 'docker' | 'native'

/** Docker Compose on this machine: its version, or why it cannot be used, and what leads out. */
type Docker = { readonly version: string } | { readonly missing: string; readonly fix: string }

/** How long Docker is waited for, in milliseconds: an engine elsewhere may not answer at all. */
const patience = 15_000

/** The first Compose that builds from a text in its file: https://docs.docker.com/reference/compose-file/build/#dockerfile_inline */
const oldest = '2.17'

/** Whether Docker Compose can be used here. A client proves nothing: an engine has to answer it, and Compose is a plugin. */
export async function inspectDocker(): Promise<Docker> {
  const fix = 'install Docker with its plugin Compose: https://docs.docker.com/engine/install'
  if (lookup('docker') === undefined) return { missing: '`docker` is not on PATH', fix }
  const [engine, compose] = await Promise.all([
    said('info', '--format', '{{.ServerVersion}}'),
    said('compose', 'version', '--short'),
  ])
  if (compose === undefined) return { missing: 'the plugin Compose of Docker is missing', fix }
  const version = compose.replace(/^v/, '')
  if (version.localeCompare(oldest, 'en', { numeric: true }) < 0)
    return { missing: `Docker Compose is ${version}, and has to be ${oldest} or later`, fix }
  if (engine === undefined) return { missing: 'no engine answers the Docker client', fix: 'start Docker' }
  return { version }
}

/** What `docker` prints; undefined where it fails, or does not answer in time. */
async function said(...args: string[]): Promise<string | undefined> {
  const signal = AbortSignal.timeout(patience)
  const { status, stdout } = await capture(call('docker', ...args), undefined, signal).catch((error) => {
    if (signal.aborted) return { status: 1, stdout: '' }
    throw error
  })
  return status === 0 && stdout !== '' ? stdout : undefined
}

type EngineFacts = {
  /** `--engine` */
  readonly asked: string | undefined
  /** What started the services of this project before, and so has their data. */
  readonly before: EngineName | undefined
  readonly docker: Docker
}

/**
 * What is to start the servers: what was asked for, else what has their data, else Docker Compose where it works. `note` is worth telling
 * where that was not asked. Throws a usage error for a name that is none, a failure where Docker has to be and cannot.
 */
export function chooseEngine({ asked, before, docker }: EngineFacts): { engine: EngineName; note?: string } {
  if (asked !== undefined && asked !== 'docker' && asked !== 'native')
    throw usageError(`\`--engine\` takes docker or native, got \`${asked}\``, '`--engine docker` or `--engine native`')
  const wanted = asked ?? before
  if (wanted === 'native') return { engine: 'native' }
  if ('version' in docker) {
    const note = `Docker Compose ${docker.version} runs the services; \`--engine native\` starts installed servers instead`
    return asked === undefined ? { engine: 'docker', note } : { engine: 'docker' }
  }
  if (wanted === undefined) return { engine: 'native' }
  const native = asked === undefined ? '; `--engine native` starts installed servers, with other data' : ''
  throw failure(`the services cannot run with Docker: ${docker.missing}`, `${docker.fix}${native}`)
}
