import { type App, type Dyno, formationOf, scale } from './apps.ts'
import type { Dynos } from './dynos.ts'
import { json, type Route, route, text } from './replies.ts'
import type { World } from './world.ts'

const past = '2024-01-01T00:00:00Z'

function dynoJson(app: App, dyno: Dyno, attachUrl: string | null = null) {
  const { id, name, type, command, state, updatedAt } = dyno
  const made = app.releases.at(-1)
  return {
    id,
    name,
    type,
    command,
    state,
    size: 'Standard-1X',
    app: { id: app.id, name: app.name },
    release: { id: made?.id, version: made?.version },
    attach_url: attachUrl,
    created_at: updatedAt,
    updated_at: updatedAt,
  }
}

/** The part of the Platform API about dynos and their logs. */
export function dynosApi(world: World, dynos: Dynos): Route[] {
  const formation = (app: App) => formationOf(app).map((process) => ({ ...process, size: 'Standard-1X' }))
  const restart = (app: App, which: (dyno: Dyno) => boolean) => {
    for (const dyno of app.dynos.filter(which)) dynos.restart(app, dyno)
    return json({}, 202)
  }
  return [
    route('GET /apps/:app/dynos', ({ params }) => {
      const app = world.app(params.app)
      return json(app.dynos.map((dyno) => dynoJson(app, dyno)))
    }),
    route('GET /apps/:app/formation', ({ params }) => {
      return json(formation(world.app(params.app)))
    }),
    route('PATCH /apps/:app/formation', ({ params, json: { updates } }) => {
      const app = world.app(params.app)
      for (const { type, quantity } of updates as { type: string; quantity: number }[]) scale(app, type, quantity)
      return json(formation(app))
    }),
    route('POST /apps/:app/dynos', ({ params, json: order }) => {
      const app = world.app(params.app)
      const { dyno, attachUrl } = dynos.start(app, order)
      return json(dynoJson(app, dyno, attachUrl), 201)
    }),
    route('DELETE /apps/:app/dynos', ({ params }) => restart(world.app(params.app), () => true)),
    route('DELETE /apps/:app/dynos/:dyno', ({ params }) =>
      restart(world.app(params.app), ({ name }) => name === params.dyno),
    ),
    route('POST /apps/:app/dynos/:dyno/actions/stop', ({ params }) =>
      restart(world.app(params.app), ({ name }) => name === params.dyno),
    ),
    route('DELETE /apps/:app/formations/:type', ({ params }) =>
      restart(world.app(params.app), ({ type }) => type === params.type),
    ),
    route('POST /apps/:app/log-sessions', ({ params, json: { lines, tail, dyno, dyno_name, source } }) => {
      const query = new URLSearchParams({ lines: String(lines ?? 100), tail: String(tail === true) })
      if (text(dyno) || text(dyno_name)) query.set('dyno', text(dyno) || text(dyno_name))
      if (text(source)) query.set('source', text(source))
      const id = world.app(params.app).id
      return json({ id, logplex_url: `${world.url()}/logs/${id}?${query}`, created_at: past, updated_at: past }, 201)
    }),
    route('GET /logs/:app', ({ params, query }) => ({
      status: 200,
      headers: { 'Content-Type': 'text/event-stream' },
      body: world.app(params.app).log.stream({
        lines: Number(query.get('lines') ?? 100),
        tail: query.get('tail') === 'true',
        dyno: query.get('dyno') ?? undefined,
        source: query.get('source') ?? undefined,
      }),
    })),
  ]
}
