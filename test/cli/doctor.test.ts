import { chmodSync, existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../unit/http-server.ts'
import { Terminal } from './pty.ts'
import { fileOf, World } from './world.ts'

let world: World
let heroku: TestServer
beforeEach(async () => {
  world = new World()
    .repository()
    .write('.parityrc', 'environments: { production: acme, gone: acme-gone }\n')
    .record('heroku', { stdout: 'heroku/11.10.0 linux-x64 node-v20.20.2\n' })
  for (const bin of ['production', 'staging', 'development', 'pr_app', 'parity'])
    world.program(bin, `#!/bin/sh\nexec ${process.execPath} ${fileOf(bin)} "$@"\n`)
  heroku = await startServer(({ url }, response) => {
    const answers: Record<string, object> = {
      '/account': { email: 'ada@acme.test' },
      '/apps/acme': { stack: { name: 'heroku-24' } },
      '/apps/acme/addon-attachments': [],
    }
    response.writeHead(url in answers ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answers[url] ?? { id: 'not_found', message: "Couldn't find that app." }))
  })
})
afterEach(async () => {
  world.remove()
  await heroku.close()
})

type Check = { id: string; status: string; value: string; fix?: string }

/** Status and checks of `parity doctor --json`. */
async function doctor(
  more: Record<string, string> = {},
): Promise<{ status: number | null; checks: Map<string, Check> }> {
  const env = { HEROKU_HOST: heroku.url, HEROKU_API_KEY: 'key', DISABLE_TELEMETRY: 'true', ...more }
  const { status, stdout, stderr } = await world.run('parity', ['doctor', '--json'], { env })
  expect(stderr).toBe('')
  return { status, checks: new Map(JSON.parse(stdout).checks.map((check: Check) => [check.id, check])) }
}

test('each check has an id, and an app that is not there is a problem', async () => {
  const { status, checks } = await doctor()
  expect(status).toBe(1)
  expect(Object.fromEntries([...checks.values()].map(({ id, status }) => [id, status]))).toMatchObject({
    node: 'ok',
    git: 'ok',
    bins: 'ok',
    'heroku.cli': 'ok',
    'heroku.login': 'ok',
    'heroku.telemetry': 'ok',
    configuration: 'ok',
    'environment.production': 'ok',
    'environment.gone': 'problem',
    'word.gone': 'warning',
    database: 'warning',
    docker: 'ok',
  })
  expect(checks.get('heroku.login')?.value).toBe('ada@acme.test')
  expect(checks.get('environment.gone')?.value).toContain('no app `')
})

test('the fix of a check turns it green', async () => {
  const netrc = join(world.home, '.netrc')
  writeFileSync(netrc, '', { mode: 0o644 })
  chmodSync(netrc, 0o644)
  const before = await doctor({ HEROKU_APP: 'acme' })
  expect(before.checks.get(`private.${netrc}`)?.fix).toBe(`chmod go= ${netrc}`)
  expect(before.checks.get('heroku.app')?.fix).toBe('unset HEROKU_APP')
  const { fix = '' } = before.checks.get('word.gone') ?? {}
  const [, ...words] = fix.split(' ')
  expect((await world.run('parity', words)).status).toBe(0)
  chmodSync(netrc, 0o600)
  const after = await doctor()
  expect([...after.checks.keys()].filter((id) => before.checks.get(id)?.status !== 'ok')).toEqual(
    [...before.checks.keys()].filter(
      (id) => !['word.gone', 'heroku.app', `private.${netrc}`].includes(id) && before.checks.get(id)?.status !== 'ok',
    ),
  )
})

test('a configuration with a mistake is a line among the others', async () => {
  world.write('.parityrc', 'environments: { demo: ACME }\n')
  const { status, checks } = await doctor()
  expect([status, checks.get('configuration')?.status, checks.get('node')?.status]).toEqual([1, 'problem', 'ok'])
  expect(checks.get('configuration')?.value).toContain('environments.demo should be a Heroku app name')
})

test('of several productions on PATH, and of the gem’s, there is a line', async () => {
  const old = join(world.folder, 'old', 'bin')
  mkdirSync(old, { recursive: true })
  world.program('production', `#!/bin/sh\nexec node ${fileOf('production')}\n`, old)
  world.program('staging', "#!/usr/bin/env ruby\nload Gem.bin_path('parity', 'staging')\n", old)
  const { checks } = await doctor({ PATH: `${world.bin}:${old}` })
  expect(checks.get('bins.production')?.fix).toBe(
    `npm uninstall --global --prefix ${join(world.folder, 'old')} heroku-parity`,
  )
  expect(checks.get('bins.staging')?.fix).toBe('gem uninstall parity --executables')
  expect(checks.get('bins.parity')?.status).toBe('ok')
})

test('without a login, a program or an engine it goes on', async () => {
  world.record('heroku', { stdout: 'heroku/9.5.1 linux-x64\n' }, { status: 1 })
  world.program('docker', '#!/bin/sh\nexit 1\n').real('sh')
  const { status, stdout } = await world.run('parity', ['doctor'])
  expect(status).toBe(1)
  expect(stdout).toMatch(/^ {2}✗ heroku\.login +not logged in to Heroku\n {6}heroku login$/m)
  expect(stdout).toMatch(/^ {2}! docker +the client is there, and no engine answers$/m)
  expect(stdout).toMatch(/\n\d problems?, \d warnings?\n$/)
})

describe('--fix', () => {
  const linked = () => join(world.bin, 'gone')
  const left = () => join(world.home, '.cache', 'parity', 'acme', 'b001.dump.2147483647-0a.part')

  const key = () => join(dirname(dirname(left())), '_scrub.key')
  const modeOf = (path: string) => statSync(path).mode & 0o777

  /** A download that broke two days ago, and a key that others may read. */
  function leavePart(): void {
    mkdirSync(dirname(left()), { recursive: true })
    writeFileSync(left(), 'PGDMP', { mode: 0o600 })
    const then = new Date(Date.now() - 2 * 86_400_000)
    utimesSync(left(), then, then)
    writeFileSync(key(), '')
    chmodSync(key(), 0o644)
  }
  const env = () => ({ HEROKU_HOST: heroku.url, HEROKU_API_KEY: 'key', DISABLE_TELEMETRY: 'true' })

  test('without a terminal lists what it would ask for, and changes nothing', async () => {
    leavePart()
    const { status, stdout, stderr } = await world.run('parity', ['doctor', '--fix'], { env: env() })
    expect([status, stderr]).toEqual([1, ''])
    expect(stdout.slice(stdout.indexOf('`parity doctor --fix` asks'))).toBe(
      `\`parity doctor --fix\` asks in a terminal whether to
  take the rights of others away: ${key()}
  remove: 1 unfinished download, 5 bytes
  write: ${linked()} (undo: parity unlink gone)
`,
    )
    expect([existsSync(left()), existsSync(linked())]).toEqual([true, false])
    expect(modeOf(key())).toBe(0o644)
  })

  test('asks once for each, does what was answered by yes, and looks again', async () => {
    leavePart()
    const terminal = new Terminal(world, process.execPath, [fileOf('parity'), 'doctor', '--fix'], env())
    await terminal.shows(`take the rights of others away: ${key()}? [y/N] `)
    terminal.type('y\r')
    await terminal.shows('remove: 1 unfinished download, 5 bytes? [y/N] ')
    terminal.type('\r')
    await terminal.shows(`write: ${linked()}? [y/N] `)
    terminal.type('yes\r')
    await terminal.shows(`gone: linked in ${world.bin}; try \`gone ps\``)
    await terminal.shows('1 problem')
    expect((await terminal.ended).status).toBe(1)
    expect([existsSync(left()), existsSync(linked())]).toEqual([true, true])
    expect(modeOf(key())).toBe(0o600)
    const { checks } = await doctor()
    expect([checks.has('cache.parts'), checks.has('word.gone')]).toEqual([true, false])
  })

  test('removes what a broken download left, and what is noted of it', async () => {
    leavePart()
    writeFileSync(`${left()}.json`, '{}')
    const terminal = new Terminal(world, process.execPath, [fileOf('parity'), 'doctor', '--fix'], env())
    for (const [question, answer] of [
      [key(), 'n'],
      ['5 bytes', 'y'],
      [linked(), ''],
    ]) {
      await terminal.shows(`${question}? [y/N] `)
      terminal.type(`${answer}\r`)
    }
    await terminal.ended
    expect([existsSync(left()), existsSync(`${left()}.json`), existsSync(linked())]).toEqual([false, false, false])
    expect(modeOf(key())).toBe(0o644)
  })

  test('with --dry-run prints the questions', async () => {
    const { status, stdout } = await world.run('parity', ['doctor', '--fix', '--dry-run'], { env: env() })
    expect([status, stdout]).toEqual([0, `# ask: write: ${linked()} (undo: parity unlink gone)?\n`])
    expect(existsSync(linked())).toBe(false)
  })

  test('writes a first configuration, in a repository alone', async () => {
    rmSync(join(world.project, '.parityrc'))
    const terminal = new Terminal(world, process.execPath, [fileOf('parity'), 'doctor', '--fix'], env())
    await terminal.shows('write: .parityrc? [y/N] ')
    terminal.type('y\r')
    await terminal.shows('# add it to .parityrc: environments: { production: APP }')
    await terminal.ended
    expect(existsSync(join(world.project, '.parityrc'))).toBe(true)
    const { stdout } = await world.run('parity', ['doctor', '--fix'], { folder: world.home, env: env() })
    expect(stdout).toMatch(/\nnothing that `--fix` could do\n$/)
  })

  test('is not for --json', async () => {
    const { status, stderr } = await world.run('parity', ['doctor', '--fix', '--json'], { env: env() })
    expect([status, stderr]).toEqual([2, '`--fix` and `--json` cannot be combined\nuse one of them\n'])
  })
})
