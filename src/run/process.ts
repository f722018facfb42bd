import { readFile } from 'node:fs/promises'
import { call } from './call.ts'
import { capture } from './capture.ts'

/** Whether a process of this machine runs, ours or somebody else's. */
export function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    // EPERM: it runs, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Whether process `pid` runs and its command line holds `mark`: a number in an old file may be another program's by now, and one that was
 * killed may wait to be reaped, in a container without init for ever.
 */
export async function isProcessOf(pid: number, mark: string): Promise<boolean> {
  if (!isRunning(pid)) return false
  if (process.platform !== 'linux') {
    const { stdout } = await capture(call('ps', '-o', 'stat=,command=', '-p', String(pid)))
    return !stdout.trimStart().startsWith('Z') && stdout.includes(mark)
  }
  const [stat, command] = await Promise.all(
    ['stat', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
  )
  const state = stat?.slice(stat.lastIndexOf(')') + 2)[0]
  return state !== undefined && state !== 'Z' && (command ?? '').replaceAll('\0', ' ').includes(mark)
}
