import { randomUUID } from 'node:crypto'
import { type AddOn, type App, type Database, release } from './apps.ts'
import { HttpError, json, type Route, route, text } from './replies.ts'
import type { World } from './world.ts'

const past = '2024-01-01T00:00:00Z'

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

/** The part of the Platform API about add-ons and what they are attached as. */
export function addonsApi(world: World): Route[] {
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
    route('POST /apps/:app/addons', ({ params, json: { plan } }) => {
      const app = world.app(params.app)
      const name = text((plan as { name?: string } | undefined)?.name ?? plan)
      const [service = ''] = name.split(':')
      const attachment = service.replace('heroku-', '').toUpperCase()
      const made = { id: randomUUID(), name: `${service}-${app.name}`, plan: name, attachment }
      app.addons.push(made)
      app.config[`${attachment}_URL`] = `${attachment.toLowerCase()}://127.0.0.1`
      release(app, `Attach ${attachment} (${made.name})`)
      return json({ ...addonJson({ app, ...made }), provision_message: '' }, 201)
    }),
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
