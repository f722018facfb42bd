import { describe, expect, test } from 'vitest'
import { type AddonFacts, recipeOf } from '../../../src/services/recipe.ts'
import { rows } from '../../../src/services/table.ts'
import { unsetVariables, variablesOf } from '../../../src/services/variables.ts'

type Pins = NonNullable<Parameters<typeof recipeOf>[1]>

const addon = (plan: string, attachment: string, more: Partial<AddonFacts> = {}): AddonFacts => ({
  name: `${attachment.toLowerCase()}-round-1`,
  service: plan.split(':')[0] ?? '',
  plan: plan.split(':')[1] ?? '',
  attachments: [attachment],
  configVars: [`${attachment}_URL`],
  ...more,
})
const main = addon('heroku-postgresql:standard-0', 'DATABASE', { version: '17.6' })
const redis = addon('heroku-redis:premium-0', 'REDIS', { version: '7.2.4' })

/** `name version` of each service, then `addon: reason` of what is left out. */
function shown(addons: readonly AddonFacts[], pins: Pins = {}): string[] {
  const { services, leftOut } = recipeOf(addons, pins)
  return [
    ...services.map(({ name, version, configVars }) => `${name} ${version} ${configVars.join(' ')}`),
    ...leftOut.map(({ addon, reason }) => `${addon}: ${reason}`),
  ]
}

describe('the recipe', () => {
  const cases: [what: string, addons: AddonFacts[], expected: string[], pins?: Pins][] = [
    ['nothing', [], []],
    ['Postgres by its major, Redis by major.minor', [main, redis], ['postgres 17 DATABASE_URL', 'redis 7.2 REDIS_URL']],
    [
      'a follower is no second service',
      [main, addon('heroku-postgresql:standard-0', 'HEROKU_POSTGRESQL_PINK', { version: '17.6', follower: true })],
      ['postgres 17 DATABASE_URL HEROKU_POSTGRESQL_PINK_URL'],
    ],
    [
      'another database is one, and the main one comes first',
      [addon('heroku-postgresql:standard-0', 'HEROKU_POSTGRESQL_PINK', { version: '16.10' }), main],
      ['postgres 17 DATABASE_URL', 'postgres-pink 16 HEROKU_POSTGRESQL_PINK_URL'],
    ],
    [
      'a second Redis as CACHE',
      [addon('heroku-redis:mini', 'CACHE', { version: '7.0.1' }), redis],
      ['redis 7.2 REDIS_URL', 'redis-cache 7.0 CACHE_URL'],
    ],
    [
      'Advanced Postgres',
      [addon('heroku-postgresql:advanced', 'DATABASE', { version: '17.5' })],
      ['postgres 17 DATABASE_URL'],
    ],
    [
      'a version that is not visible',
      [addon('rediscloud:30', 'REDISCLOUD')],
      ['rediscloud:30: its version is not visible: set `services.redis.version` in the configuration'],
    ],
    [
      'a version that is configured',
      [addon('rediscloud:30', 'REDISCLOUD')],
      ['redis 7.4 REDISCLOUD_URL'],
      { redis: { version: '7.4' } },
    ],
    [
      'what has no counterpart, and what is not known',
      [addon('papertrail:choklad', 'PAPERTRAIL'), addon('heroku-kafka:basic-0', 'KAFKA'), addon('oddity:x', 'ODDITY')],
      [
        'papertrail:choklad: not needed in development',
        'heroku-kafka:basic-0: no recipe yet',
        'oddity:x: no recipe yet',
      ],
    ],
  ]
  test.each(cases)('%s', (_, addons, expected, pins) => {
    expect(shown(addons, pins)).toEqual(expected)
  })

  test('has the extensions of the main database', () => {
    const [service] = recipeOf([{ ...main, extensions: ['plpgsql', 'postgis'] }]).services
    expect(service?.extensions).toEqual(['postgis'])
  })
})

test('each add-on service is in one row, which says what becomes of it', () => {
  const slugs = rows.flatMap((row) => row.slugs)
  expect(new Set(slugs).size).toBe(slugs.length)
  expect(
    rows.filter(({ engine, version, instead }) => (engine && version) === undefined && instead === undefined),
  ).toEqual([])
})

describe('variables', () => {
  const at = (facts: AddonFacts, pins: Pins = {}) => {
    const [service] = recipeOf([facts], pins).services
    if (service === undefined) throw new Error('no service')
    const place = { port: 20_001, password: 'pw', database: 'acme_development' }
    return [variablesOf(service, place), unsetVariables(service)]
  }
  test('of Postgres and Redis are URLs; those for TLS stay unset', () => {
    expect(at(main)).toEqual([{ DATABASE_URL: 'postgres://postgres:pw@127.0.0.1:20001/acme_development' }, []])
    expect(at({ ...redis, configVars: ['REDIS_URL', 'REDIS_TLS_URL'] })).toEqual([
      { REDIS_URL: 'redis://:pw@127.0.0.1:20001/0' },
      ['REDIS_TLS_URL'],
    ])
  })
  test('of Memcached are a list of hosts, without a login', () => {
    const facts = addon('memcachier:dev', 'MEMCACHIER', {
      configVars: ['MEMCACHIER_SERVERS', 'MEMCACHIER_USERNAME', 'MEMCACHIER_PASSWORD'],
    })
    expect(at(facts, { memcached: { version: '1.6' } })).toEqual([
      { MEMCACHIER_SERVERS: '127.0.0.1:20001', MEMCACHIER_USERNAME: '', MEMCACHIER_PASSWORD: '' },
      [],
    ])
  })
  test('of mail are host and port', () => {
    const facts = addon('mailgun:starter', 'MAILGUN', {
      configVars: ['MAILGUN_SMTP_SERVER', 'MAILGUN_SMTP_PORT', 'MAILGUN_SMTP_LOGIN', 'MAILGUN_API_KEY'],
    })
    expect(at(facts)).toEqual([
      { MAILGUN_SMTP_SERVER: '127.0.0.1', MAILGUN_SMTP_PORT: '20001', MAILGUN_SMTP_LOGIN: '' },
      ['MAILGUN_API_KEY'],
    ])
  })
  test('have names that a shell knows', () => {
    expect(at({ ...main, configVars: ['DATABASE_URL', 'A;rm_URL', '$(x)_URL'] })[1]).toEqual(['A;rm_URL', '$(x)_URL'])
  })
})
