import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { spawn } from '@lydell/node-pty'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rarely } from '../often.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { amidstLoad, begin, live, remains, slowDownProduction } from './local-restore.ts'

/* What a person sees of a restore while it runs, and a program that reads it. */

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 2000 })
  await slowDownProduction(sandbox, 30)
})
afterAll(() => sandbox.stop())

const restore = ['restore', 'production', '--no-pristine']
const run = (...options: string[]) => sandbox.run(['development', ...restore, ...options])

type Event = { event: string; at: string; [about: string]: unknown }

function eventsOf(stdout: string): Event[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
}

describe('in a pipe', () => {
  test('a plain line a stage, and no control codes', async () => {
    const { status, stdout, stderr } = await run()
    expect([status, stdout]).toEqual([0, ''])
    expect(stderr).toBe(stripVTControlCharacters(stderr))
    const stages = stderr.split('\n').flatMap((line) => /^(\w+)[:,] /.exec(line)?.[1] ?? [])
    expect(stages).toEqual(['download', 'check', 'create', 'load', 'finish', 'analyze', 'swap', 'tidy'])
  })

  rarely('--quiet says nothing', async () => {
    expect(await run('--quiet')).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
  })

  rarely('--quiet still says what goes wrong', async () => {
    const { status, stderr } = await run('--quiet', '--', '--section=nonsense')
    expect([status, stderr.split('\n').slice(0, 2)]).toEqual([
      1,
      [expect.stringMatching(/^`\S+pg_restore` failed with status 1:$/), expect.stringContaining('nonsense')],
    ])
    expect(stderr).toMatch(/\nthe whole log is in \S+\nacme_development is as it was\n$/)
  })

  rarely('--verbose shows all that pg_restore writes', async () => {
    const { status, stderr } = await run('--verbose')
    expect(status).toBe(0)
    expect(stderr).toContain('pg_restore: creating TABLE "public.articles"')
    expect(stderr).toContain('pg_restore: processing data for table "public.slow"')
  })
})

describe('--json', () => {
  /** A run that goes on, and how it ends. */
  function asEvents() {
    const child = sandbox.spawn(['development', ...restore, '--json'], { stdio: ['ignore', 'pipe', 'ignore'] })
    let stdout = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    const ended = new Promise<{ status: number | null; signal: string | null; stdout: string }>((resolve) =>
      child.once('close', (status, signal) => resolve({ status, signal, stdout })),
    )
    return { child, ended }
  }

  test('an event a line: the stages in order, how far they are, and the end', async () => {
    await sandbox.run(['parity', 'cache', 'clear', '--all'])
    const { status, stdout, stderr } = await run('--json')
    expect([status, stderr]).toEqual([0, ''])
    const events = eventsOf(stdout)
    const stages = ['download', 'check', 'create', 'load', 'finish', 'analyze', 'swap', 'tidy']
    for (const kind of ['begin', 'end'])
      expect(events.filter(({ event }) => event === kind).map(({ stage }) => stage)).toEqual(stages)
    const progress = events.filter(({ event, stage }) => event === 'progress' && stage === 'load')
    expect(progress.at(-1)).toMatchObject({
      totalBytes: expect.any(Number),
      counts: [
        { what: 'tables', total: 6 },
        { what: 'indexes and keys', total: expect.any(Number) },
      ],
    })
    const bytes = progress.map((event) => Number(event.bytes))
    expect(bytes).toEqual(bytes.toSorted((one, other) => one - other))
    expect(events.at(-1)).toMatchObject({ event: 'done', text: expect.stringContaining(`${live} is now`) })
    for (const { at } of events) expect(new Date(at).toISOString()).toBe(at)
  })

  test('a failure is the last event, and is told on stderr too', async () => {
    const { status, stdout, stderr } = await run('--json', '--', '--section=nonsense')
    const last = eventsOf(stdout).at(-1)
    expect([status, last]).toMatchObject([1, { event: 'failed', status: 1, hint: expect.stringContaining('log') }])
    expect(stderr).toBe(`${last?.message}\n${last?.hint}\n`)
  })

  rarely('a refusal too', async () => {
    const { status, stdout, stderr } = await sandbox.run(['development', 'restore', 'prodution', '--json'])
    expect([status, eventsOf(stdout)]).toMatchObject([2, [{ event: 'failed', status: 2 }]])
    expect(stderr).toContain('did you mean `production`?')
  })

  rarely('a signal too', async () => {
    const { ended } = await amidstLoad(sandbox, asEvents, ({ child }) => child.kill('SIGTERM'))
    const { signal, stdout } = await ended
    expect([signal, eventsOf(stdout).at(-1)]).toMatchObject(['SIGTERM', { event: 'failed', signal: 'SIGTERM' }])
    expect(await remains(sandbox)).toEqual([])
  })

  rarely('who stops reading does not stop the restore', async () => {
    const { ended } = await amidstLoad(sandbox, asEvents, ({ child }) => child.stdout?.destroy())
    expect((await ended).status).toBe(0)
    expect(await remains(sandbox)).toEqual([])
  })

  rarely('what a command of the project prints is no event', async () => {
    const configuration = join(sandbox.project, '.parityrc')
    await writeFile(configuration, 'restore: { after: [echo hello] }\n')
    const { status, stdout, stderr } = await run('--json')
    await rm(configuration)
    expect([status, stderr]).toEqual([0, 'hello\n'])
    expect(eventsOf(stdout).filter(({ stage }) => stage === 'run')).toHaveLength(2)
  })
})

describe('words that contradict each other', () => {
  test.each([
    ['--quiet --verbose', '`--quiet` and `--verbose` cannot be combined\nuse one of them\n'],
    ['--quiet --json', '`--quiet` and `--json` cannot be combined\nuse one of them\n'],
    ['--json --dry-run', '`--json` and `--dry-run` cannot be combined\nuse one of them\n'],
  ])('%s', async (options, stderr) => {
    expect(await run(...options.split(' '))).toMatchObject({ status: 2, stderr })
  })
})

/** Runs it on a terminal of 80 columns; returns all that was written there, and how it ended. */
async function onTerminal(
  happens: (terminal: ReturnType<typeof spawn>) => unknown,
  env: Record<string, string> = {},
  first = 'true',
) {
  const line = [`${first};`, 'exec', `${sandbox.folder}/bin/development`, ...restore].join(' ')
  let seen = ''
  const begun = () => {
    const terminal = spawn('/bin/sh', ['-c', line], {
      ...{ cols: 80, rows: 24, cwd: sandbox.project },
      env: { ...sandbox.env, TERM: 'xterm-256color', ...env },
    })
    terminal.onData((text) => {
      seen += text
    })
    const ended = new Promise<{ exitCode: number; signal?: number | undefined }>((resolve) => terminal.onExit(resolve))
    return { terminal, ended }
  }
  const { ended } = await amidstLoad(sandbox, begun, ({ terminal }) => happens(terminal))
  const { exitCode, signal } = await ended
  return { seen, end: signal || exitCode }
}

describe('on a terminal', () => {
  test('the stage that runs is one line with its figures; its name stays', async () => {
    await sandbox.run(['parity', 'cache', 'clear', '--all'])
    const { seen, end } = await onTerminal(() => {})
    const text = stripVTControlCharacters(seen)
    expect(end).toBe(0)
    expect(text).toMatch(/[^✔] load: [\d.]+ kB, [0-5] of 6 tables/)
    expect(text).toMatch(/✔ load: [\d.]+ kB, 6 tables, \d+ indexes and keys/)
    for (const name of ['check', 'create', 'finish', 'analyze', 'swap', 'tidy']) expect(text).toContain(`✔ ${name}\r\n`)
    expect(text.trimEnd()).toMatch(/`development undo` brings\s+the\s+old\s+one\s+back$/)
  })

  rarely('Ctrl-C: the stage that broke off is marked, and the screen left in order', async () => {
    const { seen, end } = await onTerminal((terminal) => terminal.write('\x03'))
    expect(end).toBe(2)
    expect(stripVTControlCharacters(seen).trimEnd()).toMatch(/✖ load: [^\n]*\ninterrupted by SIGINT\r\n[^✖✔]*$/)
    expect(await remains(sandbox)).toEqual([])
  })

  rarely.each([{ CI: 'true' }, { TERM: 'dumb' }])('with %o: plain lines', async (env) => {
    const { seen, end } = await onTerminal(() => {}, env)
    expect([end, stripVTControlCharacters(seen)]).toEqual([0, expect.stringContaining('\nload: acme_development')])
    expect(seen).not.toMatch(/\r(?!\n)/)
  })

  rarely('of 0 columns it is a pipe, and Ctrl-C ends us', async () => {
    const { seen, end } = await onTerminal((terminal) => terminal.write('\x03'), {}, 'stty cols 0 rows 0')
    expect([end, stripVTControlCharacters(seen)]).toEqual([2, expect.stringContaining('\nload: acme_development')])
    expect(seen).not.toMatch(/\r(?!\n)/)
  })

  rarely('with NO_COLOR: no colours', async () => {
    const { seen } = await onTerminal(() => {}, { NO_COLOR: '1' })
    expect(seen).toContain('✔')
    expect(seen.split('\x1b[').filter((code) => /^[\d;]*m/.test(code))).toEqual([])
  })
})

test('the options are for a restore here', async () => {
  const { status, stderr } = await sandbox.run(['staging', 'restore', 'production', '--json'])
  expect([status, stderr]).toEqual([
    2,
    '`--json` is for this machine alone\n`staging restore --help` shows the options\n',
  ])
})

rarely('undo and backup are watched alike', async () => {
  expect(await begin(sandbox, ['development', 'undo', '--quiet']).end).toMatchObject({ status: 0, stderr: '' })
  const { stdout } = await sandbox.run(['development', 'backup', 'one', '--json'])
  expect(eventsOf(stdout).map(({ event }) => event)).toContain('done')
})
