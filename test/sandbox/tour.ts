import type { Sandbox } from './sandbox.ts'

const count = 'psql acme_development -tAc "SELECT count(*) FROM articles"'

/** What the tour types, in order; a line goes to `sh`, as a person's would. */
const tourLines = [
  'parity environments',
  'parity check',
  'production ps',
  'demo config',
  'production pg:backups',
  'production backup',
  'staging restore production',
  'production run rake stats',
  'production migrate',
  'staging deploy',
  'pr_app 7 ps',
  'production logs --num 5',
  count,
  'development restore production',
  count,
  'development undo',
  count,
  'development restore production',
  count,
]

/** Plays the tour: each line and its real output; returns 1 if any line failed. */
export async function playTour(sandbox: Sandbox): Promise<number> {
  const failed: string[] = []
  for (const line of tourLines) {
    process.stdout.write(`\n$ ${line}\n`)
    const { status, stdout, stderr } = await sandbox.run(['sh', '-c', `${line} 2>&1`], { timeoutMs: 120_000 })
    process.stdout.write(stdout + stderr)
    if (status !== 0) failed.push(`${line} (${status ?? 'timed out'})`)
  }
  if (failed.length === 0) return 0
  process.stdout.write(`\nfailed:\n${failed.map((line) => `  ${line}\n`).join('')}`)
  return 1
}
