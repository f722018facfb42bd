import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { few } from '../often.ts'
import { type RunOptions, World } from './world.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const yaml = 'environments:\n  demo: acme-demo\n'
const json = '{ "environments": { "demo": "acme-demo" } }'

const worlds: World[] = []
afterEach(() => {
  for (const world of worlds.splice(0)) world.remove()
})

function newWorld(): World {
  const world = new World().record('heroku')
  worlds.push(world)
  return world
}

/** The app that `parity demo ps` is for, which must be all that happens. */
async function demo(
  world: World,
  options: RunOptions = {},
  words: readonly string[] = ['demo', 'ps'],
): Promise<string | undefined> {
  const { calls, ...ended } = await world.run('parity', words, options)
  expect(ended).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
  expect(calls).toHaveLength(1)
  const [call] = calls
  expect(call?.args.slice(0, 2)).toEqual(['ps', '--app'])
  return call?.args[2]
}

/** What `parity demo ps` says when there is no such environment. */
async function unknown(world: World, options: RunOptions = {}): Promise<string | undefined> {
  const { stderr, ...ended } = await world.run('parity', ['demo', 'ps'], options)
  expect(ended).toEqual({ status: 2, signal: null, stdout: '', calls: [] })
  return stderr.split('\n')[0]
}

describe('is found', () => {
  test.each(
    few(5, [
      ['package.json', `{ "name": "acme", "parity": ${json} }`],
      ['.parityrc', yaml],
      ['.parityrc', json],
      ['.parityrc.json', json],
      ['.parityrc.yaml', yaml],
      ['.parityrc.yml', yaml],
      ['.config/parityrc', yaml],
      ['.config/parityrc', json],
      ['.config/parityrc.json', json],
      ['.config/parityrc.yaml', yaml],
      ['.config/parityrc.yml', yaml],
      ['parity.config.json', json],
      ['parity.config.yaml', yaml],
      ['parity.config.yml', yaml],
    ]),
  )('in %s: %j', async (file, text) => {
    expect(await demo(newWorld().repository().write(file, text))).toBe('acme-demo')
  })

  test('from a subdirectory, past the package.json of a package', async () => {
    const world = newWorld().repository().write('.parityrc', yaml)
    world.write('packages/web/package.json', '{ "name": "web" }').write('packages/web/src/index.js', '')
    expect(await demo(world, { folder: join(world.project, 'packages/web/src') })).toBe('acme-demo')
  })

  test('in the nearest folder that has one', async () => {
    const world = newWorld().repository().write('.parityrc', yaml)
    world.write('packages/web/.parityrc', 'environments: { demo: acme-web-demo }')
    expect(await demo(world, { folder: join(world.project, 'packages/web') })).toBe('acme-web-demo')
  })

  test('past an empty one', async () => {
    const world = newWorld()
      .repository()
      .write('.parityrc', yaml)
      .write('web/.parityrc', '')
      .write('web/package.json', '')
    expect(await demo(world, { folder: join(world.project, 'web') })).toBe('acme-demo')
  })

  test('in a linked work tree, whose .git is a file', async () => {
    const world = newWorld().real('git').write('tree/.git', 'gitdir: /nowhere').write('tree/.parityrc', yaml)
    world.write('tree/src/index.js', '').write('.parityrc', 'environments: { demo: acme-other }')
    expect(await demo(world, { folder: join(world.project, 'tree/src') })).toBe('acme-demo')
  })
})

describe('is not looked for', () => {
  test('above the root of the work tree', async () => {
    const world = newWorld().repository().write('.parityrc', yaml)
    world.write('inner/.git/HEAD', 'ref: refs/heads/main\n').write('inner/src/index.js', '')
    expect(await unknown(world, { folder: join(world.project, 'inner/src') })).toBe(
      'no environment `demo` (no configuration; no git remotes)',
    )
  })

  test('above the working directory outside of git', async () => {
    const world = newWorld().write('.parityrc', yaml).write('inner/index.js', '')
    expect(await unknown(world, { folder: join(world.project, 'inner') })).toBe(
      'no environment `demo` (no configuration; not a git repository)',
    )
    expect(await demo(world)).toBe('acme-demo')
  })

  test('in the home folder', async () => {
    const world = newWorld().repository()
    world.write('../home/.parityrc', yaml).write('../home/.config/parity/parityrc', yaml)
    expect(await unknown(world)).toBe('no environment `demo` (no configuration; no git remotes)')
  })
})

describe('is named', () => {
  const other = 'environments: { demo: acme-other }'

  test('by --config, before the environment or the command', async () => {
    const world = newWorld().repository().write('.parityrc', yaml).write('other.yml', other)
    expect(await demo(world, {}, ['--config', 'other.yml', 'demo', 'ps'])).toBe('acme-other')
    expect(await demo(world, {}, ['demo', '--config=other.yml', 'ps'])).toBe('acme-other')
  })

  test('by PARITY_CONFIG, which --config overrules', async () => {
    const world = newWorld().repository().write('.parityrc', yaml).write('other.yml', other).write('third', json)
    const env = { PARITY_CONFIG: 'other.yml' }
    expect(await demo(world, { env })).toBe('acme-other')
    expect(await demo(world, { env }, ['--config', 'third', 'demo', 'ps'])).toBe('acme-demo')
  })

  test('by an absolute path', async () => {
    const world = newWorld().repository().write('../home/mine.yml', other)
    expect(await demo(world, { env: { PARITY_CONFIG: join(world.home, 'mine.yml') } })).toBe('acme-other')
  })

  test('not by an empty PARITY_CONFIG', async () => {
    expect(await demo(newWorld().repository().write('.parityrc', yaml), { env: { PARITY_CONFIG: '' } })).toBe(
      'acme-demo',
    )
  })

  test('by --config after a command that reads options, where it also says which app is meant', async () => {
    const world = newWorld().repository().write('.parityrc', yaml)
    world.write('other.yml', 'environments: { demo: { app: acme-other, protected: true } }')
    const ended = await world.run('parity', ['demo', 'restore', 'demo', '--config', 'other.yml'])
    expect(ended).toEqual({
      status: 2,
      signal: null,
      stdout: '',
      stderr:
        'demo is protected (other.yml says so); its database is not overwritten\n`parity demo restore --help` explains how to overwrite a protected environment\n',
      calls: [],
    })
  })

  test('not by --config after a command that forwards its words', async () => {
    const world = newWorld().repository().write('.parityrc', yaml)
    const { calls, ...ended } = await world.run('parity', ['demo', 'tail', '--config', 'other.yml'])
    expect(ended).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
    expect(calls.map(({ args }) => args)).toEqual([['logs', '--tail', '--app', 'acme-demo', '--config', 'other.yml']])
  })
})

describe('never runs code', () => {
  const marker = (world: World) => join(world.folder, 'planted')
  const commonJs = (world: World) =>
    `require('node:fs').writeFileSync(${JSON.stringify(marker(world))}, ''); module.exports = ${json}`
  const module = (world: World) =>
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(marker(world))}, ''); export default ${json}`
  /** cosmiconfig 9 looks for its own settings below this key, and in package.json below the key once more. */
  const meta = () => {
    const settings = { searchPlaces: ['planted.js', 'planted.cjs'], mergeSearchPlaces: true }
    return JSON.stringify({ cosmiconfig: { ...settings, cosmiconfig: settings } })
  }
  const metaWithLoaders = () =>
    JSON.stringify({ cosmiconfig: { cosmiconfig: { loaders: { '.js': './loader.cjs', noExt: './loader.cjs' } } } })

  const places: [string, (world: World) => string][] = [
    ['.config/config.js', commonJs],
    ['.config/config.cjs', commonJs],
    ['.config/config.mjs', module],
    ['.config/config.ts', module],
    ['package.json', meta],
    ['package.json', metaWithLoaders],
    ['package.yaml', meta],
    ['.config/config.json', meta],
    ['.config/config.yaml', meta],
    ['.parityrc.js', commonJs],
    ['.parityrc.cjs', commonJs],
    ['.parityrc.mjs', module],
    ['.parityrc.ts', module],
    ['parity.config.js', commonJs],
    ['parity.config.cjs', commonJs],
    ['parity.config.mjs', module],
    ['parity.config.ts', module],
    ['.config/parityrc.js', commonJs],
    ['../home/.config/parity/config.js', commonJs],
    ['../home/.config/parity/config.cjs', commonJs],
  ]

  test.each(few(7, places))('of %s', async (file, text) => {
    const world = newWorld().repository()
    for (const planted of ['planted.js', 'planted.cjs', 'loader.cjs']) world.write(planted, commonJs(world))
    world.write(file, text(world))
    expect(await unknown(world)).toBe('no environment `demo` (no configuration; no git remotes)')
    world.write('.parityrc', yaml)
    expect(await demo(world)).toBe('acme-demo')
    expect(existsSync(marker(world))).toBe(false)
  })

  test('of a file that is to be imported', async () => {
    const world = newWorld().repository()
    world.write('planted.cjs', commonJs(world)).write('.parityrc', '$import: ./planted.cjs')
    expect(await unknown(world)).toBe('.parityrc: unknown key $import')
    world.write('.parityrc', '').write('package.json', '{ "parity": { "$import": "./planted.cjs" } }')
    expect(await unknown(world)).toBe('package.json: unknown key $import')
    expect(existsSync(marker(world))).toBe(false)
  })

  test('of a file that is named outright: it is read as data', async () => {
    const world = newWorld().repository()
    world.write('mine.js', commonJs(world))
    const { stderr, ...ended } = await world.run('parity', ['--config', 'mine.js', 'demo', 'ps'])
    expect(ended).toEqual({ status: 2, signal: null, stdout: '', calls: [] })
    expect(stderr).toMatch(/^mine\.js(:1)?: /)
    expect(existsSync(marker(world))).toBe(false)
  })

  test('the planted files do leave their mark when they are run', async () => {
    const world = newWorld().repository()
    world.write('planted.cjs', commonJs(world)).write('planted.mjs', module(world))
    for (const file of ['planted.cjs', 'planted.mjs']) {
      const { status, stderr } = await world.runProgram(process.execPath, [file])
      expect([status, stderr]).toEqual([0, ''])
      expect(existsSync(marker(world))).toBe(true)
      world.write('../planted', '')
    }
  })
})

describe('is never passed over in silence, since protection would vanish with it', () => {
  const section = '"parity": { "environments": { "live": { "protected": true } } }'
  const at = (world: World, file: string) => join(world.project, file)
  const written = (text: string | Buffer) => (world: World, file: string) => {
    world.write(file, '')
    writeFileSync(at(world, file), text)
  }
  const utf16 = Buffer.from(`\uFEFF{ ${section} }`, 'utf16le')

  test.each<[file: string, what: string, make: (world: World, file: string) => void, reason: string]>(
    few(6, [
      [
        'package.json',
        'a conflict',
        written(`{\n<<<<<<< HEAD\n${section}\n=======\n>>>>>>> topic\n}`),
        'it is not JSON: ',
      ],
      ['package.json', 'a comma too many', written(`{ ${section}, }`), 'it is not JSON: '],
      ['package.json', 'its end missing', written(`{ ${section}`), 'it is not JSON: '],
      ['package.json', 'UTF-16', written(utf16), 'it is not UTF-8 text'],
      ['.parityrc', 'UTF-16', written(utf16), 'it is not UTF-8 text'],
      ['.parityrc', 'UTF-16 without a mark', written(Buffer.from(yaml, 'utf16le')), 'it is not UTF-8 text'],
      ['.parityrc.yml', 'UTF-16, the other way', written(Buffer.from(utf16).swap16()), 'it is not UTF-8 text'],
      [
        '.parityrc',
        'a link to nothing',
        (world, file) => symlinkSync('gone', at(world, file)),
        'it is a link to a file that does not exist',
      ],
      ['.parityrc', 'a link to itself', (world, file) => symlinkSync(file, at(world, file)), 'it is a link to itself'],
      ['.parityrc', 'a folder', (world, file) => mkdirSync(at(world, file)), 'it is a folder'],
      ['.parityrc', 'a FIFO', (world, file) => void spawnSync('mkfifo', [at(world, file)]), 'it is a FIFO'],
      ['.parityrc.json', 'a FIFO', (world, file) => void spawnSync('mkfifo', [at(world, file)]), 'it is a FIFO'],
      ['.parityrc', 'a device', (world, file) => symlinkSync('/dev/null', at(world, file)), 'it is a device'],
      ['package.json', 'a folder', (world, file) => mkdirSync(at(world, file)), 'it is a folder'],
    ]),
  )('%s: %s', async (file, _, make, reason) => {
    const world = newWorld().repository({ live: 'https://git.heroku.com/acme-live.git' }).write('src/index.js', '')
    make(world, file)
    const inSource = join(world.project, 'src')
    for (const [words, folder, name] of [
      [['live', 'ps'], world.project, file],
      [['live', 'restore', 'staging'], inSource, `../${file}`],
      [['--config', file, 'live', 'ps'], world.project, file],
    ] as const) {
      const { stderr, ...ended } = await world.run('parity', words, { folder })
      if (words[0] === '--config' && file === 'package.json' && reason.startsWith('it is not JSON')) continue
      expect(ended).toEqual({ status: 2, signal: null, stdout: '', calls: [] })
      expect(stderr).toContain(`the configuration file \`${name}\` cannot be read: ${reason}`)
    }
  })

  test('two on one level', async () => {
    const world = newWorld().repository().write('.parityrc', yaml).write('.config/parityrc.yml', yaml)
    world.write('src/index.js', '').write('package.json', '{ "parity": {} }')
    const { stderr, ...ended } = await world.run('parity', ['demo', 'ps'], { folder: join(world.project, 'src') })
    expect(ended).toEqual({ status: 2, signal: null, stdout: '', calls: [] })
    expect(stderr).toBe(
      'both `../.parityrc` and `../.config/parityrc.yml` are configurations\nkeep one of them, or choose one with `--config FILE`\n',
    )
  })

  test.each<[what: string, files: Record<string, string>]>(
    few(3, [
      ['a byte order mark in package.json', { 'package.json': `\uFEFF{ "parity": ${json} }` }],
      ['a byte order mark in YAML', { '.parityrc': `\uFEFF${yaml}` }],
      ['a byte order mark in JSON', { '.parityrc.json': `\uFEFF${json}` }],
      ['an empty section beside it', { 'package.json': '{ "parity": {} }', '.parityrc': yaml }],
      ['a null section beside it', { 'package.json': '{ "parity": null }', '.parityrc': yaml }],
      ['a broken package.json without the word', { 'package.json': '{,}', '.parityrc': yaml }],
      ['sections with nothing below them', { '.parityrc': `restore:\ncommands:\n${yaml}` }],
      ['CRLF', { '.parityrc': yaml.replaceAll('\n', '\r\n') }],
    ]),
  )('but not for %s', async (_, files) => {
    const world = newWorld().repository()
    for (const [file, text] of Object.entries(files)) world.write(file, text)
    expect(await demo(world)).toBe('acme-demo')
  })

  test('`environments:` with nothing below it means none', async () => {
    const world = newWorld().repository({ demo: 'https://git.heroku.com/acme-remote.git' })
    expect(await demo(world.write('.parityrc', 'environments:\n'))).toBe('acme-remote')
  })
})

describe('.parityrc.example', () => {
  const example = readFileSync(join(root, '.parityrc.example'), 'utf8')
  const schema = JSON.parse(readFileSync(join(root, 'dist/parityrc.schema.json'), 'utf8'))

  test('names the JSON Schema that the package ships, for editors', () => {
    const [first] = example.split('\n')
    expect(first).toBe('# yaml-language-server: $schema=./node_modules/heroku-parity/dist/parityrc.schema.json')
    const { name, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect([name, files]).toEqual(['heroku-parity', expect.arrayContaining(['dist', '.parityrc.example'])])
  })

  /** What is switched off there, switched on. */
  const whole = example.replace(/^#(?=\S| {2})/gm, '')

  test('copied as it is it sets nothing but environments', () => {
    expect(Object.keys(parse(example))).toEqual(['environments'])
  })

  test.each([
    ['as it is', example],
    ['with everything switched on', whole],
  ])('loads %s', async (_, text) => {
    const world = newWorld().repository().write('.parityrc', text)
    expect(await world.run('parity', ['environments'])).toEqual({
      status: 0,
      signal: null,
      stdout: `development  (this machine)
demo         acme-demo        .parityrc
staging      acme-staging     .parityrc
production   acme-production  .parityrc  protected
`,
      stderr: '`parity link demo` lets you type `demo logs`\n',
      calls: [],
    })
  })

  test('names every key', () => {
    const missing = keysOf(schema).filter((path) => path !== '$schema' && !has(parse(whole), path.split('.')))
    expect(missing).toEqual([])
    expect(keysOf(schema)).toEqual(expect.arrayContaining(['environments.*.protected', 'restore.warnAfter']))
  })
})

type Schema = {
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
}

/** Paths of every key that a JSON Schema knows; `*` is any name. */
function keysOf(schema: Schema): string[] {
  const named = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [
    name,
    ...keysOf(inner).map((path) => `${name}.${path}`),
  ])
  const any = typeof schema.additionalProperties === 'object' ? keysOf(schema.additionalProperties) : []
  return [...named, ...any.map((path) => `*.${path}`), ...(schema.anyOf ?? []).flatMap(keysOf)]
}

function has(value: unknown, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true
  if (typeof value !== 'object' || value === null) return false
  const inner = first === '*' ? Object.values(value) : Object.hasOwn(value, first) ? [Reflect.get(value, first)] : []
  return inner.some((one) => has(one, rest))
}
