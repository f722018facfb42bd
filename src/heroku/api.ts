import { failure } from '../errors.ts'
import { HerokuError, NoSuchApp } from './heroku-error.ts'
import { type Hosts, herokuHosts, mayReceiveToken, type Variables } from './hosts.ts'
import { ConnectionError, createTransport, type HttpReply, type HttpRequest } from './http.ts'
import { asObject, asText } from './json.ts'
import { backoff, type Pause, pause, retryAfter } from './retry.ts'
import type { Token } from './token.ts'

/** Heroku's two APIs, as one value. What they answer is JSON of unknown shape: read it with care. */
export type Api = {
  /** GETs `path`; a list that comes in pages comes whole, unless `firstPage` is asked for. */
  get(path: string, options?: RequestOptions): Promise<unknown>
  post(path: string, options?: RequestOptions): Promise<unknown>
  /** How many requests Heroku would still answer now, as its last answer said; undefined before it said so. */
  remaining(): number | undefined
}

type RequestOptions = {
  /** Which of the two APIs: `platform` if omitted. */
  readonly host?: 'platform' | 'data'
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Does asking twice do no more than asking once? A GET is always repeatable, a POST only if this says so. */
  readonly repeatable?: boolean
  /** Of a list that comes in pages only the first one is wanted. */
  readonly firstPage?: boolean
}

type ApiOptions = {
  readonly environment: Variables
  readonly token: Token
  readonly signal?: AbortSignal
  /** Waits between two tries. */
  readonly pause?: Pause
}

const maximumTries = 4
const longestWait = 60_000
const idleMilliseconds = 60_000

/**
 * The Platform API and the data API, asked the way the Heroku CLI asks them: same hosts, same proxies, same token.
 *
 * What can be asked twice is asked up to four times when the connection fails or Heroku is busy (429, 5xx). Requests fail with a
 * ConnectionError, with a HerokuError, or with the failure of the token.
 */
export function createApi({ environment, token, signal, pause: wait = pause }: ApiOptions): Api {
  const hosts = herokuHosts(environment)
  const transport = createTransport(environment)
  let remaining: number | undefined

  const once = async (method: 'GET' | 'POST', path: string, options: RequestOptions): Promise<Page> => {
    const url = apiUrl(hosts, path, options)
    const headers = { ...defaultHeaders, authorization: `Bearer ${await token()}`, ...options.headers }
    const request = withBody({ method, headers, signal, idleMilliseconds }, options.body)
    const reply = await transport(url, request)
    remaining = requestsLeft(reply) ?? remaining
    return readPage(reply, url, environment)
  }

  const repeatedly = async (method: 'GET' | 'POST', path: string, options: RequestOptions): Promise<Page> => {
    const repeatable = options.repeatable ?? method === 'GET'
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(method, path, options)
      } catch (error) {
        const milliseconds = delayBeforeNextTry(error, attempt, repeatable)
        if (milliseconds === undefined) throw error
        await wait(milliseconds, signal)
      }
    }
  }

  return {
    get: async (path, options = {}) => {
      if (options.firstPage) return (await repeatedly('GET', path, options)).body
      return wholeList((range) => repeatedly('GET', path, withRange(options, range)))
    },
    post: async (path, options = {}) => (await repeatedly('POST', path, options)).body,
    remaining: () => remaining,
  }
}

/** What `request` gives, or undefined where Heroku says that there is no such thing (404). */
export async function orUndefined<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request
  } catch (error) {
    if (error instanceof HerokuError && error.httpStatus === 404) return undefined
    throw error
  }
}

const defaultHeaders = {
  accept: 'application/vnd.heroku+json; version=3',
  'user-agent': `heroku-parity/${PARITY_VERSION}`,
}

function apiUrl(hosts: Hosts, path: string, { host = 'platform' }: RequestOptions): URL {
  const url = new URL(path, hosts[host])
  if (mayReceiveToken(url)) return url
  const variable = host === 'platform' ? 'HEROKU_HOST' : 'HEROKU_DATA_HOST'
  throw failure(
    `${url.hostname} is not one of Heroku's hosts: the token is not sent there`,
    `correct or unset \`${variable}\``,
  )
}

/** One answer; `next` is the range to ask for if there is more of a list. */
type Page = { readonly body: unknown; readonly next: string | undefined }

/** Heroku gives long lists in pages, each naming the range of the next: https://devcenter.heroku.com/articles/platform-api-reference#ranges */
async function wholeList(fetchPage: (range: string | undefined) => Promise<Page>): Promise<unknown> {
  const first = await fetchPage(undefined)
  if (!Array.isArray(first.body)) return first.body
  const items = [...first.body]
  for (let page = first; page.next !== undefined; ) {
    page = await fetchPage(page.next)
    if (Array.isArray(page.body)) items.push(...page.body)
  }
  return items
}

/** Every answer of the Platform API says so: https://devcenter.heroku.com/articles/platform-api-reference#rate-limits */
function requestsLeft(reply: HttpReply): number | undefined {
  const header = reply.header('ratelimit-remaining')
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined
}

function withBody(request: HttpRequest, body: unknown): HttpRequest {
  if (body === undefined) return request
  return { ...request, headers: { 'content-type': 'application/json', ...request.headers }, body: JSON.stringify(body) }
}

function withRange(options: RequestOptions, range: string | undefined): RequestOptions {
  return range === undefined ? options : { ...options, headers: { ...options.headers, range } }
}

async function readPage(reply: HttpReply, url: URL, environment: Variables): Promise<Page> {
  const text = await reply.text()
  const body = parseJson(text)
  if (reply.status < 200 || reply.status > 299) throw refusal(reply, url, asObject(body), environment)
  if (body === undefined)
    throw failure(`${url.host} did not return JSON`, 'is there a proxy or a login page in between?')
  return { body, next: reply.header('next-range') }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusal(
  reply: HttpReply,
  url: URL,
  body: Readonly<Record<string, unknown>>,
  environment: Variables,
): HerokuError | NoSuchApp {
  const id = asText(body.id) ?? ''
  if (reply.status === 401) return new HerokuError(401, id, 'Heroku does not accept the token', loginHint(environment))
  const words = asText(body.message)?.replace(/\.$/, '')
  const app = /\/apps\/([^/]+)/.exec(url.pathname)?.[1]
  if (reply.status === 404 && app !== undefined && words === "Couldn't find that app")
    return new NoSuchApp(decodeURIComponent(app))
  const message = words === undefined ? `Heroku answered ${reply.status}` : `Heroku says: ${words}`
  return new HerokuError(reply.status, id, message, hintFor(reply.status), retryAfter(reply.header('retry-after')))
}

function hintFor(status: number): string | undefined {
  if (status === 403) return '`heroku whoami` shows the account that was used'
  return status >= 500 ? 'https://status.heroku.com shows whether Heroku has trouble' : undefined
}

function loginHint(environment: Variables): string {
  return environment.HEROKU_API_KEY ? 'correct `HEROKU_API_KEY`, or unset it and `heroku login`' : '`heroku login`'
}

/** Milliseconds to wait before asking again, or undefined where asking again is pointless, unsafe or takes too long. */
function delayBeforeNextTry(error: unknown, attempt: number, repeatable: boolean): number | undefined {
  if (attempt >= maximumTries) return undefined
  if (error instanceof ConnectionError)
    return error.retriable && (repeatable || error.unsent) ? backoff(attempt) : undefined
  if (!(error instanceof HerokuError)) return undefined
  // A request that met the rate limit was not carried out, whatever it was.
  const busy = error.httpStatus === 429 || (error.httpStatus >= 500 && repeatable)
  const milliseconds = error.retryAfter ?? backoff(attempt)
  return busy && milliseconds <= longestWait ? milliseconds : undefined
}
