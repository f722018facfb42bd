import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clientProgram, findClients } from '../../../src/postgres/clients.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parity-clients-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** A `pg_restore` in `place` that prints what the real one of `version` does, and records its arguments. */
function install(place: string, version: string, name = 'pg_restore'): string {
  const program = join(folder, place, name)
  mkdirSync(dirname(program), { recursive: true })
  writeFileSync(program, `#!/bin/sh\necho "$@" >> '${folder}/record'\necho 'pg_restore (PostgreSQL) ${version}'\n`)
  chmodSync(program, 0o755)
  return dirname(program)
}

function link(to: string, from: string): string {
  const path = join(folder, from)
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(join(folder, to), path)
  return path
}

/** `version folder` of all that is found with `environment`, Debian's releases being in `lib`. */
async function found(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const clients = await findClients(environment, [{ parent: join(folder, 'lib'), child: '' }])
  return clients.map(({ version, folder: place }) => `${version} ${place.slice(folder.length + 1)}`)
}

describe('findClients', () => {
  test('finds those on PATH first, then the installed ones, each asked once', async () => {
    install('lib/15/bin', '15.18 (Debian 15.18-1)')
    install('lib/17/bin', '17.2')
    const first = install('my programs; $(touch X)', '16.4')
    expect(await found({ PATH: `/nowhere:${first}:relative:${first}` })).toEqual([
      '16.4 my programs; $(touch X)',
      '15.18 lib/15/bin',
      '17.2 lib/17/bin',
    ])
    expect(readFileSync(join(folder, 'record'), 'utf8')).toBe('--version\n'.repeat(3))
  })

  test('takes a release once, however many links lead to it', async () => {
    install('lib/15/bin', '15.18')
    link('lib/15', 'lib/latest')
    link('lib/15/bin/pg_restore', 'bin/pg_restore')
    expect(await found({ PATH: join(folder, 'bin') })).toEqual(['15.18 bin'])
  })

  test("passes over Debian's wrapper, which chooses a release by itself", async () => {
    install('share', '15.18', 'pg_wrapper')
    link('share/pg_wrapper', 'bin/pg_restore')
    install('lib/15/bin', '15.18')
    expect(await found({ PATH: join(folder, 'bin') })).toEqual(['15.18 lib/15/bin'])
  })

  test('passes over what does not run or is something else', async () => {
    chmodSync(join(install('one', '15.18'), 'pg_restore'), 0o644)
    writeFileSync(join(install('two', '15.18'), 'pg_restore'), '#!/bin/sh\nexit 1\n')
    writeFileSync(join(install('three', '15.18'), 'pg_restore'), '#!/bin/sh\necho shim\n')
    install('four', '15.18')
    const path = (...names: string[]) => names.map((name) => join(folder, name)).join(':')
    expect(await found({ PATH: path('one', 'two', 'three', 'four') })).toEqual(['15.18 four'])
    expect(await found({ PATH: path('one') })).toEqual([])
    await expect(found({ PATH: path('one', 'two', 'three') })).rejects.toMatchObject({
      status: 1,
      message: `\`${folder}/two/pg_restore --version\` did not say a version`,
      hint: `run \`${folder}/two/pg_restore --version\` to see why`,
    })
  })

  test('`PARITY_PG_BIN` wins', async () => {
    const path = install('bin', '17.2')
    const only = install('only', '14.1')
    expect(await found({ PATH: path, PARITY_PG_BIN: only })).toEqual(['14.1 only'])
    expect(await found({ PATH: path, PARITY_PG_BIN: '' })).toEqual(['17.2 bin'])
  })

  test('`PARITY_PG_BIN` without a `pg_restore` is an error', async () => {
    await expect(found({ PATH: install('bin', '17.2'), PARITY_PG_BIN: '/nowhere' })).rejects.toMatchObject({
      status: 2,
      message: '`PARITY_PG_BIN` is `/nowhere`, which has no working `pg_restore`',
      hint: 'set it to the folder of `pg_restore`, or unset it',
    })
  })

  test('finds a real one on this machine', async () => {
    const [client] = await findClients(process.env)
    expect(client?.version).toMatch(/^\d+/)
    expect(client && readFileSync(clientProgram(client, 'pg_restore')).subarray(0, 2).toString()).not.toBe('#!')
  })
})
