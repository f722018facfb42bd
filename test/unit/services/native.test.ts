import { describe, expect, test } from 'vitest'
import { databaseName, keyOf, type NativeFacts } from '../../../src/services/native/inspect.ts'
import { portsFor } from '../../../src/services/native/ports.ts'
import { redisSettings } from '../../../src/services/native/redis-protocol.ts'
import { planNative } from '../../../src/services/native/up.ts'
import type { Service } from '../../../src/services/recipe.ts'
import { service } from './sample.ts'

type UpOptions = Parameters<typeof planNative>[2]

const postgres = service('postgres', 'postgres', '17')
const redis = service('redis', 'redis', '7.0')
const facts: NativeFacts = {
  installed: [
    { engine: 'postgres', version: '15.18', program: '/pg/15/bin' },
    { engine: 'postgres', version: '17.4', program: '/old/17/bin' },
    { engine: 'postgres', version: '17.10', program: '/pg/17/bin' },
    { engine: 'redis', version: '7.0.15', program: '/usr/bin/redis-server' },
  ],
  servers: [],
  portOf: (key) => (key.startsWith('postgres') ? 20_017 : 20_070),
  password: 'fresh',
  app: 'acme-production',
}
const options: UpOptions = { anyVersion: false, installer: 'apt' }
const up = (services: Service[], more: Partial<NativeFacts> = {}, with_: Partial<UpOptions> = {}) =>
  planNative({ services }, { ...facts, ...more }, { ...options, ...with_ })
const server = {
  key: 'postgres-17',
  service: postgres,
  version: '17.10',
  port: 23_456,
  password: 'kept',
  database: 'mine',
  made: true,
  alive: false,
}

describe('up', () => {
  test('makes and starts the newest server of the major', () => {
    const { plan, starts, running } = up([postgres, redis])
    expect(plan).toEqual({
      notes: [],
      steps: [
        { effect: 'make postgres-17', description: 'make: postgres 17.10 in .parity/postgres-17' },
        { effect: 'start postgres-17', description: 'start: postgres 17.10 on 127.0.0.1:20017' },
        { effect: 'start redis-7.0', description: 'start: redis 7.0.15 on 127.0.0.1:20070' },
      ],
      cleanup: [],
    })
    expect(starts.map(({ program, make, server }) => [program, make, server.password, server.database])).toEqual([
      ['/pg/17/bin', true, 'fresh', 'acme_development'],
      ['/usr/bin/redis-server', false, 'fresh', undefined],
    ])
    expect(running).toEqual([])
  })

  test('starts one that was made with its port, password and database', () => {
    const { starts } = up([postgres], { servers: [server] })
    expect(starts).toEqual([
      {
        program: '/pg/17/bin',
        make: false,
        server: {
          key: 'postgres-17',
          service: postgres,
          version: '17.10',
          port: 23_456,
          password: 'kept',
          database: 'mine',
        },
      },
    ])
  })

  test('makes one whose data was not finished, with the password that was kept', () => {
    const [start] = up([postgres], { servers: [{ ...server, made: false }] }).starts
    expect([start?.make, start?.server.password]).toEqual([true, 'kept'])
  })

  test('leaves one that runs', () => {
    const { plan, running } = up([postgres], { servers: [{ ...server, alive: true }] })
    expect([plan.notes, plan.steps]).toEqual([['postgres 17.10 runs already on 127.0.0.1:23456'], []])
    expect(running.map(({ port }) => port)).toEqual([23_456])
  })

  test('names what runs with Docker only', () => {
    expect(up([service('mail', 'mail')]).plan.notes).toEqual([
      'mail (heroku-mail:mini) runs with Docker only and is not started',
    ])
  })

  const missing: [service: Service, installer: UpOptions['installer'], message: string, hint: string][] = [
    [
      service('postgres', 'postgres', '16'),
      'apt',
      'no server of Postgres 16 is installed, found 17.10, 17.4, 15.18',
      'install them with `sudo apt-get install postgresql-16`, after adding https://apt.postgresql.org; with Docker, `development services up --engine docker` needs none; `development services up --any-version` starts 15.18',
    ],
    [
      service('redis', 'redis', '7.2'),
      'apt',
      'no server of Redis 7.2 is installed, found 7.0.15',
      'install it with `sudo apt-get install valkey-server`; with Docker, `development services up --engine docker` needs none; `development services up --any-version` starts 7.0.15',
    ],
    [
      service('redis', 'redis', '6.2'),
      'brew',
      'no server of Redis 6.2 is installed, found 7.0.15',
      'install it with `brew install redis`; with Docker, `development services up --engine docker` needs none; `development services up --any-version` starts 7.0.15',
    ],
    [
      service('memcached', 'memcached', '1.6'),
      'other',
      'no server of Memcached 1.6 is installed',
      'install memcached 1.6; with Docker, `development services up --engine docker` needs none',
    ],
  ]
  test.each(missing)('$name $version is not installed', (wanted, installer, message, hint) => {
    expect(() => up([wanted], {}, { installer })).toThrow(expect.objectContaining({ message, hint, status: 1 }))
  })

  test('starts the nearest version where any will do', () => {
    const { starts } = up(
      [service('redis', 'redis', '7.2'), service('postgres', 'postgres', '14')],
      {},
      { anyVersion: true },
    )
    expect(starts.map(({ server }) => server.key)).toEqual(['redis-7.0', 'postgres-15'])
  })
})

test('the folder of a server has its version in its name', () => {
  expect([keyOf(postgres, { version: '17.6' }), keyOf(redis, { version: '7.0.15' })]).toEqual([
    'postgres-17',
    'redis-7.0',
  ])
})

test.each([
  ['acme-production', 'acme_development'],
  ['acme-prod', 'acme_development'],
  ['acme', 'acme_development'],
  ['production', 'app_development'],
])('the database of %s is %s', (app, name) => {
  expect(databaseName(app)).toBe(name)
})

test('ports are the same for the same folder, and below those of outgoing connections', () => {
  const first = [...portsFor('/a/postgres-17')]
  expect(first).toEqual([...portsFor('/a/postgres-17')])
  expect(new Set(first).size).toBe(10_000)
  expect([Math.min(...first) >= 20_000, Math.max(...first) < 30_000]).toEqual([true, true])
})

test('the settings of Redis quote a path', () => {
  const text = redisSettings('/a "b"/redis', { port: 20_001, password: 'pw' })
  expect(text.split('\n')).toEqual([
    'bind 127.0.0.1',
    'port 20001',
    'requirepass pw',
    'dir "/a \\"b\\"/redis/data"',
    'pidfile "/a \\"b\\"/redis/pid"',
    'logfile "/a \\"b\\"/redis/log"',
    'daemonize yes',
    'appendonly yes',
    '',
  ])
})
