import { expect, test } from 'vitest'
import { firstConfiguration, type KnownApp, nameApps } from '../../../src/environments/first-configuration.ts'
import { parseConfiguration } from '../../../src/environments/parse-configuration.ts'

const app = (app: string, more: Omit<KnownApp, 'app'> = {}): KnownApp => ({ app, ...more })

test.each<[apps: KnownApp[], names: string[]]>([
  [[], []],
  [[app('acme', { remote: 'production' })], ['production: acme']],
  [[app('acme', { remote: 'heroku' })], ['acme: acme']],
  [[app('acme', { remote: 'heroku' }), app('acme', { stage: 'production' })], ['production: acme']],
  [
    [app('acme-prod', { remote: 'heroku', stage: 'production' }), app('acme-stag', { stage: 'staging' })],
    ['production: acme-prod', 'staging: acme-stag'],
  ],
  [
    [app('acme-eu', { stage: 'production' }), app('acme-us', { stage: 'production' })],
    ['eu: acme-eu, protected', 'us: acme-us, protected'],
  ],
  [[app('acme-a', { remote: 'live' }), app('acme-a', { stage: 'production' })], ['live: acme-a, protected']],
  [
    [app('acme-check', { stage: 'staging' }), app('acme-demo', { stage: 'staging' })],
    ['acme-check: acme-check', 'demo: acme-demo'],
  ],
  [
    [app('acme-x', { stage: 'production' }), app('acme-y', { remote: 'production' })],
    ['x: acme-x, protected', 'production: acme-y'],
  ],
  [
    [app('acme'), app('acme-demo')],
    ['acme: acme', 'acme-demo: acme-demo'],
  ],
])('%j are called %j', (apps, names) => {
  const shown = nameApps(apps).map(({ name, app, isProtected }) => `${name}: ${app}${isProtected ? ', protected' : ''}`)
  expect(shown).toEqual(names)
})

test('the text is a configuration, with and without environments', () => {
  const environments = nameApps([
    app('acme', { remote: 'production' }),
    app('acme-eu', { remote: 'eu', stage: 'production' }),
  ])
  expect(parseConfiguration(firstConfiguration(environments, './schema.json'), '.parityrc')).toEqual({
    environments: { production: 'acme', eu: { app: 'acme-eu', protected: true } },
  })
  expect(parseConfiguration(firstConfiguration([], undefined), '.parityrc')).toEqual({})
})
