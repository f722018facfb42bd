import { expect, test } from 'vitest'
import { inspectApp } from '../../../../src/check/inspect/app.ts'
import type { Api } from '../../../../src/heroku/api.ts'
import { HerokuError } from '../../../../src/heroku/heroku-error.ts'
import { inspector } from '../../../../src/run/inspect.ts'
import { before, now } from '../sample.ts'

const place = {
  name: 'production',
  app: 'acme',
  typeable: true,
  branch: undefined,
  folder: undefined,
  gitUrl: 'https://git.heroku.com/acme.git',
}

/** An API that knows the releases of one app and their builds, and has that many requests left. */
function answering(remaining: number | undefined) {
  const asked: string[] = []
  const release = (version: number, description: string, slug: string) => ({
    version,
    description,
    created_at: before(40 - version).toISOString(),
    status: 'succeeded',
    slug: { id: slug },
    user: { email: 'ada@acme.test' },
  })
  const api: Api = {
    get: async (path) => {
      asked.push(path)
      if (path.endsWith('/releases'))
        return [
          release(4, 'Set COLOUR config vars', 'three'),
          release(3, 'Promote acme-staging v7', 'three'),
          release(2, 'Promote acme-staging v6', 'two'),
          release(1, 'Deploy 1a2b3c4d', 'one'),
        ]
      const slug = /\/slugs\/(.*)/.exec(path)?.[1]
      if (slug !== undefined) return { commit: `commit-of-${slug}` }
      throw new HerokuError(404, 'not_found', `Heroku says: no ${path}`)
    },
    post: () => Promise.reject(new Error('nothing is changed')),
    remaining: () => remaining,
  }
  return { api, asked }
}

async function looked(remaining: number | undefined) {
  const { api, asked } = answering(remaining)
  const { inspect, unseen } = inspector()
  const facts = await inspectApp(api, place, Promise.resolve(undefined), inspect, now, new AbortController().signal, {})
  return {
    facts,
    unseen,
    slugs: asked.filter((path) => path.includes('/slugs/')).map((path) => path.split('/').at(-1)),
  }
}

test('builds are asked for where the words of a release do not tell the commit, and for what runs', async () => {
  const { facts, slugs } = await looked(4000)
  expect(slugs.sort()).toEqual(['three', 'two'])
  expect([...facts.commits]).toEqual([
    ['one', '1a2b3c4d'],
    ['three', 'commit-of-three'],
    ['two', 'commit-of-two'],
  ])
})

test('near the rate limit only what runs is asked for, and that is said', async () => {
  const { slugs, unseen } = await looked(3)
  expect(slugs).toEqual(['three'])
  expect(unseen.filter(({ what }) => what === 'commits of releases')).toEqual([
    {
      where: 'production',
      what: 'commits of releases',
      why: 'Heroku would answer only 3 more requests now, so older releases were not asked for',
      hint: 'try again in a few minutes',
    },
  ])
})

test('what Heroku refuses is not seen, and the rest is', async () => {
  const { facts, unseen } = await looked(undefined)
  expect([facts.releases?.length, facts.stack, facts.addons]).toEqual([4, undefined, undefined])
  expect(unseen.map(({ what }) => what).sort()).toEqual([
    'add-ons',
    'attachments',
    'buildpacks',
    'config vars',
    'formation',
    'stack',
  ])
})

test('on Fir the commit comes with the image, and a slug that is gone leaves what the words tell', async () => {
  const release = (version: number, more: object) => ({
    version,
    created_at: before(40 - version).toISOString(),
    status: 'succeeded',
    slug: null,
    user: { email: 'ada@acme.test' },
    ...more,
  })
  const { api } = answering(undefined)
  const answers: Record<string, unknown> = {
    '/apps/acme/releases': [
      release(3, { description: 'Deploy', oci_image: { id: 'image' } }),
      release(2, { description: 'Promote acme-staging v7 2b3c4d5e', slug: { id: 'gone' } }),
      release(1, { description: 'Deploy 1a2b3c4d', status: 'expired' }),
    ],
    '/apps/acme/oci-images/image': [{ id: 'image', commit: 'c'.repeat(40) }],
  }
  const fir: Api = {
    ...api,
    get: async (path, options) => answers[path] ?? api.get(path.replace('slugs', 'gone'), options),
  }
  const { inspect } = inspector()
  const { commits } = await inspectApp(
    fir,
    place,
    Promise.resolve(undefined),
    inspect,
    now,
    new AbortController().signal,
    {},
  )
  expect([...commits]).toEqual([
    ['v1', '1a2b3c4d'],
    ['gone', '2b3c4d5e'],
    ['image', 'c'.repeat(40)],
  ])
})
