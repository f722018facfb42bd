import { randomUUID } from 'node:crypto'
import { type App, owner, pipeline, release, reviewApp } from './apps.ts'
import { appJson } from './platform-api.ts'
import { HttpError, json, type Route, route } from './replies.ts'
import type { World } from './world.ts'

/** The part of the Platform API about the pipeline `acme`, its apps and review apps. */
export function pipelinesApi(world: World): Route[] {
  const inPipeline = () => world.apps.filter(({ stage }) => stage !== undefined)
  const promotions = new Map<string, { app: App; releaseId: string }[]>()
  return [
    route('GET /pipelines', ({ query }) => {
      const name = query.get('eq[name]')
      return json(name === null || name === pipeline.name ? [pipelineJson] : [])
    }),
    route('GET /pipelines/:pipeline', ({ params }) => json(ours(params.pipeline) && pipelineJson)),
    route('GET /pipelines/:pipeline/pipeline-couplings', ({ params }) =>
      json(ours(params.pipeline) && inPipeline().map(coupling)),
    ),
    route('GET /pipelines/:pipeline/review-apps', ({ params }) =>
      json(ours(params.pipeline) && world.apps.filter(isReview).map(reviewJson)),
    ),
    route('GET /apps/:app/pipeline-couplings', ({ params }) => {
      const app = world.app(params.app)
      if (app.stage === undefined) throw new HttpError(404, 'not_found', "Couldn't find that pipeline coupling.")
      return json(coupling(app))
    }),
    route('GET /apps/:app/review-app', ({ params }) => {
      const app = world.app(params.app)
      if (!isReview(app)) throw new HttpError(404, 'not_found', "Couldn't find that review app.")
      return json(reviewJson(app))
    }),
    route('POST /filters/apps', ({ json: filter }) => {
      const { id: ids } = (filter.in ?? {}) as { id?: string[] }
      return json(world.apps.filter(({ id }) => ids?.includes(id)).map(appJson))
    }),
    route('POST /pipeline-promotions', ({ json: order }) => {
      const { source, targets } = order as { source: Target; targets: Target[] }
      const commit = world.app(source.app.id).releases.at(-1)?.commit
      const id = randomUUID()
      const promote = (app: App) => {
        const made = release(app, 'Promote acme-staging', commit)
        if (app.config.FAIL_RELEASE) made.phase = 'failed'
        return { app, releaseId: made.id }
      }
      promotions.set(
        id,
        targets.map((target) => promote(world.app(target.app.id))),
      )
      return json({ id, pipeline: { id: pipeline.id }, source, status: 'pending' }, 201)
    }),
    route('GET /pipeline-promotions/:promotion/promotion-targets', ({ params }) => {
      const done = promotions.get(params.promotion ?? '') ?? []
      return json(
        done.map(({ app, releaseId }) => ({ app: { id: app.id }, status: 'succeeded', release: { id: releaseId } })),
      )
    }),
  ]
}

type Target = { app: { id: string } }

const pipelineJson = {
  ...pipeline,
  generation: { id: 'cedar', name: 'cedar' },
  owner: { id: owner.id, type: 'user' },
  created_at: '2024-01-01T00:00:00Z',
  updated_at: '2024-01-01T00:00:00Z',
}

function ours(key: string | undefined): true {
  if (key === pipeline.id || key === pipeline.name) return true
  throw new HttpError(404, 'not_found', "Couldn't find that pipeline.")
}

function coupling({ id, name, stage }: App) {
  return { id, app: { id, name }, pipeline: { id: pipeline.id, name: pipeline.name }, stage }
}

function isReview({ stage }: App): boolean {
  return stage === 'review'
}

function reviewJson(app: App) {
  return {
    id: reviewApp.id,
    app: { id: app.id },
    app_setup: { id: reviewApp.id },
    pipeline: { id: pipeline.id },
    pr_number: reviewApp.prNumber,
    branch: reviewApp.branch,
    status: 'created',
    message: null,
    error_status: null,
    wait_for_ci: false,
    creator: { id: owner.id },
    created_at: '2024-01-01T00:00:00Z',
    updated_at: '2024-01-01T00:00:00Z',
  }
}
