import { describe, expect, test } from 'vitest'
import { failure, usageError } from '../../../src/errors.ts'
import type { ReviewApp } from '../../../src/heroku/apps.ts'
import { chooseReviewApp } from '../../../src/heroku/choose-review-app.ts'

const review = (status: string, app?: string, more: Partial<ReviewApp> = {}): ReviewApp => ({
  pullRequest: 7,
  branch: 'topic',
  app,
  status,
  message: undefined,
  ...more,
})
const found = { name: 'pr_app 7', app: 'acme-pr-7', origin: 'the pipeline' }

describe('of several review apps of one number', () => {
  test.each<[string, ReviewApp[], object]>([
    ['the only one', [review('created', 'acme-pr-7')], found],
    [
      'the one that is not deleted',
      [review('deleted'), review('deleting', 'old'), review('created', 'acme-pr-7')],
      found,
    ],
    ['the one that is there already', [review('creating', 'new'), review('created', 'acme-pr-7')], found],
    ['one whose set-up failed, but that is there', [review('errored', 'acme-pr-7')], found],
    ['one of unknown state', [review('unknown', 'acme-pr-7')], found],
    [
      'one that was made from a branch',
      [review('created', 'acme-topic', { pullRequest: undefined })],
      { name: 'pr_app', app: 'acme-topic', origin: 'the pipeline' },
    ],
  ])('%s is meant', (_, apps, chosen) => expect(chooseReviewApp(apps, 'pull request 7')).toEqual(chosen))

  test.each<[string, ReviewApp[], Error]>([
    [
      'two',
      [review('created', 'a'), review('created', 'b')],
      usageError(
        'pull request 7 has 2 review apps: a, b',
        'add the one that is meant to .parityrc: `environments: { review: a }`, and run `parity review COMMAND`',
      ),
    ],
    [
      'one that is being created',
      [review('creating', 'acme-pr-7')],
      failure('the review app of pull request 7 is still being created', 'try again in a few minutes'),
    ],
    [
      'one that waits for that',
      [review('pending'), review('deleted')],
      failure('the review app of pull request 7 is still being created', 'try again in a few minutes'),
    ],
    [
      'one that was deleted',
      [review('deleted')],
      failure(
        'the review app of pull request 7 was deleted',
        'reopen the pull request, and Heroku creates another one',
      ),
    ],
    [
      'one that could not be created',
      [review('errored', undefined, { message: 'no app.json' })],
      failure(
        'the review app of pull request 7 could not be created: no app.json',
        'correct that and push to the branch, or create it in the pipeline on https://dashboard.heroku.com',
      ),
    ],
  ])('%s: none is meant', (_, apps, error) => {
    expect(() => chooseReviewApp(apps, 'pull request 7')).toThrow(error)
  })
})
