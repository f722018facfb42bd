import { randomBytes, randomUUID } from 'node:crypto'
import { LogBook } from './logs.ts'

export type Database = {
  readonly addonId: string
  readonly addonName: string
  readonly plan: string
  /** Name of the attachment: DATABASE or HEROKU_POSTGRESQL_PINK. */
  readonly attachment: string
  /** Name in the cluster, and of its role. */
  readonly name: string
  readonly password: string
}

export type AddOn = { readonly id: string; readonly name: string; readonly plan: string; readonly attachment: string }

export type Release = {
  readonly id: string
  readonly version: number
  readonly description: string
  readonly createdAt: string
  readonly user: string
  readonly commit: string | undefined
  readonly slugId: string | undefined
  /** What its release phase has come to, where it has one that fails: it is pending until it was asked for once. */
  phase?: 'pending' | 'failed'
}

export type Dyno = {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly command: string
  state: string
  updatedAt: string
}

/** A backup, restore or copy, as the data API tells of it. */
export type Transfer = {
  readonly uuid: string
  readonly num: number
  readonly from_type: string
  readonly from_name: string
  readonly from_url: string
  readonly to_type: string
  readonly to_name: string
  readonly to_url: string
  readonly options: Record<string, unknown>
  source_bytes: number
  processed_bytes: number
  succeeded: boolean | null
  readonly warnings: number
  readonly schedule: { uuid: string } | null
  readonly created_at: string
  started_at: string | null
  finished_at: string | null
  canceled_at: string | null
  updated_at: string
  logs: { created_at: string; message: string }[]
}

export type App = {
  readonly id: string
  readonly name: string
  readonly stage: 'production' | 'staging' | 'review' | undefined
  readonly config: Record<string, string>
  readonly databases: Database[]
  readonly addons: AddOn[]
  readonly releases: Release[]
  readonly dynos: Dyno[]
  readonly transfers: Transfer[]
  readonly log: LogBook
  maintenance: boolean
  stack: string
  buildpacks: string[]
  /** The version that the data API tells of Redis. */
  redis: string
  /** The version of Postgres that the data API tells: the servers here are all of the one that is installed. */
  postgres: string
}

/** The stage of each app in the pipeline `acme`, and the databases it has besides the first. */
const plans = {
  'acme-production': { stage: 'production', plan: 'standard-0', pink: true, postgres: '17.6' },
  'acme-staging': { stage: 'staging', plan: 'essential-0', pink: false, postgres: '17.6' },
  'acme-demo': { stage: undefined, plan: 'essential-0', pink: false, postgres: '16.10' },
  'acme-staging-pr-7': { stage: 'review', plan: 'essential-0', pink: false, postgres: '17.6' },
} as const

export type AppName = keyof typeof plans
export const appNames = Object.keys(plans) as AppName[]
export const owner = { id: randomUUID(), email: 'dev@acme.test' }
export const pipeline = { id: randomUUID(), name: 'acme' }
export const reviewApp = { id: randomUUID(), prNumber: 7, branch: 'new-checkout' }

/** Makes the apps as Heroku would list them; `herokuPort` is the port of the cluster that holds their databases. */
export function makeApps(herokuPort: number): App[] {
  return appNames.map((name) => makeApp(name, herokuPort))
}

function makeApp(name: AppName, herokuPort: number): App {
  const { stage, plan, pink, postgres } = plans[name]
  const role = name.replaceAll('-', '_')
  const databases = [makeDatabase(role, 'DATABASE', plan)]
  if (pink) databases.push(makeDatabase(`${role}_pink`, 'HEROKU_POSTGRESQL_PINK', plan))
  const urls = databases.map((database) => [`${database.attachment}_URL`, databaseUrl(database, herokuPort)])
  return {
    ...bareApp(name, stage),
    config: { ...Object.fromEntries(urls), ...settings(name, stage) },
    databases,
    addons: addonsOf(name, stage),
    postgres,
  }
}

/** An app without databases, add-ons and releases. */
export function bareApp(name: string, stage: App['stage']): App {
  return {
    id: randomUUID(),
    name,
    stage,
    config: settings(name, undefined),
    databases: [],
    addons: [],
    releases: [],
    dynos: ['web.1', 'worker.1'].map(formationDyno),
    transfers: [],
    log: new LogBook(),
    maintenance: false,
    stack: 'heroku-24',
    buildpacks: ['heroku/ruby'],
    postgres: '',
    redis: '7.2.4',
  }
}

function makeDatabase(name: string, attachment: string, plan: string): Database {
  const addonName = `postgresql-${attachment === 'DATABASE' ? 'round' : 'pink'}-${10_000 + ((name.length * 977) % 90_000)}`
  return { addonId: randomUUID(), addonName, plan, attachment, name, password: randomBytes(16).toString('hex') }
}

/** What the app's DATABASE_URL says. */
export function databaseUrl({ name, password }: Database, port: number): string {
  return `postgres://${name}:${password}@127.0.0.1:${port}/${name}`
}

function settings(name: string, stage: App['stage']): Record<string, string> {
  const shared = { LANG: 'C.UTF-8', RACK_ENV: 'production', RAILS_ENV: 'production' }
  const hosts = { WEB_HOST: `${name}.herokuapp.test`, SECRET_KEY_BASE: randomBytes(32).toString('hex') }
  if (stage !== 'production') return { ...shared, ...hosts }
  return { ...shared, ...hosts, REDIS_URL: 'rediss://:secret@127.0.0.1:6390', SENDGRID_API_KEY: 'SG.not-a-real-key' }
}

function addonsOf(name: string, stage: App['stage']): AddOn[] {
  if (stage !== 'production') return []
  return [
    { id: randomUUID(), name: `redis-${name}`, plan: 'heroku-redis:premium-0', attachment: 'REDIS' },
    { id: randomUUID(), name: `papertrail-${name}`, plan: 'papertrail:choklad', attachment: 'PAPERTRAIL' },
  ]
}

/** Changes how many dynos of a process type an app has. */
export function scale(app: App, type: string, quantity: number): void {
  const others = app.dynos.filter((dyno) => dyno.type !== type)
  const dynos = Array.from({ length: quantity }, (_, index) => formationDyno(`${type}.${index + 1}`))
  app.dynos.splice(0, app.dynos.length, ...others, ...dynos)
}

/** The process types of the sample's Procfile, and how many dynos of each an app has. */
export function formationOf({ dynos }: App): { type: string; quantity: number; command: string }[] {
  return ['web', 'worker'].map((type) => ({
    type,
    quantity: dynos.filter((dyno) => dyno.type === type).length,
    command: formationDyno(type).command,
  }))
}

function formationDyno(name: string): Dyno {
  const [type = ''] = name.split('.')
  const command = type === 'web' ? 'bin/rails server -p $PORT' : 'bundle exec sidekiq'
  return { id: randomUUID(), name, type, command, state: 'up', updatedAt: new Date().toISOString() }
}

/** Adds a release on top, with the commit of the one before unless another is given. */
export function release(
  app: App,
  description: string,
  commit?: string,
  more: { user?: string; at?: Date } = {},
): Release {
  const before = app.releases.at(-1)
  const made: Release = {
    id: randomUUID(),
    version: (before?.version ?? 0) + 1,
    description,
    createdAt: (more.at ?? new Date()).toISOString(),
    user: more.user ?? owner.email,
    commit: commit ?? before?.commit,
    slugId: commit === undefined ? before?.slugId : randomUUID(),
  }
  app.releases.push(made)
  app.log.add('app', 'api', `Release v${made.version} created by user ${made.user}`, more.at)
  return made
}

/** The time as the data API writes it. */
export function dataTime(date = new Date()): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} +0000`
}
