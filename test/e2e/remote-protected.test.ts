import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few, rarely } from '../often.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import {
  asked,
  herokuIsDone,
  inTerminal,
  story,
  transfersAreOver,
  type Watched,
  watchDatabase,
} from './remote-restore.ts'

/** A protected environment is overwritten by nobody who doesn't mean it, and never without a backup of it. */

let sandbox: Sandbox
let production: Watched
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300 })
  production = await watchDatabase(sandbox, 'acme-production', (sql) => sandbox.heroku.query('acme-staging', sql))
  await sandbox.heroku.backUp('acme-staging')
  await configure('same-app', 'environments: { live: acme-production }')
  await configure('says-so', 'environments: { demo: { app: acme-demo, protected: true } }')
})
afterAll(() => sandbox.stop())
beforeEach(async () => {
  if ((await production.state()) !== 'old') await production.putBack()
})

async function configure(name: string, text: string): Promise<void> {
  await writeFile(join(sandbox.folder, `${name}.yml`), `${text}\n`)
}

const refused = (stderr: string): Finished => ({ status: 2, signal: null, stdout: '', stderr })
const overwrites = (told: readonly string[]) => told.filter((what) => !what.startsWith('look'))
const isProtected = (name: string, why: string, source = 'staging', typed = name) =>
  `${name} is protected (${why}); its database is not overwritten\n\`${source} restore ${name}\` is the other direction; \`${typed} restore --help\` explains how to overwrite a protected environment\n`

describe('refused', () => {
  test.each<[typed: string, stderr: string]>(
    few(2, [
      ['production restore staging', isProtected('production', 'it is named production')],
      ['production restore development', isProtected('production', 'it is named production', 'development')],
      ['production restore staging --confirm acme-production', isProtected('production', 'it is named production')],
      [
        'production restore --force staging',
        'production is protected; without a terminal the name of its app cannot be asked\nrun this in a terminal, or use `--confirm APP`\n',
      ],
      [
        'production restore development --force',
        'production is protected; without a terminal the name of its app cannot be asked\nrun this in a terminal, or use `--confirm APP`\n',
      ],
      [
        'production restore staging --force --confirm acme-staging',
        '`--confirm acme-staging` is not the app of production\n`parity environments` lists the app of each environment\n',
      ],
      [
        'parity --config ../same-app.yml live restore staging',
        isProtected('live', 'its app acme-production is the app of production', 'staging', 'parity live'),
      ],
      [
        'parity --config ../says-so.yml demo restore staging',
        isProtected('demo', '../says-so.yml says so', 'staging', 'parity demo'),
      ],
    ]),
  )('B7, B37, B40: %s, and Heroku is not even asked', async (typed, stderr) => {
    const from = sandbox.requests.length
    expect(await sandbox.run(typed.split(' '))).toEqual(refused(stderr))
    expect(sandbox.requests.slice(from)).toEqual([])
  })
})

// Outside git there are no remotes: only Heroku can know what these apps are.
describe('an innocent name', () => {
  const folder = () => join(sandbox.folder, 'elsewhere')
  const environments = '{ shop: acme-production, live: acme-demo, staging: acme-staging, living: acme-demo }'
  beforeAll(async () => {
    await mkdir(folder())
    await writeFile(join(folder(), '.parityrc'), `environments: ${environments}\n`)
  })
  const restore = (name: string) => sandbox.run(['parity', name, '--dry-run', 'restore', 'staging'], { cwd: folder() })
  const withoutStages = () =>
    sandbox.misbehave({ path: '/pipeline-couplings', action: { kind: 'answer', status: 500, body: '{}' } })

  test('B40: the pipeline has its app in stage production', async () => {
    const why = "Heroku's pipeline has acme-production in stage production"
    expect(await restore('shop')).toEqual(refused(isProtected('shop', why, 'staging', 'parity shop')))
  })

  rarely('Heroku can’t be asked, and the name of the app sounds like production', async () => {
    const undo = withoutStages()
    const why = 'its name sounds like production and Heroku could not be asked'
    for (const name of ['shop', 'live'])
      expect(await restore(name)).toEqual(refused(isProtected(name, why, 'staging', `parity ${name}`)))
    undo()
  })

  rarely('what merely contains `live`, and what Heroku knows not to be production, is not protected', async () => {
    const undo = withoutStages()
    expect(await restore('living')).toMatchObject({ status: 0 })
    undo()
    expect(await restore('live')).toMatchObject({ status: 0 })
  })
})

describe('meant', () => {
  test('B7: --force --confirm: a backup first, then the reset, then the rows', async () => {
    const before = sandbox.heroku.backups('acme-production').length
    const told = story(sandbox)
    const done = await sandbox.run('production restore staging --force --confirm acme-production'.split(' '))
    expect([done.status, await production.state()]).toEqual([0, 'new'])
    expect(told()).toEqual(['look', 'look at backups', 'backups', 'reset', 'restores'])
    expect(sandbox.heroku.backups('acme-production')[before]).toMatchObject({ to_type: 'gof3r', succeeded: true })
    expect(done.stderr).toContain('\nproduction is protected (it is named production): it is backed up first\n')
  })

  rarely('the backup fails: nothing is reset', async () => {
    sandbox.heroku.failNextTransfer('out of disk')
    const told = story(sandbox)
    const done = await sandbox.run('production restore staging --force --confirm acme-production'.split(' '))
    expect([done.status, await production.state(), overwrites(told())]).toEqual([2, 'old', ['backups']])
    expect(done.stderr.trimEnd().split('\n').slice(-2)).toEqual([
      'step 1 of 3 failed with status 2: `heroku pg:backups:capture --app acme-production`',
      'production was not touched',
    ])
  })

  const question = 'type acme-production to overwrite the database of production: '
  const force = ['production', 'restore', 'staging', '--force']

  rarely('typed in a terminal, it goes on', async () => {
    const told = story(sandbox)
    const terminal = inTerminal(sandbox, force)
    await terminal.answer(question, 'acme-production\r')
    expect(await terminal.end).toEqual({ status: 0, signal: undefined })
    expect([await production.state(), overwrites(told())]).toEqual(['new', ['backups', 'reset', 'restores']])
  })

  test.each<[keys: string, says: string]>(
    few(1, [
      ['production\r', 'expected acme-production, got `production`: nothing was changed'],
      ['\r', 'expected acme-production, got no name: nothing was changed'],
      ['\x04', 'expected acme-production, got no name: nothing was changed'],
    ]),
  )('%j typed in a terminal: nothing is touched', async (keys, says) => {
    const told = story(sandbox)
    const terminal = inTerminal(sandbox, force, { NO_COLOR: '1' })
    await terminal.answer(question, keys)
    expect(await terminal.end).toEqual({ status: 2, signal: undefined })
    expect(terminal.text()).toContain(`${says}\r\ntype the name of the app exactly\r\n`)
    expect([await production.state(), overwrites(told())]).toEqual(['old', []])
  })

  test('B7: with the two words the wrong way round: what will happen, and whether that is meant', async () => {
    const told = story(sandbox)
    const terminal = inTerminal(sandbox, ['production', 'restore', 'development', '--force'], { NO_COLOR: '1' })
    await terminal.answer('overwrite production with the database of this machine? [y/N] ', '\r')
    expect(await terminal.end).toEqual({ status: 2, signal: undefined })
    const text = terminal.text()
    expect(text).toContain('warning: this overwrites the database of production (acme-production):\r\n  1. ')
    expect(text).toMatch(
      / 2\. heroku pg:backups:capture .*\r\n {2}3\. heroku pg:reset .*\r\n {2}4\. heroku pg:push .*\r\n/,
    )
    expect(text).toContain("nothing was changed\r\n`development restore production` brings production's data here\r\n")
    expect([await production.state(), overwrites(told())]).toEqual(['old', []])
  })

  test('Ctrl-C at the question ends it as a Ctrl-C does, and nothing was touched', async () => {
    const told = story(sandbox)
    const terminal = inTerminal(sandbox, force)
    await terminal.answer(question, '\x03')
    expect(await terminal.end).toEqual({ status: 0, signal: 2 })
    const after = stripVTControlCharacters(terminal.text().split(question)[1] ?? '')
    expect(after.split(/[\r\n]+/)).toEqual(['^C', 'interrupted by SIGINT', 'production was not touched', ''])
    expect([await production.state(), overwrites(told())]).toEqual(['old', []])
  })
})

describe('kill -9', () => {
  rarely.each<[when: string, request: string, answered: boolean, allowed: string]>([
    ['within the reset', '/reset', false, 'empty'],
    ['within the backup', '/backups', false, 'old'],
    ['after the backup began', '/backups', true, 'old'],
  ])('%s', async (_, request, answered, allowed) => {
    const from = sandbox.requests.length
    const args = ['restore', 'staging', '--force', '--confirm', 'acme-production']
    const child = sandbox.spawn(['production', ...args], { stdio: 'ignore' })
    await asked(sandbox, from, request, answered)
    child.kill('SIGKILL')
    await herokuIsDone(sandbox)
    await transfersAreOver(sandbox, 'acme-production')
    expect(await production.state()).toBe(allowed)
    expect(sandbox.heroku.backups('acme-production').at(-1)).toMatchObject({ to_type: 'gof3r', succeeded: true })
  })
})
