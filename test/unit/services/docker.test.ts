import { describe, expect, test } from 'vitest'
import { blockOf } from '../../../src/services/compose/blocks.ts'
import { editCompose } from '../../../src/services/compose/edit.ts'
import { composeCall, readContainers, serversIn } from '../../../src/services/docker/containers.ts'
import { chooseEngine } from '../../../src/services/docker/engine.ts'
import { parseStates, parseVolumes } from '../../../src/services/docker/output.ts'
import { stopCall } from '../../../src/services/docker/state.ts'
import { type ContainerFacts, planContainers } from '../../../src/services/docker/up.ts'
import type { Service } from '../../../src/services/recipe.ts'
import { service } from './sample.ts'

const postgres = service('postgres', 'postgres', '17')
const redis = service('redis', 'redis', '7.0')

describe('what starts the servers', () => {
  const works = { version: '2.40.3' }
  const broken = { missing: 'no engine answers the Docker client', fix: 'start Docker' }
  const note = 'Docker Compose 2.40.3 runs the services; `--engine native` starts installed servers instead'
  type Facts = Parameters<typeof chooseEngine>[0]
  const rows: [what: string, facts: Partial<Facts>, chosen: ReturnType<typeof chooseEngine>][] = [
    ['Docker where it works', { docker: works }, { engine: 'docker', note }],
    ['else the installed servers', { docker: broken }, { engine: 'native' }],
    ['what has the data', { before: 'native', docker: works }, { engine: 'native' }],
    ['what has the data, Docker', { before: 'docker', docker: works }, { engine: 'docker', note }],
    ['what was asked for', { asked: 'native', before: 'docker', docker: works }, { engine: 'native' }],
    ['what was asked for, Docker', { asked: 'docker', before: 'native', docker: works }, { engine: 'docker' }],
  ]
  test.each(rows)('%s', (_, facts, chosen) => {
    expect(chooseEngine({ asked: undefined, before: undefined, docker: broken, ...facts })).toEqual(chosen)
  })

  test('Docker that cannot be used is refused where it was asked for, or has the data', () => {
    const message = 'the services cannot run with Docker: no engine answers the Docker client'
    expect(() => chooseEngine({ asked: 'docker', before: undefined, docker: broken })).toThrow(
      expect.objectContaining({ message, hint: 'start Docker', status: 1 }),
    )
    const hint = 'start Docker; `--engine native` starts installed servers, with other data'
    expect(() => chooseEngine({ asked: undefined, before: 'docker', docker: broken })).toThrow(
      expect.objectContaining({ message, hint, status: 1 }),
    )
  })

  test('a name that is none', () => {
    expect(() => chooseEngine({ asked: 'podman', before: undefined, docker: works })).toThrow(
      expect.objectContaining({
        message: '`--engine` takes docker or native, got `podman`',
        hint: '`--engine docker` or `--engine native`',
        status: 2,
      }),
    )
  })
})

const blocks = [blockOf(postgres, 20_001, 'acme_development', 'secret'), blockOf(redis, 20_002, '')]
const edited = editCompose('services:\n  web:\n    image: web\n', blocks)
const text = 'text' in edited ? edited.text : ''
const theirs = {
  project: 'acme-12345678',
  file: '/acme/compose.yaml',
  own: false,
  text,
  servers: await serversIn(text),
}
const ours = { ...theirs, file: '/acme/.parity/compose.yaml', own: true }
const compose = (...words: string[]) => composeCall(theirs, ...words)

test('the servers of a Compose file are those with our mark', () => {
  expect(
    theirs.servers.map(({ key, container, port, password, database }) => [key, container, port, password, database]),
  ).toEqual([
    ['postgres-17', 'postgres', 20_001, 'secret', 'acme_development'],
    ['redis-7.0', 'redis', 20_002, '', undefined],
  ])
})

test.each([
  ['nothing', undefined],
  ['no mark', 'services:\n  redis: { image: redis }\n'],
  ['a mark that means nothing', 'services:\n  a: { x-parity: { service: oracle }, ports: ["127.0.0.1:1:1"] }\n'],
  ['no port', 'services:\n  a: { x-parity: { service: redis } }\n'],
  ['an alias of nothing', 'services:\n  a: *x-parity\n'],
  ['a list', '- x-parity\n'],
  ['a word', 'x-parity\n'],
])('there are none in a file with %s', async (_, file) => {
  expect(await serversIn(file)).toEqual([])
})

describe('up', () => {
  const up = (services: Service[], facts: Partial<ContainerFacts> = {}) =>
    planContainers(services, {
      ...{ root: '/acme', containers: theirs, text, wanted: theirs.servers, answering: [] },
      ...facts,
    })

  test('starts the services of the project’s file, and nothing else in it', () => {
    expect(up([postgres, redis]).plan).toEqual({
      notes: [],
      steps: [
        { call: compose('up', '--detach', '--no-deps', 'postgres', 'redis') },
        { effect: 'ready postgres-17', description: 'wait: postgres 17 on 127.0.0.1:20001' },
        { effect: 'ready redis-7.0', description: 'wait: redis 7.0 on 127.0.0.1:20002' },
      ],
      cleanup: [],
    })
  })

  test('writes a file of its own first', () => {
    const [first, second] = up([redis], { containers: { ...ours, text: undefined, servers: [] } }).plan.steps
    expect(first).toEqual({ effect: 'compose file', description: 'write: .parity/compose.yaml: postgres, redis' })
    expect(second).toEqual({ call: composeCall(ours, 'up', '--detach', '--no-deps', 'redis') })
  })

  test('builds an image that is made here', () => {
    const wanted = theirs.servers.map((server) => ({ ...server, builds: true }))
    expect(up([redis], { wanted }).plan.steps[0]).toEqual({
      call: compose('up', '--detach', '--no-deps', '--build', 'redis'),
    })
  })

  test('leaves what answers', () => {
    const { plan, starts, running } = up([postgres, redis], { answering: ['redis'] })
    expect(plan.notes).toEqual(['redis 7.0 runs already on 127.0.0.1:20002'])
    expect([starts, running].map((servers) => servers.map(({ key }) => key))).toEqual([['postgres-17'], ['redis-7.0']])
    expect(running[0]?.service.configVars).toEqual(['REDIS_URL'])
    expect(up([redis], { answering: ['redis'] }).plan.steps).toEqual([])
  })

  test.each([
    ['another version', service('postgres', 'postgres', '18'), 'compose.yaml has another postgres 18'],
    ['none', service('memcached', 'memcached', '1.6'), 'compose.yaml has no memcached 1.6'],
  ])('a file with %s', (_, wanted, message) => {
    const hint = '`development services --write` puts it there'
    expect(() => up([wanted])).toThrow(expect.objectContaining({ message, hint, status: 1 }))
  })
})

test('what stops removes containers of ours alone; all of a file of ours goes with its network', () => {
  expect(stopCall(theirs, [], true)).toBeUndefined()
  expect(stopCall(theirs, theirs.servers, true)).toEqual(compose('rm', '--stop', '--force', 'postgres', 'redis'))
  expect(stopCall(ours, ours.servers, true)).toEqual(composeCall(ours, 'down'))
  expect(stopCall(ours, ours.servers.slice(1), false)).toEqual(composeCall(ours, 'rm', '--stop', '--force', 'redis'))
})

test('two projects of one folder name have different names, which Compose takes', async () => {
  const nameOf = async (root: string) => (await readContainers(root)).project
  const roots = ['/no/a/acme', '/no/b/acme', '/no/My App!', '/no/--', `/no/${'x'.repeat(120)}`]
  const names = await Promise.all(roots.map(nameOf))
  expect(new Set(names).size).toBe(5)
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/)
  expect(names[0]).toMatch(/^acme-[0-9a-f]{8}$/)
  expect(await nameOf('/no/a/acme')).toBe(names[0])
})

test('what Docker prints is read: states as lines and as an array, and volumes of ours alone', () => {
  const row = (name: string) => JSON.stringify({ Service: name, State: 'running' })
  const states = new Map([
    ['redis', 'running'],
    ['postgres', 'running'],
  ])
  expect(parseStates(`${row('redis')}\n${row('postgres')}\n`)).toEqual(states)
  expect(parseStates(`[${row('redis')},${row('postgres')}]`)).toEqual(states)
  expect(parseStates('')).toEqual(new Map())
  const volume = (name: string, project = 'acme-1') => ({
    ...{ Name: name, Size: '47.66MB' },
    Labels: `com.docker.compose.volume=v,com.docker.compose.project=${project}`,
  })
  const all = [
    volume('acme-1_parity-redis-7.0'),
    volume('acme-1_theirs'),
    volume('acme-1_parity-x', 'acme-12'),
    { Name: 'data' },
  ]
  expect(parseVolumes(JSON.stringify(all), 'acme-1', 'parity-')).toEqual([
    { name: 'acme-1_parity-redis-7.0', size: '47.66MB' },
  ])
  for (const nothing of ['', 'null', '[]']) expect(parseVolumes(nothing, 'acme-1', 'parity-')).toEqual([])
})
