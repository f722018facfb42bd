import { link, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { failure } from '../errors.ts'
import { writePrivateFile } from '../run/private-files.ts'
import { isProcessOf } from '../run/process.ts'
import { makeParityFolder, parityFolder } from './folder.ts'

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
  const part = `${file}.${process.pid}`
  await rm(part, { force: true })
  await writePrivateFile(part, mine)
  try {
    // A name is given to a whole file: no one ever reads half of one.
    while (!(await take(part, file))) await removeStale(file, `${part}.stale`)
  } finally {
    await rm(part, { force: true })
  }
  return async () => {
    if ((await textOf(file)) === mine) await rm(file, { force: true })
  }
}

async function take(part: string, file: string): Promise<boolean> {
  return link(part, file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
}

/** Moved before it is removed: what another one has put there meanwhile is put back. */
async function removeStale(file: string, aside: string): Promise<void> {
  const seen = await textOf(file)
  const [pid = '', program = ''] = seen?.trim().split(' ') ?? []
  if (await isProcessOf(Number(pid), program))
    throw failure(
      `another parity process is working on the services of this project: process ${pid}`,
      'wait for it to finish, then run this again',
    )
  const moved = await rename(file, aside).then(
    () => true,
    () => false,
  )
  if (moved && (await textOf(aside)) !== seen) await take(aside, file)
  await rm(aside, { force: true })
}

function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}
