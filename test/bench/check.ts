import { must } from '../sandbox/processes.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { watched } from './memory.ts'
import { median, type Timed, timePairs } from './pairs.ts'

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

/** How many commits one deploy brings. */
const sizes = [0, 20_000]

/** `parity check` where staging was deployed with so many commits at once, and all of them wait for production. */
export async function measureHistory(sandbox: Sandbox, rounds: number): Promise<void> {
  console.log(`\nparity check after a deploy of many commits, medians of ${rounds}`)
  for (const commits of sizes) {
    if (commits > 0) await deployMany(sandbox, commits)
    const runs: Awaited<ReturnType<typeof watched>>[] = []
    for (let round = 0; round < rounds; round += 1) runs.push(await watched(sandbox, ['parity', 'check']))
    const seconds = median(runs.map(({ milliseconds }) => milliseconds)) / 1000
    const megabytes = median(runs.map(({ peak }) => peak)) / 1024
    console.log(`${String(commits).padStart(6)} commits   ${seconds.toFixed(2)} s   ${megabytes.toFixed(0)} MB`)
  }
}

/** Commits on main, each of one file of many, which run in staging by one release. */
async function deployMany(sandbox: Sandbox, commits: number): Promise<void> {
  const place = { cwd: sandbox.project }
  const from = Math.floor(Date.now() / 1000) - commits * 60
  const stream = Array.from({ length: commits }, (_, at) => {
    const text = `${at}\n`
    const message = `Change ${at}`
    return [
      `commit refs/heads/main\ncommitter Ada Example <ada@acme.test> ${from + at * 60} +0000`,
      `data ${message.length}\n${message}`,
      ...(at === 0 ? ['from refs/heads/main^0'] : []),
      `M 644 inline app/models/part_${at % 50}/file_${at % 2000}.rb\ndata ${text.length}\n${text}`,
    ].join('\n')
  })
  await must(['git', 'fast-import', '--quiet', '--force'], { ...place, input: `${stream.join('\n')}\n` })
  await must(['git', 'update-ref', 'refs/remotes/origin/main', 'refs/heads/main'], place)
  const sha = (await must(['git', 'rev-parse', 'main'], place)).trim()
  sandbox.heroku.release('acme-staging', `Deploy ${sha.slice(0, 8)}`, sha)
}
