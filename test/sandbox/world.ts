import { type App, type Database, databaseUrl } from './apps.ts'
import type { Cluster } from './clusters.ts'
import { HttpError } from './replies.ts'
import type { Storage } from './storage.ts'
import type { Transfers } from './transfers.ts'

/** All that the APIs tell of and change. */
export type World = {
  readonly folder: string
  readonly token: string
  readonly apps: App[]
  readonly cluster: Cluster
  readonly storage: Storage
  readonly transfers: Transfers
  /** The listener's address; known once it listens. */
  url(): string
  /** By name or id; unknown ones are Heroku's 404. */
  app(nameOrId: string | undefined): App
  /** By id or name of the add-on. */
  database(idOrName: string): { app: App; database: Database }
  /** By what a config var says. */
  databaseBehind(url: string): Database
}

/** Adds the look-ups to the things themselves. */
export function makeWorld(things: Omit<World, 'app' | 'database' | 'databaseBehind'>): World {
  const { apps, cluster } = things
  const all = () => apps.flatMap((app) => app.databases.map((database) => ({ app, database })))
  return {
    ...things,
    app: (key) =>
      found(
        apps.find(({ name, id }) => name === key || id === key),
        "Couldn't find that app.",
      ),
    database: (key) =>
      found(
        all().find(({ database }) => database.addonId === key || database.addonName === key),
        "Couldn't find that database.",
      ),
    databaseBehind: (url) =>
      found(
        all().find(({ database }) => databaseUrl(database, cluster.port) === url)?.database,
        "Couldn't find that database.",
      ),
  }
}

function found<Thing>(thing: Thing | undefined, message: string): Thing {
  if (thing === undefined) throw new HttpError(404, 'not_found', message)
  return thing
}
