import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

/** A body that lies in a file, or a part of it (both ends included). */
export type FileBody = { file: string; size: number; range?: { start: number; end: number } }

/** An answer as a value; what faults may do to it is applied after the fact, in one place. */
export type Reply = {
  status: number
  headers?: Record<string, string>
  body?: string | Buffer | Readable | FileBody
}

export type Call = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The groups that the route's pattern named. */
  readonly params: Record<string, string>
  /** The body, where it is a JSON object. */
  readonly json: Record<string, unknown>
}

export type Route = { method: string; pattern: RegExp; answer: (call: Call) => Reply | Promise<Reply> }

/** A route by a path such as `/apps/:app/dynos`. */
export function route(line: string, answer: Route['answer']): Route {
  const [method = '', path = ''] = line.split(' ')
  const pattern = new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
  return { method, pattern, answer }
}

/** JSON as Heroku sends it. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'Content-Type': 'application/json;charset=utf-8', ...headers },
    body: JSON.stringify(value),
  }
}

/** An error as Heroku words it; thrown, so that a look-up can give up from anywhere. */
export class HttpError extends Error {
  readonly status: number
  readonly id: string

  constructor(status: number, id: string, message: string) {
    super(message)
    this.status = status
    this.id = id
  }

  get reply(): Reply {
    return json({ id: this.id, message: this.message }, this.status)
  }
}

/** A text of a JSON body, or '' where there is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/**
 * A list as Heroku pages it by its own Range header (`version ..; order=desc,max=15`): 206 and Next-Range when cut.
 * The items come in ascending order of `key`, a number.
 */
export function page<Item>(
  items: Item[],
  range: string | undefined,
  key: (item: Item) => number,
  render: (item: Item) => unknown,
): Reply {
  const [, name = 'id', after, options = ''] = range?.match(/^(\w+) (?:\](\d+))?\.\.;?\s*(.*)$/) ?? []
  const descending = options.includes('order=desc')
  const max = Number(options.match(/max=(\d+)/)?.[1] ?? 200)
  const ordered = descending ? [...items].reverse() : items
  const rest = ordered.filter(
    (item) => after === undefined || (descending ? key(item) < Number(after) : key(item) > Number(after)),
  )
  const shown = rest.slice(0, max)
  const last = shown.at(-1)
  if (last === undefined || shown.length === rest.length) return json(shown.map(render))
  return json(shown.map(render), 206, { 'Next-Range': `${name} ]${key(last)}..; ${options}` })
}
