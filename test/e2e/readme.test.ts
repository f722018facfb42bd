import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { projectRoot } from '../sandbox/project-root.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'

/** The blocks of README and of the help topics against what the program does in the sandbox. */

const topics = join(projectRoot(), 'src', 'help')
const pages = [
  join(projectRoot(), 'README.md'),
  ...readdirSync(topics).flatMap((file) => (file.endsWith('.md') ? [join(topics, file)] : [])),
].map((file) => readFileSync(file, 'utf8'))
const [readme = ''] = pages
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
  // Typed on a terminal, which there is none here.
  const shown = calls.join(' && ').replaceAll(' --no-tty', '')
  expect(shown.replace(/\b[0-9a-f]{40}\b/g, 'SHA') || stderr).toBe(runs)
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

test('what would ship', async () => {
  const [shown = ''] = blocks('').filter((block) => block.startsWith('$ production diff'))
  const { stdout } = await sandbox.run(['production', 'diff'])
  const general = (text: string) =>
    text
      .trim()
      .replace(/\b[0-9a-f]{8}\b/g, 'SHA')
      .replace(/\bv\d+\b/g, 'vN')
      .replace(/\d+ (?:hours?|days?)/g, 'N days')
  expect(general(stdout)).toBe(general(shown.replace('$ production diff\n', '')))
})

/** Each `$ line` of the block with the lines shown below it; `…` stands for lines left out. */
test('the first minute in a project of your own', async () => {
  await sandbox.run(['rm', '.parityrc'])
  const [shown = ''] = blocks('').filter((block) => block.startsWith('$ parity environments'))
  const typed = shown.split(/^\$ /m).slice(1)
  expect(typed).toHaveLength(4)
  for (const part of typed) {
    const [line = '', ...lines] = part.trimEnd().split('\n')
    const { stdout, stderr, status } = await sandbox.run(['sh', '-c', `${line} 2>&1`])
    expect([line, status]).toEqual([line, 0])
    const general = (text: string) => text.replace(/\d+ kB/, 'N kB')
    const printed = (stdout + stderr).trimEnd().split('\n').map(general)
    for (const one of lines.filter((one) => one !== '…')) expect(printed).toContain(general(one))
    if (!lines.includes('…')) expect(printed).toEqual(lines)
  }
})

test('README is short, and no line of code in it is long', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(150)
  const long = blocksOf(readme).flatMap(({ text }) => text.split('\n').filter((line) => line.length > 90))
  expect(long).toEqual([])
})

test('what README links to is there', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, file = '']) => file)
  expect(links.length).toBeGreaterThan(10)
  for (const file of links) expect(readFileSync(join(projectRoot(), file), 'utf8')).not.toBe('')
})

/** The texts of the fenced blocks of a language, on every page. */
function blocks(language: string): string[] {
  return pages.flatMap((page) => blocksOf(page).flatMap(({ name, text }) => (name === language ? [text] : [])))
}

function blocksOf(page: string): { name: string; text: string }[] {
  return [...page.matchAll(/^```(\w*)\n([\s\S]*?)\n```$/gm)].map(([, name = '', text = '']) => ({ name, text }))
}

/** What is typed with `--dry-run` before the command. */
function dryRun(typed: string): string {
  return typed.replace(/^(parity \S+|pr_app|\S+)/, '$1 --dry-run')
}
