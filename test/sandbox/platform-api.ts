import { type AddOn, type App, appNames, type Database, type Dyno, owner, type Release, release } from './apps.ts'
import type { Dynos } from './dynos.ts'
import { type Call, HttpError, json, page, type Route, route, text } from './replies.ts'
import type { World } from './world.ts'

/** Heroku's Platform API, but for pipelines. */
export function platformApi(world: World, dynos: Dynos): Route[] {
  return [
    ...appRoutes(world),
    ...configRoutes(world),
    ...releaseRoutes(world),
    ...addonRoutes(world),
    ...dynoRoutes(world, dynos),
  ]
}

const past = '2024-01-01T00:00:00Z'

/** An app as the Platform API shows it. */
export function appJson({ id, name, maintenance }: App) {
  return {
    id,
    name,
    maintenance,
    acm: false,
    archived_at: null,
    build_stack: { id: 'heroku-24', name: 'heroku-24' },
    stack: { id: 'heroku-24', name: 'heroku-24' },
    generation: { id: 'cedar', name: 'cedar' },
    buildpack_provided_description: 'Ruby',
    create_status: 'complete',
    git_url: `https://git.heroku.com/${name}.git`,
    internal_routing: null,
    organization: null,
    owner,
    process_tier: 'production',
    region: { id: 'us', name: 'us' },
    repo_size: 123_456,
    slug_size: 45_678_901,
    space: null,
    team: null,
    web_url: `https://${name}.herokuapp.test/`,
    created_at: past,
    released_at: past,
    updated_at: past,
  }
}

function appRoutes(world: World): Route[] {
  const app = (call: Call) => world.app(call.params.app)
  const account = { ...owner, name: 'Dev', verified: true, beta: false, created_at: past, federated: false }
  const all = () => json(world.apps.map(appJson))
  return [
    route('GET /account', () => json(account)),
    route('GET /users/~', () => json(account)),
    route('GET /oauth/authorizations', () => json([{ id: owner.id, access_token: { token: world.token } }])),
    route('GET /teams', () => json([])),
    route('GET /apps', all),
    route('GET /users/~/apps', all),
    route('GET /apps/:app', (call) => json(appJson(app(call)))),
    route('PATCH /apps/:app', (call) => {
      const changed = app(call)
      if (typeof call.json.maintenance === 'boolean') changed.maintenance = call.json.maintenance
      return json(appJson(changed))
    }),
    route('GET /apps/:app/collaborators', (call) => json(app(call) && [{ user: owner, role: 'owner' }])),
    route('GET /apps/:app/features', (call) => json(app(call) && [])),
    route('GET /apps/:app/domains', (call) => json(domains(app(call)))),
    route('GET /apps/:app/buildpack-installations', (call) =>
      json(app(call) && [{ ordinal: 0, buildpack: { name: 'heroku/ruby', url: 'urn:buildpack:heroku/ruby' } }]),
    ),
  ]
}

function domains({ name, stage }: App) {
  const own = { kind: 'heroku', hostname: `${name}.herokuapp.test`, cname: null, status: 'none', created_at: past }
  if (stage !== 'production') return [own]
  return [
    own,
    { ...own, kind: 'custom', hostname: 'www.acme.test', cname: 'www.acme.test.herokudns.test', status: 'succeeded' },
  ]
}

function configRoutes(world: World): Route[] {
  return [
    route('GET /apps/:app/config-vars', ({ params }) => json(world.app(params.app).config)),
    route('PATCH /apps/:app/config-vars', ({ params, json: changes }) => {
      const app = world.app(params.app)
      const names = Object.keys(changes)
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) delete app.config[name]
        else app.config[name] = String(value)
      }
      const gone = Object.values(changes).every((value) => value === null)
      release(app, `${gone ? 'Unset' : 'Set'} ${names.join(', ')} config vars`)
      return json(app.config)
    }),
  ]
}

function releaseJson(app: App, made: Release) {
  return {
    id: made.id,
    version: made.version,
    app: { id: app.id, name: app.name },
    description: made.description,
    status: 'succeeded',
    current: made === app.releases.at(-1),
    slug: made.slugId === undefined ? null : { id: made.slugId },
    user: { id: owner.id, email: made.user },
    addon_plan_names: [],
    output_stream_url: null,
    created_at: made.createdAt,
    updated_at: made.createdAt,
  }
}

function releaseRoutes(world: World): Route[] {
  return [
    route('GET /apps/:app/releases', ({ params, headers }) => {
      const app = world.app(params.app)
      return page(
        app.releases,
        headers.range,
        (made) => made.version,
        (made) => releaseJson(app, made),
      )
    }),
    route('GET /apps/:app/releases/:release', ({ params }) => {
      const app = world.app(params.app)
      return json(releaseJson(app, releaseOf(app, params.release)))
    }),
    route('POST /apps/:app/releases', ({ params, json: { release: wanted } }) => {
      const app = world.app(params.app)
      const back = releaseOf(app, text(wanted))
      return json(releaseJson(app, release(app, `Rollback to v${back.version}`, back.commit)), 201)
    }),
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

type Attached = { app: App; id: string; name: string; plan: string; attachment: string }

function attachedOf(app: App): Attached[] {
  const ofDatabase = ({ addonId, addonName, plan, attachment }: Database) => ({
    app,
    id: addonId,
    name: addonName,
    plan: `heroku-postgresql:${plan}`,
    attachment,
  })
  return [...app.databases.map(ofDatabase), ...app.addons.map((addon: AddOn) => ({ app, ...addon }))]
}

function addonJson({ app, id, name, plan, attachment }: Attached) {
  const [service = ''] = plan.split(':')
  return {
    id,
    name,
    app: { id: app.id, name: app.name },
    addon_service: { id: service, name: service },
    plan: { id: plan, name: plan, price: { cents: 500, contract: false, unit: 'month' } },
    config_vars: [`${attachment}_URL`],
    state: 'provisioned',
    actions: [],
    billed_price: { cents: 500, contract: false, unit: 'month' },
    provider_id: id,
    web_url: `https://addons-sso.heroku.com/apps/${app.id}/addons/${id}`,
    created_at: past,
    updated_at: past,
  }
}

function attachmentJson(attached: Attached) {
  const { app, id, name, plan, attachment } = attached
  return {
    id: `${id.slice(0, -1)}0`,
    name: attachment,
    namespace: null,
    app: { id: app.id, name: app.name },
    addon: { id, name, app: { id: app.id, name: app.name }, plan: { id: plan, name: plan } },
    config_vars: [`${attachment}_URL`],
    log_input_url: null,
    web_url: null,
    created_at: past,
    updated_at: past,
  }
}

function addonRoutes(world: World): Route[] {
  const all = () => world.apps.flatMap(attachedOf)
  const one = (key: unknown) => {
    const found = all().find(({ id, name }) => id === key || name === key)
    if (found === undefined) throw new HttpError(404, 'not_found', "Couldn't find that add-on.")
    return found
  }
  return [
    route('GET /addons', () => json(all().map(addonJson))),
    route('GET /addons/:addon', ({ params }) => json(addonJson(one(params.addon)))),
    route('GET /addons/:addon/addon-attachments', ({ params }) => json([attachmentJson(one(params.addon))])),
    route('GET /addon-attachments', () => json(all().map(attachmentJson))),
    route('GET /apps/:app/addons', ({ params }) => json(attachedOf(world.app(params.app)).map(addonJson))),
    route('GET /apps/:app/addon-attachments', ({ params }) =>
      json(attachedOf(world.app(params.app)).map(attachmentJson)),
    ),
    route('POST /actions/addons/resolve', ({ json: { addon } }) => json([addonJson(one(addon))])),
    route('POST /actions/addon-attachments/resolve', ({ json: { app, addon_attachment: wanted } }) => {
      const attached = attachedOf(world.app(text(app)))
      const found = attached.filter(({ attachment, name }) =>
        [attachment, `${attachment}_URL`, name].includes(text(wanted)),
      )
      if (found.length === 0) throw new HttpError(404, 'not_found', "Couldn't find that add on attachment.")
      return json(found.map(attachmentJson))
    }),
  ]
}

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

function dynoRoutes(world: World, dynos: Dynos): Route[] {
  const formation = (app: App) => app.dynos.filter(({ type }) => type !== 'run')
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
      const app = world.app(params.app)
      return json(
        formation(app).map(({ id, type, command }) => ({ id, type, command, quantity: 1, size: 'Standard-1X' })),
      )
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

/** Whether an app of that name is ours, for git. */
export function isApp(name: string): boolean {
  return appNames.some((known) => known === name)
}
