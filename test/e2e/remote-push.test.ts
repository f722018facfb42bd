import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few, often, rarely } from '../often.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { hasProc, herokuCalls, story, type Watched, watchCommandLines, watchDatabase } from './remote-restore.ts'

/** `staging restore development`: the database of this machine is pushed. */

let sandbox: Sandbox
let staging: Watched
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 30 })
  staging = await watchDatabase(sandbox, 'acme-staging', (sql) => sandbox.local.querySuper('acme_development', sql))
  await askForPassword()
})
afterAll(() => sandbox.stop())
beforeEach(async () => {
  if ((await staging.state()) !== 'old') await staging.putBack()
})

const password = 's3cr3t@/:x'

/** A role that gets in by its password alone. */
async function askForPassword(): Promise<void> {
  await sandbox.local.querySuper('postgres', `CREATE ROLE careful LOGIN PASSWORD '${password}' IN ROLE developer`)
  const [row] = await sandbox.local.querySuper('postgres', "SELECT current_setting('hba_file') AS file")
  const rules = await readFile(String(row?.file), 'utf8')
  await writeFile(String(row?.file), `host all careful 127.0.0.1/32 scram-sha-256\n${rules}`)
  await sandbox.local.querySuper('postgres', 'SELECT pg_reload_conf()')
}

const by = (user: string, database = 'acme_development') =>
  `postgres://${user}@127.0.0.1:${sandbox.local.port}/${database}`
const push = (url: string) => sandbox.run(['staging', 'restore', 'development'], { env: { DATABASE_URL: url } })

describe('done', () => {
  test('by config/database.yml: read once, then the reset, then the push', async () => {
    const told = story(sandbox)
    const { status, stderr } = await sandbox.run(['staging', 'restore', 'local'])
    expect([status, await staging.state(), told()]).toEqual([0, 'new', ['look', 'reset']])
    expect(stderr).toMatch(
      /^restoring acme_development on 127\.0\.0\.1:\d+, [\d.]+ MB\ninto staging: acme-staging, whose database is emptied first\n/,
    )
  })

  test.runIf(often && hasProc)('a password travels, and nobody can read it', async () => {
    const url = by(`careful:${encodeURIComponent(password)}`)
    const linesSeen = watchCommandLines(sandbox)
    const done = await push(url)
    const lines = await linesSeen()
    const dryRun = await sandbox.run(['staging', '--dry-run', 'restore', 'development'], { env: { DATABASE_URL: url } })
    expect([done.status, await staging.state(), dryRun.status]).toEqual([0, 'new', 0])
    const local = `postgres://careful@localhost:${sandbox.local.port}/acme_development`
    expect(herokuCalls(sandbox, lines)).toEqual([
      'pg:reset --app acme-staging --confirm acme-staging',
      `pg:push ${local} DATABASE_URL --app acme-staging`,
    ])
    const seen = [...lines, done.stdout, done.stderr, dryRun.stdout, dryRun.stderr].join('\n')
    for (const secret of [password, encodeURIComponent(password), sandbox.heroku.token])
      expect(seen).not.toContain(secret)
    expect(dryRun.stdout).toContain('\n# PGPASSWORD travels in the environment of the next line and is not shown\n')
  })

  rarely('over the socket', async () => {
    const place = `host=${sandbox.local.socketFolder}&port=${sandbox.local.port}`
    const { status, stderr } = await push(`postgres://developer@/acme_development?${place}`)
    expect([status, stderr.includes('error:'), await staging.state()]).toEqual([0, false, 'new'])
  })
})

describe('refused, with staging as it was', () => {
  test.each<[bug: string, database: string, status: number, says: string]>(
    few(2, [
      [
        'B16: ',
        'acme; touch pwned',
        2,
        '`acme; touch pwned` cannot be pushed: `heroku pg:push` gives the name to a shell, which would read more into it\nrename the database to letters, digits, `_`, `.` and `-`\n',
      ],
      [
        'B9: ',
        'acme_nothing',
        2,
        'no local database acme_nothing (by DATABASE_URL)\n`parity` reads the same places as your app; `--database` is for `development restore`\n',
      ],
    ]),
  )('%s%s', async (_, database, status, stderr) => {
    if (database !== 'acme_nothing') await sandbox.local.query('postgres', `CREATE DATABASE "${database}"`)
    const told = story(sandbox)
    const done = await push(by('developer', encodeURIComponent(database)))
    expect(done).toEqual({ status, signal: null, stdout: '', stderr })
    expect([told(), await staging.state()]).toEqual([['look'], 'old'])
    expect((await sandbox.run(['ls'])).stdout).not.toContain('pwned')
  })

  test('B9: a table that can’t be read is found before the reset', async () => {
    await sandbox.local.querySuper('acme_development', 'CREATE TABLE salaries (n int)')
    const told = story(sandbox)
    const done = await sandbox.run(['staging', 'restore', 'development'])
    await sandbox.local.querySuper('acme_development', 'DROP TABLE salaries')
    expect([done.status, told(), await staging.state()]).toEqual([1, ['look'], 'old'])
    expect(done.stderr).toContain('permission denied for table salaries')
    const [failure, hint] = done.stderr.trimEnd().split('\n').slice(-2)
    expect(failure).toMatch(/^step 1 of 3 failed with status 1: `PGHOST=127\.0\.0\.1 .*pg_dump --format=custom .*`$/)
    expect(hint).toBe('staging was not touched')
  })

  rarely('the server of this machine is away', async () => {
    await sandbox.local.stop()
    const told = story(sandbox)
    const done = await sandbox.run(['staging', 'restore', 'development'])
    await sandbox.local.start()
    expect([done.status, told(), await staging.state()]).toEqual([1, ['look'], 'old'])
    expect(done.stderr).toContain(`127.0.0.1:${sandbox.local.port}`)
  })
})

rarely('the push fails: the line it prints finishes the job, once the password is set', async () => {
  const fault = { kind: 'answer', status: 500, body: '{"id":"oh","message":"No."}' } as const
  const undo = sandbox.misbehave({ path: /\/credentials|config-vars/, action: fault })
  const done = await push(by(`careful:${encodeURIComponent(password)}`))
  undo()
  expect([done.status === 0, await staging.state()]).toEqual([false, 'empty'])
  const [, line = ''] =
    /^the database of staging is empty now; to finish, set PGPASSWORD and run: (.*)$/m.exec(done.stderr) ?? []
  expect(line).toContain(' heroku pg:push postgres://careful@localhost:')
  expect(await sandbox.run(['sh', '-c', line], { env: { PGPASSWORD: password } })).toMatchObject({ status: 0 })
  expect(await staging.state()).toBe('new')
})
