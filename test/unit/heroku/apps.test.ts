import { expect, test } from 'vitest'
import type { Api } from '../../../src/heroku/api.ts'
import { pipelineCoupling, pipelineStage, reviewApps } from '../../../src/heroku/apps.ts'
import { HerokuError } from '../../../src/heroku/heroku-error.ts'

/** An API that has these answers and no others. */
function answering(answers: Record<string, unknown>): Api {
  const answer = async (method: string, path: string, options?: Parameters<Api['get']>[1]) => {
    const body = options?.body === undefined ? '' : ` ${JSON.stringify(options.body)}`
    const request = `${method} ${path}${body}`
    if (request in answers) return answers[request]
    throw new HerokuError(404, 'not_found', `Heroku says: no ${request}`)
  }
  return {
    get: (path, options) => answer('GET', path, options),
    post: (path, options) => answer('POST', path, options),
    remaining: () => undefined,
  }
}

test('the stage of an app in a pipeline', async () => {
  const api = answering({
    'GET /apps/acme/pipeline-couplings': { pipeline: { id: 'pipe', name: 'acme' }, stage: 'production' },
    'GET /apps/odd/pipeline-couplings': { stage: 'production' },
  })
  expect(await pipelineStage(api, 'acme')).toBe('production')
  expect(await pipelineCoupling(api, 'acme')).toEqual({ pipelineId: 'pipe', stage: 'production' })
  expect(await pipelineStage(api, 'odd')).toBeUndefined()
  expect(await pipelineStage(api, 'in-no-pipeline')).toBeUndefined()
})

test('a failure that is no 404 stays one', async () => {
  const api: Api = { ...answering({}), get: () => Promise.reject(new HerokuError(403, 'forbidden', 'Heroku says: no')) }
  await expect(pipelineStage(api, 'acme')).rejects.toMatchObject({
    status: 1,
    httpStatus: 403,
    message: 'Heroku says: no',
  })
})

test('the review apps of a pipeline, by the names of their apps', async () => {
  const api = answering({
    'GET /pipelines/pipe/review-apps': [
      { app: { id: 'id-7' }, pr_number: 7, branch: 'feature', status: 'created', message: 'fine' },
      { app: { id: 'id-8' }, pr_number: null, branch: 'by-hand', status: 'creating' },
      { app: null, pr_number: 9, branch: 'no-app-yet', status: 'pending' },
      { app: { id: 'id-gone' }, pr_number: 10, branch: 'gone', status: 'deleting' },
    ],
    'POST /filters/apps {"in":{"id":["id-7","id-8","id-gone"]}}': [
      { id: 'id-7', name: 'acme-pr-7' },
      { id: 'id-8', name: 'acme-by-hand' },
    ],
  })
  expect(await reviewApps(api, 'pipe')).toEqual([
    { pullRequest: 7, branch: 'feature', app: 'acme-pr-7', status: 'created', message: 'fine' },
    { pullRequest: undefined, branch: 'by-hand', app: 'acme-by-hand', status: 'creating', message: undefined },
    { pullRequest: 9, branch: 'no-app-yet', app: undefined, status: 'pending', message: undefined },
    { pullRequest: 10, branch: 'gone', app: undefined, status: 'deleting', message: undefined },
  ])
})

test('a pipeline without review apps asks for no names', async () => {
  expect(await reviewApps(answering({ 'GET /pipelines/pipe/review-apps': [] }), 'pipe')).toEqual([])
})
