import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../sandbox/project-root.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'

/** README's blocks of *what you type, and what runs* against the program's own dry run, in the sandbox. */

const readme = readFileSync(join(projectRoot(), 'README.md'), 'utf8')
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox()
  await sandbox.run(['git', 'branch', 'my-branch'])
  const captured = await sandbox.run(['sh', '-c', 'staging backup && staging backup'])
  expect(captured.status, captured.stderr).toBe(0)
})
afterAll(() => sandbox.stop())

const lines = blocks('runs').flatMap((block) => block.split('\n'))

test('there are such blocks', () => {
  expect(lines.length).toBeGreaterThan(15)
})

test.each(lines.map((line) => [line] as const))('%s', async (line) => {
  const [, typed = '', runs = ''] = /^(.*?\S)\s+# (.*)$/.exec(line) ?? []
  const { stdout, stderr } = await sandbox.run(['sh', '-c', dryRun(typed)])
  const calls = stdout.split('\n').filter((printed) => printed !== '' && !printed.startsWith('#'))
  expect(calls.join(' && ').replace(/\b[0-9a-f]{40}\b/g, 'SHA') || stderr).toBe(runs)
})

test('the dry run of a restore here', async () => {
  const [shown = ''] = blocks('').filter((block) => block.startsWith('$ development --dry-run restore'))
  const { stdout } = await sandbox.run(['development', '--dry-run', 'restore', 'production'])
  const cache = new RegExp(`${sandbox.env.XDG_CACHE_HOME ?? `${sandbox.env.HOME}/.cache`}/`, 'g')
  const general = stdout
    .replace(cache, '~/.cache/')
    .replaceAll(String(sandbox.local.port), '5432')
    .replace(/\S*\/bin\/pg_restore/, 'pg_restore')
    .replace(/Postgres \S+( \([^)]*\))?, with pg_restore \S+/, 'Postgres 15.18, with pg_restore 15.18')
    .replace(/[\d.]+ MB/, '7.8 MB')
    .replace(/\d+ kB/g, '153 kB')
    .replace(/--jobs \d+/, '--jobs 2')
    .replace(/_lists\/\d+/, '_lists/PID')
  expect(`$ development --dry-run restore production\n${general}`.trim()).toBe(shown)
})

/** The texts of the fenced blocks of a language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w*)\n([\s\S]*?)\n```$/gm)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  )
}

/** What is typed with `--dry-run` before the command. */
function dryRun(typed: string): string {
  return typed.replace(/^(parity \S+|pr_app|\S+)/, '$1 --dry-run')
}
