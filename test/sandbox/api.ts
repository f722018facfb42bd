import type { IncomingMessage } from 'node:http'
import { addonsApi } from './addons-api.ts'
import { dataApi } from './data-api.ts'
import type { Dynos } from './dynos.ts'
import { dynosApi } from './dynos-api.ts'
import { answerGit, appOfGitPath } from './git-server.ts'
import { type Answer, bodyOf } from './listener.ts'
import { pipelinesApi } from './pipelines-api.ts'
import { isApp, platformApi } from './platform-api.ts'
import { releasesApi } from './releases-api.ts'
import { HttpError, type Reply } from './replies.ts'
import type { World } from './world.ts'

/** Everything that answers on the one port: storage, git, and the two APIs. */
export function api(world: World, dynos: Dynos): Answer {
  const routes = [
    ...platformApi(world),
    ...releasesApi(world),
    ...addonsApi(world),
    ...dynosApi(world, dynos),
    ...pipelinesApi(world),
    ...dataApi(world),
  ]
  return async (call, request) => {
    if (call.path.startsWith('/storage/')) return world.storage.answer(call)
    const repository = appOfGitPath(call.path)
    if (repository !== undefined) return git(world, repository, call, request)
    // Addresses that are secrets themselves.
    if (!/^\/(logs|streams)\//.test(call.path)) authorize(request, world.token)
    const found = routes.find(({ method, pattern }) => method === call.method && pattern.test(call.path))
    if (found === undefined)
      throw new HttpError(404, 'not_found', `The requested API endpoint was not found: ${call.path}`)
    const body = await bodyOf(request)
    const params = call.path.match(found.pattern)?.groups ?? {}
    return found.answer({ ...call, params, json: parsed(body) })
  }
}

function git(
  world: World,
  name: string,
  call: Parameters<Answer>[0],
  request: IncomingMessage,
): Promise<Reply> | Reply {
  const [, token] = basic(request)
  if (token !== world.token) {
    return {
      status: 401,
      headers: { 'WWW-Authenticate': 'Basic realm="Git"' },
      body: 'Your credentials are invalid.\n',
    }
  }
  if (!isApp(name)) return { status: 404, body: `No such app as ${name}.\n` }
  return answerGit(world, world.app(name), call, request)
}

function authorize(request: IncomingMessage, token: string): void {
  const bearer = request.headers.authorization?.match(/^Bearer (.*)$/)?.[1]
  if (bearer === token || basic(request)[1] === token) return
  throw new HttpError(401, 'unauthorized', 'Invalid credentials provided.')
}

function basic(request: IncomingMessage): string[] {
  const encoded = request.headers.authorization?.match(/^Basic (.*)$/)?.[1] ?? ''
  return Buffer.from(encoded, 'base64').toString().split(':')
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
