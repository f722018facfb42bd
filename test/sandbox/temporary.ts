import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const memory = '/dev/shm'
const roomNeeded = 6 * 2 ** 30

/**
 * Where what is thrown away afterwards is quickest to make: in memory, on a Linux that has room there and runs programs from it, else
 * in /tmp. Both are short: the path of a socket may not be longer than some hundred bytes.
 */
export function temporaryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize >= roomNeeded && runsPrograms(memory) ? memory : '/tmp'
  } catch {
    return '/tmp'
  }
}

/** Whether it is mounted without `noexec`. */
function runsPrograms(folder: string): boolean {
  const own = mkdtempSync(join(folder, 'parity-try-'))
  try {
    writeFileSync(join(own, 'program'), '', { mode: 0o700 })
    accessSync(join(own, 'program'), constants.X_OK)
    return true
  } catch {
    return false
  } finally {
    rmSync(own, { recursive: true })
  }
}
