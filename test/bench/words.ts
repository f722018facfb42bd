import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../sandbox/project-root.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { type Timed, timePairs } from './pairs.ts'

/** What a linked word costs beside the bin that it runs, and several environments at once beside the same calls without parity. */
export async function measureWords(sandbox: Sandbox, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'parity-bench-'))
  try {
    await linkedWord(sandbox, folder, rounds)
    await sideBySide(sandbox, rounds)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `demo ps` by `parity link demo` against `parity demo ps`; `heroku` is a shell script that does nothing. */
async function linkedWord(sandbox: Sandbox, folder: string, rounds: number): Promise<void> {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(join(projectRoot(), 'bin', 'parity.cjs'), join(bin, 'parity'))
  writeFileSync(join(bin, 'heroku'), '#!/bin/sh\nexit 0\n')
  chmodSync(join(bin, 'heroku'), 0o755)
  symlinkSync(process.execPath, join(bin, 'node'))
  const env = { ...sandbox.env, PATH: `${bin}:/usr/bin:/bin` } // the sandbox's own has a `demo` already
  const timed = (...words: string[]): Timed => ({ name: words.join(' '), words, folder: sandbox.project, env })
  const { status, stderr } = await sandbox.run([join(bin, 'parity'), 'link', '--dir', bin, 'demo'], { env })
  if (status !== 0) throw new Error(stderr)
  const { first, second, difference } = await timePairs(
    timed(join(bin, 'demo'), 'ps'),
    timed(join(bin, 'parity'), 'demo', 'ps'),
    rounds,
  )
  console.log(
    `linked: demo ps / parity demo ps   ${rounded(first, second)}   ${difference.toFixed(1)} ms more (budget 10)`,
  )
}

/** `parity all ps` against the Heroku CLI on the same three apps at the same time: the slowest of them is waited for. */
async function sideBySide(sandbox: Sandbox, rounds: number): Promise<void> {
  const { project: folder, env } = sandbox
  const apps = ['acme-production', 'acme-staging', 'acme-demo']
  const calls = apps.map((app) => `heroku ps --app ${app} & `).join('')
  const { first, second, ratio } = await timePairs(
    { name: 'parity', words: ['parity', 'production,staging,demo', 'ps'], folder, env },
    { name: 'heroku', words: ['sh', '-c', `${calls} wait`], folder, env },
    Math.min(rounds, 9),
  )
  console.log(
    `parity production,staging,demo ps / the slowest of the same three   ${rounded(first, second)}   ratio ${ratio.toFixed(2)} (budget 1.25)`,
  )
}

function rounded(first: number, second: number): string {
  return `${first.toFixed(0)} / ${second.toFixed(0)} ms`
}
