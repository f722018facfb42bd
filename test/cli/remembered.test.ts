import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { World } from './world.ts'

let world: World
beforeEach(() => {
  world = new World().record('heroku').repository().write('.parityrc', 'environments: { demo: acme-demo }\n')
})
afterEach(() => world.remove())

const folder = () => join(world.home, '.cache', 'parity', '_configuration')
/** The name of the one that is there first. */
let name = ''
const kept = () => readdirSync(folder())
const only = () => join(folder(), kept()[0] ?? '')

/** The app that `parity demo ps` is for. */
async function app(): Promise<string | undefined> {
  const { calls, ...ended } = await world.run('parity', ['demo', 'ps'])
  expect(ended).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
  return calls[0]?.args[2]
}

/** Changes what is kept. */
function alter(change: (kept: { program: string; text: string; configuration: object }) => object): void {
  writeFileSync(only(), JSON.stringify(change(JSON.parse(readFileSync(only(), 'utf8')))))
}

const another = { configuration: { environments: { demo: 'acme-other' } } }

test('what was checked once is taken from the cache', async () => {
  expect(await app()).toBe('acme-demo')
  expect([kept().length, statSync(only()).mode & 0o777, statSync(folder()).mode & 0o777]).toEqual([1, 0o600, 0o700])
  alter((kept) => ({ ...kept, ...another }))
  expect(await app()).toBe('acme-other')
})

test.each<[what: string, change: () => void]>([
  ['another text', () => alter((kept) => ({ ...kept, ...another, text: `${kept.text} ` }))],
  [
    'what another build of parity checked',
    () => alter((kept) => ({ ...kept, ...another, program: `${kept.program}x` })),
  ],
  ['half a file', () => writeFileSync(only(), readFileSync(only(), 'utf8').slice(0, -5))],
  ['null', () => writeFileSync(only(), 'null')],
  [
    'a link',
    () => {
      alter((kept) => ({ ...kept, ...another }))
      const elsewhere = join(world.home, 'elsewhere.json')
      renameSync(only(), elsewhere)
      symlinkSync(elsewhere, join(folder(), name))
    },
  ],
  [
    'a folder',
    () => {
      rmSync(only())
      mkdirSync(join(folder(), name))
    },
  ],
])('%s is not taken for it', async (_, change) => {
  expect(await app()).toBe('acme-demo')
  name = kept()[0] ?? ''
  change()
  expect(await app()).toBe('acme-demo')
})

test('a change of the file counts at once', async () => {
  expect(await app()).toBe('acme-demo')
  world.write('.parityrc', 'environments: { demo: acme-third }\n')
  expect([await app(), await app(), kept().length]).toEqual(['acme-third', 'acme-third', 1])
})

test('a mistake is told every time', async () => {
  world.write('.parityrc', 'environments: { demo: ACME }\n')
  const told = async () => (await world.run('parity', ['demo', 'ps'])).stderr
  const first = await told()
  expect(first).toContain('.parityrc: environments.demo should be a Heroku app name (a-z, 0-9, -), got "ACME"')
  expect(await told()).toBe(first)
})

test('a cache that can not be had is no failure', async () => {
  mkdirSync(join(world.home, '.cache'))
  writeFileSync(join(world.home, '.cache', 'parity'), '')
  expect([await app(), await app()]).toEqual(['acme-demo', 'acme-demo'])
})
