import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { commands } from '../../src/commands/index.ts'
import { globalOptions } from '../../src/line/parse.ts'
import { type Line, understand } from '../../src/line/request.ts'
import { herokuCommand } from '../../src/passthrough/passthrough.ts'

/**
 * The second line of every error message. What can be typed in it is read as the program reads it, with samples for a person's own
 * words; a line with nothing to type has its reason here. A message with neither fails.
 */
const list = readFileSync(fileURLToPath(new URL('messages.txt', import.meta.url)), 'utf8')
const lines = list.split('\n\n').flatMap((part) => {
  const [file = ''] = part.split('\n')
  return [...part.matchAll(/^ {4}→ (.*(?:\n(?! {2}).+)*)$/gm)].map(([, words = '']) => ({ file, words }))
})

/** What stands for what is filled in; with its file where the same words mean several things. */
const samples: Readonly<Record<string, string>> = {
  "commands/cache.ts {['clear', ...words].join(' ')}": 'clear acme-production',
  "{[typedAs({ name }), 'deploy', ...(ref === undefined ? [] : [ref])].join(' ')}": 'staging deploy main',
  "{[typedAs(environment), 'restore', source, ...backupOf(others)].join(' ')}":
    'staging restore production --backup b1',
  "{Object.keys(verbs).slice(1).join(' | ')}": 'up',
  '{verb}': 'down',
  '{likely}': 'zsh',
  '{app}': 'acme-production',
  '{configured}': 'staging',
  '{remote}': 'origin',
  '{word}': 'ps',
  '{meant}': 'restore',
  '{name}': 'staging',
  'services/env-file.ts {name}': '.env',
  'restore/snapshots/prepare.ts {name}': 'before',
  '{ref}': 'main',
  '{source}': 'main',
  '{typedAs(environment)}': 'parity demo',
  '{typedAs({ name })}': 'pr_app 7',
  '{typedAs({ name: environment })}': 'parity local',
  'restore/remote/source.ts {typedAs({ name: environment })}': 'staging',
  '{typedAs({ name: meant ?? name })}': 'staging',
  '{typedAs(target)}': 'staging',
  '{target.name}': 'staging',
  '{line(...late.options, ...late.rest)}': '--size=standard-2x rake stats',
  "{line(...options, '--', ...[command].flat())}": '-- rake stats --exit-code',
  '{line}': 'staging deploy main',
  'dispatch/several.ts {line}': 'staging logs',
  'deploy/promotion.ts {line}': 'staging',
  '{line.typed}': 'staging',
  '{line(meant)}': 'parity staging ps',
  '{retry}': 'staging releases:retry',
  '{capture}': 'heroku pg:backups:capture --app acme-production',
  '{reverse}': 'parity demo restore production',
  '{lineAgain(request, names)}': 'development restore production --no-keep --allow-missing public.by_name',
  'line/options.ts {typed}': 'development backup',
  '{first}': 'before',
  '{typed}': 'staging restore',
  'restore/remote/source.ts {typed}': 'db.dump',
  "{[number, ...words].map(shellWord).join(' ')}": '7 ps',
  '{there.slice(0, 10)}': '0123456789',
  '{fromDatabase}': 'PINK',
  '{captured.id}': 'b002',
  "{id.padStart(3, '0')}": '001',
  '{shellWord(first.name)}': 'postgis',
  '{login}': 'me@',
  '{port}': '5432',
  '{encodeURIComponent(database)}': 'acme',
}

/** Words of a person's own, as help writes them. */
const own: Readonly<Record<string, string>> = {
  ...{ ENVIRONMENT: 'staging', SOURCE: 'production', COMMAND: 'ps', NUMBER: '7', BRANCH: 'main', APP: 'acme-staging' },
  ...{ FILE: 'db.dump', FOLDER: 'bin', PIPELINE: 'acme' },
}

function fill(file: string, span: string): string {
  return span
    .replaceAll(/\{(?:[^{}]|\{[^{}]*\})*\}/g, (place) => samples[`${file} ${place}`] ?? samples[place] ?? place)
    .replaceAll(/\b[A-Z]+\b/g, (word) => own[word] ?? word)
}

const bins = ['production', 'staging', 'development', 'pr_app', 'parity']
const gitCommands = execFileSync('git', ['--list-cmds=builtins'], { encoding: 'utf8' }).split('\n')
const options = [...commands.flatMap((command) => command.options), ...globalOptions].map(({ flags }) => flags)

/** Whether a line can be typed: understood by the program whose line it is, and not merely let through. */
async function isTypeable(line: string): Promise<boolean> {
  const [program = '', ...words] = line.split(' ')
  if (program === 'git') return gitCommands.includes(words[0] ?? '')
  if (program === 'heroku') return herokuCommand(words[0] ?? '') !== undefined
  if (program.startsWith('--')) return options.some((flags) => flags.split(/[ ,]+/).includes(program))
  return isOurs(program, words)
}

async function isOurs(bin: string, words: readonly string[]): Promise<boolean> {
  const [first = '', ...rest] = words
  if (bin === 'pr_app') return /^\d+$/.test(first) && isOurs('staging', rest)
  if (
    bin === 'parity' &&
    ['staging', 'production', 'demo', 'local', 'review', 'all', 'production,staging'].includes(first)
  )
    return isOurs(first === 'local' ? 'development' : 'staging', rest)
  if (bin === 'parity' && ['--help', 'help'].includes(first)) return true
  const place = bin === 'parity' ? 'parity' : bin === 'development' ? 'local' : 'heroku'
  const line = { ambient: {} as Line['ambient'], globals: {}, typed: bin, words }
  const asked = await understand(line, place, commands)
  return asked.kind !== 'other' || (place === 'heroku' && herokuCommand(asked.word) === 'app')
}

type Typed = { readonly file: string; readonly line: string }

/** What a person would type of a second line. A span in backticks that begins with no program names a file, a setting or a value. */
function typedIn({ file, words }: (typeof lines)[number]): Typed[] {
  const spans = [...words.matchAll(/`((?:[^`{]|\{(?:[^{}]|\{[^{}]*\})*\})+)`/g)].map(([, span = '']) =>
    fill(file, span),
  )
  return spans
    .flatMap((span) => span.split(' && '))
    .filter((line) => [...bins, 'heroku', 'git'].includes(line.split(' ')[0] ?? '') || /^--[a-z]/.test(line))
    .map((line) => ({ file, line }))
}

const typed = [...new Map(lines.flatMap(typedIn).map((one) => [one.line, one])).values()]

describe('a second line that can be typed is understood', () => {
  test('there are many', () => expect(typed.length).toBeGreaterThan(60))
  test.each(typed.map(({ file, line }) => [line, file] as const))('%s (%s)', async (line) => {
    expect(line, 'a sample is missing').not.toMatch(/[{}]/)
    expect(await isTypeable(line)).toBe(true)
  })

  test('no confirmation is filled in', () => {
    expect(list.match(/--confirm (?!APP\b)\S*(?=.*→)|→.*--confirm (?!APP\b)\S+/g) ?? []).toEqual([])
  })
})

/** Lines with nothing to type, and how they lead out all the same. */
const reasons: readonly (readonly [words: RegExp, reason: string])[] = [
  [/^\{[^ ]+\}$|^\{.*\}( \| \{.*\})?$/s, 'made elsewhere, and asserted whole with its message'],
  [/\{otherWays\}|\{newerWords\(run\)\}/, 'made elsewhere, and asserted whole with its message'],
  [
    /\b(it has|there is|one of|keep one of|use one of): ?|use one of|\bhas: \{/,
    'names what there is: one of them is typed instead',
  ],
  [/\b(run|try|do) (it|this|the (same command|restore)) ?again|^try again|^run it again/, 'the same line again'],
  [
    /free some space|close (some|these) sessions|check the network|is there a proxy|look at who owns/,
    'something of the machine is in the way',
  ],
  [/as a superuser|`select \*|`psql: FILE`|superuser: GRANT/, 'SQL, which runs in a test of the server'],
  [/`(cd|chmod|useradd|npm|ss|unset|gunzip|pg_dump)\b|dropdb|shell\b/, 'another program'],
  [
    /^(fix|correct|remove|rename|set|write|put|leave|name|keep|choose|use|add|edit|unset|update|get|install)\b/,
    'a word of the line or a line of a file is to be changed',
  ],
  [/in a clone of the project|in the repository of the app|WSL/, 'another place to type the same line'],
  [/log is (in )?/, 'the log says more'],
  [/download|URL|reopen the pull request|ask who|https:\/\//, 'something elsewhere is to be done first'],
  [/this is a bug/, 'a report'],
  [
    /expected it at|paths are relative|is a path from|look in|`folder`|see \.parityrc|usually listens|type the name|restore into an/,
    'says what was expected',
  ],
  [/development\.allowHosts/, 'a word of the configuration is to be changed'],
  [/start Postgres/, 'a server is down'],
  [/^both|parity decides about force|`primary`/, 'explains why'],
]

test('a second line with nothing to type has a reason', () => {
  const silent = lines.filter((line) => typedIn(line).length === 0)
  const without = silent.filter(({ words }) => !reasons.some(([pattern]) => pattern.test(words)))
  expect(without).toEqual([])
  const unused = reasons.filter(([pattern]) => !silent.some(({ words }) => pattern.test(words)))
  expect(unused.map(([, reason]) => reason)).toEqual([])
})
