import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rarely } from '../often.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { begin } from './local-restore.ts'

/** Deploys with what goes around them, by the real git and the real Heroku CLI. */

const app = 'acme-staging-pr-7'
let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ rows: 10, stagingRows: 10 })
})
afterAll(() => sandbox.stop())

/** Makes a commit and deploys it in maintenance mode, with a migration that runs `command`. */
async function prepared(command: string): Promise<string[]> {
  const configuration = join(sandbox.folder, 'parity.json')
  writeFileSync(configuration, JSON.stringify({ commands: { migrate: ['sh', '-c', command] } }))
  await sandbox.run(['git', 'commit', '--quiet', '--allow-empty', '--message', 'More'])
  return ['pr_app', '--config', configuration, '7', 'deploy', '--maintenance', '--migrate']
}

/** What the app was asked to do since then, in order. */
function changes(from: number): string[] {
  const names: Record<string, string> = {
    [`PATCH /apps/${app}`]: 'maintenance',
    [`POST /${app}.git/git-receive-pack`]: 'push',
    [`POST /apps/${app}/dynos`]: 'migrate',
    [`DELETE /apps/${app}/dynos`]: 'restart',
  }
  return sandbox.requests.slice(from).flatMap(({ method, path }) => names[`${method} ${path}`] ?? [])
}

const stays = 'maintenance mode of pr_app 7 stays on: `pr_app 7 maintenance:off` ends it\n'

test('maintenance mode lasts from before the push until the app was migrated and restarted', async () => {
  const from = sandbox.requests.length
  const { status, stderr, stdout } = await sandbox.run(await prepared('echo migrated'))
  expect([status, sandbox.heroku.maintenance(app)], stderr).toEqual([0, false])
  expect(changes(from)).toEqual(['maintenance', 'push', 'migrate', 'restart', 'maintenance'])
  expect(stdout).toContain('migrated')
})

rarely('a migration that fails leaves it on, with the line that ends it and the one that migrates', async () => {
  const { status, stderr } = await sandbox.run(await prepared('exit 3'))
  expect([status, sandbox.heroku.maintenance(app)], stderr).toEqual([3, true])
  expect(stderr).toContain('`pr_app 7 migrate` tries again\n')
  expect(stderr.endsWith(stays)).toBe(true)
  expect((await sandbox.run(['pr_app', '7', 'maintenance:off'])).status).toBe(0)
})

rarely('a release phase that fails ends it: the app runs what it ran before', async () => {
  const { config } = sandbox.heroku.app(app)
  config.FAIL_RELEASE = '1'
  const { status, stderr, stdout } = await sandbox.run(await prepared('echo migrated'))
  delete config.FAIL_RELEASE
  expect([status, sandbox.heroku.maintenance(app)], stderr).toEqual([1, false])
  expect(stderr).toContain('`pr_app 7 releases:retry` runs the release phase again')
  expect(stdout).not.toContain('migrated')
})

rarely('a build that fails ends it too', async () => {
  const { config } = sandbox.heroku.app(app)
  config.FAIL_BUILD = '1'
  const { status, stderr } = await sandbox.run(await prepared('echo migrated'))
  delete config.FAIL_BUILD
  expect([status, sandbox.heroku.maintenance(app)], stderr).toEqual([1, false])
})

rarely('a Ctrl-C after the push leaves it on, and says so', async () => {
  const undo = sandbox.misbehave({ path: `/apps/${app}/releases`, action: { kind: 'answer', status: 200, body: '[]' } })
  const running = begin(sandbox, await prepared('echo migrated'))
  await running.line('release: ')
  running.kill('SIGINT')
  const ended = await running.end
  undo()
  expect([ended.signal, sandbox.heroku.maintenance(app)], ended.stderr).toEqual(['SIGINT', true])
  expect(ended.stderr.endsWith(stays)).toBe(true)
})

rarely('maintenance mode from before stays on', async () => {
  sandbox.heroku.app(app).maintenance = true
  const from = sandbox.requests.length
  const { status, stderr } = await sandbox.run(await prepared('echo migrated'))
  expect([status, sandbox.heroku.maintenance(app)], stderr).toEqual([0, true])
  expect(changes(from)).toEqual(['push', 'migrate', 'restart'])
  expect(stderr).toContain('pr_app 7 is already in maintenance mode and stays in it\n')
  expect(stderr).toContain('maintenance mode is still on, as before: `pr_app 7 maintenance:off` turns it off\n')
})
