import { describe, expect, test } from 'vitest'
import { gitUrl, herokuHosts, mayReceiveToken, type Variables } from '../../../src/heroku/hosts.ts'
import { proxyFor } from '../../../src/heroku/proxy.ts'

const hosts = (variables: Variables) => {
  const { platform, data, git } = herokuHosts(variables)
  return [platform.href, data.href, git]
}

describe('Heroku is where the CLI finds it', () => {
  const usual = ['https://api.heroku.com/', 'https://api.data.heroku.com/', 'git.heroku.com']

  test.each<[string, Variables, string[]]>([
    ['without any variable', {}, usual],
    ['with empty ones', { HEROKU_HOST: '', HEROKU_DATA_HOST: '', HEROKU_GIT_HOST: '' }, usual],
    [
      'HEROKU_HOST is a domain',
      { HEROKU_HOST: 'herokudev.com' },
      ['https://api.herokudev.com/', usual[1] ?? '', 'git.herokudev.com'],
    ],
    [
      'HEROKU_HOST is a URL: scheme and port count for the data host too',
      { HEROKU_HOST: 'http://127.0.0.1:4567/', HEROKU_DATA_HOST: '127.0.0.1' },
      ['http://127.0.0.1:4567/', 'http://127.0.0.1:4567/', '127.0.0.1:4567'],
    ],
    [
      'the older name of the data host',
      { HEROKU_POSTGRESQL_HOST: 'data.heroku.com' },
      ['https://api.heroku.com/', 'https://data.heroku.com/', 'git.heroku.com'],
    ],
    [
      'the newer name beats it',
      { HEROKU_DATA_HOST: 'new.heroku.com', HEROKU_POSTGRESQL_HOST: 'old.heroku.com' },
      ['https://api.heroku.com/', 'https://new.heroku.com/', 'git.heroku.com'],
    ],
    [
      'HEROKU_GIT_HOST',
      { HEROKU_HOST: 'http://localhost:1', HEROKU_GIT_HOST: 'git.example.com' },
      ['http://localhost:1/', 'http://api.data.heroku.com:1/', 'git.example.com'],
    ],
    ['a host that is not acceptable', { HEROKU_HOST: 'evil.example' }, usual],
    ['a name that only looks like one', { HEROKU_HOST: 'notheroku.com' }, usual],
  ])('%s', (_, variables, expected) => {
    expect(hosts(variables)).toEqual(expected)
  })

  test('a host that is not used is said, in the words of the CLI', () => {
    expect(herokuHosts({ HEROKU_HOST: 'evil.example' }).warning).toBe(
      `Invalid HEROKU_HOST 'evil.example' - using default`,
    )
    expect(herokuHosts({ HEROKU_HOST: 'staging.herokudev.com' }).warning).toBeUndefined()
  })

  test.each<[Variables, string, string]>([
    [
      { HEROKU_DATA_HOST: 'http://127.0.0.1' },
      '`HEROKU_DATA_HOST` should be a host name, got `http://127.0.0.1`',
      'leave out scheme, port and path',
    ],
    [
      { HEROKU_POSTGRESQL_HOST: '127.0.0.1:80' },
      '`HEROKU_POSTGRESQL_HOST` should be a host name, got `127.0.0.1:80`',
      'leave out scheme, port and path',
    ],
    [
      { HEROKU_HOST: 'http://local host/localhost' },
      '`HEROKU_HOST` is neither a host name nor a URL: `http://local host/localhost`',
      'correct or unset it',
    ],
  ])('%j is a usage error', (variables, message, hint) => {
    expect(() => herokuHosts(variables)).toThrow(expect.objectContaining({ status: 2, message, hint }))
  })

  test('the git URL of an app', () => {
    expect(gitUrl('acme', {})).toBe('https://git.heroku.com/acme.git')
    expect(gitUrl('acme', { HEROKU_GIT_HOST: 'git.example.com' })).toBe('https://git.example.com/acme.git')
  })
})

describe('the token is only for Heroku and this machine', () => {
  test.each([
    ['https://api.heroku.com/apps', true],
    ['https://heroku.com/', true],
    ['https://api.data.herokudev.com/', true],
    ['http://127.0.0.1:4567/', true],
    ['http://localhost/', true],
    ['https://api.localhost:4567/', false],
    ['https://127.0.0.1.evil.example/', false],
    ['https://evilheroku.com/', false],
    ['https://evil.example/.heroku.com', false],
    ['https://api.heroku.com@evil.example/', false],
  ])('%s: %s', (url, expected) => {
    expect(mayReceiveToken(new URL(url))).toBe(expected)
  })
})

describe('proxies are those of the CLI', () => {
  const https = 'https://api.heroku.com/apps'

  test.each<[string, Variables, string | undefined]>([
    [https, {}, undefined],
    [https, { HTTPS_PROXY: 'http://one:3128' }, 'HTTPS_PROXY http://one:3128'],
    [https, { https_proxy: 'http://one:3128' }, 'https_proxy http://one:3128'],
    [
      https,
      { HTTPS_PROXY: 'http://one:1', https_proxy: 'http://two:2', HTTP_PROXY: 'http://three:3' },
      'HTTPS_PROXY http://one:1',
    ],
    [https, { HTTP_PROXY: 'http://one:3128' }, 'HTTP_PROXY http://one:3128'],
    [https, { ALL_PROXY: 'http://one:3128' }, undefined],
    ['http://127.0.0.1/', { HTTPS_PROXY: 'http://one:3128' }, undefined],
    ['http://127.0.0.1/', { http_proxy: 'http://one:3128' }, 'http_proxy http://one:3128'],
    [https, { HTTPS_PROXY: 'https://one' }, 'HTTPS_PROXY http://one:8080'],
    [https, { HTTPS_PROXY: 'http://one:1', NO_PROXY: '*' }, undefined],
    [https, { HTTPS_PROXY: 'http://one:1', NO_PROXY: 'example.com, .heroku.com' }, undefined],
    [https, { HTTPS_PROXY: 'http://one:1', no_proxy: 'heroku.com' }, undefined],
    [https, { HTTPS_PROXY: 'http://one:1', NO_PROXY: 'api.data.heroku.com' }, 'HTTPS_PROXY http://one:1'],
  ])('%s with %j', (url, variables, expected) => {
    const proxy = proxyFor(new URL(url), variables)
    expect(proxy && `${proxy.variable} ${proxy.uri}`).toBe(expected)
  })

  test('name and password go into a header', () => {
    const proxy = proxyFor(new URL(https), { HTTPS_PROXY: 'http://me:secret@one:3128' })
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`)
  })

  test('what is no URL is a usage error that does not show it', () => {
    expect(() => proxyFor(new URL(https), { HTTPS_PROXY: 'me:secret@one' })).toThrow(
      expect.objectContaining({
        status: 2,
        message: '`HTTPS_PROXY` is not a URL',
        hint: 'write it like `http://proxy.example.com:3128`',
      }),
    )
  })
})
