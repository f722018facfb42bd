import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readDotenv } from '../../../src/target/dotenv.ts'

const folder = mkdtempSync(join(tmpdir(), 'parity-dotenv-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Files = Readonly<Record<string, string>>

/** What makes a project one of a tool's. */
const projects = {
  rails: { Gemfile: "source 'https://rubygems.org'\ngem 'dotenv-rails', groups: [:development, :test]\n" },
  next: { 'package.json': '{ "dependencies": { "next": "15.0.0" } }' },
  vite: { 'package.json': '{ "devDependencies": { "vite": "6.0.0" } }' },
  laravel: { artisan: '', 'package.json': '{ "devDependencies": { "vite": "6.0.0" } }' },
  other: {},
} as const

type Project = keyof typeof projects

function read(project: Files, files: Files, environment: NodeJS.ProcessEnv = {}) {
  const root = mkdtempSync(join(folder, 'app-'))
  for (const [name, text] of Object.entries({ ...project, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return readDotenv(root, environment)
}

/** `.env` of `lines` gives `X`. Each was tried with the tool itself: dotenv 3.1 in Ruby, @next/env 16, dotenv-expand 12 as Vite calls it. */
function gives(project: Project, lines: string, expected: string): void {
  test(`${project}: ${JSON.stringify(lines)}`, async () => {
    const { values, refused } = await read(projects[project], { '.env': lines }, { E: 'env' })
    expect(refused.X).toBeUndefined()
    expect(values.X).toBe(expected)
  })
}

const way =
  'in a URL write `%24` for `$`, `%23` for `#` and `%5C` for a backslash; else name the database with `--database`'

function refuses(project: Project, lines: string, message: string, hint: string = way): void {
  test(`${project}: ${JSON.stringify(lines)} is refused`, async () => {
    const { values, refused } = await read(projects[project], { '.env': lines })
    expect(refused.X).toMatchObject({ status: 2, message, hint })
    expect(values.X).toBeUndefined()
  })
}

const braces = (text: string) => `$\{${text}}`

describe('what all tools agree on', () => {
  for (const project of ['rails', 'next', 'vite', 'laravel', 'other'] as const) {
    gives(project, 'X=1\nX=2\n', '2')
    gives(project, 'export X=1\n', '1')
    gives(project, '# X=0\n\nX = 1 # one\n', '1')
    gives(project, 'X="a # b"\n', 'a # b')
    gives(project, "X='a # b'\n", 'a # b')
    gives(project, `A=1\nX=${braces('A')}b\n`, '1b')
    gives(project, 'X=1\r\nY=2\r\n', '1')
    gives(project, '\uFEFFX=1\n', '1')
    gives(project, 'Y="a\nb"\nX=1\n', '1')
    gives(project, `X=${braces('E')}\nE=other\n`, 'env')
  }
})

describe('$NAME', () => {
  for (const project of ['rails', 'next', 'vite'] as const) {
    gives(project, 'A=1\nX=$A\n', '1')
    gives(project, 'A=1\nX="$A"\n', '1')
    gives(project, 'X=a\\$b\n', 'a$b')
    gives(project, 'X="a\\$b"\n', 'a$b')
    gives(project, `B=2\nA=x$B\nX=${braces('A')}y\n`, 'x2y')
  }
  gives('rails', "A=1\nX='$A'\n", '$A')
  gives('laravel', 'A=1\nX=$A\n', '$A')
  gives('laravel', `A=1\nX='${braces('A')}'\n`, braces('A'))
  gives('next', 'X=$A\nA=1\n', '1')
  const literal = '`.env` line 2: the value of `X` has a `$` that is replaced in spite of the single quotes'
  refuses('next', "A=1\nX='$A'\n", literal)
  refuses('vite', "A=1\nX='$A'\n", literal)
  refuses(
    'rails',
    'X=$(pass db)\n',
    '`.env` line 1: the value of `X` has a command in `$(…)`, which parity does not read',
  )
  const unset = 'set `A`, also in `.env`; a `$` that is meant is written `%24` in a URL'
  for (const project of ['rails', 'next', 'vite'] as const)
    refuses(project, '\n\nX=a$A\n', '`.env` line 3 needs the variable `A`, which is not set', unset)
})

describe('defaults', () => {
  for (const project of ['next', 'vite'] as const) {
    gives(project, `X=${braces('A:-d')}\n`, 'd')
    gives(project, `X=${braces('E:-d')}\n`, 'env')
    gives(project, `A=\nX=${braces('A:-d')}\n`, 'd')
    gives(project, `B=2\nX=${braces(`A:-${braces('B')}`)}\n`, '2')
    gives(project, `X=postgres://u:p@localhost:${braces('PORT:-5433')}/acme\n`, 'postgres://u:p@localhost:5433/acme')
  }
  gives('vite', `A=1\nX=${braces('A:-d')}\n`, '1')
  // Next's dotenv-expand looks into the file itself last.
  gives('next', `A=1\nX=${braces('A:-d')}\n`, 'd')
  gives('vite', `X=${braces('A-d')}\n`, 'd')
  gives('vite', `A=1\nX=${braces('A:+b')}\n`, 'b')
  gives('vite', `X=${braces('A:+b')}\n`, '')
  refuses(
    'rails',
    `X=${braces('A:-d')}\n`,
    '`.env` line 1: the value of `X` has an expression in braces, which parity does not read',
  )
})

describe('where nothing tells the tool', () => {
  const differing = (line: number) => `\`.env\` line ${line}: the value of \`X\` is read differently by different tools`
  gives('other', `H=localhost\nN=acme\nX=postgres://${braces('H')}/${braces('N')}\n`, 'postgres://localhost/acme')
  gives('other', 'H=localhost\nX=postgres://$H/acme\n', 'postgres://localhost/acme')
  gives('other', "X='postgres://u:p$w@localhost/acme'\n", 'postgres://u:p$w@localhost/acme')
  gives('other', 'X="postgres://u:p%24w@localhost/acme"\n', 'postgres://u:p%24w@localhost/acme')
  refuses('other', 'X=postgres://u:p$w@localhost/acme\n', differing(1))
  refuses('other', 'A=1\n\nX=postgres://u:p\\$w@localhost/acme\n', differing(3))
  refuses(
    'other',
    `X=postgres://u:${braces('P:-d')}@localhost/acme\n`,
    '`.env` line 1: the value of `X` has an expression in braces, which parity does not read',
  )
  refuses('other', 'X=postgres://u:p#w@localhost/acme\n', differing(1))
  refuses(
    'other',
    'X=$(pass db)\n',
    '`.env` line 1: the value of `X` has a command in `$(…)`, which parity does not read',
  )
})

describe('which files, and which first', () => {
  const all = {
    '.env': 'X=env\n',
    '.env.local': 'X=local\n',
    '.env.development': 'X=dev\n',
    '.env.development.local': 'X=both\n',
  }
  const without = (...names: string[]) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)))
  const wins = (project: Project, files: Files, value: string, origin: string, unread: string[] = []) =>
    test(`${project}: ${Object.keys(files).join(' ')}`, async () =>
      expect(await read(projects[project], files)).toEqual({
        values: { X: value },
        origins: { X: origin },
        refused: {},
        unread,
      }))

  for (const project of ['rails', 'next', 'vite'] as const) {
    wins(project, all, 'both', '.env.development.local')
    wins(project, without('.env.development.local', '.env.development'), 'local', '.env.local')
    wins(project, without('.env.development.local', '.env.local'), 'dev', '.env.development')
  }
  wins('rails', without('.env.development.local'), 'local', '.env.local')
  wins('next', without('.env.development.local'), 'local', '.env.local')
  wins('vite', without('.env.development.local'), 'dev', '.env.development')
  wins('other', all, 'env', '.env', ['.env.development.local', '.env.local', '.env.development'])
  wins('laravel', without('.env.development', '.env.development.local'), 'env', '.env', ['.env.local'])

  test('two tools of one project have to agree', async () => {
    const both = { 'package.json': '{ "dependencies": { "next": "15" }, "devDependencies": { "vite": "6" } }' }
    const { values, refused } = await read(both, { ...without('.env.development.local'), '.env': 'X=env\nY=1\n' })
    expect(values).toEqual({ Y: '1' })
    expect(refused.X?.message).toBe('`.env.local` line 1: the value of `X` is read differently by different tools')
  })

  test('dotenv-rails decides for a project that has Vite beside it', async () => {
    const { values } = await read({ ...projects.rails, ...projects.vite }, without('.env.development.local'))
    expect(values).toEqual({ X: 'local' })
  })

  test('what the gem is named by', async () => {
    const local = { '.env.local': 'X=1\n' }
    const reads = async (project: Files) => (await read(project, local)).unread.length === 0
    expect(await reads({ 'Gemfile.lock': 'GEM\n  specs:\n    dotenv-rails (3.1.4)\n' })).toBe(true)
    expect(await reads({ Gemfile: 'gem "dotenv", require: "dotenv/rails"\n' })).toBe(true)
    expect(await reads({ Gemfile: 'gem "dotenv"\n' })).toBe(false)
    expect(await reads({ Gemfile: '# gem "dotenv-rails"\n' })).toBe(false)
    expect(await reads({ 'package.json': '{ "dependencies": ' })).toBe(false)
  })

  test('a file sees what those before it set, not what comes later', async () => {
    const { values } = await read(projects.rails, { '.env': 'A=1\nX=$A\n', '.env.local': 'A=2\n' })
    expect(values).toEqual({ A: '2', X: '2' })
    const { refused } = await read(projects.rails, { '.env': 'A=1\n', '.env.local': 'X=$A\n' })
    expect(refused.X?.message).toBe('`.env.local` line 1 needs the variable `A`, which is not set')
    const vite = await read(projects.vite, { '.env': 'A=1\n', '.env.local': 'X=$A\n' })
    expect(vite.values.X).toBe('1')
  })

  test('a variable that names itself ends', async () => {
    const { refused } = await read(projects.next, { '.env': 'X=$X\n' })
    expect(refused.X?.message).toBe('`.env` line 1 needs the variable `X`, which is not set')
  })
})
