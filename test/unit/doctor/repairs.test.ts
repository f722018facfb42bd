import { expect, test } from 'vitest'
import type { Check } from '../../../src/doctor/checks.ts'
import { planRepairs } from '../../../src/doctor/repairs.ts'

type Seen = Pick<Parameters<typeof planRepairs>[0], 'exposed' | 'staleParts' | 'configuration' | 'inGit'>

const nothing: Seen = {
  exposed: [],
  staleParts: [],
  configuration: { file: undefined, problem: undefined },
  inGit: true,
}
const demo = { name: 'demo', app: 'acme', origin: '.parityrc', isProtected: false, isWord: false, seen: undefined }

/** The repairs where these checks are not well. */
function repairs(facts: Partial<Seen>, ...ids: string[]) {
  const checks = ids.map((id): Check => ({ group: 'project', id, status: 'warning', value: '' }))
  return planRepairs({ ...nothing, ...facts, environments: [demo] }, checks, '/c')
}

test.each<[Partial<Seen>, string[], ReturnType<typeof planRepairs>]>([
  [{}, [], []],
  [{}, ['git', 'bins', 'heroku.login', 'postgres.server'], []],
  [{}, ['word.demo'], [{ kind: 'link', name: 'demo' }]],
  [{}, ['environments'], [{ kind: 'init' }]],
  [{ inGit: false }, ['environments'], []],
  [{ configuration: { file: '.parityrc', problem: undefined } }, ['environments'], []],
  [
    { exposed: ['/c', '/c/_scrub.key', '/cellar', '/home/ada/.netrc'] },
    ['private./c'],
    [
      { kind: 'private', path: '/c' },
      { kind: 'private', path: '/c/_scrub.key' },
    ],
  ],
  [
    {
      staleParts: [
        { path: '/c/acme/one.part', bytes: 1_048_576 },
        { path: '/c/acme/two.part', bytes: 2_097_152 },
      ],
    },
    ['cache.parts'],
    [{ kind: 'remove parts', paths: ['/c/acme/one.part', '/c/acme/two.part'], what: '2 unfinished downloads, 3 MB' }],
  ],
  [{ staleParts: { why: 'it is a link', hint: undefined } }, ['cache'], []],
])('%j with %j is repaired by what is ours', (facts, ids, planned) => {
  expect(repairs(facts, ...ids)).toEqual(planned)
})
