// Paired measurements of whole commands; they print, and assert nothing. `npm run bench -- ROUNDS [NAME …]`, a NAME of `measurements`.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newestNode } from '../cli/newest-node.ts'
import { projectRoot } from '../sandbox/project-root.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { measureCheck, measureHistory } from './check.ts'
import { measureMemory } from './memory.ts'
import { type Pair, type Timed, timePairs } from './pairs.ts'
import { measureRestore } from './restore.ts'
import { measureScrub } from './scrub.ts'
import { measureWords } from './words.ts'

const rounds = Number(process.argv[2] ?? 15)
const nodes = [...new Set([process.execPath, newestNode].flatMap((node) => node ?? []))]
const root = projectRoot()

const measurements: Record<string, () => Promise<void>> = {
  start: () =>
    inSandbox(async (sandbox) => {
      for (const node of nodes) await measure(node, sandbox)
    }),
  words: () => inSandbox((sandbox) => measureWords(sandbox, rounds)),
  scrub: () => inSandbox(measureScrub),
  check: () => inSandbox((sandbox) => measureCheck(sandbox, rounds)),
  history: () => inSandbox((sandbox) => measureHistory(sandbox, Math.min(rounds, 5))),
  restore: () => measureRestore(Math.min(rounds, 5)),
  memory: measureMemory,
}

const wanted = process.argv.slice(3)
for (const name of wanted.length > 0 ? wanted : Object.keys(measurements)) await measurements[name]?.()

async function inSandbox(work: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const sandbox = await startSandbox()
  try {
    await work(sandbox)
  } finally {
    await sandbox.stop()
  }
}

async function measure(node: string, sandbox: Sandbox): Promise<void> {
  const { version } = JSON.parse(
    (await sandbox.run([node, '-p', 'JSON.stringify({ version: process.version })'])).stdout,
  )
  console.log(`\nNode ${version}, medians of ${rounds} pairs`)
  const folder = mkdtempSync(join(tmpdir(), 'parity-bench-'))
  try {
    await startUp(node, folder, sandbox)
    await passthrough(node, folder, sandbox)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What parity adds to Node's own start: `heroku` is a shell script that does nothing, and the shell's start counts on both sides. */
async function startUp(node: string, folder: string, sandbox: Sandbox): Promise<void> {
  const nothing = join(folder, 'heroku')
  writeFileSync(nothing, '#!/bin/sh\nexit 0\n')
  chmodSync(nothing, 0o755)
  const env = { ...sandbox.env, PATH: `${folder}:${sandbox.env.PATH}` }
  const bare = {
    name: 'node -e 0',
    words: ['/bin/sh', '-c', `"$0" -e 0; exec "$1"`, node, nothing],
    folder: sandbox.project,
    env,
  }
  for (const [name, environment] of [
    ['a git remote', 'production'],
    ['.parityrc', 'demo'],
  ] as const) {
    const bin = {
      name,
      words: ['/bin/sh', '-c', `exec "$0" "$1" ${environment} ps`, node, join(root, 'bin', 'parity.cjs')],
      folder: sandbox.project,
      env,
    }
    tell(`passthrough by ${name} / node -e 0`, await timePairs(bin, bare, rounds), '≤ 1.15 on Node ≥ 24')
  }
}

/** The whole of `production config` against the whole of `heroku config --app acme-production`, both on this Node. */
async function passthrough(node: string, folder: string, sandbox: Sandbox): Promise<void> {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  symlinkSync(node, join(bin, 'node'))
  symlinkSync(join(root, 'node_modules', 'heroku', 'bin', 'run.js'), join(bin, 'heroku'))
  const env = { ...sandbox.env, PATH: `${bin}:${sandbox.env.PATH}` }
  const ours: Timed = {
    name: 'production config',
    words: [node, join(root, 'bin', 'production.cjs'), 'config'],
    folder: sandbox.project,
    env,
  }
  const theirs: Timed = {
    name: 'heroku config',
    words: [join(bin, 'heroku'), 'config', '--app', 'acme-production'],
    folder: sandbox.project,
    env,
  }
  tell(
    'production config / heroku config --app acme-production',
    await timePairs(ours, theirs, rounds),
    '< 1 where Node ≥ 22.1',
  )
}

function tell(name: string, { first, second, ratio }: Pair, budget: string): void {
  console.log(
    `${name.padEnd(58)} ${first.toFixed(0)} / ${second.toFixed(0)} ms   ratio ${ratio.toFixed(2)}   (budget ${budget})`,
  )
}
