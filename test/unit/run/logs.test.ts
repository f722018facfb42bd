import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeOldLogs } from '../../../src/run/logs.ts'

test('logs stay for a week', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'logs-'))
  const day = 86_400
  for (const [name, age] of [
    ['restore-1.log', 8],
    ['restore-2.log', 6],
  ] as const) {
    await writeFile(join(folder, name), '')
    await utimes(join(folder, name), 100 * day, (100 - age) * day)
  }
  await removeOldLogs(folder, 100 * day * 1000)
  expect(await readdir(folder)).toEqual(['restore-2.log'])
  await removeOldLogs(join(folder, 'nothing'), 0)
  await rm(folder, { recursive: true })
})
