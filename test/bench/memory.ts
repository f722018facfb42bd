import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'

const app = 'acme-production'

/** Sizes of a dump, in MB, whose restores should need the same memory. */
const sizes = [10, 1000]

/** The most memory that our process needs for a local restore, by the size of the dump (Linux). */
export async function measureMemory(): Promise<void> {
  const sandbox = await startSandbox()
  try {
    await sandbox.heroku.query(app, 'CREATE EXTENSION pgcrypto; CREATE TABLE noise (n int, bytes bytea)')
    console.log('\nThe most memory of our process in a restore (budget: ± 20 MB)')
    for (const megabytes of sizes) {
      await makeNoise(sandbox, megabytes)
      const dump = (sandbox.heroku.backups(app).at(-1)?.processed_bytes ?? 0) / 2 ** 20
      const peak = await peakOfRestore(sandbox)
      console.log(`a dump of ${dump.toFixed(0).padStart(4)} MB   ${(peak / 1024).toFixed(0)} MB`)
    }
  } finally {
    await sandbox.stop()
  }
}

/** Rows that can't be compressed, and a backup of them. */
async function makeNoise(sandbox: Sandbox, megabytes: number): Promise<void> {
  await sandbox.heroku.query(
    app,
    `TRUNCATE noise;
     INSERT INTO noise SELECT n, (SELECT string_agg(gen_random_bytes(1024), '') FROM generate_series(1, 64) WHERE n > 0)
       FROM generate_series(1, ${megabytes * 16}) n`,
  )
  const { status, stderr } = await sandbox.run(['production', 'backup'])
  if (status !== 0) throw new Error(stderr)
}

/** In kB, as the system counts it. */
async function peakOfRestore(sandbox: Sandbox): Promise<number> {
  const words = ['development', 'restore', 'production', '--no-pristine', '--no-keep', '--quiet']
  return (await watched(sandbox, words)).peak
}

/** Runs a command of ours: how long it took, in milliseconds, and the most memory that it had itself, in kB. */
export async function watched(
  sandbox: Sandbox,
  words: readonly string[],
): Promise<{ readonly milliseconds: number; readonly peak: number }> {
  const begun = performance.now()
  const child = sandbox.spawn(words, { stdio: 'ignore' })
  let peak = 0
  while (child.exitCode === null && child.signalCode === null) {
    peak = Math.max(peak, highWaterMark(child.pid ?? 0))
    await delay(20)
  }
  if (child.exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${child.exitCode ?? child.signalCode}`)
  return { milliseconds: performance.now() - begun, peak }
}

function highWaterMark(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
