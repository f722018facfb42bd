import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockServices } from '../../../src/services/lock.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'parity-lock-'))
})
afterEach(() => rm(root, { recursive: true }))
const lock = () => join(root, '.parity/lock')

test('one works on the services at a time', async () => {
  const unlock = await lockServices(root)
  await expect(lockServices(root)).rejects.toMatchObject({
    message: `another parity process is working on the services of this project: process ${process.pid}`,
    hint: 'wait for it to finish, then run this again',
    status: 1,
  })
  await unlock()
  expect(await readdir(join(root, '.parity'))).toEqual(['.gitignore'])
  await (await lockServices(root))()
})

test('the lock of a process that was killed is taken over, and so is that of a number that is another program’s', async () => {
  const { pid } = spawnSync('true')
  for (const holder of [`${pid} development`, `${process.pid} another-program-${pid}`, 'nonsense', '']) {
    await (await lockServices(root))()
    await writeFile(lock(), `${holder}\n`)
    const unlock = await lockServices(root)
    expect(existsSync(lock()), holder).toBe(true)
    await unlock()
    expect(await readdir(join(root, '.parity')), holder).toEqual(['.gitignore'])
  }
})

test('many at once: one has it, the others are refused', async () => {
  await (await lockServices(root))()
  await writeFile(lock(), '0 killed\n')
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => lockServices(root)))
  const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(refused).toHaveLength(7)
  for (const { message } of refused) expect(message).toMatch(/^another parity process is working on the services/)
})
