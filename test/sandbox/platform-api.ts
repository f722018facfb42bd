import { type App, appNames, owner, release } from './apps.ts'
import { type Call, json, type Route, route } from './replies.ts'
import type { World } from './world.ts'

/** The part of the Platform API about the account, apps and config vars. */
export function platformApi(world: World): Route[] {
  return [...appRoutes(world), ...configRoutes(world)]
}

const past = '2024-01-01T00:00:00Z'

/** An app as the Platform API shows it. */
export function appJson({ id, name, maintenance, stack }: App) {
  return {
    id,
    name,
    maintenance,
    acm: false,
    archived_at: null,
    build_stack: { id: stack, name: stack },
    stack: { id: stack, name: stack },
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
      if (typeof call.json.build_stack === 'string') changed.stack = call.json.build_stack
      return json(appJson(changed))
    }),
    route('GET /apps/:app/collaborators', (call) => json(app(call) && [{ user: owner, role: 'owner' }])),
    route('GET /apps/:app/features', (call) => json(app(call) && [])),
    route('GET /apps/:app/domains', (call) => json(domains(app(call)))),
    route('GET /apps/:app/buildpack-installations', (call) => json(buildpackJson(app(call)))),
  ]
}

function buildpackJson({ buildpacks }: App) {
  return buildpacks.map((name, ordinal) => ({ ordinal, buildpack: { name, url: `urn:buildpack:${name}` } }))
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

/** Whether an app of that name is ours, for git. */
export function isApp(name: string): boolean {
  return appNames.some((known) => known === name)
}
