import { describe, expect, test } from 'vitest'
import { appOfUrl, parseRemotes, plainRemotes } from '../../../src/git/remotes.ts'

describe('the app in a URL', () => {
  test.each([
    ['https://git.heroku.com/acme-staging.git', 'acme-staging'],
    ['https://git.heroku.com/acme-staging', 'acme-staging'],
    ['https://git.heroku.com/acme-staging/', 'acme-staging'],
    ['https://heroku:token@git.heroku.com/acme.git', 'acme'],
    ['https://git.heroku.com:443/acme.git', 'acme'],
    ['git@heroku.com:acme.git', 'acme'],
    ['git@heroku.work:acme.git', 'acme'],
    ['git@heroku-acme:acme.git', 'acme'],
    ['ssh://git@heroku.com/acme.git', 'acme'],
    ['ssh://git@heroku.com:22/acme.git', 'acme'],
    ['git@github.com:acme/heroku.git', undefined],
    ['https://github.com/heroku/cli.git', undefined],
    ['https://heroku@github.com/acme.git', undefined],
    ['https://heroku:token@example.com/acme.git', undefined],
    ['ssh://heroku@example.com/acme.git', undefined],
    ['heroku@example.com:acme.git', undefined],
    ['https://git.heroku.com/acme/other.git', undefined],
    ['http://git.heroku.com/acme.git', 'acme'],
    ['http://heroku:token@git.heroku.com/acme.git', 'acme'],
    ['ssh://heroku.com/acme.git', 'acme'],
    ['heroku.com:acme.git', 'acme'],
    ['heroku:acme.git', 'acme'],
    ['http://github.com/heroku/acme.git', undefined],
    ['/srv/heroku/acme.git', undefined],
    ['../heroku/acme.git', undefined],
    ['', undefined],
  ])('%s is %s', (url, app) => {
    expect(appOfUrl(url)).toBe(app)
  })

  test.each([
    ['http://127.0.0.1:5000/acme.git', '127.0.0.1:5000', 'acme'],
    ['git@git.acme.test:acme.git', 'git.acme.test', 'acme'],
    ['https://git.heroku.com/acme.git', 'git.acme.test', 'acme'],
    ['https://github.com/acme/app.git', 'git.acme.test', undefined],
  ])('%s with the git host %s is %s', (url, host, app) => {
    expect(appOfUrl(url, host)).toBe(app)
  })
})

test('the remotes that git prints, each with its first URL', () => {
  const output = [
    'remote.origin.url\ngit@github.com:acme/app.git',
    'remote.my.remote.url\nhttps://git.heroku.com/acme.git',
    'remote.origin.url\ngit@gitlab.com:acme/app.git',
    'remote.empty.url\n',
    '',
  ].join('\0')
  expect(parseRemotes(output)).toEqual([
    { name: 'origin', url: 'git@github.com:acme/app.git' },
    { name: 'my.remote', url: 'https://git.heroku.com/acme.git' },
  ])
  expect(parseRemotes('')).toEqual([])
})

test('what insteadOf makes of a URL counts where the URL itself does not name the app', () => {
  const remotes = (...settings: [key: string, value: string][]) =>
    parseRemotes(settings.map(([key, value]) => `${key}\n${value}\0`).join('')).map(({ url }) => url)
  const short = ['remote.staging.url', 'heroku:acme.git'] as const
  const rewritten = (to: string, from: string) => [`url.${to}.insteadof`, from] as const
  const https = 'https://git.heroku.com/'
  expect(remotes([...short])).toEqual(['heroku:acme.git'])
  expect(remotes([...short], [...rewritten(https, 'heroku:')])).toEqual([`${https}acme.git`])
  expect(remotes([...rewritten(https, 'heroku:')], [...short])).toEqual([`${https}acme.git`])
  expect(remotes([...short], [...rewritten('git@github.com:acme/', 'heroku:')])).toEqual([
    'git@github.com:acme/acme.git',
  ])
  expect(remotes(['remote.staging.url', 'h/acme.git'], [...rewritten(https, 'h/')])).toEqual([`${https}acme.git`])
  expect(
    remotes([...short], [...rewritten('git@example.com:', 'hero')], [...rewritten('git@heroku.com:', 'heroku:')]),
  ).toEqual(['git@heroku.com:acme.git'])
  // A mirror of Heroku's host does not change the app that the URL names.
  expect(remotes(['remote.staging.url', `${https}acme.git`], [...rewritten('/srv/mirror/', https)])).toEqual([
    `${https}acme.git`,
  ])
})

describe('a .git/config', () => {
  const url = 'https://git.heroku.com/acme.git'

  test('as git writes it is read without git', () => {
    const text = `[core]
	bare = false
[remote "origin"]
	url = git@github.com:acme/app.git
	fetch = +refs/heads/*:refs/remotes/origin/*
	url = git@gitlab.com:acme/app.git
[submodule "vendor"]
	url = https://example.com/vendor.git
[branch "main"]
	remote = origin
[remote "my.remote"]
	pushurl = https://example.com/elsewhere.git
# 	url = https://example.com/comment.git
	URL=${url}
`
    const remotes = [
      { name: 'origin', url: 'git@github.com:acme/app.git' },
      { name: 'my.remote', url },
    ]
    expect(plainRemotes(text)).toEqual(remotes)
    expect(plainRemotes(text.replaceAll('\n', '\r\n'))).toEqual(remotes)
    expect(plainRemotes('[core]\n\tbare = false\n')).toEqual([])
  })

  test.each([
    ['that is missing', ''],
    ['with an include', `[include]\n\tpath = other\n[remote "a"]\n\turl = ${url}\n`],
    ['with a conditional include', `[includeIf "gitdir:x"]\n\tpath = other\n`],
    ['with a continued line', `[remote "a"]\n\turl = https://git.heroku.com/\\\nacme.git\n`],
    ['with an escaped name', `[remote "a\\"b"]\n\turl = ${url}\n`],
    ['with a quoted value', `[remote "a"]\n\turl = "${url}"\n`],
    ['with a comment behind a value', `[remote "a"]\n\turl = ${url} ; mine\n`],
    ['with a key beside its section', `[remote "a"] url = ${url}\n`],
    ['with a rewritten URL', `[remote "a"]\n\turl = h:acme\n[url "${url}"]\n\tinsteadOf = h:\n`],
  ])('%s is left to git', (_, text) => {
    expect(plainRemotes(text)).toBeUndefined()
  })

  test('is left to git where the files of the user or the machine have a say', () => {
    const text = `[remote "a"]\n\turl = ${url}\n`
    expect(plainRemotes(text, ['', '[user]\n\tname = Ada\n[credential "https://git.heroku.com"]\n'])).toHaveLength(1)
    for (const other of ['[include]\n\tpath = x\n', '[url "x"]\n\tinsteadOf = y\n', '[remote "b"]\n\turl = z\n'])
      expect(plainRemotes(text, [other])).toBeUndefined()
  })
})
