import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Download, downloadDump } from '../../../src/dumps/download.ts'
import { HerokuError } from '../../../src/heroku/heroku-error.ts'
import { createTransport } from '../../../src/heroku/http.ts'
import { type Answer, freePort, type Received, startProxy, startServer, type TestServer } from '../http-server.ts'

const secret = 'X-Amz-Signature=5ec4e7'
const dump = Buffer.concat([Buffer.from('PGDMP'), Buffer.alloc(300_000, 'row after row ')])
const deadProcess = 999_999_999

const servers: TestServer[] = []
const pauses: number[] = []
let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parity-download-'))
  file = join(folder, 'b001.dump')
  pauses.length = 0
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
  await rm(folder, { recursive: true, force: true })
})

async function serve(...answers: Answer[]): Promise<TestServer> {
  const inTurn: Answer = (request, response, count) =>
    answers[Math.min(count, answers.length) - 1]?.(request, response, count)
  const server = await startServer(inTurn)
  servers.push(server)
  return server
}

/** Downloads from the server; waiting takes no time and is noted. */
function downloadFrom(server: { url: string }, changes: Partial<Download> = {}) {
  return downloadDump({
    sign: async () => `${server.url}/b001?${secret}`,
    file,
    transport: createTransport({}),
    signal: new AbortController().signal,
    pause: async (milliseconds) => {
      pauses.push(milliseconds)
    },
    ...changes,
  })
}

/** The failure of a download, which must not tell the secret, not even in its stack or its causes. */
async function failureOf(download: Promise<unknown>) {
  const error: unknown = await download.then(
    () => expect.unreachable('the download succeeded'),
    (reason) => reason,
  )
  expect(inspect(error, { depth: 10 })).not.toContain(secret)
  expect(error).toBeInstanceOf(Error)
  const { status, message, hint } = error as Error & { status?: number; hint?: string }
  return { status, message, hint }
}

/** Storage as S3 is: knows ranges, and takes If-Range for what it is. */
function storage(content: Buffer, etag = '"one"', limit = Number.POSITIVE_INFINITY): Answer {
  return ({ headers }, response) => {
    const asked = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1]
    const start = asked !== undefined && headers['if-range'] === etag ? Number(asked) : undefined
    const body = content.subarray(start ?? 0)
    const range =
      start === undefined ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }
    response.writeHead(start === undefined ? 200 : 206, { etag, 'content-length': body.length, ...range })
    if (body.length <= limit) response.end(body)
    else breakAfter(response, body.subarray(0, limit))
  }
}

/** Sends these bytes and breaks the connection, once they have left. */
function breakAfter(response: ServerResponse, bytes: Buffer) {
  response.write(bytes, () => setImmediate(() => response.socket?.destroySoon()))
}

const status = (code: number, headers: Record<string, string> = {}): Answer => {
  return (_, response) => response.writeHead(code, headers).end('<Error/>')
}

const ranges = (received: Received[]) => received.map(({ headers }) => headers.range)
/** `toEqual` would take half a second for as many bytes. */
const isWhole = async () => (await readFile(file)).equals(dump)
const left = async () => (await readdir(folder)).map((name) => name.replace(/\.\d+-[0-9a-f]{8}\./, '.PID.')).sort()

/** What a process that was killed left behind. */
async function leave(bytes: Buffer, etag = '"one"', process = deadProcess) {
  const part = `${file}.${process}-0a1b2c3d.part`
  await writeFile(part, bytes)
  await writeFile(`${part}.json`, JSON.stringify({ etag, totalBytes: dump.length }))
  return part
}

describe('a download', () => {
  test('ends as a private file of its name, and nothing else', async () => {
    const umask = process.umask(0)
    try {
      const server = await serve(storage(dump))
      expect(await downloadFrom(server)).toEqual({ bytes: dump.length, resumedFrom: 0 })
      expect(await isWhole()).toBe(true)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect(await left()).toEqual(['b001.dump'])
      expect(server.received).toMatchObject([{ method: 'GET', url: `/b001?${secret}` }])
      expect(server.received[0]?.headers).not.toHaveProperty('authorization')
      expect(pauses).toEqual([])
    } finally {
      process.umask(umask)
    }
  })

  test('replaces an older dump, and only when it is whole', async () => {
    await writeFile(file, 'old')
    const seen: string[] = []
    await downloadFrom(await serve(storage(dump)), { onProgress: async () => seen.push(await readFile(file, 'utf8')) })
    expect(await isWhole()).toBe(true)
    expect(seen[0]).toBe('old')
  })

  test('tells what can be read by now, and where', async () => {
    const parts: string[] = []
    const sizes: number[] = []
    await downloadFrom(await serve(storage(dump, '"one"', 100_000), storage(dump)), {
      onStart: (part, bytes) => parts.push(part, String(bytes)),
      onProgress: (bytes, total) => sizes.push(bytes, total ?? -1),
    })
    expect(parts).toEqual([expect.stringMatching(/b001\.dump\.\d+-[0-9a-f]{8}\.part$/), '0'])
    const soFar = sizes.filter((_, index) => index % 2 === 0)
    expect(soFar).toEqual([...soFar].sort((one, other) => one - other))
    expect(sizes.slice(-2)).toEqual([dump.length, dump.length])
  })

  test('shows the size Heroku tells where the storage tells none', async () => {
    const totals = new Set<number | undefined>()
    const chunked: Answer = (_, response) => response.end(dump)
    await downloadFrom(await serve(chunked), { expectedBytes: 7, onProgress: (_, total) => totals.add(total) })
    expect([...totals]).toEqual([dump.length])
    totals.clear()
    const unsized: Answer = (_, response) => void response.write(dump, () => response.end())
    expect(
      await downloadFrom(await serve(unsized), { expectedBytes: 7, onProgress: (_, total) => totals.add(total) }),
    ).toMatchObject({ bytes: dump.length })
    expect([...totals]).toEqual([7])
  })

  test('follows redirects', async () => {
    const target = await serve(storage(dump))
    const first = await serve(status(302, { location: `${target.url}/elsewhere` }))
    await downloadFrom(first)
    expect(await isWhole()).toBe(true)
    expect(target.received).toMatchObject([{ url: '/elsewhere' }])
  })

  test('goes through the proxy that the CLI uses', async () => {
    const server = await serve(storage(dump))
    const proxy = await startProxy(server.port)
    servers.push(proxy)
    await downloadFrom(
      { url: 'http://bucket.example' },
      {
        transport: createTransport({ HTTP_PROXY: proxy.url }),
      },
    )
    expect(await isWhole()).toBe(true)
    expect(proxy.received.map(({ url }) => url)).toEqual(['bucket.example:80'])
  })
})

describe('a broken connection', () => {
  test('is continued where it broke', async () => {
    const server = await serve(storage(dump, '"one"', 100_000), storage(dump, '"one"', 50_000), storage(dump))
    expect(await downloadFrom(server)).toEqual({ bytes: dump.length, resumedFrom: 0 })
    expect(await isWhole()).toBe(true)
    expect(ranges(server.received)).toEqual([undefined, 'bytes=100000-', 'bytes=150000-'])
    expect(server.received[1]?.headers['if-range']).toBe('"one"')
    expect(pauses).toHaveLength(2)
  })

  test('that says nothing any more is one', async () => {
    const silent: Answer = (_, response) =>
      void response.writeHead(200, { etag: '"one"', 'content-length': dump.length }).write(dump.subarray(0, 1000))
    const server = await serve(silent, storage(dump))
    await downloadFrom(server, { stallMilliseconds: 100 })
    expect(await isWhole()).toBe(true)
    expect(ranges(server.received)).toEqual([undefined, 'bytes=1000-'])
  })

  test('is given up when five tries bring nothing', async () => {
    const first = storage(dump, '"one"', 150_000)
    const nothing = storage(dump, '"one"', 0)
    const server = await serve(first, nothing)
    expect(await failureOf(downloadFrom(server))).toEqual({
      status: 1,
      message: `the download stopped at 146 kB of 293 kB: no connection to 127.0.0.1:${server.port}: it was closed by the other side`,
      hint: 'run the same command again to resume',
    })
    expect(server.received).toHaveLength(6)
    expect(await left()).toEqual(['b001.dump.PID.part', 'b001.dump.PID.part.json'])
  })

  test('that never was is given up likewise', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    expect(await failureOf(downloadFrom({ url }, { expectedBytes: 2048 }))).toEqual({
      status: 1,
      message: `the download stopped at 0 bytes of 2 kB: no connection to ${url.slice(7)}: connection refused`,
      hint: 'run the same command again to resume',
    })
    expect(pauses.map((milliseconds) => Math.floor(milliseconds / 100))).toEqual([2, 4, 8, 16])
  })

  test.each([
    ['without a tag', {}],
    ['with a weak tag', { etag: 'W/"one"' }],
  ])('of an object %s ends the run, and the next begins at zero', async (_, headers) => {
    const whole: Answer = (_, response) =>
      response.writeHead(200, { 'content-length': dump.length, ...headers }).end(dump)
    const broken: Answer = (_, response) =>
      breakAfter(response.writeHead(200, { 'content-length': dump.length, ...headers }), dump.subarray(0, 1000))
    const server = await serve(broken, whole)
    expect(await failureOf(downloadFrom(server))).toEqual(toBeginAgain)
    expect(await left()).toEqual([])
    expect(await downloadFrom(server)).toEqual({ bytes: dump.length, resumedFrom: 0 })
    expect(await isWhole()).toBe(true)
    expect(ranges(server.received)).toEqual([undefined, undefined, undefined])
  })
})

const toBeginAgain = {
  status: 1,
  message: 'the download must start over: the backup storage no longer has the same bytes',
  hint: 'run it again',
}

describe('a later run', () => {
  test('continues what an aborted one kept', async () => {
    const controller = new AbortController()
    const silent: Answer = (_, response) =>
      void response.writeHead(200, { etag: '"one"', 'content-length': dump.length }).write(dump.subarray(0, 1000))
    const server = await serve(silent, storage(dump))
    const aborted = downloadFrom(server, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('Ctrl-C')),
    })
    expect(await failureOf(aborted)).toEqual({ status: undefined, message: 'Ctrl-C', hint: undefined })
    expect(await left()).toEqual(['b001.dump.PID.part', 'b001.dump.PID.part.json'])

    expect(await downloadFrom(server)).toEqual({ bytes: dump.length, resumedFrom: 1000 })
    expect(await isWhole()).toBe(true)
    expect(await left()).toEqual(['b001.dump'])
    expect(ranges(server.received)).toEqual([undefined, 'bytes=1000-'])
  })

  test('continues what a killed one left, the longest of it', async () => {
    await leave(dump.subarray(0, 10), '"one"', deadProcess - 1)
    await leave(dump.subarray(0, 2000))
    expect(await downloadFrom(await serve(storage(dump)))).toEqual({ bytes: dump.length, resumedFrom: 2000 })
    expect(await isWhole()).toBe(true)
  })

  test('asks for the last byte only of what is there but for its name', async () => {
    await leave(dump)
    const server = await serve(storage(dump))
    expect(await downloadFrom(server)).toEqual({ bytes: dump.length, resumedFrom: dump.length - 1 })
    expect(ranges(server.received)).toEqual([`bytes=${dump.length - 1}-`])
    expect(await isWhole()).toBe(true)
  })

  test('begins again when the backup is another', async () => {
    await leave(Buffer.from('PGDMP of another app'), '"other"')
    const onStart = vi.fn()
    const server = await serve(storage(dump))
    expect(await downloadFrom(server, { onStart })).toEqual({ bytes: dump.length, resumedFrom: 0 })
    expect(await isWhole()).toBe(true)
    expect(onStart).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/\.part$/), 0)
    expect(await left()).toEqual(['b001.dump'])
  })

  test('begins again when nothing is noted of what is there', async () => {
    await rm(`${await leave(dump.subarray(0, 1000))}.json`)
    const server = await serve(storage(dump))
    const onStart = vi.fn()
    expect(await downloadFrom(server, { onStart })).toEqual({ bytes: dump.length, resumedFrom: 0 })
    expect(onStart).toHaveBeenCalledExactlyOnceWith(expect.any(String), 0)
    expect(ranges(server.received)).toEqual([undefined])
    expect(await isWhole()).toBe(true)
  })

  test('does not touch what a living process writes', async () => {
    const part = await leave(dump.subarray(0, 1000), '"one"', process.ppid)
    expect(await downloadFrom(await serve(storage(dump)))).toEqual({ bytes: dump.length, resumedFrom: 0 })
    expect((await readFile(part)).equals(dump.subarray(0, 1000))).toBe(true)
  })

  test('refuses a link in the place of a part', async () => {
    const target = join(folder, 'target')
    await writeFile(target, 'mine')
    await symlink(target, `${file}.${deadProcess}-0a1b2c3d.part`)
    const { message, ...rest } = await failureOf(downloadFrom(await serve(storage(dump))))
    expect(message.replace(/\d+-[0-9a-f]{8}/, 'PID')).toBe(`\`${file}.PID.part\` is not a file that parity made`)
    expect(rest).toEqual({ status: 1, hint: 'remove it and run the same command again' })
    expect(await readFile(target, 'utf8')).toBe('mine')
  })
})

test('two downloads at once do not disturb each other', async () => {
  const server = await serve(storage(dump))
  let second: Promise<unknown> | undefined
  const onProgress = () => {
    second ??= downloadFrom(server)
  }
  const alone = { bytes: dump.length, resumedFrom: 0 }
  expect([await downloadFrom(server, { onProgress }), await second]).toEqual([alone, alone])
  expect(await isWhole()).toBe(true)
  expect(await left()).toEqual(['b001.dump'])
})

describe('an expired URL', () => {
  test.each([403, 400])('(%d) is signed again', async (code) => {
    const sign = vi.fn()
    const server = await serve(storage(dump, '"one"', 1000), status(code), storage(dump))
    sign.mockImplementation(async () => `${server.url}/${sign.mock.calls.length}?${secret}`)
    await downloadFrom(server, { sign })
    expect(await isWhole()).toBe(true)
    expect(server.received.map(({ url }) => url.split('?')[0])).toEqual(['/1', '/1', '/2'])
  })

  test('is not signed for ever', async () => {
    const server = await serve(status(403))
    expect(await failureOf(downloadFrom(server))).toEqual({
      status: 1,
      message: 'the backup storage refused a fresh URL: status 403',
      hint: '`heroku pg:backups` shows whether the backup still exists',
    })
    expect(server.received).toHaveLength(3)
  })

  test('that Heroku does not sign is its failure', async () => {
    const sign = () => Promise.reject(new HerokuError(404, 'not_found', 'Heroku says: no such backup'))
    expect(await failureOf(downloadFrom({ url: '' }, { sign }))).toEqual({
      status: 1,
      message: 'Heroku says: no such backup',
      hint: undefined,
    })
  })

  test('that is none is not shown', async () => {
    const sign = async () => `not a url ${secret}`
    expect(await failureOf(downloadFrom({ url: '' }, { sign }))).toEqual({
      status: 1,
      message: 'Heroku returned no usable URL for the backup',
      hint: 'try again in a few minutes',
    })
  })
})

describe('storage that', () => {
  test.each([500, 503, 429, 408])('answers %d is asked again', async (code) => {
    await downloadFrom(await serve(status(code), storage(dump)))
    expect(await isWhole()).toBe(true)
    expect(pauses).toHaveLength(1)
  })

  test('says when to come again is obeyed', async () => {
    await downloadFrom(await serve(status(503, { 'retry-after': '7' }), storage(dump)))
    expect(pauses).toEqual([7000])
  })

  test('stays busy', async () => {
    expect(await failureOf(downloadFrom(await serve(status(503))))).toEqual({
      status: 1,
      message: 'the download stopped after 0 bytes: the storage answered 503',
      hint: 'run the same command again to resume',
    })
  })

  test('has no such backup is not asked again', async () => {
    const server = await serve(status(404))
    expect(await failureOf(downloadFrom(server))).toEqual({
      status: 1,
      message: 'the backup storage answered 404',
      hint: '`heroku pg:backups` shows whether the backup still exists',
    })
    expect(server.received).toHaveLength(1)
  })

  test('ignores ranges ends the run, and the next begins at zero', async () => {
    const whole: Answer = (_, response) =>
      response.writeHead(200, { etag: '"one"', 'content-length': dump.length }).end(dump)
    const server = await serve(storage(dump, '"one"', 1000), whole)
    expect(await failureOf(downloadFrom(server))).toEqual(toBeginAgain)
    expect(await downloadFrom(server)).toEqual({ bytes: dump.length, resumedFrom: 0 })
    expect(await isWhole()).toBe(true)
  })

  test('has fewer bytes than before (416) ends the run', async () => {
    const server = await serve(storage(dump, '"one"', 1000), status(416))
    expect(await failureOf(downloadFrom(server))).toEqual(toBeginAgain)
    expect(ranges(server.received)).toEqual([undefined, 'bytes=1000-'])
  })

  test.each([
    ['another place', `bytes 0-10/${dump.length}`],
    ['another total', 'bytes 1000-2000/2001'],
    ['no place', undefined],
  ])('answers a range with %s ends the run', async (_, range) => {
    const odd: Answer = (_, response) =>
      response.writeHead(206, { etag: '"one"', ...(range ? { 'content-range': range } : {}) }).end('odd')
    expect(await failureOf(downloadFrom(await serve(storage(dump, '"one"', 1000), odd)))).toEqual(toBeginAgain)
    expect(await left()).toEqual([])
  })

  test('sends us in a circle', async () => {
    const server = await serve(status(302, { location: `/again?${secret}` }))
    expect(await failureOf(downloadFrom(server))).toEqual({
      status: 1,
      message: 'too many redirects from the backup storage',
      hint: 'try again in a few minutes',
    })
    expect(server.received).toHaveLength(6)
  })

  test('sends us out of http', async () => {
    const server = await serve(status(302, { location: 'ftp://127.0.0.1/b001' }))
    expect(await failureOf(downloadFrom(server))).toEqual({
      status: 1,
      message: `127.0.0.1:${server.port} redirects to a URL that is not https`,
      hint: 'is there a proxy in between?',
    })
  })
})

describe('what is no archive', () => {
  const failure = {
    status: 1,
    message: 'what was downloaded is not a Postgres archive',
    hint: 'is there a proxy or a login page in between?',
  }

  test('is not downloaded to its end, and not kept', async () => {
    const page: Answer = (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).write('<html>please log in')
    expect(await failureOf(downloadFrom(await serve(page)))).toEqual(failure)
    expect(await left()).toEqual([])
  })

  test.each(['', 'PGD'])('may be as short as %j', async (body) => {
    expect(await failureOf(downloadFrom(await serve((_, response) => response.end(body))))).toEqual(failure)
    expect(await left()).toEqual([])
  })

  test('is not what only comes in small pieces', async () => {
    const pieces: Answer = (_, response) =>
      void response.write('PG', () => setImmediate(() => response.end(dump.subarray(2))))
    await downloadFrom(await serve(pieces))
    expect(await isWhole()).toBe(true)
  })
})

/** A file system of 64 kB at `folder`, where this process may make one. */
function mountSmallDisk(place: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', place], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('a full disk keeps what came', async ({ skip }) => {
  const disk = join(folder, 'disk')
  await mkdir(disk)
  if (!mountSmallDisk(disk)) skip('only root can make a small disk')
  try {
    await chmod(disk, 0o700)
    const server = await serve(storage(dump))
    const small = { file: join(disk, 'b001.dump') }
    const { message, ...rest } = await failureOf(downloadFrom(server, small))
    expect(message).toMatch(
      new RegExp(`^the disk of \`${disk}\` is full: the download stopped at [456]\\d kB of 293 kB$`),
    )
    expect(rest).toEqual({ status: 1, hint: 'free some space and run the same command again to resume' })
    const [part = ''] = (await readdir(disk)).filter((name) => name.endsWith('.part'))
    const kept = (await stat(join(disk, part))).size
    expect(kept).toBeGreaterThan(40_000)
    execFileSync('mount', ['-o', 'remount,size=1m', disk])
    expect(await downloadFrom(server, small)).toEqual({ bytes: dump.length, resumedFrom: kept })
  } finally {
    execFileSync('umount', [disk])
  }
})
