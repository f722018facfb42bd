import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runOnDyno } from '../../src/heroku/calls.ts'
import { replacesApp, takesApp, takesNoApp } from '../../src/passthrough/command-table.ts'
import { passthroughCall } from '../../src/passthrough/passthrough.ts'
import { often } from '../often.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const heroku = join(root, 'node_modules/heroku')
const names = (text: string) => text.trim().split(/\s+/)

/** One command of twelve of a list: loading all of them from the CLI takes a minute. */
const tried = (text: string) => names(text).filter((_, index) => often || index % 24 === 0)

/** The little of oclif that is used here. */
type Definition = { type?: 'boolean' | 'option'; char?: string; required?: boolean; options?: string[] }
type Definitions = Record<string, Definition>
type Options = { flags?: Definitions; baseFlags?: Definitions; args?: Definitions; strict?: boolean | undefined }
type Parsed = { flags: Record<string, unknown>; args: Record<string, unknown>; argv: string[] }
type CommandClass = Options & {
  new (argv: string[], config: Config): { parse(options: Options, argv: string[]): Promise<Parsed> }
}
type Config = { findCommand(name: string): { id: string; load(): Promise<CommandClass> } | undefined }

let folder: string
let config: Config

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'command-table-'))
  process.chdir(folder)
  for (const name of Object.keys(process.env)) if (/^(HEROKU_|XDG_|GIT_)/.test(name)) delete process.env[name]
  Object.assign(process.env, { HOME: folder, DISABLE_TELEMETRY: 'true' })
  const git = (...args: string[]) => execFileSync('git', args)
  git('init', '--quiet')
  for (const name of ['acme-staging', 'acme-demo']) git('remote', 'add', name, `https://git.heroku.com/${name}.git`)
  const { Config } = await import(pathToFileURL(join(root, 'node_modules/@oclif/core/lib/index.js')).href)
  config = await Config.load(heroku)
})

afterAll(() => {
  process.chdir(root)
  rmSync(folder, { recursive: true, force: true })
})

test('the table is that of the installed Heroku CLI', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/build/command-table.js', '--check'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
})

async function load(command: string): Promise<CommandClass> {
  const found = config.findCommand(command)
  if (!found) throw new Error(`the CLI does not know \`${command}\``)
  return found.load()
}

/** What the CLI's own parser makes of the arguments of a call of ours. */
async function parsed(command: string, args: readonly string[]): Promise<Parsed> {
  const Command = await load(command)
  const { flags, baseFlags, args: takes, strict } = Command
  const options = { flags: unread(flags), baseFlags: unread(baseFlags), args: unread(takes), strict }
  return new Command([...args], config).parse(options, [...args])
}

/** Any value will do: what one has to look like (a number, a date) is not the question. */
function unread<Definition>(definitions: Record<string, Definition> = {}) {
  const entries = Object.entries(definitions).map(([name, definition]) => [name, { ...definition, parse: asItIs }])
  return Object.fromEntries(entries)
}

async function asItIs(input: unknown) {
  return input
}

/** The arguments of the command, and the options that it can't do without. */
async function needed(command: string): Promise<string[]> {
  const { args = {}, flags = {} } = await load(command)
  const values = Object.entries(args).map(([name, { options }]) =>
    name === 'app' ? 'acme-production' : (options?.[0] ?? '1'),
  )
  const options = Object.entries(flags).map(([name, { type, required, options }]) =>
    required && type === 'option' && name !== 'app' ? [`--${name}`, options?.[0] ?? '1'] : [],
  )
  return [...values, ...options].flat()
}

async function flagsOf(command: string, args: readonly string[]) {
  const call = passthroughCall('acme-production', 'production', command, args)
  expect(call.program).toBe('heroku')
  expect(call.args[0]).toBe(command)
  return (await parsed(command, call.args.slice(1))).flags
}

/** They insist on `--pipeline`, which stands in for an app. */
const neverByApp = ['reviewapps:disable', 'reviewapps:enable']

test('every command that takes an app gets ours', async () => {
  for (const command of tried(takesApp)) {
    const { app } = await flagsOf(command, await needed(command))
    expect(app, command).toBe(neverByApp.includes(command) ? undefined : 'acme-production')
  }
})

test('every command that takes none is accepted without', async () => {
  for (const command of tried(takesNoApp)) {
    expect((await flagsOf(command, await needed(command))).app, command).toBeUndefined()
  }
})

test('every option that stands in for an app is accepted in its place', async () => {
  for (const [spellings, commands] of Object.entries(replacesApp)) {
    for (const command of tried(commands)) {
      for (const option of names(spellings)) {
        const others = (await needed(command)).join(' ').replace('--pipeline 1', '')
        const flags = await flagsOf(command, [...names(others), option, 'acme'].filter(Boolean))
        expect([flags.app, flags.pipeline ?? flags.space], command).toEqual([undefined, 'acme'])
      }
    }
  }
})

/** The app that a command works on: an argument beats the option. */
const chosen = ({ args, flags }: Parsed) => args.app ?? flags.app

test('what the CLI would take for a choice of app is refused, and nothing else', async () => {
  const commands = tried(takesApp).filter((name) => config.findCommand(name)?.id === name)
  let refused = 0
  for (const command of commands) {
    const letters = Object.values((await load(command)).flags ?? {}).map(({ char = 'a' }) => char)
    const joined = letters.filter((letter) => !'ar'.includes(letter)).map((letter) => `-${letter}a`)
    const others = (await needed(command)).filter((word) => word !== 'acme-production')
    for (const option of ['--app', '-a', '-r', ...joined]) {
      const args = [...others, option, 'acme-staging']
      const app = await parsed(command, args).then(chosen, () => undefined)
      const call = () => passthroughCall('acme-production', 'production', command, args)
      if (app !== 'acme-staging') expect(call, `${command} ${option}`).not.toThrow()
      else expect(call, `${command} ${option}`).toThrow('`production` already means acme-production')
      if (app === 'acme-staging') refused++
    }
  }
  expect(refused).toBeGreaterThan(commands.length * 2)
}, 600_000)

/** The command that the CLI sends to a dyno for a call of ours. */
async function sent(command: string | string[], options: string[] = []): Promise<string> {
  const { buildCommand, revertSortedArgs } = await import(pathToFileURL(join(heroku, 'dist/lib/run/helpers.js')).href)
  const { args } = runOnDyno('acme-production', options, command, false)
  const { argv } = await parsed('run', args.slice(1))
  return buildCommand(revertSortedArgs([process.execPath, '/opt/heroku/bin/run', ...args], argv))
}

async function arrives(words: string[], options?: string[]) {
  const printed = execFileSync('sh', ['-c', `set -- ${await sent(words, options)}; printf '<%s>' "$@"`], {
    encoding: 'utf8',
  })
  expect(printed).toBe(words.map((word) => `<${word}>`).join(''))
}

test('words arrive on a dyno as they are', async () => {
  await arrives(['bundle', 'exec', 'rails', 'console'])
  await arrives(['echo', "it's", '"', '$HOME', '', ' a  b ', '*', '\\', 'a|b', '~', '!x', 'ü'])
  await arrives(['npm', 'run', 'build'])
  await arrives(['run'])
  await arrives(['echo', 'acme-production', 'acme-production'])
  await arrives(['git', 'checkout', '--', '--app', '-a'])
  await arrives([process.execPath, 'x'])
  await arrives(['echo', 'standard-2x'], ['--size', 'standard-2x'])
})

test('a line arrives on a dyno as it is', async () => {
  expect(await sent('a | b')).toBe('a | b')
  expect((await sent('run')).trim()).toBe('run')
})
