import { describe, expect, test } from 'vitest'
import { leadsTo } from '../../../src/deploy/destination.ts'
import { isReleaseOf } from '../../../src/deploy/release.ts'
import { parseUrls } from '../../../src/git/parse-push-urls.ts'
import { withoutPassword } from '../../../src/git/push-urls.ts'
import { gitLogin } from '../../../src/heroku/hosts.ts'

const here = 'https://git.heroku.com/acme.git'

describe('a push leads to the app', () => {
  test.each<[push: string[], fetch: string, leads: boolean]>([
    [[here], here, true],
    [['git@heroku.com:acme.git'], here, true],
    [['ssh://git@heroku.work/acme.git'], here, true],
    [['https://git.heroku.com/other.git'], here, false],
    [['https://git.heroku.com/acme-2.git'], here, false],
    [[here, here], here, false],
    [[], here, false],
    [['/srv/mirror'], here, false],
    [['/srv/mirror'], '/srv/mirror', true],
    [['https://git.heroku.com/other.git'], 'https://git.heroku.com/other.git', false],
  ])('%j, fetched from %s: %s', (push, fetch, leads) => {
    expect(leadsTo('acme', { fetch, push }, undefined)).toBe(leads)
  })
})

test('what git prints of its remotes, with spaces and filters', () => {
  const output = `a\t${here} (fetch) [blob:none]\na\t/my folder (push)\na\tb (push)\nab\tc (fetch)\n`
  expect(parseUrls(output, 'a')).toEqual({ fetch: here, push: ['/my folder', 'b'] })
})

test.each([
  ['https://me:secret@example.com/x', 'https://me:***@example.com/x'],
  ['https://example.com/a:b@c', 'https://example.com/a:b@c'],
  ['git@heroku.com:acme.git', 'git@heroku.com:acme.git'],
])('%s is shown as %s', (url, shown) => {
  expect(withoutPassword(url)).toBe(shown)
})

test.each([
  [here, {}, 'git.heroku.com'],
  ['https://git.example.com/acme.git', { HEROKU_GIT_HOST: 'git.example.com' }, 'git.example.com'],
  ['https://github.com/acme/shop.git', {}, undefined],
  ['git@heroku.com:acme.git', {}, undefined],
  ['http://git.heroku.com/acme.git', {}, 'git.heroku.com'],
  ['http://example.com/acme.git', {}, undefined],
])('the login of %s is asked of the CLI where it is Heroku’s host', (url, variables, host) => {
  const key = `credential.https://${host}.helper`
  expect(gitLogin(url, variables)).toEqual(host ? ['-c', `${key}=`, '-c', `${key}=!heroku git:credentials`] : [])
})

test.each([
  ['Deploy 1a2b3c4d', true],
  ['Deploy 1a2b3c4d5e6f', true],
  ['Deploy 1a2b3c4e', false],
  ['Deploy', false],
  ['Set COLOUR config vars', false],
])('%s is the release of the commit: %s', (description, isOurs) => {
  expect(isReleaseOf({ description }, '1a2b3c4d5e6f0000000000000000000000000000')).toBe(isOurs)
})
