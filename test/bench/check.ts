import type { Sandbox } from '../sandbox/sandbox.ts'
import { type Timed, timePairs } from './pairs.ts'

/** The whole of `parity check` (three environments, Postgres, git) against two plain calls of the Heroku CLI, one after the other. */
export async function measureCheck(sandbox: Sandbox, rounds: number): Promise<void> {
  const place = { folder: sandbox.project, env: sandbox.env }
  const ours: Timed = { name: 'parity check', words: ['parity', 'check'], ...place }
  const line = 'heroku config --app acme-production && heroku config --app acme-staging'
  const theirs: Timed = { name: 'two plain calls', words: ['sh', '-c', line], ...place }
  const absolute = (timed: Timed): Timed => ({ ...timed, words: ['/usr/bin/env', ...timed.words] })
  const { first, second, ratio } = await timePairs(absolute(ours), absolute(theirs), rounds)
  console.log(`\nparity check of three environments, medians of ${rounds} pairs`)
  const name = 'parity check / two calls of heroku config'
  console.log(
    `${name.padEnd(58)} ${first.toFixed(0)} / ${second.toFixed(0)} ms   ratio ${ratio.toFixed(2)}   (budget < 1)`,
  )
}
