import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../unit/http-server.ts'
import { type Ended, World } from './world.ts'

let world: World
let heroku: TestServer | undefined
beforeEach(() => {
  world = new World().repository({
    production: 'https://git.heroku.com/acme-production.git',
    origin: 'https://github.com/acme/acme.git',
  })
})
afterEach(async () => {
  world.remove()
  await heroku?.close()
  heroku = undefined
})

/** A pipeline with production, two apps in staging, and a review app. */
async function startHeroku(): Promise<TestServer> {
  const apps = ['acme-production', 'acme-staging', 'acme-demo', 'acme-pr-1']
  const stages = ['production', 'staging', 'staging', 'review']
  const couplings = apps.map((_, at) => ({ app: { id: `${at}` }, pipeline: { id: 'p' }, stage: stages[at] }))
  return startServer(({ url, body }, response) => {
    const wanted =
      url === '/filters/apps' ? JSON.parse(body).in.id.map((id: number) => ({ id, name: apps[id] })) : couplings
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(url.startsWith('/apps/') ? couplings[0] : wanted))
  })
}

const file = () => readFileSync(join(world.project, '.parityrc'), 'utf8')
const comment = '# What you type → which Heroku app is meant: `staging logs`, `parity demo logs`.\n'
const init = (words: string[] = [], env = {}): Promise<Ended> => world.run('parity', ['init', ...words], { env })

test('the pipeline of the git remotes is written down, and can be used at once', async () => {
  heroku = await startHeroku()
  const { stderr, ...ended } = await init([], { HEROKU_HOST: heroku.url, HEROKU_API_KEY: 'key' })
  expect(ended).toEqual({ status: 0, signal: null, stdout: '', calls: [] })
  const environments = 'environments:\n  production: acme-production\n  staging: acme-staging\n  demo: acme-demo\n'
  expect(file()).toBe(`${comment}${environments}`)
  expect(stderr).toContain('.parityrc has production, staging, demo; `parity link` lets you type `demo logs`\n')
  expect((await world.run('parity', ['environments'])).stdout).toContain('demo         acme-demo        .parityrc')
})

test('without a login the git remotes are written down, and that is said', async () => {
  world.record('heroku', { status: 1, stderr: ' ›   Error: not logged in\n' })
  const { status, stderr } = await init()
  expect([status, file()]).toEqual([0, `${comment}environments:\n  production: acme-production\n`])
  expect(stderr).toMatch(/^git remotes alone are used: not logged in to Heroku\n/)
  expect(stderr).toMatch(/\.parityrc has production; `parity environments` lists them\n$/)
})

test('without the Heroku CLI too', async () => {
  expect([(await init()).status, file()]).toEqual([0, `${comment}environments:\n  production: acme-production\n`])
})

test('without a remote of Heroku’s there are lines to fill in', async () => {
  world.repository({ origin: 'https://github.com/acme/acme.git' })
  const { status, stderr } = await init()
  expect([status, file()]).toEqual([
    0,
    `${comment}environments:\n  # production: acme-production\n  # demo: acme-demo\n`,
  ])
  expect(stderr).toContain('no git remote leads to Heroku: write your apps into .parityrc; `heroku apps` lists them\n')
  expect((await world.run('parity', ['environments'])).status).toBe(0)
})

test('in a folder below it is written at the root of the repository', async () => {
  world.write('app/file', '')
  expect((await world.run('parity', ['init'], { folder: join(world.project, 'app') })).status).toBe(0)
  expect(file()).toContain('production: acme-production')
})

test('a dry run shows the text and writes nothing', async () => {
  const { status, stdout } = await init(['--dry-run'])
  expect(status).toBe(0)
  expect(stdout).toContain('# environments:\n#   production: acme-production\n# write: .parityrc\n')
  expect(existsSync(join(world.project, '.parityrc'))).toBe(false)
})

describe('what is there stays', () => {
  const refused = (what: string, how: string) => ({ status: 2, stderr: `${what}\n${how}\n` })

  test('unless --force says otherwise', async () => {
    world.write('.parityrc', 'environments: { qa: acme-qa }\n')
    const how = '`parity init --force` overwrites it'
    expect(await init()).toMatchObject(refused('`.parityrc` already exists', how))
    expect(file()).toBe('environments: { qa: acme-qa }\n')
    expect((await init(['--force'])).status).toBe(0)
    expect(file()).toContain('production: acme-production')
  })

  test('an empty file too', async () => {
    world.write('.parityrc', '')
    expect(await init()).toMatchObject({ status: 2 })
    expect(file()).toBe('')
  })

  test('and a configuration elsewhere, which a second one would contradict, even with --force', async () => {
    world.write('package.json', '{ "parity": { "environments": { "qa": "acme-qa" } } }')
    const how = 'edit it, or remove it and run `parity init`'
    const what = 'the configuration of this project is `package.json`'
    expect(await init(['--force'])).toMatchObject(refused(what, how))
    expect(existsSync(join(world.project, '.parityrc'))).toBe(false)
  })
})
