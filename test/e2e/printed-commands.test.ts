import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { commands } from '../../src/commands/index.ts'
import { splitWords } from '../../src/run/split-words.ts'
import { projectRoot } from '../sandbox/project-root.ts'

/** Programs whose lines run in the sandbox, or on the machine of a developer alone. */
const others = ['bin/rails', 'brew', 'development', 'echo', 'git', 'perl', 'psql', 'sudo']

/** The little of oclif that is used here. */
type CommandClass = { flags?: object; baseFlags?: object; args?: object; strict?: boolean }
type Config = { findCommand(name: string): { load(): Promise<CommandClass> } | undefined }
type Parse = (
  argv: readonly string[],
  command: CommandClass & { context: object },
) => Promise<{ flags: Record<string, unknown> }>

const lists = ['gaps/findings-commands.txt', 'teams-commands.txt']

/** Each line that goes to the Heroku CLI, by its own definitions: a flag that it does not know, or an argument too many, fails. */
test.each(lists)('the Heroku CLI parses what `parity check` tells people to type: %s', async (list) => {
  const lines = readFileSync(join(projectRoot(), 'test/unit/check', list), 'utf8')
    .trim()
    .split('\n')
  const calls = lines.flatMap((line) => forHeroku(line) ?? [])
  expect(calls.length).toBeGreaterThan(0)
  const part = (name: string) =>
    import(pathToFileURL(join(projectRoot(), 'node_modules/@oclif/core/lib', name, 'index.js')).href)
  const [{ Config }, { parse }] = (await Promise.all([part('config'), part('parser')])) as [
    { Config: { load(root: string): Promise<Config> } },
    { parse: Parse },
  ]
  const config = await Config.load(join(projectRoot(), 'node_modules/heroku'))
  for (const { app, words } of calls) {
    const [name = '', ...rest] = words
    const found = config.findCommand(name) ?? expect.fail(`the CLI has no ${name}`)
    const { flags = {}, baseFlags = {}, args = {}, strict = true } = await found.load()
    const parsed = await parse(rest, { flags, baseFlags, args, strict, context: { config } })
    expect(parsed.flags, words.join(' ')).toMatchObject({ app })
  }
})

type Call = { readonly app: string; readonly words: readonly string[] }

/** What the CLI gets of a line; nothing where the line is for another program, or a command of our own. */
function forHeroku(line: string): Call | undefined {
  if (others.some((program) => line.startsWith(`${program} `))) return undefined
  const [program = '', ...words] = splitWords(line, line)
  if (program === 'heroku') return { app: words[words.indexOf('--app') + 1] ?? '', words }
  const [name, verb = '', ...rest] = program === 'parity' ? words : [program, ...words]
  if (program !== 'parity' && !['production', 'staging'].includes(program))
    return expect.fail(`a line of ${program} is neither parsed nor run by a test`)
  if (commands.some((command) => [command.name, ...(command.aliases ?? [])].includes(verb))) return undefined
  return { app: `acme-${name}`, words: [verb, '--app', `acme-${name}`, ...rest] }
}
