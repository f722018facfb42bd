import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rarely } from '../often.ts'
import { type AppName, type Fault, type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { until } from './local-restore.ts'

/** The options of `staging restore SOURCE`, by what they do to the apps. */

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300, stagingRows: 40 })
})
afterAll(() => sandbox.stop())

let undo: (() => void)[] = []
beforeEach(() => {
  sandbox.requests.length = 0
})
afterEach(() => {
  for (const end of undo) end()
  undo = []
  configure('')
  sandbox.heroku.app('acme-staging').maintenance = false
})

const run = (line: string): Promise<Finished> => sandbox.run(line.split(' '))
const misbehave = (fault: Fault) => undo.push(sandbox.misbehave(fault))
const isClosed = () => sandbox.heroku.maintenance('acme-staging')
const transfers = (app: AppName) => sandbox.heroku.backups(app)

/** The id of production's newest backup, which a restore takes. */
function newest(): string {
  const backup = transfers('acme-production').findLast(({ to_type, succeeded }) => to_type === 'gof3r' && succeeded)
  return `b${String(backup?.num).padStart(3, '0')}`
}

async function articles(database: Parameters<typeof sandbox.heroku.query>[0]): Promise<number | string> {
  const rows = sandbox.heroku.query(database, 'SELECT count(*)::int AS n FROM articles')
  return rows.then(([row]) => Number(row?.n)).catch((error: Error) => error.message)
}

/** What was changed at Heroku, in order. */
function changes(): string[] {
  const apps = { 'acme-staging': 'staging', 'acme-production': 'production' }
  const named = (path: string) => Object.entries(apps).reduce((text, [app, name]) => text.replace(app, name), path)
  return sandbox.requests
    .filter(({ method, path }) => method !== 'GET' && !path.includes('resolve'))
    .map(({ method, path }) => `${method} ${named(path).replace(/databases\/[^/]+/, 'databases')}`)
}
const captures = 'POST /client/v11/databases/backups'
const resets = 'PUT /client/v11/databases/reset'
const restores = 'POST /client/v11/databases/restores'
const switches = 'PATCH /apps/staging'

function configure(environments: string): void {
  writeFileSync(join(sandbox.project, '.parityrc'), `environments:\n  demo: acme-demo\n${environments}`)
}

/** A run in a process group of its own, as a terminal has it: a Ctrl-C reaches all of it. */
function begin(line: string) {
  const child = spawn('/bin/sh', ['-c', `exec ${line}`], {
    cwd: sandbox.project,
    env: sandbox.env,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  const end = once(child, 'close').then(([status, signal]) => ({ status, signal, stderr }))
  return {
    end,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    killGroup: (signal: NodeJS.Signals) => process.kill(-(child.pid ?? 0), signal),
  }
}

const isRestoring = () =>
  transfers('acme-staging').some(({ to_type, finished_at }) => to_type === 'pg_restore' && !finished_at)

/** Begins a restore, and waits until Heroku is in the middle of it, where it stays until `release`. */
async function amidstRestore(line: string) {
  const release = sandbox.heroku.pauseTransfers()
  undo.push(release)
  const running = begin(line)
  await until('Heroku restores', isRestoring, 20)
  return { ...running, release }
}

const lastLines = ({ stderr }: { stderr: string }, count: number) => stderr.trimEnd().split('\n').slice(-count)

describe('--fresh', () => {
  rarely('captures a backup, and restores that one', async () => {
    await sandbox.heroku.query('acme-production', "INSERT INTO articles (user_id, title, body) VALUES (1, 'new', '')")
    const done = await run('staging restore production --fresh')
    expect([done.status, await articles('acme-staging')]).toEqual([0, 301])
    expect(changes()).toEqual([captures, resets, restores])
    expect(transfers('acme-staging').at(-1)?.from_url).toBe(transfers('acme-production').at(-1)?.to_url)
    expect(done.stderr).toContain('\n  it is b002, ')
  })

  rarely('of another database', async () => {
    const done = await run('staging restore production --fresh --from-db pink')
    expect([done.status, await articles('acme-staging')]).toEqual([0, 40])
    expect(transfers('acme-production').at(-1)?.from_name).toBe('PINK')
  })

  rarely('a capture that fails touches nothing', async () => {
    sandbox.heroku.failNextTransfer('out of everything')
    const done = await run('staging restore production --fresh')
    expect([done.status, changes(), lastLines(done, 1)]).toEqual([2, [captures], ['staging was not touched']])
  })

  rarely('a second backup at the same time may be of another database, and nothing is touched', async () => {
    const releaseOther = sandbox.heroku.pauseTransfers()
    const other = begin('heroku pg:backups:capture HEROKU_POSTGRESQL_PINK --app acme-production')
    const running = () => transfers('acme-production').filter(({ finished_at }) => !finished_at).length
    await until('one capture', () => running() === 1)
    const release = sandbox.heroku.pauseTransfers()
    const restoring = begin('staging restore production --fresh')
    await until('two captures', () => running() === 2)
    releaseOther()
    await until('the end of the other', () => running() === 1)
    release()
    const done = await restoring.end
    await other.end
    const [one, two] = transfers('acme-production')
      .slice(-2)
      .map(({ num }) => `b00${num}`)
    expect([done.status, lastLines(done, 2)]).toEqual([
      1,
      [
        `${one} and ${two} of acme-production were completed at the same time`,
        `\`--backup ${one}\` instead of \`--fresh\` takes one`,
      ],
    ])
    expect(changes()).toEqual([captures, captures])
  })
})

rarely('--from-db takes the newest backup of that database, as before', async () => {
  await sandbox.heroku.backUp('acme-production')
  const done = await run('staging restore production --from-db PINK')
  expect([done.status, await articles('acme-staging')]).toEqual([0, 40])
})

rarely('--extensions are installed beforehand', async () => {
  const done = await run('staging restore production --extensions pg_trgm,hstore')
  const installed = await sandbox.heroku.query('acme-staging', 'SELECT extname FROM pg_extension ORDER BY 1')
  expect(done.status).toBe(0)
  expect(installed.map(({ extname }) => extname)).toEqual(expect.arrayContaining(['hstore', 'pg_trgm']))
})

describe('--to-db', () => {
  const line = 'production restore staging --to-db pink'

  test('another database of a protected app is protected', async () => {
    const done = await run(line)
    expect([done.status, changes(), done.stderr]).toEqual([
      2,
      [],
      'production is protected (it is named production); its database is not overwritten\n`staging restore production` is the other direction; `production restore --help` explains how to overwrite a protected environment\n',
    ])
  })

  rarely('with --force that database is backed up and overwritten, and no other', async () => {
    await sandbox.heroku.query('acme-staging', 'DELETE FROM articles WHERE id > 25')
    await sandbox.heroku.backUp('acme-staging')
    const done = await run(`${line} --force --confirm acme-production`)
    expect([done.status, await articles('acme-production-pink'), await articles('acme-production')]).toEqual([
      0, 25, 301,
    ])
    expect(changes()).toEqual([captures, resets, restores])
    expect(transfers('acme-production').findLast(({ to_type }) => to_type === 'gof3r')?.from_name).toBe('PINK')
  })

  test.each([
    ['nope', 'acme-staging has no database nope\nit has DATABASE\n'],
    ['acme-production::DATABASE', 'acme-staging has no database acme-production::DATABASE\nit has DATABASE\n'],
  ])('%s is none', async (word, stderr) => {
    const done = await run(`staging restore production --to-db ${word}`)
    expect({ status: done.status, stderr: done.stderr, changes: changes() }).toEqual({ status: 2, stderr, changes: [] })
  })

  test('production’s database, attached to staging, is not overwritten there', async () => {
    const live = {
      name: 'DATABASE',
      addon: { name: 'x', app: { name: 'acme-production' }, plan: { name: 'heroku-postgresql:standard-0' } },
    }
    misbehave({
      path: '/apps/acme-staging/addon-attachments',
      action: { kind: 'answer', status: 200, body: JSON.stringify([live]) },
    })
    const done = await run('staging restore production')
    expect([done.status, changes(), done.stderr]).toEqual([
      2,
      [],
      'DATABASE of acme-staging is the database of acme-production; it is not overwritten from here\nrestore into an environment whose app is acme-production\n',
    ])
  })
})

describe('--maintenance', () => {
  const line = 'staging restore production --maintenance'
  // Of the main database again: the newest is of the one that was overwritten above.
  beforeAll(() => sandbox.heroku.backUp('acme-production'))

  rarely('is on while Heroku restores, and off afterwards', async () => {
    const restoring = await amidstRestore(line)
    expect(isClosed()).toBe(true)
    restoring.release()
    expect([(await restoring.end).status, isClosed()]).toEqual([0, false])
    expect(changes()).toEqual([switches, resets, restores, switches])
  })

  rarely('stays on where it was', async () => {
    sandbox.heroku.app('acme-staging').maintenance = true
    const done = await run(line)
    expect([done.status, isClosed(), changes()]).toEqual([0, true, [resets, restores]])
    expect(done.stderr).toContain('\nstaging is already in maintenance mode and stays in it\n')
    expect(lastLines(done, 1)).toEqual([
      `staging now has backup ${newest()} of acme-production; maintenance mode is still on, as before: \`heroku maintenance:off --app acme-staging\` turns it off`,
    ])
  })

  rarely('is put back when the restore fails', async () => {
    sandbox.heroku.failNextTransfer('no room')
    const done = await run(line)
    const finish = `heroku pg:backups:restore acme-production::${newest()} DATABASE_URL --app acme-staging --confirm acme-staging`
    expect([done.status, isClosed(), changes()]).toEqual([2, false, [switches, resets, restores, switches]])
    expect(done.stderr).toContain(
      `step 3 of 4 failed with status 2: \`${finish}\`\nthe database of staging is empty now; to finish, run: ${finish}\n`,
    )
  })

  rarely('is put back when the reset fails', async () => {
    misbehave({
      method: 'PUT',
      path: '/reset',
      action: { kind: 'answer', status: 422, body: '{"id":"x","message":"no"}' },
    })
    const done = await run(line)
    expect([done.status, isClosed(), changes()]).toEqual([2, false, [switches, resets, switches]])
  })

  rarely('is put back after a signal during the reset, once the restore is done', async () => {
    misbehave({ method: 'PUT', path: '/reset', action: { kind: 'delay', ms: 500 } })
    const restoring = begin(line)
    await until('the reset', () => changes().includes(resets))
    restoring.killGroup('SIGINT')
    const done = await restoring.end
    expect([done.signal, isClosed(), changes()]).toEqual(['SIGINT', false, [switches, resets, restores, switches]])
    expect(done.stderr).toContain(
      'warning: interrupted, but the database of staging is empty now: the restore is started all the same\n',
    )
  })

  rarely('is put back where the reset hangs, and a second signal ends it', async () => {
    misbehave({ method: 'PUT', path: '/reset', action: { kind: 'hang' } })
    const restoring = begin(line)
    await until('the reset', () => changes().includes(resets))
    restoring.kill('SIGTERM')
    await delay(200) // two signals at once are one
    restoring.kill('SIGTERM')
    const done = await restoring.end
    expect([done.signal, isClosed(), changes()]).toEqual(['SIGTERM', false, [switches, resets, restores, switches]])
  })

  rarely.each(['SIGINT', 'SIGTERM'] as const)(
    'stays on after %s while Heroku goes on, and that is said',
    async (signal) => {
      const restoring = await amidstRestore(line)
      restoring.killGroup(signal)
      const done = await restoring.end
      expect([done.signal, isClosed(), isRestoring()]).toEqual([signal, true, true])
      expect(lastLines(done, 3)).toEqual([
        'Heroku continues restoring staging: `heroku pg:backups --app acme-staging` shows it, `heroku pg:backups:cancel --app acme-staging` ends it',
        'maintenance mode stays on',
        'when it is done, run: heroku maintenance:off --app acme-staging',
      ])
      restoring.release()
      await until('the end of the restore', () => !isRestoring())
      expect(await articles('acme-staging')).toBe(301)
    },
  )

  rarely('after kill -9 it is still on; the next run says so, and leaves it as it found it', async () => {
    const restoring = await amidstRestore(line)
    restoring.killGroup('SIGKILL')
    await restoring.end
    restoring.release()
    await until('the end of the restore', () => !isRestoring())
    expect(isClosed()).toBe(true)
    const again = await run(line)
    expect([again.status, isClosed()]).toEqual([0, true])
    expect(lastLines(again, 1)[0]).toContain('`heroku maintenance:off --app acme-staging` turns it off')
  })

  rarely('that can’t be ended is a failure, with the line that does', async () => {
    const restoring = await amidstRestore(line)
    misbehave({
      method: 'PATCH',
      path: '/apps/',
      action: { kind: 'answer', status: 422, body: '{"id":"x","message":"no"}' },
    })
    restoring.release()
    const done = await restoring.end
    expect([done.status, await articles('acme-staging'), lastLines(done, 2)]).toEqual([
      2,
      301,
      [
        'step 4 of 4 failed with status 2: `heroku maintenance:off --app acme-staging`',
        'maintenance mode of staging may still be on; this ends it: heroku maintenance:off --app acme-staging',
      ],
    ])
  })

  rarely('that can’t be ended after a failure is a warning, and the failure stays what it was', async () => {
    const restoring = await amidstRestore(line)
    misbehave({
      method: 'PATCH',
      path: '/apps/',
      action: { kind: 'answer', status: 422, body: '{"id":"x","message":"no"}' },
    })
    await run('heroku pg:backups:cancel --app acme-staging')
    restoring.release()
    const done = await restoring.end
    expect([done.status, lastLines(done, 2)]).toEqual([
      2,
      [
        'warning: could not clean up: it failed with status 2',
        'maintenance mode of staging may still be on; this ends it: heroku maintenance:off --app acme-staging',
      ],
    ])
  })
})

describe('restore.after of an environment', () => {
  const configured = (...steps: string[]) =>
    configure(`  staging:\n    restore:\n      after:\n${steps.map((step) => `        - ${step}\n`).join('')}`)
  const anonymise = join('db', 'anonymise.sql')
  beforeAll(() => mkdirSync(join(sandbox.project, 'db'), { recursive: true }))
  const write = (sql: string) => writeFileSync(join(sandbox.project, anonymise), sql)
  const names = () => sandbox.heroku.query('acme-staging', 'SELECT DISTINCT name FROM users ORDER BY 1')
  const restarts = () => changes().filter((change) => change.startsWith('DELETE /apps/staging/dynos'))

  test('is done in order: psql, a dyno, a restart', async () => {
    write("UPDATE users SET name = 'nobody';")
    configured(
      `psql: ${anonymise}`,
      'run: [sh, -c, \'psql $DATABASE_URL --command "UPDATE users SET name = name || 1"\']',
      'restart: true',
    )
    const done = await run('staging restore production')
    expect([done.status, await names(), restarts().length]).toEqual([0, [{ name: 'nobody1' }], 1])
  })

  rarely('is found from a folder below', async () => {
    write("UPDATE users SET name = 'found';")
    configured(`psql: ${anonymise}`)
    const done = await sandbox.run(['staging', 'restore', 'production'], { cwd: join(sandbox.project, 'app') })
    expect([done.status, await names()]).toEqual([0, [{ name: 'found' }]])
  })

  rarely('stops at the first error of SQL, loudly, and says what is left', async () => {
    write("SELECT nope;\nUPDATE users SET name = 'too late';")
    configured(`psql: ${anonymise}`, 'restart: true')
    const done = await run('staging restore production --maintenance')
    expect([done.status, restarts(), isClosed()]).toEqual([1, [], false])
    const left =
      /^staging has backup b\d+ of acme-production, run: PSQLRC=\S+\/dist\/stop-at-errors\.psqlrc heroku pg:psql --app acme-staging --file db\/anonymise\.sql && heroku ps:restart --app acme-staging$/m
    expect(done.stderr).toMatch(left)
    expect(done.stderr).toMatch(/^step 4 of 6 failed with status 1: /m)
    expect(await names()).not.toContainEqual({ name: 'too late' })
  })

  rarely('a command that fails in its dyno ends it with its status', async () => {
    configured('run: [sh, -c, exit 7]', 'restart: true')
    const done = await run('staging restore production')
    expect([done.status, restarts()]).toEqual([7, []])
    const line = "heroku run --exit-code --app acme-staging --no-tty -- 'sh -c '\\''exit 7'\\'''"
    expect(lastLines(done, 2)).toEqual([
      `step 3 of 4 failed with status 7: \`${line}\``,
      `staging has backup ${newest()} of acme-production, run: ${line} && heroku ps:restart --app acme-staging`,
    ])
  })

  test('a file that is not there is told before anything is touched', async () => {
    rmSync(join(sandbox.project, anonymise))
    configured(`psql: ${anonymise}`)
    const done = await run('staging restore production')
    expect([done.status, changes(), done.stderr]).toEqual([
      2,
      [],
      `.parityrc: environments.staging.restore.after names \`${anonymise}\`, which does not exist\nexpected it at ${join(sandbox.project, anonymise)}\n`,
    ])
  })

  test('a command works on the main database, and not on the one of --to-db', async () => {
    await sandbox.heroku.backUp('acme-staging')
    configure('  production: { app: acme-production, restore: { after: [{ run: bin/task }] } }\n')
    const done = await run('production restore staging --to-db pink --force --confirm acme-production')
    expect([done.status, changes(), done.stderr]).toEqual([
      2,
      [],
      '.parityrc: environments.production.restore.after has a `run`, which works on the main database of acme-production, not on HEROKU_POSTGRESQL_PINK\nuse `psql: FILE`, or remove `--to-db`\n',
    ])
  })
})

describe('this machine’s database', () => {
  const counts = async () => [
    await articles('acme-staging'),
    (await sandbox.local.query('acme_development', 'SELECT count(*)::int AS n FROM articles'))[0]?.n,
  ]

  rarely('is pushed', async () => {
    const done = await run('staging restore development')
    expect([done.status, await counts()]).toEqual([0, [12, 12]])
    expect(lastLines(done, 1)).toEqual(['staging now has the rows of acme_development'])
  })

  rarely('a snapshot of it, too', async () => {
    expect(await run('development backup before')).toMatchObject({ status: 0 })
    await sandbox.local.query('acme_development', 'DELETE FROM articles WHERE id > 5')
    const done = await run('staging restore before')
    expect([done.status, await counts()]).toEqual([0, [12, 5]])
  })

  test('that can’t be read to its end is told before the reset', async () => {
    await sandbox.local.querySuper('acme_development', 'CREATE TABLE private (n int)')
    const done = await run('staging restore development')
    await sandbox.local.querySuper('acme_development', 'DROP TABLE private')
    expect([done.status, changes(), lastLines(done, 1)]).toEqual([1, [], ['staging was not touched']])
  })
})

describe('refused before anything is touched', () => {
  test.each([
    ['--fresh --backup b001', 'both `--backup b001` and `--fresh` choose a backup\nuse one of them\n'],
    ['--backup b001 --from-db PINK', 'both `--backup b001` and `--from-db PINK` choose a backup\nuse one of them\n'],
  ])('staging restore production %s', async (options, stderr) => {
    const done = await run(`staging restore production ${options}`)
    expect({ status: done.status, stderr: done.stderr, changes: changes() }).toEqual({ status: 2, stderr, changes: [] })
  })

  test('--fresh of what is no app', async () => {
    const done = await run('staging restore development --fresh')
    expect([done.status, done.stderr]).toEqual([
      2,
      '`--fresh` needs an environment on Heroku; `development` is not one\nleave `--fresh` out\n',
    ])
  })

  test('an app from itself, fresh', async () => {
    const done = await run('staging restore staging --fresh --to-db DATABASE')
    expect([done.status, done.stderr]).toEqual([
      2,
      'staging and staging are the same app, acme-staging\n`staging restore staging --backup b123` restores an earlier backup of that app\n',
    ])
  })

  test('an address, whose secret is not shown', async () => {
    const done = await run('staging restore https://files.example.com/b1.dump?signature=secret')
    expect([done.status, done.stderr]).toEqual([
      2,
      '`https://files.example.com/b1.dump` is on this machine; Heroku cannot read it\n`development restore URL`, check it, then `staging restore development`\n',
    ])
  })
})
