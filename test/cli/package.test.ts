import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { few } from '../often.ts'
import { projectRoot } from '../sandbox/project-root.ts'
import { openShell, shells } from './shells.ts'
import { World } from './world.ts'

/** The tarball that npm would publish, and what is in it; built before the tests, so packing builds nothing. */

const folder = mkdtempSync(join(tmpdir(), 'parity-package-'))
const env = {
  ...process.env,
  HOME: folder,
  npm_config_cache: join(folder, 'cache'),
  npm_config_update_notifier: 'false',
}
let files: string[] = []
let tarball = ''

beforeAll(() => {
  const [packed] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder))
  files = packed.files.map(({ path }: { path: string }) => path)
  tarball = join(folder, packed.filename)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the package holds what a user needs and nothing else', () => {
  const kinds = new Set(
    files.map((path) =>
      path.replace(/^dist\/chunks\/.*\.js$/, 'dist/chunks/*.js').replace(/^dist\/help\/.*\.md$/, 'dist/help/*.md'),
    ),
  )
  expect([...kinds].sort()).toEqual([
    '.parityrc.example',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'bin/development.cjs',
    'bin/parity.cjs',
    'bin/pr_app.cjs',
    'bin/production.cjs',
    'bin/staging.cjs',
    'dist/chunks/*.js',
    'dist/help/*.md',
    'dist/parityrc.schema.json',
    'dist/start.cjs',
    'dist/stop-at-errors.psqlrc',
    'dist/third-party-licenses.txt',
    'package.json',
  ])
})

test('it is not published without repository, bugs and author', () => {
  const { repository, bugs, author, scripts } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8'))
  const missing = Object.entries({ repository, bugs, author }).flatMap(([name, value]) => (value ? [] : [name]))
  const { status, stderr } = spawnSync(process.execPath, ['bin/build/publishable.js'], {
    cwd: projectRoot(),
    encoding: 'utf8',
  })
  const refusal = `package.json has no ${missing.join(', ')}\nadd what is missing, then run \`npm publish\` again\n`
  expect([status, stderr]).toEqual(missing.length > 0 ? [1, refusal] : [0, ''])
  expect(scripts.prepublishOnly).toBe('node bin/build/publishable.js && npm test && npm run test:all')
})

test('it asks for the lowest Node that all packages in it accept', () => {
  const licences = readFileSync(join(projectRoot(), 'dist/third-party-licenses.txt'), 'utf8')
  const bundled = [...licences.matchAll(/^((?:@[\w-]+\/)?[\w.-]+) \d[\w.-]* \([^)]*\)$/gm)].map(([, name = '']) => name)
  const lowest = bundled.flatMap((name) => {
    const { engines } = JSON.parse(readFileSync(join(projectRoot(), 'node_modules', name, 'package.json'), 'utf8'))
    return [...String(engines?.node ?? '').matchAll(/>=?\s*(\d+(?:\.\d+)*)/g)].map(([, version = '']) => version)
  })
  const [highest] = lowest.sort((one, other) => other.localeCompare(one, 'en', { numeric: true }))
  expect(bundled.length).toBeGreaterThan(20)
  expect(JSON.parse(npm('pkg', 'get', 'engines.node'))).toBe(`>=${highest}`)
  expect(readFileSync(join(projectRoot(), 'bin/setup'), 'utf8')).toContain(`Node ${highest} or newer is needed`)
})

test('installed into an empty folder it works, without a network: it depends on no package', () => {
  npm('install', '--global', '--offline', '--prefix', join(folder, 'prefix'), tarball)
  const run = (bin: string, ...args: string[]) =>
    execFileSync(join(folder, 'prefix', 'bin', bin), args, { cwd: folder, encoding: 'utf8' }).trim()
  for (const bin of ['production', 'staging', 'development', 'pr_app', 'parity']) {
    expect(run(bin, '--version')).toBe(JSON.parse(npm('pkg', 'get', 'version')))
  }
  expect(run('parity', 'environments')).toBe('development  (this machine)')
})

/** What a new team has: the files of its project, and what its console and its migration run. */
const projects: [
  name: string,
  files: Record<string, string>,
  console: string | undefined,
  migrate: string | undefined,
][] = [
  [
    'a Rails app',
    { Gemfile: "gem 'rails'\n", 'bin/rails': '' },
    'bundle exec rails console',
    'bundle exec rails db:migrate',
  ],
  [
    'a Node app with Prisma',
    { 'package.json': '{"dependencies":{"@prisma/client":"6"}}', 'prisma/schema.prisma': '' },
    'node',
    'npx prisma migrate deploy',
  ],
  ['a Django app', { 'manage.py': '' }, 'python manage.py shell', 'python manage.py migrate'],
  ['an empty folder', {}, undefined, undefined],
]

test.each(
  few(1, projects),
)('a new team with %s goes from the installation to words of its own', async (_, files, shell, migrate) => {
  const world = new World()
    .repository({ production: 'https://git.heroku.com/acme.git', staging: 'https://git.heroku.com/acme-staging.git' })
    .record('heroku', { status: 1, stderr: 'not logged in\n' }, {})
    .link('node', process.execPath)
    .real('sh')
  onTestFinished(() => world.remove())
  for (const program of ['bundle', 'npx', 'python', 'seed']) world.record(program)
  for (const [file, text] of Object.entries(files)) world.write(file, text)
  const bin = join(world.folder, 'installed')
  mkdirSync(bin)
  for (const name of ['production', 'staging', 'development', 'pr_app', 'parity'])
    symlinkSync(join(folder, 'prefix', 'lib', 'node_modules', 'heroku-parity', 'bin', `${name}.cjs`), join(bin, name))
  const env = { PATH: `${bin}:${world.bin}` }
  const type = (line: string) => world.runProgram('/bin/sh', ['-c', line], { env })
  const ran = async (line: string) => {
    const { status, stderr, calls } = await type(line)
    expect([line, status, stderr]).toEqual([line, 0, ''])
    return calls.map(({ program, args }) => [program, ...args].join(' '))
  }
  /** What it runs, or where nothing tells: the lines to add, which are right. */
  const ranOrAsked = async (line: string, verb: string, expected: string | undefined, ...before: string[]) => {
    if (expected !== undefined) return expect(await ran(line)).toEqual([[...before, expected].join(' ')])
    const { status, stderr } = await type(line)
    expect([status, stderr.split('\n').slice(1)]).toEqual([
      2,
      ['add this line below `commands:` in .parityrc:', `  ${verb}: COMMAND`, ''],
    ])
  }
  expect((await type('parity init')).stderr).toContain('.parityrc has production, staging; ')
  const written = readFileSync(join(world.project, '.parityrc'), 'utf8')
  world.write('.parityrc', `${written}  demo: acme-demo\ncommands:\n  seed: seed --all\n`)
  expect((await type('parity doctor')).stdout).toMatch(/\n {2}! word\.demo .*\n {6}parity link demo\n/)
  expect((await type('parity link demo')).stderr).toContain(`demo: linked in ${bin}; try \`demo ps\`\n`)
  expect(await ran('demo logs')).toEqual(['heroku logs --app acme-demo'])
  await ranOrAsked('demo console', 'console', shell, 'heroku run --exit-code --app acme-demo --no-tty --')
  await ranOrAsked('development migrate', 'migrate', migrate)
  expect(await ran('development seed')).toEqual(['seed --all'])
  expect(await ran('staging seed')).toEqual(['heroku run --exit-code --app acme-staging --no-tty -- seed --all'])
  for (const each of shells.filter(({ file }) => file !== undefined)) {
    const terminal = await openShell(world, each, `${bin}:${world.bin}`)
    world.forget()
    world.record('heroku', { stdout: 'recorded\n' })
    terminal.type('demo see\t\r')
    await terminal.shows('recorded')
    terminal.close()
    expect([each.shell, world.calls().map(({ args }) => args)]).toEqual([
      each.shell,
      [['run', '--exit-code', '--app', 'acme-demo', '--', 'seed', '--all']],
    ])
  }
})

function npm(...args: string[]): string {
  return execFileSync('npm', args, { cwd: projectRoot(), env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}
