import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { World } from './world.ts'

/** `parity cache`: what is downloaded, and how it goes. */

let world: World
let folder: string
beforeEach(() => {
  world = new World()
  folder = join(world.home, '.cache', 'parity')
})
afterEach(() => world.remove())

const createdAt = new Date(Date.now() - 3 * 3_600_000).toISOString()

/** A dump as a download leaves it. */
function dump(app: string, id: string, bytes: number): string {
  mkdirSync(join(folder, app), { recursive: true, mode: 0o700 })
  const file = join(folder, app, `${id}.dump`)
  writeFileSync(file, Buffer.alloc(bytes))
  writeFileSync(
    join(folder, app, `${id}.json`),
    JSON.stringify({ id, uuid: `${app}-${id}`, createdAt, sizeBytes: bytes, bytes }),
  )
  return file
}

const cache = (...args: string[]) => world.run('parity', ['cache', ...args])
const answer = (stdout: string) => ({ status: 0, signal: null, stdout, stderr: '', calls: [] })
const refusal = (stderr: string) => ({ status: 2, signal: null, stdout: '', stderr, calls: [] })

describe('the list', () => {
  test('by app, with what it comes to', async () => {
    const files = [dump('acme-staging', 'b002', 1536), dump('acme-production', 'b001', 2048)]
    expect(await cache()).toEqual(
      answer(
        `acme-production  b001  3 hours old  2 kB    ${files[1]}\n` +
          `acme-staging     b002  3 hours old  1.5 kB  ${files[0]}\n` +
          '2 dumps, 3.5 kB\n',
      ),
    )
  })

  test('as JSON', async () => {
    const file = dump('acme', 'b001', 2048)
    const { stdout, ...ended } = await cache('--json')
    expect(ended).toEqual({ status: 0, signal: null, stderr: '', calls: [] })
    expect(JSON.parse(stdout)).toEqual({
      folder,
      totalBytes: 2048,
      dumps: [{ app: 'acme', backup: 'b001', createdAt, bytes: 2048, file }],
    })
  })

  test('of nothing', async () => {
    expect(await cache()).toEqual(answer(`no dump is in ${folder}\n`))
    expect(JSON.parse((await cache('--json')).stdout)).toEqual({ folder, totalBytes: 0, dumps: [] })
  })
})

describe('clear', () => {
  test('one app, and nothing of another', async () => {
    const [gone, stays] = [dump('acme', 'b001', 2048), dump('other', 'b001', 1024)]
    expect(await cache('clear', 'acme')).toEqual({
      ...answer(''),
      stderr: 'remove: 1 dump of acme, 2 kB, and what downloads that ended left\n2 kB are free again\n',
    })
    expect([gone, stays].map(existsSync)).toEqual([false, true])
  })

  test('all, but for a download that runs', async () => {
    dump('acme', 'b001', 2048)
    dump('other', 'b001', 1024)
    mkdirSync(join(folder, '_urls'), { mode: 0o700 })
    writeFileSync(join(folder, '_urls', 'abc.dump'), 'x')
    const parts = { running: `b002.dump.${process.pid}-0a.part`, ended: 'b002.dump.4194305-0a.part' }
    for (const part of Object.values(parts)) writeFileSync(join(folder, 'acme', part), 'x')
    expect(await cache('clear', '--all')).toEqual({
      ...answer(''),
      stderr: 'remove: 2 dumps of every app, 3 kB, and what downloads that ended left\n3 kB are free again\n',
    })
    expect(['acme', 'other', '_urls'].map((name) => readdirSync(join(folder, name)))).toEqual([[parts.running], [], []])
  })

  test('a dry run removes nothing', async () => {
    const file = dump('acme', 'b001', 2048)
    expect(await cache('clear', 'acme', '--dry-run')).toEqual(
      answer('# remove: 1 dump of acme, 2 kB, and what downloads that ended left\n'),
    )
    expect(existsSync(file)).toBe(true)
  })
})

describe('words that can’t be meant', () => {
  test.each<[args: string, stderr: string]>([
    ['clear', '`cache clear` needs an app, or `--all`\nthe cache has: acme\n'],
    ['clear acme --all', 'both `acme` and `--all` name what to remove\nuse one of them\n'],
    ['clear acme other', '`cache clear` takes one app, got `acme other`\n`parity cache clear acme`\n'],
    ['clear other', 'no cached dumps for `other`\nthe cache has: acme\n'],
    ['clear ../acme', 'no cached dumps for `../acme`\nthe cache has: acme\n'],
    ['clear acme --json', '`--json` is not an option of `cache clear`\n`parity cache --json`\n'],
    ['empty acme', 'expected `cache` or `cache clear`, got `cache empty acme`\n`parity cache clear acme`\n'],
    ['list', 'expected `cache` or `cache clear`, got `cache list`\n`parity cache` lists the dumps\n'],
    ['--all', '`--all` is an option of `cache clear`\n`parity cache clear --all`\n'],
  ])('parity cache %s', async (args, stderr) => {
    const file = dump('acme', 'b001', 2048)
    expect(await cache(...args.split(' '))).toEqual(refusal(stderr))
    expect(existsSync(file)).toBe(true)
  })

  test('nothing to clear', async () => {
    expect(await cache('clear')).toEqual(refusal('`cache clear` needs an app, or `--all`\nthe cache is empty\n'))
  })
})

describe('one word, two commands', () => {
  test('`backup` is Heroku’s in an environment there, and parity’s own here', async () => {
    world.repository({ production: 'https://git.heroku.com/acme.git' }).record('heroku')
    expect((await world.run('production', ['--dry-run', 'backup', '--wait-interval', '10'])).stdout).toBe(
      'heroku pg:backups:capture --app acme --wait-interval 10\n',
    )
    expect((await world.run('development', ['backup', '--help'])).stdout).toMatch(
      /^Usage: development backup \[NAME\] \[options\]\n/,
    )
    expect((await world.run('production', ['--dry-run', 'backups', 'info'])).stdout).toBe(
      'heroku backups --app acme info\n',
    )
  })
})
