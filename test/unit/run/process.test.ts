import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { isProcessOf, isRunning } from '../../../src/run/process.ts'

test('a process is one of ours by its command line, and one that only waits to be reaped is none', async () => {
  // The shell becomes a program that reaps nothing: its child stays a zombie.
  const child = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 61'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = await once(createInterface(child.stdout), 'line')
    const pid = Number(line)
    // It is a copy of the shell at first.
    while (await isProcessOf(pid, 'sleep 61'));
    expect(await isProcessOf(pid, 'sleep 60')).toBe(true)
    process.kill(pid, 'SIGKILL')
    while (await isProcessOf(pid, 'sleep 60'));
    expect(isRunning(pid)).toBe(true)
  } finally {
    child.kill('SIGKILL')
  }
  for (const pid of [0, -1, Number.NaN]) expect(await isProcessOf(pid, '')).toBe(false)
})
