import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import type { Finished, Sandbox } from '../sandbox/sandbox.ts'

/** What the tests of `parity check` have in common. */

/** The report as `--json` prints it. */
export type Printed = {
  summary: string
  status: number
  environments: { name: string; app: string | null }[]
  rows: { id: string; title: string; cells: Record<string, string> }[]
  findings: { id: string; gap: string; severity: string; says: string; command: string }[]
  ignored: { id: string; reason: string }[]
  needlessIgnores: string[]
  unseen: { where: string; what: string; why: string; hint?: string }[]
}

type Options = Parameters<Sandbox['run']>[1]

/** Runs `parity check ARGS --json` in the sandbox. */
export async function checked(
  sandbox: Sandbox,
  args: readonly string[] = [],
  options: Options = {},
): Promise<Printed & { done: Finished }> {
  const done = await sandbox.run(['parity', 'check', '--json', ...args], options)
  if (done.stdout === '') expect.fail(done.stderr)
  expect(done.stderr).toBe('')
  return { ...(JSON.parse(done.stdout) as Printed), done }
}

/** The ids of the findings. */
export function ids({ findings }: Printed): string[] {
  return findings.map(({ id }) => id)
}

/** Makes a commit in the sample project and returns its SHA. */
export async function commit(
  sandbox: Sandbox,
  subject: string,
  files: Record<string, string>,
  daysAgo = 0,
  author = 'Ada Example <ada@acme.test>',
): Promise<string> {
  await write(sandbox, files)
  const date = new Date(Date.now() - daysAgo * 86_400_000).toISOString()
  const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
  await typed(sandbox, ['git', 'add', ...Object.keys(files)])
  await typed(sandbox, ['git', 'commit', '--quiet', '--message', subject, '--author', author], env)
  return (await typed(sandbox, ['git', 'rev-parse', 'HEAD'])).trim()
}

export async function write(sandbox: Sandbox, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(sandbox.project, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}

/** Runs a program that has to succeed; returns its stdout. */
export async function typed(sandbox: Sandbox, words: readonly string[], env = {}): Promise<string> {
  const { status, stdout, stderr } = await sandbox.run(words, { env })
  expect(status, `${words.join(' ')}\n${stderr}`).toBe(0)
  return stdout
}

export function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000)
}
