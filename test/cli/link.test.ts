import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Ended, fileOf, World } from './world.ts'

let world: World
beforeEach(() => {
  world = new World()
    .repository({ staging: 'https://git.heroku.com/acme-staging.git' })
    .write('.parityrc', 'environments: { demo: acme-demo, ls: acme-ls, cd: acme-cd }\n')
    .record('heroku')
    .program('parity', `#!/bin/sh\nexec ${process.execPath} ${fileOf('parity')} "$@"\n`)
    .real('sh')
})
afterEach(() => world.remove())

const parity = (...words: string[]): Promise<Ended> => world.run('parity', words)
const done = { status: 0, signal: null, stdout: '', calls: [] }
const refused = (what: string, how: string) => ({ ...done, status: 2, stderr: `${what}\n${how}\n` })

test('a linked environment is a word, and unlink removes it and nothing else', async () => {
  const before = readdirSync(world.bin)
  expect(await parity('link', 'demo')).toMatchObject({
    ...done,
    stderr: expect.stringContaining(`demo: linked in ${world.bin}; try \`demo ps\``),
  })
  const file = join(world.bin, 'demo')
  expect([readdirSync(world.bin).length, statSync(file).mode & 0o777]).toEqual([before.length + 1, 0o755])
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(3)
  const { calls, ...ended } = await world.runProgram(file, ['logs', '--tail', "it's"])
  expect(ended).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
  expect(calls.map((call) => call.args)).toEqual([['logs', '--app', 'acme-demo', '--tail', "it's"]])
  expect((await parity('completion', 'zsh')).stdout.split('\n')[0]).toMatch(/ parity demo$/)
  expect(await parity('link', 'demo'), 'again is no error').toMatchObject({ status: 0 })
  expect(await parity('unlink', 'demo')).toMatchObject({ ...done, stderr: expect.stringContaining('removed: demo') })
  expect(readdirSync(world.bin)).toEqual(before)
})

test('a link whose parity has gone says so', async () => {
  await parity('link', 'demo')
  const file = join(world.bin, 'demo')
  const ended = await world.runProgram(file, ['ps'], { env: { PATH: join(world.folder, 'empty') } })
  const stderr = 'demo: parity is not on PATH: npm install --global heroku-parity\n'
  expect(ended).toEqual({ ...done, status: 127, stderr })
})

test('a dry run writes nothing', async () => {
  const stdout = `# write: ${join(world.bin, 'demo')}\n`
  expect(await parity('--dry-run', 'link', 'demo')).toEqual({ ...done, stdout, stderr: '' })
  expect(existsSync(join(world.bin, 'demo'))).toBe(false)
})

test('no other program is hidden or overwritten', async () => {
  world.program('ls', '#!/bin/sh\n', join(world.folder, 'other'))
  const env = { PATH: `${world.bin}:${world.folder}/other` }
  expect(await world.run('parity', ['link', 'ls'], { env })).toEqual(
    refused(
      `\`ls\` would hide another program: ${world.folder}/other/ls`,
      'type `parity ls ps`, or give the environment another name',
    ),
  )
  world.program('demo', '#!/bin/sh\n# of the user\n')
  const place = join(world.bin, 'demo')
  const foreign = refused(`\`${place}\` was not made by \`parity link\``, '`--dir FOLDER` chooses another folder')
  expect(await parity('link', 'demo')).toEqual(foreign)
  expect(await parity('unlink', 'demo')).toEqual(refused('`demo` was not made by `parity link`', 'there are no links'))
  expect(readFileSync(place, 'utf8')).toBe('#!/bin/sh\n# of the user\n')
})

test('a symbolic link is not followed', async () => {
  mkdirSync(join(world.project, 'tools'))
  symlinkSync(join(world.home, 'file'), join(world.project, 'tools', 'demo'))
  expect(await parity('link', '--dir', 'tools', 'demo')).toMatchObject({ status: 2 })
  expect(existsSync(join(world.home, 'file'))).toBe(false)
})

test.each([
  [
    ['link', 'cd'],
    '`cd` is a word of the shell; a program of that name would not run',
    'type `parity cd ps`, or give the environment another name',
  ],
  [['link', 'staging'], '`staging` is a command of parity already', 'type `staging ps`'],
  [['link', 'dmeo'], '', ''],
  [['unlink'], '`unlink` needs a name, or `--all`', 'there are no links'],
  [['unlink', 'demo', '--all'], 'both `demo` and `--all` name what to remove', 'use one of them'],
])('%j is refused', async (words, what, how) => {
  const ended = await parity(...words)
  if (what === '') expect(ended).toMatchObject({ status: 2, stderr: expect.stringContaining('did you mean `demo`?') })
  else expect(ended).toEqual(refused(what, how))
})

test('without an environment to link, it says how to get one', async () => {
  world.write('.parityrc', '')
  expect(await parity('link')).toEqual(
    refused(
      'there is no environment to link: production, staging and development are commands already',
      'add one to .parityrc: `environments: { demo: APP }`',
    ),
  )
})

test('a folder that is in the way is said', async () => {
  world.write('file', '')
  const { status, stderr } = await parity('link', '--dir', 'file', 'demo')
  const what = `cannot change \`${join(world.project, 'file', 'demo')}\``
  expect([status, stderr]).toEqual([1, expect.stringContaining(what)])
})

test('a version manager’s folder is left alone: the links go into bin of the project', async () => {
  const shims = join(world.folder, '.asdf', 'shims')
  world.program('parity', readFileSync(join(world.bin, 'parity'), 'utf8'), shims)
  const { status, stderr } = await world.run('parity', ['link', 'demo'], { env: { PATH: shims } })
  const folder = join(world.project, 'bin')
  expect([status, readdirSync(shims), readdirSync(folder)]).toEqual([0, ['parity'], ['demo']])
  expect(stderr).toContain(`demo: linked in ${folder}, which is not on PATH\n`)
  expect(stderr).toContain(`\`export PATH=${folder}:"$PATH"\` in the start file of your shell puts it there`)
})

test('binstubs of the repository use its own parity', async () => {
  world.write('.parityrc', 'environments: { demo: acme-demo }\n')
  const missing = 'this repository has no `parity` in node_modules\n`npm install --save-dev heroku-parity`\n'
  expect(await parity('link', '--dir', 'bin', '--pinned')).toEqual({ ...done, status: 1, stderr: missing })
  const own = join(world.project, 'node_modules', '.bin')
  world.program('parity', `#!/bin/sh\nexec ${process.execPath} ${fileOf('parity')} "$@"\n`, own)
  expect(await parity('link', '--dir', 'bin', '--pinned')).toMatchObject({ status: 0 })
  const bin = join(world.project, 'bin')
  expect(readdirSync(bin).sort()).toEqual(['demo', 'development', 'staging'])
  const { calls } = await world.runProgram(join(bin, 'staging'), ['ps'], {
    folder: world.home,
    env: { PATH: world.bin },
  })
  expect(calls).toEqual([])
  const here = await world.runProgram(join(bin, 'staging'), ['ps'])
  expect(here.calls.map((call) => call.args)).toEqual([['ps', '--app', 'acme-staging']])
  expect(await parity('unlink', '--all', '--dir', 'bin')).toMatchObject({ status: 0 })
  expect(readdirSync(bin)).toEqual([])
})

test('`parity environments` offers the link of what cannot be typed', async () => {
  world.write('.parityrc', 'environments: { demo: acme-demo }\n')
  const offer = '`parity link demo` lets you type `demo logs`\n'
  expect((await parity('environments')).stderr).toBe(offer)
  expect((await parity('environments', '--json')).stderr).toBe('')
  await parity('link')
  expect((await parity('environments')).stderr).toBe('')
})
