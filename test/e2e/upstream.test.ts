import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askUpstream } from '../../src/deploy/upstream.ts'
import { gitIn } from '../../src/git/git.ts'

const folder = mkdtempSync(join(tmpdir(), 'parity-upstream-'))
const here = join(folder, 'here')
const there = join(folder, 'there')
afterAll(() => rmSync(folder, { recursive: true }))

function git(where: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
  return execFileSync('git', ['-C', where, ...identity, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

const commit = (where: string) => git(where, 'commit', '--quiet', '--allow-empty', '--message', 'x')
const ask = (ref: string) => askUpstream(gitIn(here), ref, 'production deploy')

beforeAll(() => {
  git(folder, 'init', '--quiet', '--initial-branch=main', there)
  commit(there)
  git(folder, 'clone', '--quiet', there, here)
})

test('what was not fetched, or has not moved, is nothing to speak of', async () => {
  expect(await ask('HEAD')).toEqual([])
  expect(await ask('main')).toEqual([])
  expect(await ask('origin/main')).toEqual([])
})

test('what has moved is refused with the line that fetches it, and leads out', async () => {
  commit(there)
  await expect(ask('origin/main')).rejects.toMatchObject({
    status: 2,
    message: expect.stringMatching(
      /^main of origin has moved since the last fetch: it is at \w{10}, and \w{10} would ship$/,
    ),
    hint: '`git fetch origin && production deploy`, or `production deploy --no-fetch-check` to ship what is here',
  })
  expect(await ask('main')).toEqual([])
  git(here, 'fetch', 'origin')
  expect(await ask('origin/main')).toEqual([])
})

test('a branch that is gone there is refused too', async () => {
  git(there, 'branch', 'topic')
  git(here, 'fetch', 'origin')
  git(there, 'branch', '--delete', '--force', 'topic')
  await expect(ask('origin/topic')).rejects.toMatchObject({
    message: 'origin has no branch topic any more',
    hint: expect.stringMatching(/^`git fetch --prune origin`, or `production deploy --no-fetch-check` for \w{10}$/),
  })
})

test('a repository that cannot be asked stops nothing', async () => {
  git(here, 'remote', 'set-url', 'origin', join(folder, 'nowhere'))
  expect(await ask('origin/main')).toEqual([
    expect.stringMatching(
      /^whether main of origin has moved is unknown: '.*nowhere' does not appear to be a git repository$/,
    ),
  ])
})
