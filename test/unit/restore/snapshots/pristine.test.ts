import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Snapshot } from '../../../../src/databases/ours.ts'
import { ensureServerSpace } from '../../../../src/databases/server-space.ts'
import type { DatabaseFacts, ServerFacts } from '../../../../src/postgres/catalog.ts'
import type { Source } from '../../../../src/restore/facts.ts'
import { findPristine, pristineKey } from '../../../../src/restore/snapshots/pristine.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parity-pristine-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  await writeFile(join(root, 'rules.sql'), 'UPDATE users SET name = NULL')
  await writeFile(join(root, 'db.dump'), 'PGDMP')
  await utimes(join(root, 'db.dump'), 1, 1)
})

const server: ServerFacts = {
  version: '16.1',
  major: 16,
  role: { name: 'dev', superuser: false, createDatabase: true },
  freeConnections: 90,
  dataDirectory: null,
  extensions: [{ name: 'citext', trusted: true, superuserOnly: true }],
}

function backup(uuid: string): Source {
  const facts = {
    id: 'b001',
    uuid,
    num: 1,
    createdAt: new Date(0),
    finishedAt: new Date(0),
    sizeBytes: 1,
    databaseBytes: 1,
  }
  return {
    kind: 'backup',
    environment: 'production',
    app: 'acme',
    backup: facts,
    running: undefined,
    cached: undefined,
    file: '/b001.dump',
  }
}

type Shape = Parameters<typeof pristineKey>[0]
type Restore = NonNullable<Shape['project']['configuration']['restore']>

function shape(restore: Restore = { skipExtensions: ['rules.sql'] }, more: Partial<Shape> = {}): Shape {
  return {
    project: { root, inGit: false, configuration: { restore } },
    source: backup('one'),
    server,
    words: [],
    ...more,
  }
}

describe('the key', () => {
  test('is the same for the same, and for settings that do not shape what comes of it', async () => {
    const key = await pristineKey(shape())
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(await pristineKey(shape())).toBe(key)
    expect(
      await pristineKey(shape({ skipExtensions: ['rules.sql'], keep: 9, jobs: 8, warnAfter: '1h', pristine: true })),
    ).toBe(key)
  })

  test.each<[what: string, other: () => Shape]>([
    ['the backup', () => shape(undefined, { source: backup('two') })],
    ['a setting', () => shape({ skipExtensions: ['rules.sql', 'postgis'] })],
    ['words for pg_restore', () => shape(undefined, { words: ['--', '--exclude-schema=audit'] })],
    ['the role', () => shape(undefined, { server: { ...server, role: { ...server.role, name: 'other' } } })],
    ['the extensions that the server has', () => shape(undefined, { server: { ...server, extensions: [] } })],
  ])('is another one with %s', async (_, other) => {
    expect(await pristineKey(other())).not.toBe(await pristineKey(shape()))
  })

  test('is another one with what is in a file that the settings name', async () => {
    const key = await pristineKey(shape())
    await writeFile(join(root, 'rules.sql'), 'UPDATE users SET name = 1')
    expect(await pristineKey(shape())).not.toBe(key)
  })

  test('of a file is another one with its time', async () => {
    const file: Source = { kind: 'file', file: join(root, 'db.dump'), bytes: 5 }
    const key = await pristineKey(shape(undefined, { source: file }))
    expect(await pristineKey(shape(undefined, { source: file }))).toBe(key)
    await utimes(file.file, 2, 2)
    expect(await pristineKey(shape(undefined, { source: file }))).not.toBe(key)
  })

  test('can’t be had where nothing tells two outcomes apart', async () => {
    const url: Source = {
      kind: 'file',
      file: '/none',
      bytes: undefined,
      from: { secret: 'https://x/d?s', shown: 'https://x/d' },
    }
    expect(await pristineKey(shape(undefined, { source: url }))).toBeUndefined()
    expect(await pristineKey(shape({ after: ['bin/rails db:migrate'] }))).toBeUndefined()
  })
})

describe('the snapshot that stands in for a load', () => {
  const database = {
    collate: 'C',
    ctype: 'C',
    localeProvider: 'libc',
    locale: null,
    icuRules: null,
    tablespace: 'pg_default',
  } as DatabaseFacts
  const pristine: Snapshot = {
    name: 'pristine',
    database,
    mark: { madeBy: 'parity', target: 'app', kind: { snapshot: 'pristine' }, key: 'k' },
  }

  test.each<
    [what: string, snapshots: Snapshot[], key: string | undefined, target: DatabaseFacts | undefined, found: boolean]
  >([
    ['the same key', [pristine], 'k', database, true],
    ['the same key, no database yet', [pristine], 'k', undefined, true],
    ['another key', [pristine], 'l', database, false],
    ['no key', [pristine], undefined, database, false],
    ['a snapshot of another name', [{ ...pristine, name: 'mine' }], 'k', database, false],
    [
      'neither has a key',
      [{ ...pristine, mark: { madeBy: 'parity', target: 'app', kind: { snapshot: 'pristine' } } }],
      undefined,
      database,
      false,
    ],
    ['a target that sorts otherwise', [pristine], 'k', { ...database, collate: 'de_DE' }, false],
    ['a target elsewhere', [pristine], 'k', { ...database, tablespace: 'fast' }, false],
    ['none', [], 'k', database, false],
  ])('%s', (_, snapshots, key, target, found) => {
    expect(findPristine(snapshots, key, target)).toBe(found ? snapshots[0] : undefined)
  })
})

describe('space on the server', () => {
  const at = (dataDirectory: string | null) => ({ ...server, dataDirectory })
  test('that is known to be too little', async () => {
    await expect(ensureServerSpace(at(root), 2 ** 80)).rejects.toThrow(/ needed in `.*`, .* free$/)
  })

  test('that is enough, unknown, or elsewhere', async () => {
    await ensureServerSpace(at(root), 1)
    await ensureServerSpace(at(null), 2 ** 80)
    await ensureServerSpace(at(join(root, 'of-a-container')), 2 ** 80)
  })
})
