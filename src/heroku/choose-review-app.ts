import { failure, usageError } from '../errors.ts'
import type { ReviewApp } from './apps.ts'

/** A review app, how it is called (`pr_app 1234`), and what told. */
export type FoundReviewApp = { readonly name: string; readonly app: string; readonly origin: string }

const notYet = ['pending', 'creating']
const noMore = ['deleting', 'deleted']

/**
 * The one of several review apps of the same pull request or branch that can be used; an app whose set-up failed can, where there is
 * one. `whose` says what they are of, and `unnumbered` how one without a pull request is called. Throws where that is none, or more than
 * one.
 */
export function chooseReviewApp(apps: readonly ReviewApp[], whose: string, unnumbered = 'pr_app'): FoundReviewApp {
  const usable = apps.flatMap(({ app, status, pullRequest }) =>
    app === undefined || [...notYet, ...noMore].includes(status) ? [] : [{ app, pullRequest }],
  )
  const [first, ...others] = usable
  if (first && others.length === 0)
    return {
      name: first.pullRequest === undefined ? unnumbered : `pr_app ${first.pullRequest}`,
      app: first.app,
      origin: 'the pipeline',
    }
  if (first)
    throw usageError(
      `${whose} has ${usable.length} review apps: ${usable.map(({ app }) => app).join(', ')}`,
      `add the one that is meant to .parityrc: \`environments: { review: ${first.app} }\`, and run \`parity review COMMAND\``,
    )
  if (apps.some(({ status }) => notYet.includes(status)))
    throw failure(`the review app of ${whose} is still being created`, 'try again in a few minutes')
  if (apps.every(({ status }) => noMore.includes(status)))
    throw failure(`the review app of ${whose} was deleted`, 'reopen the pull request, and Heroku creates another one')
  const message = apps.find(({ message }) => message !== undefined)?.message
  throw failure(
    `the review app of ${whose} could not be created${message === undefined ? '' : `: ${message}`}`,
    'correct that and push to the branch, or create it in the pipeline on https://dashboard.heroku.com',
  )
}
