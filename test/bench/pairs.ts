import { spawn } from 'node:child_process'

/** A command to be timed: its words, where, and with which environment. */
export type Timed = {
  readonly name: string
  readonly words: readonly string[]
  readonly folder: string
  readonly env: Record<string, string>
}

export type Pair = {
  readonly first: number
  readonly second: number
  readonly ratio: number
  readonly difference: number
}

/**
 * Times two commands in turn, first second first second …, `rounds` times after one that does not count, and returns medians in
 * milliseconds and the medians of the ratios and differences pair by pair: those hold when the machine's speed drifts.
 */
export async function timePairs(first: Timed, second: Timed, rounds: number): Promise<Pair> {
  await once(first)
  await once(second)
  const pairs: { first: number; second: number }[] = []
  for (let round = 0; round < rounds; round += 1) pairs.push({ first: await once(first), second: await once(second) })
  return {
    first: median(pairs.map((pair) => pair.first)),
    second: median(pairs.map((pair) => pair.second)),
    ratio: median(pairs.map((pair) => pair.first / pair.second)),
    difference: median(pairs.map((pair) => pair.first - pair.second)),
  }
}

/** Not `spawnSync`: what the command talks to may live in this process. */
function once({ name, words, folder, env }: Timed): Promise<number> {
  const [program = '', ...args] = words
  return new Promise((resolve, reject) => {
    const start = process.hrtime.bigint()
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', reject)
    child.once('close', (status) => {
      if (status === 0) resolve(Number(process.hrtime.bigint() - start) / 1e6)
      else reject(new Error(`${name} ended with ${status}: ${stderr}`))
    })
  })
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
