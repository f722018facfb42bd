import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  clearCache,
  ensureFreeSpace,
  findDump,
  listDumps,
  prepareDumpFile,
  pruneDumps,
  recordDump,
} from '../../../src/dumps/cache.ts'
import { cacheFolder } from '../../../src/run/cache-folder.ts'

let home: string
let cache: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'parity-cache-'))
  cache = join(home, '.cache', 'parity')
})
afterEach(() => rm(home, { recursive: true, force: true }))

type BackupFacts = Parameters<typeof recordDump>[2]
const facts = (id: string, changes: Partial<BackupFacts> = {}): BackupFacts => ({
  id,
  uuid: `uuid-${id}`,
  createdAt: new Date(`2025-01-${id.slice(-2)}T12:00:00Z`),
  sizeBytes: 5,
  ...changes,
})

async function addDump(app: string, backup: BackupFacts, content = 'PGDMP') {
  const file = await prepareDumpFile(cache, app, backup.id)
  await writeFile(file, content)
  return recordDump(cache, app, backup)
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
const ids = async (app?: string) => (await listDumps(cache, app)).map((dump) => `${dump.app} ${dump.backup.id}`)

test.each([
  [{}, '/home/me/.cache/parity'],
  [{ XDG_CACHE_HOME: '/var/cache/me' }, '/var/cache/me/parity'],
  [{ XDG_CACHE_HOME: '' }, '/home/me/.cache/parity'],
  [{ XDG_CACHE_HOME: 'relative' }, '/home/me/.cache/parity'],
])('with %j the cache is %s', (environment, expected) => {
  expect(cacheFolder(environment, '/home/me')).toBe(expected)
})

describe('the place of a dump', () => {
  test('is private, whatever the umask', async () => {
    const umask = process.umask(0)
    try {
      const { file } = await addDump('acme', facts('b001'))
      expect(file).toBe(join(cache, 'acme', 'b001.dump'))
      expect([await modeOf(cache), await modeOf(dirname(file)), await modeOf(file.replace('.dump', '.json'))]).toEqual([
        '700',
        '700',
        '600',
      ])
    } finally {
      process.umask(umask)
    }
  })

  test('becomes private again', async () => {
    await mkdir(cache, { recursive: true })
    await chmod(cache, 0o755)
    await prepareDumpFile(cache, 'acme', 'b001')
    expect(await modeOf(cache)).toBe('700')
  })

  test.each([
    ['..', 'b001', '`..` is not a valid app name'],
    ['a/b', 'b001', '`a/b` is not a valid app name'],
    ['', 'b001', '`` is not a valid app name'],
    ['acme', '../b001', '`../b001` is not a valid backup name'],
    ['acme', '-b001', '`-b001` is not a valid backup name'],
    ['acme', 'b001\0', '`b001\0` is not a valid backup name'],
  ])('of app %j and id %j leads nowhere else', async (app, id, message) => {
    const error = { status: 2, message, hint: 'use a-z, 0-9 and `-`' }
    await expect(prepareDumpFile(cache, app, id)).rejects.toMatchObject(error)
  })
})

describe('what was planted in the cache is refused', () => {
  const hint = 'remove it, or point `XDG_CACHE_HOME` elsewhere'

  test('a link instead of the cache', async () => {
    await mkdir(join(home, 'elsewhere'))
    await mkdir(dirname(cache))
    await symlink(join(home, 'elsewhere'), cache)
    const error = { status: 1, message: `\`${cache}\` is not a folder`, hint }
    await expect(prepareDumpFile(cache, 'acme', 'b001')).rejects.toMatchObject(error)
    await expect(listDumps(cache)).rejects.toMatchObject(error)
  })

  test('a link instead of the folder of an app', async () => {
    await mkdir(cache, { recursive: true })
    await mkdir(join(home, 'elsewhere'))
    await symlink(join(home, 'elsewhere'), join(cache, 'acme'))
    const error = { status: 1, message: `\`${join(cache, 'acme')}\` is not a folder`, hint }
    await expect(prepareDumpFile(cache, 'acme', 'b001')).rejects.toMatchObject(error)
    await expect(listDumps(cache)).rejects.toMatchObject(error)
  })

  test('a link instead of a dump', async () => {
    const { file } = await addDump('acme', facts('b001'))
    await rm(file)
    await symlink('/etc/passwd', file)
    await expect(findDump(cache, 'acme', facts('b001'))).rejects.toMatchObject({
      status: 1,
      message: `\`${file}\` is not a file`,
      hint,
    })
  })

  test.runIf(process.getuid?.() === 0)('a folder of somebody else', async () => {
    await mkdir(cache, { recursive: true })
    await chown(cache, 65534, 65534)
    await expect(prepareDumpFile(cache, 'acme', 'b001')).rejects.toMatchObject({
      status: 1,
      message: `\`${cache}\` belongs to somebody else`,
      hint,
    })
  })

  test('a link instead of the notes is replaced, not followed', async () => {
    const target = join(home, 'target')
    await writeFile(target, 'mine')
    const file = await prepareDumpFile(cache, 'acme', 'b001')
    await symlink(target, file.replace('.dump', '.json'))
    await writeFile(file, 'PGDMP')
    await recordDump(cache, 'acme', facts('b001'))
    expect(await readFile(target, 'utf8')).toBe('mine')
  })
})

describe('a dump is used again', () => {
  test('for the same backup', async () => {
    const dump = await addDump('acme', facts('b001'))
    expect(await findDump(cache, 'acme', facts('b001'))).toEqual(dump)
  })

  test.each<[string, () => Promise<unknown>, BackupFacts]>([
    ['if there is none', async () => {}, facts('b001')],
    ['of another app of that name', () => addDump('acme', facts('b001')), facts('b001', { uuid: 'other' })],
    ['of another size', () => addDump('acme', facts('b001')), facts('b001', { sizeBytes: 6 })],
    [
      'that has changed',
      async () => writeFile((await addDump('acme', facts('b001'))).file, 'PGDMP and more'),
      facts('b001'),
    ],
    [
      'nothing is noted of',
      async () => writeFile(await prepareDumpFile(cache, 'acme', 'b001'), 'PGDMP'),
      facts('b001'),
    ],
    [
      'whose notes are damaged',
      async () => writeFile((await addDump('acme', facts('b001'))).file.replace('.dump', '.json'), '{'),
      facts('b001'),
    ],
  ])('but not %s', async (_, arrange, backup) => {
    await arrange()
    expect(await findDump(cache, 'acme', backup)).toBeUndefined()
  })
})

describe('dumps are kept, listed and removed', () => {
  beforeEach(async () => {
    for (const id of ['b001', 'b003', 'b002']) await addDump('acme', facts(id))
    await addDump('other', facts('b004'), 'PGDMP!')
  })

  test('the list begins with the newest', async () => {
    expect(await ids()).toEqual(['other b004', 'acme b003', 'acme b002', 'acme b001'])
    expect(await ids('acme')).toEqual(['acme b003', 'acme b002', 'acme b001'])
    expect(await ids('unknown')).toEqual([])
    expect((await listDumps(cache, 'other'))[0]).toEqual({
      app: 'other',
      file: join(cache, 'other', 'b004.dump'),
      bytes: 6,
      backup: facts('b004'),
    })
  })

  test('other things in the cache are not ours to list', async () => {
    await writeFile(join(cache, 'note'), '')
    await mkdir(join(cache, 'compiled'))
    expect(await ids()).toEqual(['other b004', 'acme b003', 'acme b002', 'acme b001'])
  })

  test('only the newest are kept', async () => {
    expect((await pruneDumps(cache, 'acme', { keep: 1 })).map(({ backup }) => backup.id)).toEqual(['b002', 'b001'])
    expect(await readdir(join(cache, 'acme'))).toEqual(['b003.dump', 'b003.json'])
    expect(await ids('other')).toEqual(['other b004'])
  })

  test('and the one in use', async () => {
    await pruneDumps(cache, 'acme', { keep: 1, inUse: join(cache, 'acme', 'b001.dump') })
    expect(await ids('acme')).toEqual(['acme b003', 'acme b001'])
  })

  test('what was begun by a process that is gone goes with them; what runs does not', async () => {
    const running = `b009.dump.${process.ppid}-0a.part`
    for (const name of ['b009.dump.999999999-0a.part', 'b009.dump.999999999-0a.part.json', running])
      await writeFile(join(cache, 'acme', name), 'x')
    await pruneDumps(cache, 'acme', { keep: 0 })
    expect(await readdir(join(cache, 'acme'))).toEqual([running])
  })

  test('an app without a cache has nothing to prune', async () => {
    expect(await pruneDumps(cache, 'unknown', { keep: 1 })).toEqual([])
  })

  test('all are cleared, and counted', async () => {
    expect(await clearCache(cache, 'other')).toBe(6)
    await writeFile(join(cache, 'acme', 'b009.dump.999999999-0a.part'), 'xx')
    expect(await clearCache(cache)).toBe(17)
    expect(await readdir(join(cache, 'acme'))).toEqual([])
    expect(await clearCache(join(home, 'nowhere'))).toBe(0)
  })
})

describe('free space', () => {
  test('is enough', () => expect(ensureFreeSpace(home, 1)).resolves.toBeUndefined())

  test('is not enough: both numbers are named', async () => {
    const failing = ensureFreeSpace(home, 2 ** 60)
    await expect(failing).rejects.toMatchObject({
      status: 1,
      hint: 'free some space, or point `XDG_CACHE_HOME` to a folder on a larger disk',
    })
    await expect(failing).rejects.toThrow(/^1048576 TB needed in `.*`, \d[\d.]* [kMGT]B free$/)
  })
})
