import { link, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '../errors.ts'
import { writePrivateFile } from '../run/private-files.ts'
import { isProcessOf } from '../run/process.ts'
import { makeParityFolder, newPassword, parityFolder } from './folder.ts'

/** Lets go of the lock. */
type Unlock = () => Promise<void>

/**
 * Takes the lock on the services of a project, a file in `.parity` that names its process: two that make the same data, or start the same
 * server, would meet half way. That of a process which was killed is taken over. Throws a failure that names who holds it.
 */
export async function lockServices(root: string): Promise<Unlock> {
  await makeParityFolder(root)
  const file = join(parityFolder(root), 'lock')
  const mine = `${process.pid} ${basename(process.argv[1] ?? '')}\n`
  const part = `${file}.${newPassword()}`
  await writePrivateFile(part, mine)
  try {
    // A name is given to a whole file: no one ever reads half of one.
    while (!(await take(part, file))) await removeStale(file)
  } finally {
    await rm(part, { force: true })
  }
  return async () => {
    if ((await textOf(file)) === mine) await rm(file, { force: true })
  }
}

async function take(part: string, file: string): Promise<boolean> {
  return link(part, file).then(() => true, falseIfThere)
}

/** By one process at a time, the one that makes a folder: another could have put its lock in the place of the stale one meanwhile. */
async function removeStale(file: string): Promise<void> {
  await refuseHeld(file)
  const turn = `${file}.turn`
  if (!(await makeFolder(turn))) return waitForTurn(turn)
  try {
    await refuseHeld(file)
    await rm(file, { force: true })
  } finally {
    await rm(turn, { recursive: true, force: true })
  }
}

async function refuseHeld(file: string): Promise<void> {
  const [pid = '', program = ''] = (await textOf(file))?.trim().split(' ') ?? []
  if (!(await isProcessOf(Number(pid), program))) return
  throw failure(
    `another parity process is working on the services of this project: process ${pid}`,
    'wait for it to finish, then run this again',
  )
}

async function makeFolder(folder: string): Promise<boolean> {
  return mkdir(folder).then(() => true, falseIfThere)
}

function falseIfThere(error: NodeJS.ErrnoException): boolean {
  if (error.code === 'EEXIST') return false
  throw error
}

/** It takes no longer than a few reads: an old folder is what a process that was killed has left. */
async function waitForTurn(turn: string): Promise<void> {
  await delay(20)
  const made = (await stat(turn).catch(() => undefined))?.mtimeMs
  if (made !== undefined && performance.timeOrigin + performance.now() - made > 10_000)
    await rm(turn, { recursive: true, force: true })
}

function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}
