import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runLogged } from '../../../src/run/logged.ts'

const folder = mkdtempSync(join(tmpdir(), 'parity-logged-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (program: string, args: string[]) =>
  runLogged({ program, args }, { log: join(folder, 'logs', 'it.log'), signal: new AbortController().signal })

const shell = (script: string, input: AsyncIterable<Buffer>) => {
  const log = join(folder, 'logs', 'it.log')
  return runLogged({ program: 'sh', args: ['-c', script] }, { log, signal: new AbortController().signal, input })
}

test('a program that ends is not waited for until all of its input has come', async () => {
  async function* neverMore() {
    yield Buffer.from('the first line\n')
    await new Promise(() => {})
  }
  expect(await shell('read line; echo "$line" >&2; exit 3', neverMore())).toEqual({
    outcome: { status: 3 },
    stderr: 'the first line\n',
  })
})

test('an input that breaks off is what failed, and the program has ended by then', async () => {
  async function* broken() {
    yield Buffer.from('the first line\n')
    throw new Error('no more comes')
  }
  await expect(shell('cat >&2', broken())).rejects.toThrow('no more comes')
})

test('a program that has read what it wants need not read the rest', async () => {
  async function* plenty() {
    for (let n = 0; n < 1000; n += 1) yield Buffer.alloc(10_000)
  }
  expect(await shell('head -c 1 >/dev/null', plenty())).toEqual({ outcome: { status: 0 }, stderr: '' })
})

test('a program that the system does not start is named, with the reason', async () => {
  const program = join(folder, 'program')
  writeFileSync(program, '#!/nowhere/sh\n', { mode: 0o755 })
  await expect(run(program, [])).rejects.toMatchObject({
    status: 127,
    message: `\`${program}\` cannot be started: its \`#!\` line names "/nowhere/sh", which is not a program`,
  })
  await expect(run('sh', ['-c', 'x'.repeat(4_000_000)])).rejects.toMatchObject({
    status: 127,
    message: expect.stringMatching(/^`\S+\/sh` cannot be started: /),
  })
})

test('how a program ends is its outcome: a status, or a signal', async () => {
  expect(await run('sh', ['-c', 'exit 7'])).toEqual({ outcome: { status: 7 }, stderr: '' })
  expect(await run('sh', ['-c', 'kill -KILL $$'])).toEqual({ outcome: { signal: 'SIGKILL' }, stderr: '' })
})
