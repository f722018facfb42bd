import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run as runProgram } from '../sandbox/processes.ts'
import { type Finished, type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { fingerprint } from './local-restore.ts'
import { releasePrograms, releasesMissing } from './postgres-releases.ts'

/** `development services rehearse postgres MAJOR`: production's newest backup on a server of a newer major. */

const majors = [17, 18] as const
let sandbox: Sandbox
let env: Record<string, string>

beforeAll(async () => {
  sandbox = await startSandbox({ rows: 300 })
  const folders = majors.filter((major) => !releasesMissing.includes(major))
  const programs = await Promise.all(folders.map((major) => releasePrograms(sandbox, major)))
  env = { PATH: [sandbox.env.PATH, ...programs].join(':') }
})
afterAll(async () => {
  await rehearse('--remove')
  await sandbox.stop()
})

const rehearse = (...args: string[]): Promise<Finished> =>
  sandbox.run(['development', 'services', 'rehearse', ...args], { env })
const folder = (...parts: string[]) => join(sandbox.project, '.parity', ...parts)
/** Folders and processes of rehearsals. */
async function remains(): Promise<string[]> {
  const names = existsSync(folder()) ? await readdir(folder()) : []
  const { stdout } = await runProgram(['ps', '-axww', '-o', 'args='])
  return [
    ...names.filter((name) => name.startsWith('rehearsal')),
    ...stdout.split('\n').filter((line) => line.includes(folder('rehearsal'))),
  ]
}
const local = () => fingerprint((sql) => sandbox.local.querySuper('acme_development', sql))

describe.each(majors)('on Postgres %i', (major) => {
  test.skipIf(releasesMissing.includes(major))('a clean run leaves nothing behind', async () => {
    const before = await local()
    const script = 'echo "$DATABASE_URL $PGDATABASE by $PARITY_BACKUP"'
    const done = await rehearse('postgres', String(major), '--', 'sh', '-c', script)
    expect(done, done.stderr).toMatchObject({ status: 0 })
    expect(done.stdout).toMatch(
      new RegExp(`^acme-production b\\d+, Postgres [\\d.]+.*, on Postgres ${major}\\.\\d+\n\n`),
    )
    expect(done.stdout).toMatch(/\nload +[\d.]+ s +ok\n/)
    expect(done.stdout).toContain('\n\nnothing was found\n')
    expect(done.stderr).toMatch(/\npostgres:\/\/postgres:\S+@127\.0\.0\.1:\d+\/acme_rehearsal acme_rehearsal by b\d+\n/)
    expect(await remains()).toEqual([])
    expect(await local()).toBe(before)
  })
})
