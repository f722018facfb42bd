import { type Api, orUndefined } from './api.ts'
import { asNumber, asObject, asObjects, asText } from './json.ts'

/** An app, as far as parity is concerned. */
type App = { readonly id: string; readonly name: string }

/** The place of an app in its pipeline. `stage`: `review`, `development`, `staging` or `production`. */
export type PipelineCoupling = { readonly pipelineId: string; readonly stage: string }

/** The app of a pull request. */
export type ReviewApp = {
  /** Undefined for one that was made by hand from a branch. */
  readonly pullRequest: number | undefined
  readonly branch: string | undefined
  /** Name of the app; undefined before there is one. */
  readonly app: string | undefined
  /** `pending`, `creating`, `created`, `errored`, `deleting` or `deleted`. */
  readonly status: string
  /** What Heroku says of it, where that could not be created. */
  readonly message: string | undefined
}

/** Whether the app is in maintenance mode: visitors get a page that says so. Fails where there is no such app. */
export async function isInMaintenance(api: Api, app: string): Promise<boolean> {
  return asObject(await api.get(`/apps/${encodeURIComponent(app)}`)).maintenance === true
}

/** Where the app is in its pipeline; undefined where it is in none. */
export async function pipelineCoupling(api: Api, app: string): Promise<PipelineCoupling | undefined> {
  const coupling = asObject(await orUndefined(api.get(`/apps/${encodeURIComponent(app)}/pipeline-couplings`)))
  const pipelineId = asText(asObject(coupling.pipeline).id)
  const stage = asText(coupling.stage)
  return pipelineId === undefined || stage === undefined ? undefined : { pipelineId, stage }
}

/** The stage of the app in its pipeline, such as `production`; undefined where it is in none. */
export async function pipelineStage(api: Api, app: string): Promise<string | undefined> {
  return (await pipelineCoupling(api, app))?.stage
}

/** The names of the apps of a pipeline that are in stage production. */
export function productionApps(api: Api, pipelineId: string): Promise<string[]> {
  return appsInStage(api, pipelineId, 'production')
}

/**
 * The names of the apps that a promotion of `app` goes to unless others are named: those in the next stage of its pipeline. None where
 * there is no next stage; undefined where it is in no pipeline.
 *
 * Source: `commands/pipelines/promote.js` of heroku 11.10.
 */
export async function downstreamApps(api: Api, app: string): Promise<string[] | undefined> {
  const coupling = await pipelineCoupling(api, app)
  const next = coupling && nextStage[coupling.stage]
  return next === undefined ? coupling && [] : appsInStage(api, coupling?.pipelineId ?? '', next)
}

/**
 * The names of the apps that are promoted to `app` unless others are named: those of stage staging, for one of stage production. The
 * promotions from other stages are rare, and chosen.
 */
export async function upstreamApps(api: Api, app: string): Promise<string[]> {
  const coupling = await pipelineCoupling(api, app)
  return coupling?.stage === 'production' ? appsInStage(api, coupling.pipelineId, 'staging') : []
}

const nextStage: Readonly<Record<string, string>> = { review: 'staging', development: 'staging', staging: 'production' }

/** Every app of a pipeline that is no review app, by name, with its stage. */
export async function pipelineApps(api: Api, pipelineId: string): Promise<{ app: string; stage: string }[]> {
  const couplings = asObjects(await api.get(`/pipelines/${encodeURIComponent(pipelineId)}/pipeline-couplings`))
  const lasting = couplings.filter(({ stage }) => stage !== 'review')
  const names = await appNames(
    api,
    lasting.map(appId).filter((id) => id !== undefined),
  )
  return lasting.flatMap((coupling) => {
    const app = names.get(appId(coupling) ?? '')
    return app === undefined ? [] : [{ app, stage: asText(coupling.stage) ?? 'unknown' }]
  })
}

async function appsInStage(api: Api, pipelineId: string, wanted: string): Promise<string[]> {
  const couplings = asObjects(await api.get(`/pipelines/${encodeURIComponent(pipelineId)}/pipeline-couplings`))
  const ids = couplings.filter(({ stage }) => stage === wanted).flatMap((coupling) => appId(coupling) ?? [])
  return [...(await appNames(api, ids)).values()]
}

/**
 * The review apps of a pipeline, also those that have no app yet. Heroku knows them by the number of their pull request and the id of
 * their app; the names of all of them are asked for in one request.
 *
 * Source: https://devcenter.heroku.com/articles/platform-api-reference#review-app
 */
export async function reviewApps(api: Api, pipelineId: string): Promise<ReviewApp[]> {
  const list = asObjects(await api.get(`/pipelines/${encodeURIComponent(pipelineId)}/review-apps`))
  const names = await appNames(
    api,
    list.map(appId).filter((id) => id !== undefined),
  )
  return list.map((review) => readReviewApp(review, names.get(appId(review) ?? '')))
}

async function appNames(api: Api, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const headers = { accept: 'application/vnd.heroku+json; version=3.filters', range: 'id ..; max=1000;' }
  const apps = await api.post('/filters/apps', { body: { in: { id: ids } }, headers, repeatable: true })
  return new Map(
    asObjects(apps)
      .map(readApp)
      .filter((app) => app !== undefined)
      .map(({ id, name }) => [id, name]),
  )
}

function appId(review: Readonly<Record<string, unknown>>): string | undefined {
  return asText(asObject(review.app).id)
}

function readReviewApp(review: Readonly<Record<string, unknown>>, app: string | undefined): ReviewApp {
  return {
    pullRequest: asNumber(review.pr_number),
    branch: asText(review.branch),
    app,
    status: asText(review.status) ?? 'unknown',
    message: asText(review.message),
  }
}

function readApp(answer: unknown): App | undefined {
  const { id, name } = asObject(answer)
  const known = { id: asText(id), name: asText(name) }
  return known.id === undefined || known.name === undefined ? undefined : { id: known.id, name: known.name }
}
