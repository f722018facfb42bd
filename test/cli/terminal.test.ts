import { join } from 'node:path'
import { type IPty, spawn } from '@lydell/node-pty'
import { afterEach, describe, expect, test } from 'vitest'
import { underEachNode } from './newest-node.ts'
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
  return world.program('logs', `#!/bin/sh\nexec ${logs}\n`)
}

/** A pseudo-terminal with a program in it, the leader of its session. */
class Terminal {
  /** All that it showed so far. */
  shown = ''
  readonly ended: Promise<{ status: number; signal: number }>
  readonly #pty: IPty
  #read = 0
  #look = () => {}

  constructor(world: World, file: string, args: string[] = []) {
    const env = world.environment({ PS1: 'sh> ', TERM: 'xterm' })
    this.#pty = spawn(file, args, { cwd: world.project, env, cols: 100, rows: 30 })
    this.#pty.onData((text) => {
      this.shown += text
      this.#look()
    })
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal = 0 }) => resolve({ status: exitCode, signal }))
    })
  }

  /** Waits until it shows this, after what was waited for before. */
  shows(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const tooLate = () => reject(new Error(`the terminal does not show ${JSON.stringify(text)}:\n${this.shown}`))
      const deadline = setTimeout(tooLate, 20_000)
      this.#look = () => {
        const at = this.shown.indexOf(text, this.#read)
        if (at < 0) return
        this.#read = at + text.length
        clearTimeout(deadline)
        this.#look = () => {}
        resolve()
      }
      this.#look()
    })
  }

  type(keys: string): void {
    this.#pty.write(keys)
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows)
  }
}

/** What is waited for, and what is typed then, or done to the terminal. */
type Scene = readonly (readonly [shown: string, act: string | ((terminal: Terminal) => void)])[]

const [controlC, controlZ, controlBackslash] = ['\u0003', '\u001a', '\u001c']

/** Plays a scene in a terminal; returns all that it showed, and how the program in it ended. */
async function play(terminal: Terminal, scene: Scene) {
  for (const [shown, act] of scene) {
    await terminal.shows(shown)
    if (typeof act === 'string') terminal.type(act)
    else act(terminal)
  }
  const ended = await terminal.ended
  return { shown: terminal.shown, ...ended }
}

const alone = (world: World) => new Terminal(world, join(world.bin, 'logs'))
const inShell = (world: World) => new Terminal(world, '/bin/sh', ['-i'])

/** A script that reads a line from the terminal, with more of it before. */
const waits = (before = ':') =>
  `#!/bin/sh\nulimit -c 0; ${before}; echo ready; read line || read line || read line; echo "got $line"; exit 7\n`
const inNode = (script: string) => `#!${process.execPath}\n${script}\n`

underEachNode((node) => {
  /** Plays the scene with parity and without, and makes sure that nobody could tell. */
  async function same(open: (world: World) => Terminal, heroku: string, scene: Scene) {
    const parity = worldOf(heroku, `${node} ${fileOf('production')} logs`)
    const [withParity, without] = await Promise.all([
      play(open(parity), scene),
      play(open(worldOf(heroku, 'heroku logs --app acme')), scene),
    ])
    expect(withParity).toEqual(without)
    return withParity
  }

  describe.each([
    { key: 'Ctrl-C', typed: controlC, echo: '^C', name: 'INT', number: 2 },
    { key: 'Ctrl-\\', typed: controlBackslash, echo: '^\\', name: 'QUIT', number: 3 },
  ])('$key', ({ typed, echo, name, number }) => {
    test('a program that dies of it takes us along', async () => {
      const ended = await same(alone, waits(), [['ready', typed]])
      expect(ended).toEqual({ shown: `ready\r\n${echo}`, status: 0, signal: number })
    })

    test('a program that catches it ends as it likes', async () => {
      const ended = await same(alone, waits(`trap 'echo caught; exit 3' ${name}`), [['ready', typed]])
      expect(ended).toEqual({ shown: `ready\r\n${echo}caught\r\n`, status: 3, signal: 0 })
    })

    test('a program that goes on keeps its terminal', async () => {
      const { status } = await same(alone, waits(`trap 'echo not now' ${name}`), [
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
        ['sh> ', 'exit\r'],
      ])
      expect(shown).not.toContain('\nwent on')
    })

    test('the line of a program that caught Ctrl-C goes on', async () => {
      await same(inShell, waits(`trap 'exit 3' INT`), [
        ['sh> ', 'logs; echo "status $?"\r'],
        ['ready', controlC],
        ['status 3', ''],
        ['sh> ', 'exit\r'],
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
        ['sh> ', 'exit\r'],
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
