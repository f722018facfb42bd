import { setTimeout as delay } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import {
  amidstLoad,
  begin,
  crashServer,
  cuttingProxy,
  endSessions,
  isAlive,
  live,
  makeOracle,
  programs,
  type Running,
  remains,
  type State,
  signalAll,
  slowDownProduction,
  until,
} from './local-restore.ts'

let sandbox: Sandbox
let stateOf: () => Promise<State>
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 500 })
  await slowDownProduction(sandbox)
  stateOf = await makeOracle(sandbox)
})
afterAll(() => sandbox.stop())

const restore = ['development', 'restore', 'production', '--no-pristine']

beforeEach(backToOld)

async function backToOld(): Promise<void> {
  if ((await stateOf()) === 'new') expect(await sandbox.run(['development', 'undo'])).toMatchObject({ status: 0 })
  expect(await stateOf()).toBe('old')
}

/** A restore to which that happens in the middle of its load. */
const amidst = (happens: (run: Running) => unknown) => amidstLoad(sandbox, () => begin(sandbox, restore), happens)

/** How it ended, as a shell would tell, and which database bears the name afterwards. */
async function outcomeOf(run: Running): Promise<[end: number | string | null, state: State]> {
  const { status, signal } = await run.end
  return [signal ?? status, await stateOf()]
}

const lastLines = (run: Running) => run.said().trimEnd().split('\n').slice(-2)
const goesOn = (signal: string) => [
  `interrupted by ${signal}`,
  `${live} is as it was, and what was downloaded is kept; \`development restore production --no-pristine\` goes on`,
]

describe('what happens in the middle of the load', () => {
  /** All of the run's: one that had just read a table of contents may end before the signal comes, the one that loads does not. */
  const killPrograms = (run: Running) => {
    const loading = programs(sandbox).filter(({ parent }) => parent === run.pid)
    expect(loading).not.toEqual([])
    signalAll(loading, 'SIGKILL')
  }

  rarely.each<[what: string, end: number | string, happens: (run: Running) => unknown]>([
    ['pg_restore is killed', 1, killPrograms],
    ['Ctrl-C', 'SIGINT', (run) => run.kill('SIGINT')],
    [
      'the sessions of the load end',
      1,
      async () => expect(await endSessions(sandbox, 'parity load')).toBeGreaterThan(0),
    ],
    ['the session with the lock ends', 1, async () => expect(await endSessions(sandbox, 'parity restore%')).toBe(1)],
    ['every session ends', 1, async () => expect(await endSessions(sandbox, 'parity%')).toBeGreaterThan(0)],
    ['TERM', 'SIGTERM', (run) => run.kill('SIGTERM')],
    ['HUP', 'SIGHUP', (run) => run.kill('SIGHUP')],
    // Which of two at once arrives first is the system's to say.
    ['INT and TERM', expect.toBeOneOf(['SIGINT', 'SIGTERM']), (run) => [run.kill('SIGINT'), run.kill('SIGTERM')]],
  ])('%s', async (_, end, happens) => {
    await sandbox.run(['parity', 'cache', 'clear', '--all'])
    const run = await amidst(happens)
    expect(await outcomeOf(run)).toEqual([end, 'old'])
    if (end === 'SIGINT' || end === 'SIGTERM') expect(lastLines(run)).toEqual(goesOn(end))
    expect(await remains(sandbox)).toEqual([])
  })

  rarely('the server crashes, and comes back: the next restore cleans up', async () => {
    const run = await amidst(async ({ end }) => {
      await crashServer(sandbox)
      await end
      await sandbox.local.start()
    })
    expect(await outcomeOf(run)).toEqual([1, 'old'])
    const next = begin(sandbox, restore)
    expect(await outcomeOf(next)).toEqual([0, 'new'])
    expect(next.said()).toContain(`drop: ${live}__parity_incoming, left by a run that was killed\n`)
    expect(await remains(sandbox)).toEqual([])
  })

  test('Ctrl-C in a terminal, which reaches pg_restore too', async () => {
    const { ended } = await amidstLoad(sandbox, inTerminal, async ({ terminal, ended }) => {
      terminal.write('\x03')
      await ended
    })
    expect([(await ended).signal, await stateOf(), await remains(sandbox)]).toEqual([2, 'old', []])
  })

  rarely('the terminal is closed', async () => {
    const { ended } = await amidstLoad(sandbox, inTerminal, async ({ terminal, ended }) => {
      terminal.kill('SIGHUP')
      await ended
    })
    expect([(await ended).signal, await stateOf(), await remains(sandbox)]).toEqual([1, 'old', []])
  })

  rarely('nobody reads what it says any more', async () => {
    const spawned = () => sandbox.spawn(restore, { stdio: ['ignore', 'ignore', 'pipe'] })
    const child = await amidstLoad(sandbox, spawned, ({ stderr }) => stderr?.destroy())
    const status = await new Promise((resolve) => child.once('exit', resolve))
    expect([status, await stateOf(), await remains(sandbox)]).toEqual([0, 'new', []])
  })

  test('a second restore is refused, and names the first, which goes on', async () => {
    const run = await amidst(async ({ pid }) => {
      const second = await sandbox.run(restore)
      expect([second.status, second.stderr.replace(/\d\d:\d\d:\d\d/, 'NOW')]).toEqual([
        1,
        `another parity process is working on ${live}: parity restore, process ${pid}, since NOW\nwait for it to finish, then run this again\n`,
      ])
      expect((await sandbox.run(['development', 'undo'])).status).not.toBe(0)
    })
    expect(await outcomeOf(run)).toEqual([0, 'new'])
    expect(await remains(sandbox)).toEqual([])
  })

  rarely('another restore begins when the first has lost its lock: neither drops the other’s database', async () => {
    let loaders: { pid: number }[] = []
    const first = await amidst(async () => {
      loaders = programs(sandbox)
      signalAll(loaders, 'SIGSTOP')
      await endSessions(sandbox, 'parity restore%')
    })
    const second = begin(sandbox, restore)
    await second.line('load: ')
    signalAll(loaders, 'SIGCONT')
    expect((await first.end).status).toBe(1)
    expect(await outcomeOf(second)).toEqual([0, 'new'])
    expect(first.said()).toContain('could not clean up: another parity process is working on')
    expect(await remains(sandbox)).toEqual([])
  })

  rarely('kill -9, and the orphans of pg_restore wake up when the next restore is done', async () => {
    let orphans: { pid: number }[] = []
    await amidst(async (run) => {
      orphans = programs(sandbox)
      signalAll(orphans, 'SIGSTOP')
      run.kill('SIGKILL')
      await run.end
    })
    const next = begin(sandbox, restore)
    await next.line('finish: ')
    signalAll(orphans, 'SIGCONT')
    expect(await outcomeOf(next)).toEqual([0, 'new'])
    await until('the end of the orphans', () => orphans.every(({ pid }) => !isAlive(pid)))
    expect([await stateOf(), await remains(sandbox)]).toEqual(['new', []])
  })

  rarely('a session that nobody may end comes after the inspection', async () => {
    const run = begin(sandbox, restore)
    await run.line('load: ')
    const stays = sandbox.local.querySuper(live, 'SELECT pg_sleep(60)').catch((error: Error) => error.message)
    expect(await outcomeOf(run)).toEqual([1, 'old'])
    expect(run.said()).toContain(
      `${live} was not swapped and is unchanged: Postgres refused: database "${live}" is being accessed by other users\n` +
        'close these sessions and run this again; `select * from pg_stat_activity` lists them\n',
    )
    await sandbox.local.querySuper(
      'postgres',
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)'",
    )
    await stays
    expect(await remains(sandbox)).toEqual([])
  })
})

describe('a signal at each stage', () => {
  test.each<[line: string, signal: NodeJS.Signals]>(
    few(1, [
      ['download: ', 'SIGTERM'],
      ['create: ', 'SIGINT'],
      ['finish: ', 'SIGTERM'],
      ['check: ', 'SIGTERM'],
      ['load: ', 'SIGHUP'],
      ['analyze: ', 'SIGINT'],
    ]),
  )('at %j: %s', async (line, signal) => {
    const run = begin(sandbox, restore, { XDG_CACHE_HOME: `${sandbox.folder}/home/${line.slice(0, 3)}` })
    await run.line(line)
    run.kill(signal)
    expect(await outcomeOf(run)).toEqual([signal, 'old'])
    if (signal !== 'SIGHUP') expect(lastLines(run)).toEqual(goesOn(signal))
    expect(await remains(sandbox)).toEqual([])
  })

  test('before the first stage nothing was changed, and that is said', async () => {
    sandbox.requests.length = 0
    const undo = sandbox.misbehave({ path: '/client/', action: { kind: 'hang' } })
    const run = begin(sandbox, restore)
    await until('its question', () => sandbox.requests.some(({ path }) => path.includes('/client/')))
    run.kill('SIGTERM')
    expect(await outcomeOf(run)).toEqual(['SIGTERM', 'old'])
    expect(run.said()).toBe('interrupted by SIGTERM\nnothing was changed yet\n')
    undo()
  })

  test.each(
    few(1, [0, 5, 15]),
  )('at the swap, %d ms after it began: the status tells the truth', async (milliseconds) => {
    const run = begin(sandbox, restore)
    await run.line('swap, ')
    await delay(milliseconds)
    run.kill('SIGTERM')
    const outcome = await outcomeOf(run)
    // A signal that comes when it has said that it is done may still catch it at the door.
    if (run.said().includes(`\n${live} is now`)) expect(outcome[1]).toBe('new')
    else expect(outcome).toEqual(['SIGTERM', 'old'])
    expect(await remains(sandbox)).toEqual([])
  })

  rarely('after the swap it has succeeded', async () => {
    const run = begin(sandbox, restore)
    await run.line('tidy: ')
    run.kill('SIGINT')
    expect(await outcomeOf(run)).toEqual([0, 'new'])
    expect(await remains(sandbox)).toEqual([])
  })
})

describe('the connection breaks', () => {
  test.each<[what: string, words: string[], when: 'before' | 'after', outcome: [number, State]]>(
    few(1, [
      ['in the swap', ['RENAME TO'], 'after', [1, 'old']],
      ['before COMMIT arrives', ['RENAME TO', 'COMMIT'], 'before', [1, 'old']],
      ['after COMMIT has arrived', ['RENAME TO', 'COMMIT'], 'after', [0, 'new']],
      ['while the incoming database is made', ['CREATE DATABASE'], 'after', [1, 'old']],
      ['before it is marked', ['COMMENT ON DATABASE'], 'before', [1, 'old']],
    ]),
  )('%s', async (_, words, when, outcome) => {
    const proxy = await cuttingProxy(sandbox, words, when)
    const run = begin(sandbox, restore, { PGPORT: String(proxy.port) })
    expect(await outcomeOf(run)).toEqual(outcome)
    proxy.close()
  })

  rarely('and the next restore finds nothing in its way', async () => {
    expect(await outcomeOf(begin(sandbox, restore))).toEqual([0, 'new'])
    expect(await remains(sandbox)).toEqual([])
  })

  rarely.each<[line: string, state: State]>(
    few(1, [
      ['swap, ', 'old'],
      ['tidy: ', 'new'],
    ]),
  )('the server crashes at %j', async (line, expected) => {
    const run = begin(sandbox, restore)
    await run.line(line)
    await crashServer(sandbox)
    await sandbox.local.start()
    const [status, state] = await outcomeOf(run)
    expect(status === 0 ? 'new' : 'old').toBe(state)
    if (expected === 'new') expect(state).toBe('new')
    await backToOld()
    expect(await outcomeOf(begin(sandbox, restore))).toEqual([0, 'new'])
    expect(await remains(sandbox)).toEqual([])
  })
})

/** A restore in a terminal of its own, and its end. */
function inTerminal() {
  const terminal = spawn(`${sandbox.folder}/bin/development`, ['restore', 'production', '--no-pristine'], {
    cwd: sandbox.project,
    env: sandbox.env,
  })
  const ended = new Promise<{ signal?: number | undefined }>((resolve) => terminal.onExit(resolve))
  return { terminal, ended }
}
