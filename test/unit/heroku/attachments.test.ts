import { describe, expect, test } from 'vitest'
import type { Api } from '../../../src/heroku/api.ts'
import { type Attachment, databaseAttachments, findAttachment, isMain } from '../../../src/heroku/attachments.ts'

const attached = (name: string, addon: string, owner = 'acme-staging', plan = 'heroku-postgresql:essential-0') => ({
  name,
  addon: { name: addon, app: { name: owner }, plan: { name: plan } },
})

const answering = (answer: unknown): Api => ({
  get: async () => answer,
  post: () => Promise.reject(new Error('no')),
  remaining: () => undefined,
})

test('the databases among the attachments, and whose they are', async () => {
  const answer = [
    attached('DATABASE', 'postgresql-round-1'),
    attached('LIVE', 'postgresql-square-2', 'acme-production'),
    attached('REDIS', 'redis-round-3', 'acme-staging', 'heroku-redis:mini'),
    { name: 'BROKEN' },
  ]
  expect(await databaseAttachments(answering(answer), 'acme-staging')).toEqual([
    { name: 'DATABASE', addon: 'postgresql-round-1', owner: 'acme-staging' },
    { name: 'LIVE', addon: 'postgresql-square-2', owner: 'acme-production' },
  ])
})

const [main, pink, alias]: [Attachment, Attachment, Attachment] = [
  { name: 'DATABASE', addon: 'postgresql-round-1', owner: 'acme' },
  { name: 'HEROKU_POSTGRESQL_PINK', addon: 'postgresql-pink-2', owner: 'acme' },
  { name: 'HEROKU_POSTGRESQL_RED', addon: 'postgresql-round-1', owner: 'acme' },
]

describe('a database by what a person calls it', () => {
  test.each<[string | undefined, Attachment]>([
    [undefined, main],
    ['DATABASE_URL', main],
    ['postgresql-round-1', main],
    ['PINK', pink],
    ['pink', pink],
    ['PINK_URL', pink],
    ['HEROKU_POSTGRESQL_PINK', pink],
    ['HEROKU_POSTGRESQL_PINK_URL', pink],
  ])('%s', (word, expected) => expect(findAttachment([main, pink], 'acme', word)).toBe(expected))

  test.each(['acme-production::DATABASE', 'NK', '', 'BLUE'])('%j is none', (word) => {
    expect(() => findAttachment([main, pink], 'acme', word)).toThrow(
      expect.objectContaining({
        message: `acme has no database ${word}`,
        hint: 'it has DATABASE, HEROKU_POSTGRESQL_PINK',
        status: 2,
      }),
    )
  })

  test('an app without any', () => {
    expect(() => findAttachment([], 'acme')).toThrow(
      expect.objectContaining({
        message: 'acme has no database DATABASE',
        hint: '`heroku addons:create heroku-postgresql` makes one',
      }),
    )
  })
})

test('the main database, by whatever name', () => {
  expect([main, pink, alias].map((one) => isMain([main, pink, alias], one))).toEqual([true, false, true])
})
