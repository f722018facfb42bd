import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { startServer } from '../unit/http-server.ts'
import { underEachNode } from './newest-node.ts'
import { Terminal } from './pty.ts'
import { fileOf, World } from './world.ts'

// What a person sees and types. The program `logs` is `production logs` in one world, and the same call of the Heroku CLI by
// itself in another: whatever is typed there, both terminals have to look the same.

const worlds: World[] = []
afterEach(() => {
  for (const world of worlds.splice(0)) world.remove()
})

/** A world with this program as `heroku`, and `logs` as said. */
function worldOf(heroku: string, logs: string): World {
  const world = new World().write('.parityrc', 'environments: { production: acme }').program('heroku', heroku)
  worlds.push(world)
  return world.program('logs', `#!/bin/sh\nulimit -c 0\nexec ${logs}\n`)
}

/** What is waited for, and what is typed then, or done to the terminal. */
type Scene = readonly (readonly [shown: string, act: string | ((terminal: Terminal) => void)])[]

const [controlC, controlZ, controlBackslash] = ['\u0003', '\u001a', '\u001c']

/** Plays a scene in a terminal; returns all that it showed, and how the program in it ended. */
async function play(terminal: Terminal, scene: Scene) {
  try {
    for (const [shown, act] of scene) {
      await terminal.shows(shown)
      if (typeof act === 'string') terminal.type(act)
      else act(terminal)
    }
    return { ...(await terminal.ended), shown: terminal.shown }
  } catch (error) {
    terminal.close()
    throw error
  }
}

const alone = (world: World) => new Terminal(world, join(world.bin, 'logs'))
const inShell = (world: World) => new Terminal(world, '/bin/sh', ['-i'])

/** A script that reads a line from the terminal, with more of it before. */
const waits = (before = ':') => `#!/bin/sh\n${before}; echo ready; read line; echo "got $line"; exit 7\n`
const inNode = (script: string) => `#!${process.execPath}\n${script}\n`

underEachNode((node) => {
  /** Plays the scene with parity and without, and makes sure that nobody could tell. */
  async function same(open: (world: World) => Terminal, heroku: string, scene: Scene) {
    const parity = worldOf(heroku, `'${node}' '${fileOf('production')}' logs`)
    const [withParity, without] = await Promise.all([
      play(open(parity), scene),
      play(open(worldOf(heroku, 'heroku logs --app acme')), scene),
    ])
    expect(withParity).toEqual(without)
    return withParity
  }

  describe.each([
    { key: 'Ctrl-C', typed: controlC, name: 'INT', number: 2 },
    { key: 'Ctrl-\\', typed: controlBackslash, name: 'QUIT', number: 3 },
  ])('$key', ({ typed, name, number }) => {
    test('a program that dies of it takes us along', async () => {
      const ended = await same(alone, waits(), [['ready', typed]])
      expect(ended).toEqual({ status: 0, signal: number, shown: 'ready' })
    })

    test('a program that catches it ends as it likes', async () => {
      const ended = await same(alone, waits(`trap 'echo caught; exit 3' ${name}`), [
        ['ready', typed],
        ['caught', ''],
      ])
      expect(ended).toEqual({ status: 3, signal: 0, shown: 'ready\r\ncaught' })
    })

    test('a program that goes on keeps its terminal', async () => {
      const heroku = inNode(`
        process.on('SIG${name}', () => console.log('not now'))
        process.stdin.once('data', (line) => (console.log('got ' + line), process.exit(7)))
        console.log('ready')`)
      const { status } = await same(alone, heroku, [
        ['ready', typed],
        ['not now', typed],
        ['not now', 'typed\r'],
        ['got typed', ''],
      ])
      expect(status).toBe(7)
    })
  })

  describe('in a shell', () => {
    test('the line of a program that died of Ctrl-C is given up', async () => {
      const { shown } = await same(inShell, waits(), [
        ['sh> ', 'logs; echo went on\r'],
        ['ready', controlC],
        ['sh> ', 'echo "status $?"\r'],
        ['status 130', ''],
        ['sh> ', 'exit 9\r'],
      ])
      expect(shown).not.toContain('went on')
    })

    test('the line of a program that caught Ctrl-C goes on', async () => {
      await same(inShell, waits(`trap 'exit 3' INT`), [
        ['sh> ', 'logs; echo "status $?"\r'],
        ['ready', controlC],
        ['status 3', ''],
        ['sh> ', 'exit 9\r'],
      ])
    })

    test('Ctrl-Z stops it, `fg` goes on with it, twice, and its status is the program’s', async () => {
      await same(inShell, waits('echo begun; read first'), [
        ['sh> ', 'logs\r'],
        ['begun', controlZ],
        ['Stopped', ''],
        ['sh> ', 'fg\r'],
        ['logs', 'one\r'],
        ['ready', controlZ],
        ['Stopped', ''],
        ['sh> ', 'fg\r'],
        ['logs', 'two\r'],
        ['got two', ''],
        ['sh> ', 'echo "status $?"\r'],
        ['status 7', ''],
        ['sh> ', 'exit 9\r'],
      ])
    })
  })

  test('the terminal is the program’s, its size too', async () => {
    const heroku = inNode(`
      const size = () => console.log(process.stdout.columns + ' by ' + process.stdout.rows)
      console.log([process.stdin, process.stdout, process.stderr].map((stream) => stream.isTTY).join())
      size()
      process.stdout.on('resize', size)
      process.stdin.once('data', () => process.exit(4))`)
    const { shown, status } = await same(alone, heroku, [
      ['100 by 30', (terminal) => terminal.resize(120, 40)],
      ['120 by 40', 'end\r'],
    ])
    expect([shown.split('\r\n')[0], status]).toEqual(['true,true,true', 4])
  })

  test('every key is the program’s where it asks for that', async () => {
    const heroku = inNode(`
      process.stdin.setRawMode(true)
      process.stdin.on('data', (keys) => (console.log(keys.toString('hex')), keys[0] === 4 && process.exit(4)))
      console.log('ready')`)
    const { status } = await same(alone, heroku, [
      ['ready', controlC],
      ['03', controlZ],
      ['1a', controlBackslash],
      ['1c', '\u0004'],
    ])
    expect(status).toBe(4)
  })
})

test('a refusal comes as two lines, however soon it is clear', async () => {
  const world = worldOf('#!/bin/sh\n', 'true')
    .program('demo', '#!/bin/sh\n')
    .write('.parityrc', 'environments: { demo: x }\n')
  const terminal = new Terminal(world, process.execPath, [fileOf('parity'), 'link', '--dir', world.bin, 'demo'])
  await terminal.shows(`was not made by \`parity link\``)
  await terminal.shows('`--dir FOLDER` chooses another folder\r\n')
  expect(await terminal.ended).toMatchObject({ status: 2 })
})

test('a Heroku that is slow to answer is named, until it answers', async () => {
  let answer = () => {}
  const server = await startServer((_, response) => {
    answer = () => {
      response.statusCode = 404
      response.end('{"id":"not_found"}')
    }
  })
  const world = worldOf('#!/bin/sh\n', 'true')
  const env = { HEROKU_HOST: server.url, HEROKU_API_KEY: 'a-key' }
  const terminal = new Terminal(world, process.execPath, [fileOf('pr_app'), '7', 'ps'], env)
  await terminal.shows('waiting for Heroku …')
  answer()
  await terminal.shows('\r\x1b[K')
  await terminal.shows('the review apps of this project could not be read: acme: in no pipeline')
  expect(await terminal.ended).toMatchObject({ status: 2 })
  await server.close()
})
