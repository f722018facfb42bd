import type { Api } from '../../heroku/api.ts'
import type { PipelineCoupling } from '../../heroku/apps.ts'
import { broughtAlong } from '../../heroku/attachments.ts'
import { redisVersion } from '../../heroku/data.ts'
import type { Variables } from '../../heroku/hosts.ts'
import { addons, appStack, buildpacks, configVarNames, formation } from '../../heroku/inventory.ts'
import type { Inspect, InspectHere } from '../../run/inspect.ts'
import type { AppFacts } from '../facts.ts'
import { inspectReleases } from './builds.ts'
import { readAppDatabase } from './postgres.ts'

type Place = Pick<AppFacts, 'name' | 'app' | 'typeable' | 'gitUrl' | 'branch' | 'folder'>

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
  const on: InspectHere = (what, question) => inspect(name, what, question)
  const asked = on('add-ons', addons(api, app))
  const attachments = on('attachments', broughtAlong(api, app))
  const [coupling, builds, stack, packs, owned, processes, configVars, brought, postgres, redis] = await Promise.all([
    inPipeline,
    inspectReleases(api, app, on, now),
    on('stack', appStack(api, app)),
    on('buildpacks', buildpacks(api, app)),
    asked,
    on('formation', formation(api, app)),
    on('config vars', configVarNames(api, app)),
    attachments,
    readAppDatabase(api, place, attachments, on, signal, env),
    on(
      'Redis',
      asked.then((all) => firstRedis(api, all ?? [])),
    ),
  ])
  return {
    ...place,
    ...builds,
    pipelineId: coupling?.pipelineId,
    stage: coupling?.stage,
    stack: stack?.runs,
    nextStack: stack?.next,
    buildpacks: packs,
    addons: owned,
    formation: processes,
    configVars,
    attachedVars: brought?.configVars ?? [],
    ...postgres,
    redis,
  }
}

async function firstRedis(api: Api, all: NonNullable<AppFacts['addons']>): Promise<string | undefined> {
  const addon = all.find(({ service }) => service === 'heroku-redis')
  return addon && redisVersion(api, addon.name)
}
