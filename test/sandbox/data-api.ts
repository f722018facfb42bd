import { setTimeout as delay } from 'node:timers/promises'
import type { App, Database, Transfer } from './apps.ts'
import { resetDatabase } from './databases.ts'
import { type Call, HttpError, json, type Route, route, text } from './replies.ts'
import type { World } from './world.ts'

/** Heroku's API of databases and backups (`api.data.heroku.com`). */
export function dataApi(world: World): Route[] {
  return [...backupRoutes(world), ...databaseRoutes(world), ...credentialRoutes(world)]
}

function backupRoutes(world: World): Route[] {
  const find = ({ params }: Call) => transferOf(world.app(params.app ?? ''), params.transfer ?? '')
  return [
    route('GET /client/v11/apps/:app/transfers', ({ params }) => json(world.app(params.app).transfers.map(brief))),
    route('GET /client/v11/apps/:app/transfers/:transfer', async (call) => {
      const transfer = find(call)
      // The CLI polls at once and then every 3 s: with a little patience the first answer is the last.
      await Promise.race([world.transfers.over(transfer), delay(1500)])
      return json(call.query.get('verbose') === 'true' ? transfer : brief(transfer))
    }),
    route('DELETE /client/v11/apps/:app/transfers/:transfer', (call) => {
      const transfer = find(call)
      const list = world.app(call.params.app).transfers
      list.splice(list.indexOf(transfer), 1)
      return json(brief(transfer))
    }),
    route('POST /client/v11/apps/:app/transfers/:transfer/actions/public-url', (call) => {
      const transfer = find(call)
      if (transfer.succeeded !== true) throw new HttpError(422, 'unprocessable_entity', 'Backup is not finished.')
      const name = transfer.to_url.replace('s3://sandbox-backups/', '')
      return json(world.storage.sign(world.url(), name), 201)
    }),
    route('POST /client/v11/apps/:app/transfers/:transfer/actions/cancel', (call) => {
      const transfer = find(call)
      world.transfers.cancel(transfer)
      return json({ canceled_at: transfer.canceled_at }, 201)
    }),
  ]
}

function databaseRoutes(world: World): Route[] {
  const at = (call: Call) => world.database(call.params.database ?? '')
  return [
    route('GET /client/v11/databases/:database', (call) => info(world, at(call))),
    route('GET /redis/v0/databases/:database', ({ params }) => {
      const app = world.apps.find(({ addons }) => addons.some(({ name }) => name === params.database))
      return json({ name: params.database, info: [{ name: 'Version', values: [app?.redis] }] })
    }),
    route('GET /client/v11/databases/:database/wait_status', () => json({ 'waiting?': false, message: 'available' })),
    route('GET /client/v11/databases/:database/transfer-schedules', () => json([])),
    route('POST /client/v11/databases/:database/backups', (call) => {
      const { app, database } = at(call)
      return json(brief(world.transfers.capture(app, database)), 201)
    }),
    route('POST /client/v11/databases/:database/restores', (call) => {
      const { app, database } = at(call)
      return json(brief(world.transfers.restore(app, database, text(call.json.backup_url), extensions(call))), 201)
    }),
    route('POST /client/v11/databases/:database/transfers', (call) => {
      const { app, database } = at(call)
      return json(brief(world.transfers.copy(app, world.databaseBehind(text(call.json.from_url)), database)), 201)
    }),
    route('PUT /client/v11/databases/:database/reset', async (call) => {
      await resetDatabase(world.cluster, at(call).database, extensions(call))
      return json({ message: 'Reset successful.' })
    }),
  ]
}

function credentialRoutes(world: World): Route[] {
  const credential = ({ database }: { database: Database }) => ({
    name: 'default',
    state: 'active',
    database: database.name,
    host: '127.0.0.1',
    port: world.cluster.port,
    credentials: [{ user: database.name, password: database.password, state: 'active', connections: 1 }],
  })
  const at = (call: Call) => world.database(call.params.database ?? '')
  return [
    route('GET /postgres/v0/databases/:database/credentials', (call) => json([credential(at(call))])),
    route('GET /postgres/v0/databases/:database/credentials/default', (call) => json(credential(at(call)))),
  ]
}

async function info(world: World, { app, database }: { app: App; database: Database }) {
  const sql = `SELECT current_setting('server_version') AS version, pg_size_pretty(pg_database_size('${database.name}')) AS size,
    (SELECT count(*) FROM pg_tables WHERE schemaname = 'public') AS tables`
  const [row] = await world.cluster.query(database.name, sql)
  const fact = (name: string, value: unknown) => ({ name, values: [String(value)] })
  return json({
    addon_id: database.addonId,
    name: database.addonName,
    plan: database.plan,
    resource_url: `postgres://127.0.0.1:${world.cluster.port}/${database.name}`,
    postgres_version: app.postgres || row?.version,
    num_tables: Number(row?.tables),
    info: [
      fact('Plan', `heroku-postgresql:${database.plan}`),
      fact('Status', 'Available'),
      fact('Data Size', row?.size),
      fact('Tables', row?.tables),
      fact('PG Version', app.postgres || row?.version),
      fact('Continuous Protection', app.stage === 'production' ? 'On' : 'Off'),
    ],
  })
}

function transferOf(app: App, id: string): Transfer {
  const found = app.transfers.find(({ uuid, num }) => uuid === id || String(num) === id)
  if (found === undefined) throw new HttpError(404, 'not_found', 'Transfer not found.')
  return found
}

/** A transfer without its log, as lists have it. */
function brief({ logs: _logs, ...transfer }: Transfer) {
  return transfer
}

function extensions({ json: { extensions } }: Call): string[] {
  return Array.isArray(extensions) ? extensions.map(String) : []
}
