import { type App, owner, type Release, release } from './apps.ts'
import { HttpError, json, page, type Route, route, text } from './replies.ts'
import type { World } from './world.ts'

/** The output of a release phase that fails. */
const output = 'Running bin/rails db:migrate\nPG::UndefinedTable: ERROR: relation "carts" does not exist\n'

function releaseJson(world: World, app: App, made: Release) {
  const status = made.phase ?? 'succeeded'
  if (made.phase === 'pending') made.phase = 'failed'
  return {
    id: made.id,
    version: made.version,
    app: { id: app.id, name: app.name },
    description: made.description,
    status,
    current: made === app.releases.at(-1),
    slug: made.slugId === undefined ? null : { id: made.slugId },
    user: { id: owner.id, email: made.user },
    addon_plan_names: [],
    output_stream_url: made.phase === undefined ? null : `${world.url()}/streams/${made.id}`,
    created_at: made.createdAt,
    updated_at: made.createdAt,
  }
}

/** The part of the Platform API about releases and slugs. */
export function releasesApi(world: World): Route[] {
  return [
    route('GET /apps/:app/releases', ({ params, headers }) => {
      const app = world.app(params.app)
      return page(
        app.releases,
        headers.range,
        (made) => made.version,
        (made) => releaseJson(world, app, made),
      )
    }),
    route('GET /apps/:app/releases/:release', ({ params }) => {
      const app = world.app(params.app)
      return json(releaseJson(world, app, releaseOf(app, params.release)))
    }),
    route('POST /apps/:app/releases', ({ params, json: { release: wanted } }) => {
      const app = world.app(params.app)
      const back = releaseOf(app, text(wanted))
      return json(releaseJson(world, app, release(app, `Rollback to v${back.version}`, back.commit)), 201)
    }),
    route('GET /streams/:release', () => ({ status: 200, headers: { 'Content-Type': 'text/plain' }, body: output })),
    route('GET /apps/:app/slugs/:slug', ({ params }) => {
      const app = world.app(params.app)
      const made = app.releases.find(({ slugId }) => slugId === params.slug)
      if (made === undefined) throw new HttpError(404, 'not_found', "Couldn't find that slug.")
      const { slugId: id, commit, createdAt } = made
      const stack = { id: 'heroku-24', name: 'heroku-24' }
      return json({
        id,
        commit,
        commit_description: null,
        size: 45_678_901,
        stack,
        created_at: createdAt,
        updated_at: createdAt,
      })
    }),
  ]
}

function releaseOf(app: App, key: string | undefined): Release {
  const found = app.releases.find(({ id, version }) => id === key || key === String(version) || key === `v${version}`)
  if (found === undefined) throw new HttpError(404, 'not_found', "Couldn't find that release.")
  return found
}
