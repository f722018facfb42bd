import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Terminal } from './pty.ts'
import { openShell, type Shell, shells } from './shells.ts'
import { fileOf, World } from './world.ts'

const world = new World()
  .repository({ staging: 'https://git.heroku.com/acme-staging.git' })
  .write('.parityrc', 'environments: { production: acme-production, demo: acme-demo }\n')
  .write('reports/a.sql', '')
  .record('heroku', { stdout: 'recorded\n' })
for (const bin of ['parity', 'production', 'staging', 'development'])
  world.program(bin, `#!/bin/sh\nexec ${process.execPath} ${fileOf(bin)} "$@"\n`)
for (const program of ['cat', 'touch', 'sh']) world.real(program)
afterAll(() => world.remove())

/** What completion prints for a line; the last word is the one at the cursor. */
test('the words are printed with what they mean', async () => {
  const { calls, ...ended } = await world.run('parity', ['complete-words', 'production', 'mig'])
  const meaning = 'migrate the database; on Heroku in a one-off dyno, and then restart the app'
  expect([ended, calls]).toEqual([{ status: 0, signal: null, stdout: `migrate\t${meaning}\n`, stderr: '' }, []])
})

test.each([
  [[], '`completion` takes bash, zsh, fish, got nothing', '`parity completion zsh`'],
  [['tcsh'], '`completion` takes bash, zsh, fish, got `tcsh`', '`parity completion zsh`'],
])('completion %j', async (args, what, how) => {
  const { calls, ...ended } = await world.run('parity', ['completion', ...args], { env: { SHELL: '/bin/zsh' } })
  expect(ended).toEqual({ status: 2, signal: null, stdout: '', stderr: `${what}\n${how}\n` })
})

const terminals: Terminal[] = []
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.close()
})

async function open(shell: Shell): Promise<Terminal> {
  const terminal = await openShell(world, shell)
  terminals.push(terminal)
  return terminal
}

describe.each(shells)('in $shell', (shell) => {
  const here = test.skipIf(shell.file === undefined)

  here('Tab completes to what then runs', async () => {
    const terminal = await open(shell)
    for (const [keys, args] of [
      ['production pg:backups:capt\t', ['pg:backups:capture', '--app', 'acme-production']],
      ['staging maintenance:of\t', ['maintenance:off', '--app', 'acme-staging']],
      ['parity dem\tps\t:sca\tweb=1', ['ps:scale', '--app', 'acme-demo', 'web=1']],
      ['production pg:psql --file rep\ta\t', ['pg:psql', '--app', 'acme-production', '--file', 'reports/a.sql']],
    ] as const) {
      world.forget()
      terminal.type(`${keys}\r`)
      await terminal.shows('recorded')
      expect(world.calls().map((call) => call.args)).toEqual([args])
    }
  })

  here('nothing that was typed is evaluated', async () => {
    const terminal = await open(shell)
    const marker = `RUN-BY-${shell.shell}`
    for (const command of ['$(touch X)', '`touch X`', '"$(touch X)']) {
      const word = command.replace('X', marker)
      terminal.type(`production ${word} p\t\u0015production ${word}\t\u0015`)
    }
    terminal.type("echo do''ne\r")
    await terminal.shows('done')
    expect(existsSync(join(world.project, marker))).toBe(false)
  })
})

test('the zsh script is one for fpath, too', async () => {
  const { stdout } = await world.run('parity', ['completion', 'zsh'])
  expect(stdout.split('\n')[0]).toBe('#compdef production staging development pr_app parity')
})
