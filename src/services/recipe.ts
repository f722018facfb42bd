import { majorVersion } from '../postgres/client-versions.ts'
import { type Engine, rows } from './table.ts'

/** An add-on of production, with what could be seen of it. */
export type AddonFacts = {
  readonly name: string
  /** `heroku-redis` */
  readonly service: string
  readonly plan: string
  readonly attachments: readonly string[]
  readonly configVars: readonly string[]
  /** As Heroku shows it; undefined where it does not. */
  readonly version?: string | undefined
  /** Whether it only follows another database of the app. */
  readonly follower?: boolean
  /** Of the app's main database, as its newest backup lists them; undefined where that cannot be seen. */
  readonly extensions?: readonly string[] | undefined
}

/** A server for this machine that stands for an add-on of production. */
export type Service = {
  /** `postgres`, `redis-cache` */
  readonly name: string
  readonly engine: Engine
  /** Postgres's major, Redis's major.minor; undefined where it does not matter. */
  readonly version: string | undefined
  /** The add-on service that it stands for, with its plan: `heroku-redis:premium-0`. */
  readonly addon: string
  /** The names of the config vars by which the app finds it. */
  readonly configVars: readonly string[]
  /** Of Postgres: what production's database has besides what every database has. */
  readonly extensions: readonly string[]
}

/** An add-on that nothing here stands for, and why. */
type LeftOut = { readonly addon: string; readonly reason: string }

export type Recipe = { readonly services: readonly Service[]; readonly leftOut: readonly LeftOut[] }

/** Versions that the configuration names, by service. */
type Pins = Readonly<Record<string, { readonly version?: string | undefined } | undefined>>

/**
 * What runs on this machine in the place of production's add-ons, and which of them have no counterpart. A follower is no service of its
 * own: its config vars lead to the main database.
 */
export function recipeOf(addons: readonly AddonFacts[], pins: Pins = {}): Recipe {
  const services: Service[] = []
  const leftOut: LeftOut[] = []
  const followed = addons.filter(({ follower }) => !follower)
  for (const addon of mainFirst(followed)) {
    const made = make(addon, pins, services)
    if ('reason' in made) leftOut.push(made)
    else services.push(made)
  }
  const following = addons.filter(({ follower }) => follower).flatMap(({ configVars }) => configVars)
  return { services: services.map((service) => withVariables(service, following)), leftOut }
}

/** The names of attachments that make an add-on the first of its kind. */
const mainNames = ['DATABASE', 'REDIS']

function mainFirst(addons: readonly AddonFacts[]): readonly AddonFacts[] {
  const isMain = ({ attachments }: AddonFacts) => attachments.some((name) => mainNames.includes(name))
  return [...addons.filter(isMain), ...addons.filter((addon) => !isMain(addon))]
}

function make(addon: AddonFacts, pins: Pins, before: readonly Service[]): Service | LeftOut {
  const title = addon.plan === '' ? addon.service : `${addon.service}:${addon.plan}`
  const row = rows.find(({ slugs }) => slugs.includes(addon.service))
  if (row?.engine === undefined) return { addon: title, reason: row?.instead ?? 'no recipe yet' }
  const name = nameOf(row.engine, addon, before)
  const version = versionOf(row.engine, pins[name]?.version ?? addon.version)
  if (version === undefined && row.version !== 'any')
    return { addon: title, reason: `its version is not visible: set \`services.${name}.version\` in the configuration` }
  const extensions = (addon.extensions ?? []).filter((extension) => extension !== 'plpgsql')
  return { name, engine: row.engine, version, addon: title, configVars: addon.configVars, extensions }
}

/** `redis` for the first, `redis-cache` for one that is attached as CACHE. */
function nameOf(engine: Engine, { attachments, name }: AddonFacts, before: readonly Service[]): string {
  if (before.every((service) => service.engine !== engine)) return engine
  const alias = (attachments[0] ?? name)
    .replace(/^(HEROKU_POSTGRESQL|HEROKU_REDIS|POSTGRES|REDIS)_/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
  const wanted = `${engine}-${alias}`
  return before.some((service) => service.name === wanted) ? `${wanted}-${before.length}` : wanted
}

/** As much of a version as has to be the same here. */
function versionOf(engine: Engine, version: string | undefined): string | undefined {
  if (version === undefined) return undefined
  return engine === 'postgres' ? String(majorVersion(version)) : version.split('.').slice(0, 2).join('.')
}

function withVariables(service: Service, following: readonly string[]): Service {
  return service.name === 'postgres' ? { ...service, configVars: [...service.configVars, ...following] } : service
}
