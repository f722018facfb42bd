import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApi, orUndefined } from '../../../src/heroku/api.ts'
import { backupUrl, listBackups } from '../../../src/heroku/backups.ts'
import type { Variables } from '../../../src/heroku/hosts.ts'
import { createTransport } from '../../../src/heroku/http.ts'
import { createToken } from '../../../src/heroku/token.ts'
import { type Answer, freePort, startProxy, startServer, type TestServer } from '../http-server.ts'

const servers: TestServer[] = []
const pauses: number[] = []
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parity-api-'))
  pauses.length = 0
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(servers.splice(0).map((server) => server.close()))
  await rm(folder, { recursive: true, force: true })
})

async function serve(answer: Answer, tls?: { key: string; cert: string }): Promise<TestServer> {
  const server = await startServer(answer, tls)
  servers.push(server)
  return server
}

async function proxyTo(port: number, status?: number): Promise<TestServer> {
  const proxy = await startProxy(port, status)
  servers.push(proxy)
  return proxy
}

const pause = async (milliseconds: number) => {
  pauses.push(milliseconds)
}

/** The API at `url`; waiting takes no time and is noted. */
function apiAt(url: string, options: Partial<Parameters<typeof createApi>[0]> = {}, variables: Variables = {}) {
  const environment = { HEROKU_HOST: url, HEROKU_DATA_HOST: '127.0.0.1', ...variables }
  return createApi({ environment, token: async () => 'secret-token', pause, ...options })
}

const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Answer => {
  return (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

/** Answers one after the other; the last one again and again. */
const inTurn = (...answers: Answer[]): Answer => {
  return (request, response, count) => answers[Math.min(count, answers.length) - 1]?.(request, response, count)
}

const breakOff: Answer = (_, response) => response.destroy()

describe('a request', () => {
  test('bears the token, what we are and what we want', async () => {
    const server = await serve(json({ name: 'acme' }))
    expect(await apiAt(server.url).get('/apps/acme')).toEqual({ name: 'acme' })
    expect(server.received).toMatchObject([
      {
        method: 'GET',
        url: '/apps/acme',
        headers: {
          accept: 'application/vnd.heroku+json; version=3',
          authorization: 'Bearer secret-token',
          'user-agent': expect.stringMatching(/^heroku-parity\/\d+\.\d+\.\d+/),
        },
      },
    ])
    expect(server.received[0]?.headers).not.toHaveProperty('content-type')
  })

  test('posts JSON, with headers of its own', async () => {
    const server = await serve(json([]))
    await apiAt(server.url).post('/filters/apps', {
      body: { in: { id: ['x'] } },
      headers: { accept: 'application/other' },
    })
    expect(server.received).toMatchObject([
      {
        method: 'POST',
        body: '{"in":{"id":["x"]}}',
        headers: { accept: 'application/other', 'content-type': 'application/json' },
      },
    ])
  })

  test('to a host that is not Heroku is never sent, and the token not even read', async () => {
    const token = vi.fn(async () => 'secret-token')
    const api = createApi({ environment: { HEROKU_DATA_HOST: 'data.evil.example' }, token, pause })
    await expect(api.get('/x', { host: 'data' })).rejects.toMatchObject({
      status: 1,
      message: `data.evil.example is not one of Heroku's hosts: the token is not sent there`,
      hint: 'correct or unset `HEROKU_DATA_HOST`',
    })
    expect(token).not.toHaveBeenCalled()
  })

  test('ends when the run is aborted', async () => {
    const controller = new AbortController()
    const server = await serve(() => controller.abort(new Error('enough')))
    await expect(apiAt(server.url, { signal: controller.signal }).get('/apps')).rejects.toThrow('enough')
    expect(pauses).toEqual([])
  })
})

describe('a long list', () => {
  test('comes whole', async () => {
    const pages = [
      json([1, 2], 206, { 'next-range': 'id 2..' }),
      json([3, 4], 206, { 'next-range': 'id 4..' }),
      json([5], 200),
    ]
    const server = await serve(inTurn(...pages))
    expect(await apiAt(server.url).get('/apps')).toEqual([1, 2, 3, 4, 5])
    expect(server.received.map(({ headers }) => headers.range)).toEqual([undefined, 'id 2..', 'id 4..'])
  })
})

describe('another try', () => {
  const failed = (status: number, headers?: Record<string, string>) =>
    json({ id: 'oops', message: 'Not now.' }, status, headers)

  test('follows a broken connection and a busy Heroku, later and later', async () => {
    const server = await serve(inTurn(breakOff, failed(503), breakOff, json('done')))
    expect(await apiAt(server.url).get('/apps')).toBe('done')
    expect(pauses.map((milliseconds) => Math.floor(milliseconds / 100))).toEqual([2, 4, 8])
  })

  test('is not the fifth', async () => {
    const server = await serve(failed(503))
    await expect(apiAt(server.url).get('/apps')).rejects.toMatchObject({
      status: 1,
      httpStatus: 503,
      message: 'Heroku says: Not now',
      hint: 'https://status.heroku.com shows whether Heroku has trouble',
    })
    expect(server.received).toHaveLength(4)
  })

  test('waits as long as Heroku asks', async () => {
    const server = await serve(inTurn(failed(429, { 'retry-after': '3' }), json('done')))
    expect(await apiAt(server.url).get('/apps')).toBe('done')
    expect(pauses).toEqual([3000])
  })

  test('is not waited for longer than a minute', async () => {
    const server = await serve(failed(429, { 'retry-after': '61' }))
    await expect(apiAt(server.url).get('/apps')).rejects.toMatchObject({
      httpStatus: 429,
      message: 'Heroku says: Not now',
    })
    expect(pauses).toEqual([])
  })

  test.each([503, 0])('of a POST could do a thing twice: status %d ends it', async (status) => {
    const server = await serve(status === 0 ? breakOff : failed(status))
    await expect(apiAt(server.url).post('/apps')).rejects.toMatchObject({ status: 1 })
    expect(server.received).toHaveLength(1)
  })

  test('of a POST that only reads is as good as that of a GET', async () => {
    const server = await serve(inTurn(failed(503), json('done')))
    expect(await apiAt(server.url).post('/filters/apps', { repeatable: true })).toBe('done')
  })

  test('of a POST that met the rate limit, or nobody, does nothing twice', async () => {
    const server = await serve(inTurn(failed(429), json('done')))
    expect(await apiAt(server.url).post('/apps')).toBe('done')
    const port = await freePort()
    await expect(apiAt(`http://127.0.0.1:${port}`).post('/apps')).rejects.toMatchObject({
      status: 1,
      message: `no connection to 127.0.0.1:${port}: connection refused`,
      hint: 'check the network',
    })
    expect(pauses).toHaveLength(4)
  })
})

describe('a refusal', () => {
  test.each([
    [{}, '`heroku login`'],
    [{ HEROKU_API_KEY: 'secret-token' }, 'correct `HEROKU_API_KEY`, or unset it and `heroku login`'],
  ])('of the token, with %j', async (variables, hint) => {
    const server = await serve(json({ id: 'unauthorized', message: 'Invalid credentials provided.' }, 401))
    await expect(apiAt(server.url, {}, variables).get('/apps')).rejects.toMatchObject({
      status: 1,
      httpStatus: 401,
      message: 'Heroku does not accept the token',
      hint,
    })
  })

  test('in the words of Heroku', async () => {
    const server = await serve(json({ id: 'forbidden', message: 'You do not have access to the app acme.' }, 403))
    await expect(apiAt(server.url).get('/apps/acme')).rejects.toMatchObject({
      status: 1,
      httpStatus: 403,
      id: 'forbidden',
      message: 'Heroku says: You do not have access to the app acme',
      hint: '`heroku whoami` shows the account that was used',
    })
  })

  test('without words', async () => {
    const server = await serve((_, response) => response.writeHead(418).end('<html>'))
    await expect(apiAt(server.url).get('/apps')).rejects.toMatchObject({
      httpStatus: 418,
      id: '',
      message: 'Heroku answered 418',
    })
  })

  test('404 can be an answer', async () => {
    const server = await serve(
      inTurn(
        json({ id: 'not_found', message: `Couldn't find that slug.` }, 404),
        json({}, 403),
        json({ id: 'not_found', message: `Couldn't find that app.` }, 404),
      ),
    )
    const api = apiAt(server.url)
    expect(await orUndefined(api.get('/apps/acme/slugs/1'))).toBeUndefined()
    await expect(orUndefined(api.get('/apps/acme'))).rejects.toMatchObject({ httpStatus: 403 })
    await expect(orUndefined(api.get('/apps/none/slugs/1'))).rejects.toMatchObject({
      app: 'none',
      message: 'no app `none` is visible to this account',
    })
  })

  test('what is no JSON is not from Heroku', async () => {
    const server = await serve((_, response) => response.end('<html>please log in</html>'))
    await expect(apiAt(server.url).get('/apps')).rejects.toMatchObject({
      status: 1,
      message: `127.0.0.1:${server.port} did not return JSON`,
      hint: 'is there a proxy or a login page in between?',
    })
  })
})

test('a silent connection is given up', async () => {
  const server = await serve(() => {})
  const asking = createTransport({})(new URL(server.url), { method: 'GET', headers: {}, idleMilliseconds: 50 })
  await expect(asking).rejects.toMatchObject({
    message: `no connection to 127.0.0.1:${server.port}: nothing came for 0.05 seconds`,
    retriable: true,
  })
})

describe('backups', () => {
  test('are asked of the data API', async () => {
    const server = await serve(
      inTurn(json([{ num: 1, created_at: '2025-01-31 12:00:00 +0000' }]), json({ url: 'https://s3/secret' })),
    )
    const api = apiAt(server.url)
    expect(await listBackups(api, 'acme')).toMatchObject([{ id: 'b001' }])
    expect(await backupUrl(api, 'acme', 1)).toBe('https://s3/secret')
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /client/v11/apps/acme/transfers',
      'POST /client/v11/apps/acme/transfers/1/actions/public-url',
    ])
  })

  test('of an app that is not there', async () => {
    const server = await serve(json({ id: 'not_found', message: `Couldn't find that app.` }, 404))
    await expect(listBackups(apiAt(server.url), 'acme')).rejects.toMatchObject({
      status: 1,
      message: 'no app `acme` is visible to this account',
      hint: '`heroku apps --all` lists the apps that are',
    })
  })

  test('that are none', async () => {
    const server = await serve(json({ hello: 'there' }))
    const api = apiAt(server.url)
    await expect(listBackups(api, 'acme')).rejects.toMatchObject({
      status: 1,
      message: 'Heroku did not return the backups of `acme`',
    })
    await expect(backupUrl(api, 'acme', 7)).rejects.toMatchObject({
      status: 1,
      message: 'Heroku returned no URL for backup 7 of `acme`',
    })
  })
})

describe('a proxy', () => {
  test('is used where the CLI uses it', async () => {
    const server = await serve(json('done'))
    const proxy = await proxyTo(server.port)
    const variables = { HTTP_PROXY: `http://me:pass@127.0.0.1:${proxy.port}` }
    expect(
      await apiAt(
        'http://api.heroku.com',
        { token: async () => 'x' },
        { ...variables, HEROKU_DATA_HOST: undefined },
      ).get('/apps'),
    ).toBe('done')
    expect(proxy.received).toMatchObject([
      {
        url: 'api.heroku.com:80',
        headers: { 'proxy-authorization': `Basic ${Buffer.from('me:pass').toString('base64')}` },
      },
    ])
    expect(proxy.received[0]?.headers).not.toHaveProperty('authorization')
  })

  test('is left out where the CLI leaves it out', async () => {
    const server = await serve(json('done'))
    const proxy = await proxyTo(server.port)
    expect(await apiAt(server.url, {}, { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }).get('/apps')).toBe('done')
    expect(proxy.received).toEqual([])
  })

  test('that refuses is named, and not asked again', async () => {
    const proxy = await proxyTo(0, 407)
    await expect(apiAt('http://127.0.0.1:9', {}, { http_proxy: proxy.url }).get('/apps')).rejects.toMatchObject({
      status: 1,
      message: 'no connection to 127.0.0.1:9 through the proxy of `http_proxy`: it answered 407',
      hint: 'check the network and `http_proxy`',
    })
    expect(proxy.received).toHaveLength(1)
  })

  describe('with certificates of its own', () => {
    const certify = async () => {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const subject = ['-subj', '/CN=api.heroku.com', '-addext', 'subjectAltName=DNS:api.heroku.com']
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject],
        { stdio: 'ignore' },
      )
      return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8'), file: cert }
    }

    test('reaches Heroku if SSL_CERT_FILE or SSL_CERT_DIR names them', async () => {
      const { file, ...tls } = await certify()
      const server = await serve(json('done'), tls)
      const proxy = await proxyTo(server.port)
      const ask = (variables: Variables) => {
        return createApi({ environment: { HTTPS_PROXY: proxy.url, ...variables }, token: async () => 'x', pause }).get(
          '/apps',
        )
      }
      expect(await ask({ SSL_CERT_FILE: file })).toBe('done')
      await rm(join(folder, 'key.pem'))
      expect(await ask({ SSL_CERT_DIR: folder })).toBe('done')
      expect(proxy.received.map(({ url }) => url)).toEqual(['api.heroku.com:443', 'api.heroku.com:443'])
      await expect(ask({})).rejects.toMatchObject({
        message:
          'no connection to api.heroku.com through the proxy of `HTTPS_PROXY`: its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)',
        hint: 'set `NODE_EXTRA_CA_CERTS` to the certificate authority of your network, if it has one',
      })
      expect(pauses).toEqual([])
    })

    test('that are missing', async () => {
      const file = join(folder, 'none.pem')
      const environment = { HTTPS_PROXY: 'http://127.0.0.1:9', SSL_CERT_FILE: file }
      await expect(createApi({ environment, token: async () => 'x', pause }).get('/apps')).rejects.toMatchObject({
        status: 1,
        message: `the certificates of \`SSL_CERT_FILE\` and \`SSL_CERT_DIR\` cannot be read: ENOENT: no such file or directory, open '${file}'`,
        hint: 'correct or unset them',
      })
    })
  })
})

describe('the token', () => {
  /** A `heroku` on a PATH that holds nothing else, which notes its calls and then does as the script says. */
  const withHeroku = async (script: string) => {
    const calls = join(folder, 'calls')
    await writeFile(join(folder, 'heroku'), `#!/bin/sh\necho "$@" >> '${calls}'\n${script}\n`, { mode: 0o755 })
    vi.stubEnv('PATH', folder)
    return () => readFile(calls, 'utf8')
  }

  test('is HEROKU_API_KEY', async () => {
    vi.stubEnv('PATH', folder)
    expect(await createToken({ HEROKU_API_KEY: ' key\n' })()).toBe('key')
  })

  test('is asked of the CLI, once', async () => {
    const calls = await withHeroku('echo warning >&2; echo secret-token; echo')
    const token = createToken({ HEROKU_API_KEY: '' })
    expect([await token(), await token()]).toEqual(['secret-token', 'secret-token'])
    expect(await calls()).toBe('auth:token\n')
  })

  test('is asked without a terminal to ask back', async () => {
    await withHeroku('read answer || echo no-answer')
    expect(await createToken({})()).toBe('no-answer')
  })

  test.each<[string, string, string]>([
    ['nobody is logged in', `echo ' ›   Error: not logged in' >&2; exit 100`, 'not logged in to Heroku'],
    [
      'the CLI has its reasons',
      `echo one >&2; echo '    Error: no keychain' >&2; exit 1`,
      'not logged in to Heroku: no keychain',
    ],
    ['it says nothing', 'exit 0', 'not logged in to Heroku'],
    ['it asks for a key press', 'echo Press any key; exit 0', 'not logged in to Heroku'],
  ])('is missing when %s', async (_, script, message) => {
    await withHeroku(script)
    await expect(createToken({})()).rejects.toMatchObject({ status: 1, message, hint: '`heroku login`' })
  })

  test('that no header could carry is not shown', async () => {
    await expect(createToken({ HEROKU_API_KEY: 'two words' })()).rejects.toMatchObject({
      status: 1,
      message: '`HEROKU_API_KEY` holds no token',
      hint: 'correct it, or unset it and `heroku login`',
    })
  })

  test('can not be had without the CLI', async () => {
    vi.stubEnv('PATH', folder)
    await expect(createToken({})()).rejects.toMatchObject({
      status: 127,
      message: '`heroku` is not installed, or not on PATH',
      hint: 'install it with `npm install --global heroku`, or see https://devcenter.heroku.com/articles/heroku-cli',
    })
  })
})

describe('a look that is in a hurry', () => {
  test('the first page alone, and how many requests Heroku would still answer', async () => {
    const { url } = await serve((request, response, count) =>
      json([request.url], 206, { 'next-range': 'version ]1..', 'ratelimit-remaining': String(2400 - count) })(
        request,
        response,
        count,
      ),
    )
    const api = apiAt(url)
    expect(api.remaining()).toBeUndefined()
    expect(await api.get('/apps/acme/releases', { firstPage: true })).toEqual(['/apps/acme/releases'])
    expect(api.remaining()).toBe(2399)
  })

  test('an answer without a word of the limit leaves the last one standing', async () => {
    const { url } = await serve(
      inTurn(json({}, 200, { 'ratelimit-remaining': '7' }), json({}), json({}, 200, { 'ratelimit-remaining': 'many' })),
    )
    const api = apiAt(url)
    for (let number = 0; number < 3; number += 1) await api.get('/account')
    expect(api.remaining()).toBe(7)
  })
})
