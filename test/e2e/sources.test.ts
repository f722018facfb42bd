import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { type Fault, type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin, live, makeOracle, remains, type State, until } from './local-restore.ts'

/** Where `development restore` can take its rows from, beside the newest backup: a dump behind an address, a backup made for it. */

let sandbox: Sandbox
let stateOf: () => Promise<State>
let dump: Buffer
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 2000, stagingRows: 40 })
  stateOf = await makeOracle(sandbox)
  const [backup] = sandbox.heroku.backups('acme-production')
  dump = readFileSync(sandbox.heroku.dumpFile('acme-production', backup ?? expect.fail('no backup')))
})
afterAll(() => sandbox.stop())

let undo: (() => void)[] = []
beforeEach(async () => {
  if ((await stateOf()) !== 'old') expect(await sandbox.run(['development', 'undo'])).toMatchObject({ status: 0 })
  sandbox.requests.length = 0
})
afterEach(() => {
  for (const end of undo) end()
  undo = []
})

const restore = (...words: string[]): Promise<Finished> =>
  sandbox.run(['development', 'restore', '--no-pristine', ...words], { env: throughProxy() })
const misbehave = (fault: Fault) => undo.push(sandbox.misbehave(fault))
const unchanged = `${live} is as it was`
const isStorage = ({ path }: { path: string }) => path.startsWith('/storage/')
/** What the storage sent, but for the few bytes that tell the format of an archive. */
const downloads = () =>
  sandbox.requests.filter((request) => isStorage(request) && request.headers.range !== 'bytes=0-7')
const captures = () =>
  sandbox.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/backups')).length
const secret = 'X-Amz-Signature='

/** The sandbox speaks TLS behind its proxy, for the names that its certificate has. */
const throughProxy = () => ({ HTTPS_PROXY: sandbox.url })
const host = 'https://git.heroku.com'

/** A fresh address of the first backup. */
async function signedAddress(): Promise<string> {
  const { stdout } = await sandbox.run(['heroku', 'pg:backups:url', 'b001', '--app', 'acme-production'])
  sandbox.requests.length = 0
  return stdout.trim().replace(sandbox.url, host)
}
const withoutQuery = (address: string) => address.replace(/\?.*/, '')
const folder = () => join(sandbox.env.XDG_CACHE_HOME ?? '', 'parity', '_urls')
const cached = () => (existsSync(folder()) ? readdirSync(folder()) : [])
const partBytes = () => {
  const part = cached().find((name) => name.endsWith('.part'))
  return part && statSync(join(folder(), part)).size
}

async function isOldAndClean(): Promise<void> {
  expect([await stateOf(), await remains(sandbox)]).toEqual(['old', []])
}

describe('a dump behind an address', () => {
  test.each(
    few(1, [[[]], [['--url']]]),
  )('is downloaded and restored, and its secret is nowhere: %j', async (option) => {
    const address = await signedAddress()
    const done = await restore(...option, address)
    expect([done.status, await stateOf(), await remains(sandbox)]).toEqual([0, 'new', []])
    expect(done.stderr).toContain(`restoring ${withoutQuery(address)}\n`)
    expect(done.stderr).toContain(`acme_development is now ${withoutQuery(address)}; `)
    expect(done.stdout + done.stderr).not.toContain(secret)
    expect(downloads().map(({ bytesSent }) => bytesSent)).toEqual([dump.length])
    expect(cached()).toEqual([])
  })

  rarely('a download that was killed goes on, with another signature', async () => {
    misbehave({ path: '/storage/', action: { kind: 'hang', afterBytes: 100_000 } })
    const run = begin(sandbox, ['development', 'restore', await signedAddress()], throughProxy())
    await until('100 kB', () => partBytes() === 100_000)
    run.kill('SIGKILL')
    await run.end
    expect(await stateOf()).toBe('old')
    for (const end of undo) end()
    const done = await restore(await signedAddress())
    expect([done.status, await stateOf()]).toEqual([0, 'new'])
    expect(downloads().map(({ status, bytesSent }) => [status, bytesSent])).toEqual([[206, dump.length - 100_000]])
  })

  rarely('has expired', async () => {
    misbehave({ path: '/storage/', action: { kind: 'expired' } })
    const address = await signedAddress()
    const done = await restore(address)
    expect([done.status, done.stderr.trimEnd().split('\n').slice(-3)]).toEqual([
      1,
      [
        `\`${withoutQuery(address)}\` refuses access: the URL may have expired`,
        'get a new URL; an interrupted download resumes',
        unchanged,
      ],
    ])
    await isOldAndClean()
  })

  rarely('is not there', async () => {
    misbehave({ path: '/storage/', action: { kind: 'answer', status: 404, body: '<Error/>' } })
    const address = await signedAddress()
    const done = await restore(address)
    expect([done.status, done.stderr.trimEnd().split('\n').slice(-3)]).toEqual([
      1,
      ['the backup storage answered 404', `look whether \`${withoutQuery(address)}\` is still there`, unchanged],
    ])
    await isOldAndClean()
  })

  rarely('is no dump', async () => {
    misbehave({ path: '/storage/', action: { kind: 'body', replace: () => '<html>Please log in</html>' } })
    const done = await restore(await signedAddress())
    expect([done.status, done.stderr.trimEnd().split('\n').slice(-3)]).toEqual([
      1,
      ['what was downloaded is not a Postgres archive', 'is there a proxy or a login page in between?', unchanged],
    ])
    await isOldAndClean()
  })

  rarely('--dry-run shows it without its secret, and downloads nothing', async () => {
    const address = await signedAddress()
    const done = await restore('--dry-run', address)
    expect(done.status).toBe(0)
    expect(done.stdout).toContain(`# restoring ${withoutQuery(address)}\n`)
    expect(done.stdout).toMatch(
      new RegExp(`^# download: ${withoutQuery(address)} to \\S+/_urls/[0-9a-f]{16}\\.dump$`, 'm'),
    )
    expect(done.stdout + done.stderr).not.toContain(secret)
    expect(downloads()).toEqual([])
  })
})

describe('--fresh', () => {
  const articles = async () =>
    (await sandbox.local.query('acme_development', 'SELECT count(*)::int AS n FROM articles'))[0]?.n

  rarely('captures a backup, and restores that one', async () => {
    const before = sandbox.heroku.backups('acme-production').length
    const done = await restore('production', '--fresh')
    expect([done.status, await articles(), captures(), await remains(sandbox)]).toEqual([0, 2000, 1, []])
    expect(done.stderr).toContain(`\nacme_development is now production's b00${before + 1}; `)
  })

  rarely('of another database', async () => {
    const done = await restore('production', '--fresh', '--from-db', 'PINK')
    expect([done.status, await articles()]).toEqual([0, 40])
    expect(sandbox.heroku.backups('acme-production').at(-1)?.from_name).toBe('PINK')
  })

  rarely('a capture that fails', async () => {
    sandbox.heroku.failNextTransfer('out of everything')
    const done = await restore('production', '--fresh')
    expect([done.status, done.stderr.trimEnd().split('\n').slice(-2)]).toEqual([
      2,
      [
        'step 1 of 2 failed with status 2: `heroku pg:backups:capture --app acme-production`',
        'acme_development was not touched',
      ],
    ])
    await isOldAndClean()
  })

  rarely('SIGTERM while Heroku captures', async () => {
    const release = sandbox.heroku.pauseTransfers()
    undo.push(release)
    const run = begin(sandbox, ['development', 'restore', 'production', '--fresh'])
    await until('the capture', () => captures() === 1)
    run.kill('SIGTERM')
    const { signal, stderr } = await run.end
    expect([signal, stderr.trimEnd().split('\n').at(-1)]).toEqual([
      'SIGTERM',
      'acme_development was not touched; Heroku continues the backup of production: `heroku pg:backups:cancel --app acme-production` ends it',
    ])
    await isOldAndClean()
  })

  test('what would make the restore fail is told before the capture', async () => {
    await sandbox.local.querySuper('postgres', 'ALTER ROLE developer NOCREATEDB')
    const done = await restore('production', '--fresh')
    await sandbox.local.querySuper('postgres', 'ALTER ROLE developer CREATEDB')
    expect([done.status, captures(), done.stderr.split('\n')[0]]).toEqual([
      1,
      0,
      'role `developer` may not create databases; a restore loads into a new database',
    ])
  })

  test('--dry-run prints the capture, and what comes then', async () => {
    const done = await restore('production', '--fresh', '--dry-run')
    expect([done.status, captures(), done.stdout.split('\n').filter((line) => !line.startsWith('# into '))]).toEqual([
      0,
      0,
      [
        '# restoring production: a backup of acme-production that is captured first',
        'heroku pg:backups:capture --app acme-production',
        '# find: the backup that was just captured; then development restore production --backup with its id',
        '',
      ],
    ])
  })
})

describe('contradictions', () => {
  test.each<[words: string, message: string, hint: string]>(
    few(4, [
      ['production --fresh --backup b001', 'both `--backup b001` and `--fresh` choose a backup', 'use one of them'],
      [
        'production --backup b001 --from-db PINK',
        'both `--backup b001` and `--from-db PINK` choose a backup',
        'use one of them',
      ],
      [
        '--url https://a.test/b?c --fresh',
        '`--fresh` needs an environment on Heroku; `--url https://a.test/b` is not one',
        'leave `--fresh` out',
      ],
      [
        'production --url https://a.test/b?c',
        'both `production` and `--url https://a.test/b` name a source',
        'use one of them',
      ],
      ['https://a.test/b?c --file d', 'both `https://a.test/b` and `--file d` name a source', 'use one of them'],
      ['http://a.test/b?c', '`http://a.test/b` is not an https URL', 'use a URL that begins with `https://`'],
      [
        'https://me:word@a.test/b?c',
        '`https://a.test/b` contains a user or a password',
        'download it yourself, then `--file FILE`',
      ],
      [
        'production --offline --fresh',
        '`--offline` uses the newest cached dump, but `--fresh` asks for another one',
        'use one of them; `development restore --file FILE` takes any dump',
      ],
      [
        'production --offline --backup b001',
        '`--offline` uses the newest cached dump, but `--backup` asks for another one',
        'use one of them; `development restore --file FILE` takes any dump',
      ],
      [
        'production --fresh --from-db nope',
        'acme-production has no database nope',
        'it has DATABASE, HEROKU_POSTGRESQL_PINK',
      ],
    ]),
  )('development restore %s', async (words, message, hint) => {
    const done = await restore(...words.split(' '))
    expect([done.status, done.stderr, captures()]).toEqual([2, `${message}\n${hint}\n`, 0])
  })
})
