import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few, often, rarely } from '../often.ts'
import { type Fault, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { until } from './local-restore.ts'
import {
  asked,
  groupIsGone,
  hasProc,
  herokuCalls,
  herokuIsDone,
  inTerminal,
  story,
  transfersAreOver,
  type Watched,
  watchCommandLines,
  watchDatabase,
} from './remote-restore.ts'

/** `staging restore production`: the rows go from Heroku to Heroku, and nothing is emptied before its filling is known. */

let sandbox: Sandbox
let staging: Watched
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300 })
  staging = await watchDatabase(sandbox, 'acme-staging', (sql) => sandbox.heroku.query('acme-production', sql))
})
afterAll(() => sandbox.stop())
beforeEach(async () => {
  if ((await staging.state()) !== 'old') await staging.putBack()
})

const command = ['staging', 'restore', 'production']
const finishingLine =
  'heroku pg:backups:restore acme-production::b001 DATABASE_URL --app acme-staging --confirm acme-staging'
const newest = () => `b00${sandbox.heroku.backups('acme-production').at(-1)?.num}`
const secrets = () => [sandbox.heroku.token, 'X-Amz-Signature']

describe('done', () => {
  test.skipIf(!hasProc)('B6, B38: unattended, each call with one --confirm, and nothing secret in sight', async () => {
    const told = story(sandbox)
    const linesSeen = watchCommandLines(sandbox)
    const done = await sandbox.run(['sh', '-c', 'production backup && staging restore production'])
    const lines = await linesSeen()
    expect([done.status, await staging.state()]).toEqual([0, 'new'])
    expect(told()).toEqual(['backups', 'look', 'look at backups', 'reset', 'restores'])
    expect(herokuCalls(sandbox, lines)).toEqual([
      'pg:backups:capture --app acme-production',
      'pg:reset --app acme-staging --confirm acme-staging',
      'pg:backups:restore acme-production::b002 DATABASE_URL --app acme-staging --confirm acme-staging',
    ])
    const seen = [...lines, done.stdout, done.stderr].join('\n')
    for (const secret of secrets()) expect(seen).not.toContain(secret)
    expect(done.stderr).toMatch(
      /^restoring production: backup b002 of acme-production, \d+ seconds? old, \d+ kB\ninto staging: acme-staging, whose database is emptied first\n/m,
    )
  })

  rarely('--backup b001, and the options in front of the source (B4)', async () => {
    const { status, stderr } = await sandbox.run(['staging', 'restore', '--backup', 'b001', 'production'])
    expect([status, await staging.state()]).toEqual([0, 'new'])
    expect(stderr).toContain('restoring production: backup b001 of acme-production, 3 hours old')
  })

  rarely('--from-db takes the newest backup of that database, not the newest of all', async () => {
    expect(await sandbox.run(['production', 'backup', 'HEROKU_POSTGRESQL_PINK'])).toMatchObject({ status: 0 })
    const pink = newest()
    expect(await sandbox.run(['demo', 'restore', 'production', '--from-db', 'PINK'])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(`restoring production: backup ${pink} of acme-production`),
    })
    const [row] = await sandbox.heroku.query('acme-demo', 'SELECT count(*)::int AS n FROM articles')
    expect(row).toEqual({ n: 100 }) // acme-production's main database has 300
  })

  rarely('a backup that is being captured is mentioned, and the newest complete one taken', async () => {
    await sandbox.heroku.backUp('acme-production') // the newest of all may be one of another database
    const complete = newest()
    const finishCapture = sandbox.heroku.pauseTransfers()
    const capture = sandbox.run(['production', 'backup'])
    await until('the capture', () => newest() !== complete)
    sandbox.heroku.pauseTransfers()() // what begins from now on is not held
    const done = await sandbox.run(command)
    finishCapture()
    await capture
    expect(done.status).toBe(0)
    expect(done.stderr).toContain(`restoring production: backup ${complete} of acme-production`)
    expect(done.stderr).toContain(
      `\nproduction is being backed up now (${newest()}); this uses the newest complete backup\n`,
    )
  })
})

describe('refused before anything is touched', () => {
  test.each<[bug: string, typed: string, status: number, says: string]>(
    few(2, [
      ['', 'a b', 2, '`restore` takes one source, got `a b`\n`staging restore a`\n'],
      ['B33: ', 'production --vast', 2, 'unknown option `--vast`\n`staging restore --help` shows the options\n'],
      [
        '',
        'production -- --clean',
        2,
        '`--clean` is an option of pg_restore, which runs on Heroku here\nremove what follows `--`\n',
      ],
      [
        '',
        'staging',
        2,
        'staging and staging are the same app, acme-staging\n`staging restore staging --backup b123` restores an earlier backup of that app\n',
      ],
      [
        '',
        'README.md',
        2,
        '`README.md` is on this machine; Heroku cannot read it\n`development restore README.md`, check it, then `staging restore development`\n',
      ],
      [
        '',
        'production --confirm acme-production',
        2,
        '`--confirm acme-production` is not the app of staging\n`parity environments` lists the app of each environment\n',
      ],
      ['', 'production --backup b999', 2, 'acme-production has no backup b999\n`production backups` lists them\n'],
      [
        'B3: ',
        'pr_app',
        2,
        expect.stringMatching(/^there is no environment, no snapshot and no file `pr_app`\none of: /),
      ],
      [
        'B3: ',
        'prodution',
        2,
        expect.stringMatching(
          /^there is no environment, no snapshot and no file `prodution`, did you mean `production`\?\none of: /,
        ),
      ],
      ['B2: ', '', 2, expect.stringMatching(/^`staging restore` needs a source\none of: `staging restore demo`, /)],
      ['B4: ', '--force', 2, expect.stringMatching(/^`staging restore` needs a source\none of: /)],
      ['', 'demo', 1, 'acme-demo has no completed backup\n`parity demo backup` makes one\n'],
      ['', 'production --from-db BLUE', 1, expect.stringMatching(/^acme-production has no completed backup of BLUE\n/)],
    ]),
  )('%sstaging restore %s', async (_, typed, status, says) => {
    const told = story(sandbox)
    const done = await sandbox.run(['staging', 'restore', ...typed.split(' ').filter(Boolean)])
    expect(done).toEqual({ status, signal: null, stdout: '', stderr: says })
    expect(told().filter((what) => !what.startsWith('look'))).toEqual([])
    expect(await staging.state()).toBe('old')
  })

  rarely('a backup that failed, and one that is still being captured', async () => {
    sandbox.heroku.failNextTransfer('out of disk')
    expect(await sandbox.run(['production', 'backup'])).not.toMatchObject({ status: 0 })
    const failed = newest()
    expect(await sandbox.run([...command, '--backup', failed])).toEqual({
      status: 1,
      signal: null,
      stdout: '',
      stderr: `backup ${failed} of acme-production did not succeed\n\`production backups\` lists the others\n`,
    })
    const finishCapture = sandbox.heroku.pauseTransfers()
    const capture = sandbox.run(['production', 'backup'])
    await until('the capture', () => newest() !== failed)
    const done = await sandbox.run([...command, '--backup', newest()])
    finishCapture()
    await capture
    expect(done.stderr).toBe(
      `backup ${newest()} of acme-production is still being captured\n\`production backups\` lists the others\n`,
    )
    expect([done.status, await staging.state()]).toEqual([1, 'old'])
  })

  const refusal = (status: number, id: string, message: string): Fault['action'] => ({
    kind: 'answer',
    status,
    body: JSON.stringify({ id, message }),
  })

  test.each<[answer: Fault['action'], says: string]>(
    few(2, [
      [
        refusal(401, 'unauthorized', 'no'),
        'Heroku does not accept the token\ncorrect `HEROKU_API_KEY`, or unset it and `heroku login`\n',
      ],
      [
        refusal(403, 'forbidden', 'You do not have access.'),
        'Heroku says: You do not have access\n`heroku whoami` shows the account that was used\n',
      ],
      [
        refusal(404, 'not_found', "Couldn't find that app."),
        'no app `acme-production` is visible to this account (production by git remote production)\n`heroku git:remote --app APP --remote production`; `heroku apps --all` lists the apps that are\n',
      ],
      [
        refusal(500, 'oh', 'Internal error.'),
        'Heroku says: Internal error\nhttps://status.heroku.com shows whether Heroku has trouble\n',
      ],
      [refusal(200, 'ok', 'no list'), 'Heroku did not return the backups of `acme-production`\n'],
    ]),
  )('B1: Heroku answers %j when asked for the backups', async (action, says) => {
    const undo = sandbox.misbehave({ path: '/acme-production/transfers', action })
    const told = story(sandbox)
    const done = await sandbox.run(command)
    undo()
    expect(done).toEqual({ status: 1, signal: null, stdout: '', stderr: says })
    expect(told().filter((what) => !what.startsWith('look'))).toEqual([])
    expect(await staging.state()).toBe('old')
  })

  rarely('nobody is logged in', async () => {
    const env = { HEROKU_API_KEY: undefined, HOME: sandbox.folder }
    const done = await sandbox.run(command, { env })
    expect(done).toEqual({ status: 1, signal: null, stdout: '', stderr: 'not logged in to Heroku\n`heroku login`\n' })
    expect(await staging.state()).toBe('old')
  })
})

describe('it goes wrong in the middle', () => {
  test('B8: the reset fails: nothing is restored into what is left', async () => {
    const undo = sandbox.misbehave({
      method: 'PUT',
      path: /\/reset$/,
      action: { kind: 'answer', status: 500, body: '{"id":"oh","message":"No."}' },
    })
    const told = story(sandbox)
    const done = await sandbox.run([...command, '--backup', 'b001'])
    undo()
    expect(told()).toEqual(['look', 'look at backups', 'reset'])
    expect([done.status, await staging.state()]).toEqual([2, 'old'])
    expect(endOf(done.stderr)).toEqual([
      'step 1 of 2 failed with status 2: `heroku pg:reset --app acme-staging --confirm acme-staging`',
      `the database of staging may be empty now; to finish, run: ${finishingLine}`,
    ])
  })

  test('the restore fails: it says that staging is empty, and the line it prints finishes the job', async () => {
    const fault = { kind: 'answer', status: 503, body: '{"id":"oh","message":"No."}' } as const
    const undo = sandbox.misbehave({ method: 'POST', path: /\/restores$/, action: fault })
    const done = await sandbox.run([...command, '--backup', 'b001'])
    undo()
    expect([done.status, await staging.state()]).toEqual([2, 'empty'])
    const [failure, hint = ''] = endOf(done.stderr)
    expect(failure).toBe(`step 2 of 2 failed with status 2: \`${finishingLine}\``)
    expect(hint).toBe(`the database of staging is empty now; to finish, run: ${finishingLine}`)
    const [, line = ''] = hint.split('finish, run: ')
    expect(await sandbox.run(['sh', '-c', line])).toMatchObject({ status: 0 })
    expect(await staging.state()).toBe('new')
  })

  rarely('the restore fails on Heroku’s side: its own words, its status, and the line', async () => {
    sandbox.heroku.failNextTransfer('out of disk')
    const done = await sandbox.run([...command, '--backup', 'b001'])
    expect(done.status).toBe(2)
    expect(done.stderr).toContain('out of disk')
    expect(endOf(done.stderr)).toEqual([
      `step 2 of 2 failed with status 2: \`${finishingLine}\``,
      `the database of staging is empty now; to finish, run: ${finishingLine}`,
    ])
  })
})

const goesOn =
  'Heroku continues restoring staging: `heroku pg:backups --app acme-staging` shows it, `heroku pg:backups:cancel --app acme-staging` ends it'
const stopped = `step 2 of 2 was ended by SIGINT: \`${finishingLine}\``

describe('while Heroku restores', () => {
  let release = () => {}
  beforeEach(() => {
    release = sandbox.heroku.pauseTransfers()
  })
  afterEach(() => release())

  rarely('Ctrl-C in a terminal: Heroku goes on, and how to end that', async () => {
    const from = sandbox.requests.length
    const terminal = inTerminal(sandbox, [...command, '--backup', 'b001'])
    await asked(sandbox, from, '/restores', true)
    await terminal.answer('Restoring...', '\x03')
    expect(await terminal.end).toEqual({ status: 0, signal: 2 })
    expect(terminal.text()).toContain(stopped)
    expect(terminal.text()).toContain(goesOn)
    release()
    await transfersAreOver(sandbox, 'acme-staging')
    expect(await staging.state()).toBe('new')
  })

  rarely.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s to all', async (signal) => {
    const from = sandbox.requests.length
    const run = start([...command, '--backup', 'b001'])
    await asked(sandbox, from, '/restores', true)
    process.kill(-run.pid, signal)
    expect(await run.end).toBe(signal)
    expect(run.said()).toContain(`${stopped.replace('SIGINT', signal)}\n${goesOn}\n`) // heroku's own line may be unfinished
    release()
    await transfersAreOver(sandbox, 'acme-staging')
    expect(await staging.state()).toBe('new')
  })
})

describe('once the reset has begun, the restore is started', () => {
  const slowReset = () =>
    sandbox.misbehave({ method: 'PUT', path: /\/reset$/, times: 1, action: { kind: 'delay', ms: 300 } })
  const line = [...command, '--backup', 'b001'].join(' ')
  const isFilled = async () => {
    await herokuIsDone(sandbox)
    await transfersAreOver(sandbox, 'acme-staging')
    expect(await staging.state()).toBe('new')
  }

  const times = { repeats: often ? 9 : 0 }
  const others = [`${line} 2>&1 | head -2`, `${line} 2>&-`, `${line} 2>/dev/full`]

  test.each(few(1, [`${line} 2>&1 | head -1`, `${line} >&- 2>&-`, `${line} >/dev/full 2>&1`, ...others]))(
    '%s',
    times,
    async (typed) => {
      expect((await sandbox.run(['sh', '-c', typed])).status).toBe(0)
      await isFilled()
    },
  )

  rarely('the log has what nobody could read', async () => {
    sandbox.heroku.failNextTransfer('out of disk')
    const env = { XDG_CACHE_HOME: `${sandbox.folder}/lost` }
    expect((await sandbox.run(['sh', '-c', `${line} 2>/dev/full`], { env })).status).toBe(2)
    const [log = ''] = readdirSync(`${env.XDG_CACHE_HOME}/parity/_log`)
    const logged = readFileSync(`${env.XDG_CACHE_HOME}/parity/_log/${log}`, 'utf8')
    expect(logged).toContain('into staging: acme-staging, whose database is emptied first\n')
    expect(logged).toContain('out of disk')
    expect(endOf(logged)).toEqual([
      `step 2 of 2 failed with status 2: \`${finishingLine}\``,
      `the database of staging is empty now; to finish, run: ${finishingLine}`,
    ])
  })

  rarely.each(few(1, ['SIGINT', 'SIGTERM', 'SIGHUP'] as const))('%s to all within the reset', times, async (signal) => {
    const from = sandbox.requests.length
    slowReset()
    const run = start([...command, '--backup', 'b001'])
    await asked(sandbox, from, '/reset')
    process.kill(-run.pid, signal)
    expect(await run.end).toBe(signal)
    await isFilled()
  })

  rarely('the terminal is closed within the reset', times, async () => {
    const from = sandbox.requests.length
    slowReset()
    const terminal = inTerminal(sandbox, [...command, '--backup', 'b001'])
    await asked(sandbox, from, '/reset')
    terminal.close()
    await asked(sandbox, from, '/restores', true)
    await isFilled()
  })
})

describe('kill -9 of parity', () => {
  // The reset takes a little longer, so that both sides of it can be hit.
  const slowly = () =>
    sandbox.misbehave({ method: 'PUT', path: /\/reset$/, times: 1, action: { kind: 'delay', ms: 300 } })

  test.each<[when: string, wait: (run: Run, from: number) => Promise<void>, allowed: string[]]>(
    few(1, [
      ['within the reset', (_, from) => asked(sandbox, from, '/reset'), ['empty']],
      ['before the reset', (run) => until('what it says', () => run.said().includes('into staging')), ['old', 'empty']],
      ['after the reset', (_, from) => asked(sandbox, from, '/reset', true), ['empty']],
      ['within the restore', (_, from) => asked(sandbox, from, '/restores'), ['new']],
      ['after the restore began', (_, from) => asked(sandbox, from, '/restores', true), ['new']],
      ['as it starts', (run) => until('a process', () => run.pid > 0), ['old']],
      ['as it looks', (_, from) => until('a question', () => sandbox.requests.length > from), ['old']],
      ['after the reset’s program', (run) => until('done', () => run.said().includes('... done')), ['empty', 'new']],
    ]),
  )('%s: whole, empty or restored, and the same again completes', async (_, wait, allowed) => {
    const from = sandbox.requests.length
    const undo = slowly()
    const run = start([...command, '--backup', 'b001'])
    await wait(run, from)
    process.kill(run.pid, 'SIGKILL')
    expect(await run.end).toBe('SIGKILL')
    await groupIsGone(run.pid)
    await herokuIsDone(sandbox)
    await transfersAreOver(sandbox, 'acme-staging')
    undo()
    expect(allowed).toContain(await staging.state())
    expect(await sandbox.run(command)).toMatchObject({ status: 0 })
    expect(await staging.state()).toBe('new')
  })
})

/** The last two lines: what failed, and what to do. */
function endOf(stderr: string): string[] {
  return stderr.trimEnd().split('\n').slice(-2)
}

type Run = { readonly pid: number; readonly said: () => string; readonly end: Promise<number | string | null> }

/** Begins a command in a process group of its own, as a shell does. */
function start([program = '', ...args]: readonly string[]): Run {
  const child: ChildProcess = sandbox.spawn([program, ...args], { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let said = ''
  child.stderr?.on('data', (part: Buffer) => {
    said += part
  })
  const end = once(child, 'exit').then(([status, signal]) => signal ?? status)
  return { pid: child.pid ?? 0, said: () => said, end }
}
