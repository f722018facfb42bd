import { failure } from '../../errors.ts'
import type { Api } from '../../heroku/api.ts'
import type { PipelineCoupling } from '../../heroku/apps.ts'
import type { Variables } from '../../heroku/hosts.ts'
import {
  addons,
  appStack,
  buildpacks,
  configVarNames,
  formation,
  postgresVersion,
  redisVersion,
} from '../../heroku/inventory.ts'
import { type Release, recentReleases, slugCommit } from '../../heroku/releases.ts'
import type { Inspect } from '../../run/inspect.ts'
import { deploysOf, recent } from '../deliveries.ts'
import type { AppFacts } from '../facts.ts'
import { backupExtensions } from './backup.ts'

type Place = Pick<AppFacts, 'name' | 'app' | 'typeable' | 'gitUrl'>

/** Asks Heroku everything about one app, all at once; what needs an answer first follows on that answer. */
export async function inspectApp(
  api: Api,
  place: Place,
  inPipeline: Promise<PipelineCoupling | undefined>,
  inspect: Inspect,
  now: Date,
  signal: AbortSignal,
  env: Variables,
): Promise<AppFacts> {
  const { name, app } = place
  const on = <T>(what: string, question: Promise<T>) => inspect(name, what, question)
  const asked = on('add-ons', addons(api, app))
  const backup = backupExtensions(api, app, signal, env)
  backup.catch(() => {}) // heard where it matters: an app without a database has no backup, and misses none
  const version = on('Postgres', postgresVersion(api, app))
  const [coupling, builds, stack, packs, owned, processes, configVars, postgres, extensions, redis] = await Promise.all(
    [
      inPipeline,
      inspectReleases(api, app, on, now),
      on('stack', appStack(api, app)),
      on('buildpacks', buildpacks(api, app)),
      asked,
      on('formation', formation(api, app)),
      on('config vars', configVarNames(api, app)),
      version,
      version.then((postgres) => (postgres === undefined ? undefined : on('extensions', backup))),
      on(
        'Redis',
        asked.then((all) => firstRedis(api, all ?? [])),
      ),
    ],
  )
  return {
    ...place,
    ...builds,
    pipelineId: coupling?.pipelineId,
    stage: coupling?.stage,
    stack,
    buildpacks: packs,
    addons: owned,
    formation: processes,
    configVars,
    postgres,
    extensions,
    redis,
  }
}

async function firstRedis(api: Api, all: NonNullable<AppFacts['addons']>): Promise<string | undefined> {
  const addon = all.find(({ service }) => service === 'heroku-redis')
  return addon && redisVersion(api, addon.name)
}

type On = <T>(what: string, question: Promise<T>) => Promise<T | undefined>

async function inspectReleases(
  api: Api,
  app: string,
  on: On,
  now: Date,
): Promise<Pick<AppFacts, 'releases' | 'commits'>> {
  const releases = await on('releases', recentReleases(api, app))
  if (releases === undefined) return { releases, commits: new Map() }
  const told = toldCommits(releases)
  const wanted = unknownBuilds(releases, told, now)
  const slugs = await affordable(api, wanted, on)
  const asked = await Promise.all(
    slugs.map(async (slug) => [slug, await on('commits of releases', slugCommit(api, app, slug))] as const),
  )
  return {
    releases,
    commits: new Map([...told, ...asked.flatMap(([slug, commit]) => (commit ? [[slug, commit] as const] : []))]),
  }
}

/**
 * The builds that Heroku's rate limit lets us ask for: all, or near the limit only the first, which runs. The others make rates and
 * medians, which can wait. https://devcenter.heroku.com/articles/platform-api-reference#rate-limits
 */
async function affordable(api: Api, wanted: readonly string[], on: On): Promise<readonly string[]> {
  const left = api.remaining()
  if (left === undefined || wanted.length < 2 || left > wanted.length * 4) return wanted
  const why = `Heroku would answer only ${left} more requests now, so older releases were not asked for`
  await on('commits of releases', Promise.reject(failure(why, 'try again in a few minutes')))
  return wanted.slice(0, 1)
}

/** Build → commit, where a release's words name it: `Deploy 1a2b3c4d`. */
function toldCommits(releases: readonly Release[]): Map<string, string> {
  return new Map(
    releases.flatMap(({ slug, description }) => {
      const commit = /^Deploy ([0-9a-f]{7,40})$/.exec(description)?.[1]
      return slug !== undefined && commit !== undefined ? [[slug, commit] as const] : []
    }),
  )
}

/** The builds to ask for: the one that runs, always, for its words tell an abbreviation, and those of the last 90 days that no words tell. */
function unknownBuilds(releases: readonly Release[], told: ReadonlyMap<string, string>, now: Date): string[] {
  const running = releases.findLast(({ status }) => status === 'succeeded')?.slug
  const deploys = deploysOf({ releases, commits: told })
  const before = deploys.slice(0, deploys.length - recent(deploys, now).length).slice(-1)
  const others = [...before, ...recent(deploys, now)].filter(({ commit }) => commit === undefined)
  return [...new Set([running, ...others.map(({ release }) => release.slug)])].filter((slug) => slug !== undefined)
}
