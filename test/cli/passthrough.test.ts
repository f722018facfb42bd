import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { few } from '../often.ts'
import { newestNode, underEachNode } from './newest-node.ts'
import { fileOf, type RunOptions, World } from './world.ts'

const world = new World()
  .repository({ production: 'https://git.heroku.com/acme-production.git' })
  .write('other.yml', 'environments: { demo: acme-demo, production: acme-other }')
afterAll(() => world.remove())

const app = ['--app', 'acme-production']
const silently = { status: 0, signal: null, stdout: '', stderr: '' }
const notFound =
  '`heroku` is not installed, or not on PATH\ninstall it with `npm install --global heroku`, or see https://devcenter.heroku.com/articles/heroku-cli\n'

/** A script for `sh` as the program `heroku`. */
function herokuIs(script: string) {
  world.forget()
  world.program('heroku', `#!/bin/sh\n${script}\n`)
}

/** How a line of plain words ended, and the lines that it ran. */
async function type(line: string, options: RunOptions = {}, on = world) {
  const [bin = '', ...args] = line.split(' ')
  const { calls, ...ended } = await on.run(bin, args, options)
  return { ...ended, calls: calls.map(({ program, args }) => [program, ...args].join(' ')) }
}

describe('arguments arrive byte for byte', () => {
  const nasty: string[][] = [
    [],
    [''],
    ['', '', ''],
    [' '],
    ['two words'],
    [' around '],
    ['a', 'b  c', 'd'],
    ['\t'],
    ['\n'],
    ['first\nsecond\n'],
    ['\r\n'],
    ['\u001b[31mred', '\u0007', '\u0001'],
    ["'"],
    ["it's"],
    ["''", "'\\''"],
    ['"'],
    ['"quoted"', `'"'"'`],
    ['`id`'],
    ['$(id)', '$((1+1))'],
    ['$HOME', '$' + '{HOME}', '$$', '$?', '$'],
    ['\\'],
    ['\\\\', '\\n', '\\0', 'end\\'],
    [';', 'a;b', ';;'],
    ['&', '&&', '|', '||'],
    ['>', '>out', '<in', '2>&1', '<<END', '<(id)'],
    ['*', '?', '[a-z]', '{a,b}', '**/*'],
    ['~', '~root', 'a=~'],
    ['#', '# no comment', 'a#b'],
    ['!', '!!', '^a^b'],
    ['(', ')', '{', '}', 'if', 'then'],
    ['%', '%s%n', '%PATH%'],
    ['-'],
    ['--'],
    ['--', '--'],
    ['--', '--app', 'acme-other'],
    ['---', '-x', '-xyz', '--long', '--long=', '--long=a b'],
    ['--dry-run', '--config', 'nowhere.yml'],
    ['--help', '-h', '--version'],
    ['-1', '+x', '@file', '=', 'A=1', 'PATH='],
    ['--eval', '-e', '--inspect', '--require=x'],
    ['é', 'é', 'ß', 'İ'],
    ['日本語', 'עברית', '👩‍👩‍👧', '\u{10ffff}'],
    ['\u00a0', '\u200b', '\u2028', '\ufeff'],
    ['bash -c "echo \'$HOME\' | tee `date`; exit $?" && true'],
    ['https://example.com/?a=b&c=d#e', '{"json": ["\\u0000"]}'],
    ['x'.repeat(100_000)],
    Array.from({ length: 1000 }, (_, index) => `word ${index}`),
  ]
  // Where no word begins with a dash, its place does not matter: those lists are one.
  const isPlain = (args: readonly string[]) => !args.some((word) => word.startsWith('-'))
  const lists = [nasty.filter(isPlain).flat(), ...nasty.filter((args) => !isPlain(args))].map((args) => ({ args }))

  beforeAll(() => herokuIs(`printf '%s\\0' "$@"`))
  const printed = (...words: string[]) => ({
    ...silently,
    calls: [],
    stdout: words.map((word) => `${word}\0`).join(''),
  })

  underEachNode((node) => {
    test.each(few(5, lists))('production acme:thing $args', async ({ args }) => {
      expect(await world.run('production', ['acme:thing', ...args], { node })).toEqual(
        printed('acme:thing', ...app, ...args),
      )
    })
  })

  test.each(few(5, lists))('parity --dry-run production acme:thing $args, pasted into sh', async ({ args }) => {
    const { stdout: line } = await world.run('parity', ['--dry-run', 'production', 'acme:thing', ...args])
    expect(await world.runProgram('/bin/sh', ['-ec', line])).toEqual(printed('acme:thing', ...app, ...args))
  })
})

describe('a line that is typed, and what it runs', () => {
  beforeAll(() => world.record('heroku'))

  test.each([
    ['production logs --tail', 'heroku logs --app acme-production --tail'],
    ['production ps', 'heroku ps --app acme-production'],
    ['production -- ps', 'heroku ps --app acme-production'],
    ['production ps --dry-run', 'heroku ps --app acme-production --dry-run'],
    ['production config:set A=1 -- --app x', 'heroku config:set --app acme-production A=1 -- --app x'],
    ['production acme:thing -a x', 'heroku acme:thing --app acme-production -a x'],
    ['parity production ps', 'heroku ps --app acme-production'],
    ['production --config other.yml ps', 'heroku ps --app acme-other'],
    ['production --config=other.yml ps', 'heroku ps --app acme-other'],
    ['parity --config other.yml demo ps', 'heroku ps --app acme-demo'],
    ['parity demo --config other.yml ps', 'heroku ps --app acme-demo'],
    ['production whoami', 'heroku whoami'],
    ['production auth:whoami', 'heroku auth:whoami'],
    ['production apps:create acme-new', 'heroku apps:create acme-new'],
    ['production plugins:install -v heroku-builds', 'heroku plugins:install -v heroku-builds'],
    ['production pipelines:info acme', 'heroku pipelines:info acme'],
    ['production webhooks --pipeline acme', 'heroku webhooks --pipeline acme'],
  ])('%s', async (line, runs) => {
    expect(await type(line)).toEqual({ ...silently, calls: [runs] })
  })

  test.each([
    ['production --dry-run ps', 'heroku ps --app acme-production'],
    ['parity --dry-run production ps', 'heroku ps --app acme-production'],
    ['parity production --dry-run ps', 'heroku ps --app acme-production'],
    ['production --dry-run --config other.yml ps', 'heroku ps --app acme-other'],
    ['production --dry-run whoami', 'heroku whoami'],
  ])('%s only prints', async (line, printed) => {
    expect(await type(line)).toEqual({ ...silently, stdout: `${printed}\n`, calls: [] })
  })

  test('PARITY_CONFIG names the configuration, and --config another', async () => {
    const env = { PARITY_CONFIG: 'other.yml' }
    world.write('third.yml', 'environments: { production: acme-third }')
    expect(await type('production ps', { env })).toEqual({ ...silently, calls: ['heroku ps --app acme-other'] })
    expect(await type('production --config third.yml ps', { env })).toEqual({
      ...silently,
      calls: ['heroku ps --app acme-third'],
    })
  })

  test('HEROKU_APP does not win over the environment', async () => {
    const { calls } = await world.run('production', ['ps'], { env: { HEROKU_APP: 'acme-other' } })
    expect(calls).toMatchObject([{ args: ['ps', ...app], env: { HEROKU_APP: 'acme-other' } }])
  })

  test('from a subdirectory, which stays the working directory', async () => {
    const folder = join(world.project, 'app', 'models')
    mkdirSync(folder, { recursive: true })
    const { calls } = await world.run('production', ['ps'], { folder })
    expect(calls).toMatchObject([{ args: ['ps', ...app], folder }])
  })

  test('outside of git, without git', async () => {
    const outside = new World().write('.parityrc', 'environments: { production: acme-outside }').record('heroku')
    try {
      expect(await type('production ps', {}, outside)).toEqual({ ...silently, calls: ['heroku ps --app acme-outside'] })
    } finally {
      outside.remove()
    }
  })
})

underEachNode((node) => {
  describe('nothing is added, nothing is lost', () => {
    test.each(few(2, [0, 7, 1, 127, 255]))('status %i', async (status) => {
      herokuIs(`exit ${status}`)
      expect(await type('production ps', { node })).toEqual({ ...silently, status, calls: [] })
    })

    test.each(
      few(3, ['INT', 'TERM', 'KILL', 'HUP', 'ALRM', 'USR1', 'USR2', 'PIPE', 'XFSZ']),
    )('death by %s', async (name) => {
      herokuIs(`ulimit -c 0; kill -${name} $$`)
      expect(await type('production ps', { node })).toEqual({
        ...silently,
        status: null,
        signal: `SIG${name}`,
        calls: [],
      })
    })

    test.each(['TERM', 'HUP'])('%s that is sent to us is the program’s', async (name) => {
      herokuIs(`trap 'echo got ${name}; exit 5' ${name}; echo ready; read line`)
      const child = world.start('production', ['ps'], { node })
      const ended = world.ended(child)
      if (child.stdout) await once(child.stdout, 'data')
      child.kill(`SIG${name}` as NodeJS.Signals)
      expect(await ended).toEqual({ ...silently, status: 5, stdout: `ready\ngot ${name}\n`, calls: [] })
    })

    test('what it reads and prints', async () => {
      herokuIs(`read line; printf '\\033[1m%s' "$line"; printf '\\r\\000é' >&2; printf ' end'`)
      const ended = await type('production ps', { node, input: 'typed\n' })
      expect(ended).toEqual({ ...silently, stdout: '\u001b[1mtyped end', stderr: '\r\0é', calls: [] })
    })

    test('a reader that leaves early', async () => {
      herokuIs('while echo line; do :; done')
      const pipe = '{ "$0" "$@"; echo "status $?" >&2; } | read line'
      const ended = await world.runProgram('/bin/sh', ['-c', pipe, node, fileOf('production'), 'ps'])
      expect(ended).toEqual({ ...silently, stderr: 'status 141\n', calls: [] })
    })
  })

  describe('a `heroku` that does not start', () => {
    const file = join(world.bin, 'heroku')
    const cannot = (why: string) => `\`${file}\` cannot be started: ${why}\nfix its first line, or install it again\n`
    const noProgram = (name: string) => cannot(`its \`#!\` line names "${name}", which is not a program`)

    beforeEach(() => rmSync(file, { recursive: true, force: true }))

    test('is not there', async () => {
      expect(await type('production ps', { node })).toEqual({ ...silently, status: 127, stderr: notFound, calls: [] })
    })

    test('is a folder', async () => {
      mkdirSync(file)
      expect(await type('production ps', { node })).toEqual({ ...silently, status: 127, stderr: notFound, calls: [] })
    })

    test('is not executable', async () => {
      writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 })
      expect(await type('production ps', { node })).toEqual({ ...silently, status: 127, stderr: notFound, calls: [] })
    })

    test.each([
      ['a missing interpreter', '#!/nonexistent/node\n', noProgram('/nonexistent/node')],
      ['a line that ends as on Windows', '#!/bin/sh\r\n', noProgram('/bin/sh\\r')],
      ['a folder as interpreter', '#!/bin\n', noProgram('/bin')],
      ['an interpreter without one', `#!${join(world.bin, 'script')}\n`, cannot(`spawn ${file} ENOENT`)],
    ])('has %s', async (_, text, stderr) => {
      world.program('heroku', text).program('script', '#!/nonexistent/sh\n')
      expect(await type('production ps', { node })).toEqual({ ...silently, status: 127, stderr, calls: [] })
    })
  })

  describe('a `heroku` that a shell would start', () => {
    const printsItself = 'echo "$0 $*"\n'

    test.each([
      ['without a `#!` line', printsItself, `${join(world.bin, 'heroku')} ps --app acme-production\n`],
      [
        'with blanks and an option in it',
        `#! \t/bin/sh -u \n${printsItself}`,
        `${join(world.bin, 'heroku')} ps --app acme-production\n`,
      ],
      ['empty', '', ''],
    ])('%s', async (_, text, stdout) => {
      world.program('heroku', text)
      expect(await type('production ps', { node })).toEqual({ ...silently, stdout, calls: [] })
    })

    test.each([
      [':/nonexistent', './heroku'],
      ['/nonexistent:', './heroku'],
      ['/nonexistent::/nowhere', './heroku'],
      ['', './heroku'],
      ['.', './heroku'],
      ['tools', 'tools/heroku'],
      ['./tools', 'tools/heroku'],
      ['folder:tools', 'tools/heroku'],
      ['../project/tools', '../project/tools/heroku'],
    ])('on the PATH %j', async (PATH, found) => {
      const here = new World().write('.parityrc', 'environments: { production: acme }').write('folder/heroku/file', '')
      here.program('heroku', `#!/bin/sh\n${printsItself}`, here.project)
      here.program('heroku', `#!/bin/sh\n${printsItself}`, join(here.project, 'tools'))
      try {
        const ended = await type('production ps', { node, env: { PATH } }, here)
        expect(ended).toEqual({ ...silently, stdout: `${found} ps --app acme\n`, calls: [] })
      } finally {
        here.remove()
      }
    })
  })

  test('a cache folder that can’t be had is no failure', async () => {
    world.record('heroku')
    const ended = await world.run('production', ['ps'], { node, env: { XDG_CACHE_HOME: '/dev/null/cache' } })
    expect(ended).toMatchObject({ ...silently, calls: [{ args: ['ps', ...app], env: {} }] })
  })
})

test.skipIf(!newestNode)('nothing of ours stays resident where the runtime can exec', async () => {
  herokuIs('echo $$ $PPID')
  const child = world.start('production', ['ps'], { node: newestNode ?? '' })
  expect(await world.ended(child)).toEqual({ ...silently, stdout: `${child.pid} ${process.pid}\n`, calls: [] })
})

describe('the compile cache of the Heroku CLI', () => {
  const folder = join(world.home, '.cache', 'parity')
  const herokuFolders = () => readdirSync(folder).filter((name) => name.startsWith('_heroku-'))
  const version = (version: string) => writeFileSync(join(world.folder, 'package.json'), JSON.stringify({ version }))
  const given = async (line: string, options: RunOptions = {}) => {
    const [bin = '', ...args] = line.split(' ')
    return (await world.run(bin, args, options)).calls[0]?.env.NODE_COMPILE_CACHE
  }

  beforeAll(() => world.record('heroku'))
  beforeEach(() => {
    version('11.10.0')
    mkdirSync(folder, { recursive: true })
  })

  describe.skipIf(!newestNode)('where Node has one', () => {
    const node = newestNode ?? ''

    test('is kept in our cache, by version', async () => {
      expect(await given('production ps', { node })).toBe(join(folder, '_heroku-11.10.0'))
      expect(await given('production whoami', { node })).toBe(join(folder, '_heroku-11.10.0'))
      expect(await given('production ps', { node, env: { XDG_CACHE_HOME: world.folder } })).toBe(
        join(world.folder, 'parity', '_heroku-11.10.0'),
      )
    })

    test('goes when the CLI has another version', async () => {
      await given('production ps', { node })
      mkdirSync(join(folder, 'acme-production'), { recursive: true })
      version('11.11.0')
      expect(await given('production ps', { node })).toBe(join(folder, '_heroku-11.11.0'))
      expect(herokuFolders()).toEqual(['_heroku-11.11.0'])
      expect(existsSync(join(folder, 'acme-production'))).toBe(true)
    })

    test.each(['own', ''])('is the user’s where it is set to %j', async (own) => {
      expect(await given('production ps', { node, env: { NODE_COMPILE_CACHE: own } })).toBe(own)
    })

    test.each([
      'local',
      'local:start',
      'local:run rake',
    ])('is not for `%s`, which starts the user’s own programs', async (line) => {
      expect(await given(`production ${line}`, { node })).toBe(undefined)
    })

    test('is left out where something else is in its place', async () => {
      version('0.0.1')
      writeFileSync(join(folder, '_heroku-0.0.1'), '')
      expect(await given('production ps', { node })).toBe(undefined)
    })

    test('goes by the file where that is a wrapper, which tells no version', async () => {
      rmSync(join(world.folder, 'package.json'))
      const before = await given('production ps', { node })
      expect(before).toMatch(/_heroku-\d+-\d+$/)
      world.record('heroku', { status: 0 })
      expect(await given('production ps', { node })).not.toBe(before)
      expect(herokuFolders()).toHaveLength(1)
    })
  })

  test.skipIf('enableCompileCache' in module)('is not set where Node has none', async () => {
    expect(await given('production ps')).toBe(undefined)
  })
})
