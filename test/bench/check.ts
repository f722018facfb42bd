import type { Sandbox } from '../sandbox/sandbox.ts'
import { type Timed, timePairs } from './pairs.ts'

/** The whole of `parity check` (three environments, Postgres, git) against two plain calls of the Heroku CLI, one after the other. */
export async function measureCheck(sandbox: Sandbox, rounds: number): Promise<void> {
  const place = { folder: sandbox.project, env: sandbox.env }
  const line = 'heroku config --app acme-production && heroku config --app acme-staging'
  const ours: Timed = { name: 'parity check', words: ['/usr/bin/env', 'parity', 'check'], ...place }
  const theirs: Timed = { name: 'two plain calls', words: ['/usr/bin/env', 'sh', '-c', line], ...place }
  const { first, second, ratio } = await timePairs(ours, theirs, rounds)
  console.log(`\nparity check of three environments, medians of ${rounds} pairs`)
  const name = 'parity check / two calls of heroku config'
  console.log(
    `${name.padEnd(58)} ${first.toFixed(0)} / ${second.toFixed(0)} ms   ratio ${ratio.toFixed(2)}   (budget < 1)`,
  )
}
