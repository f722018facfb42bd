import {
  allEnvironments,
  findEnvironment,
  type HerokuEnvironment,
  type Project,
  tryEnvironment,
} from '../../environments/environments.ts'
import { missingAppExplainer } from '../../environments/missing-app.ts'
import { usageError } from '../../errors.ts'
import type { Api } from '../../heroku/api.ts'
import { type PipelineCoupling, pipelineCoupling, productionApps } from '../../heroku/apps.ts'
import { connectHeroku } from '../../heroku/connect.ts'
import { gitUrl, type Variables } from '../../heroku/hosts.ts'
import { patience } from '../../heroku/patience.ts'
import { type Inspect, inspector } from '../../run/inspect.ts'
import type { AppFacts, Facts } from '../facts.ts'
import { inspectApp } from './app.ts'
import { readClone } from './git.ts'
import { inspectThisMachine } from './local.ts'
import { noClone, readGit } from './standing.ts'

/** What is compared. */
type Selection = {
  /** This machine's name, where it is among them. */
  readonly local: string | undefined
  readonly environments: readonly HerokuEnvironment[]
  /** Whether a person named them; else other production apps of their pipeline come along. */
  readonly named: boolean
}

/**
 * The environments that `names` mean; without names this machine, staging and production, or all there are where neither of the two is.
 * Throws a usage error for a name that means nothing, and where there is nothing on Heroku to look at.
 */
export function selectEnvironments(project: Project, names: readonly string[]): Selection {
  const usual = ['development', 'staging', 'production']
    .flatMap((name) => tryEnvironment(project, name) ?? [])
    .filter(({ kind }) => kind === 'heroku')
  const chosen =
    names.length > 0
      ? [...new Set(names)].map((name) =>
          findEnvironment(
            project,
            name,
            (other) => `parity check ${names.map((one) => (one === name ? other : one)).join(' ')}`,
          ),
        )
      : usual.length > 0
        ? [{ kind: 'local', name: localName(project) } as const, ...usual]
        : allEnvironments(project)
  const environments = chosen.filter((environment) => environment.kind === 'heroku')
  if (environments.length === 0)
    throw usageError(
      'there is no environment on Heroku to compare with',
      '`parity environments` lists those there are; `heroku git:remote --app APP --remote production` adds one',
    )
  return { local: chosen.find(({ kind }) => kind === 'local')?.name, environments, named: names.length > 0 }
}

/** `development`, unless that is an app. */
function localName(project: Project): string {
  return tryEnvironment(project, 'development')?.kind === 'local' ? 'development' : 'local'
}

/** Looks at everything: Heroku, this machine, the local clone. Changes nothing, fetches nothing. */
export async function collect(project: Project, selection: Selection): Promise<Facts> {
  const { inspect, unseen } = inspector(missingAppExplainer(project))
  const { now, env } = project.ambient
  const signal = patience(project.configuration.check?.timeout)
  const api = connectHeroku(env, signal)
  const [apps, local, clone] = await Promise.all([
    inspectApps(api, env, selection, inspect, now, signal),
    selection.local === undefined
      ? undefined
      : inspectThisMachine(project, selection.local, folderOf(selection), inspect),
    project.inGit ? inspect('this machine', 'git', readClone(project.root)) : undefined,
  ])
  const git = clone && (await inspect('this machine', 'git', readGit(project.root, clone, apps, now)))
  return {
    now,
    local,
    apps: git?.apps ?? apps,
    git: git?.facts,
    unseen: [...unseen, ...noClone(project.inGit, clone, unseen), ...(git?.unseen ?? [])],
  }
}

/** Where the app is in the repository; the root where the environments are not of one folder. */
function folderOf({ environments }: Selection): string {
  const folders = new Set(environments.map(({ folder = '' }) => folder))
  return folders.size === 1 ? ([...folders][0] ?? '') : ''
}

async function inspectApps(
  api: Api,
  env: Variables,
  { environments, named }: Selection,
  inspect: Inspect,
  now: Date,
  signal: AbortSignal,
): Promise<AppFacts[]> {
  const at = (
    place: Pick<AppFacts, 'name' | 'app' | 'typeable' | 'branch' | 'folder'>,
    coupling: Promise<PipelineCoupling | undefined>,
  ) => inspectApp(api, { ...place, gitUrl: gitUrl(place.app, env) }, coupling, inspect, now, signal, env)
  const known = environments.map(({ name, app, branch, folder }) => ({
    name,
    app,
    branch,
    folder,
    coupling: inspect(name, 'pipeline', pipelineCoupling(api, app)),
  }))
  const others = async () => {
    const couplings = await Promise.all(known.map(({ coupling }) => coupling))
    const pipelines = new Set(couplings.flatMap((coupling) => coupling?.pipelineId ?? []))
    const more = await Promise.all([...pipelines].map((id) => otherProductionApps(api, id, environments, inspect)))
    return Promise.all(
      more
        .flat()
        .map(({ app, pipelineId }) =>
          at(
            { name: app, app, typeable: false, branch: undefined, folder: undefined },
            Promise.resolve({ pipelineId, stage: 'production' }),
          ),
        ),
    )
  }
  const [first, more] = await Promise.all([
    Promise.all(known.map(({ coupling, ...place }) => at({ ...place, typeable: true }, coupling))),
    named ? [] : others(),
  ])
  return [...first, ...more]
}

async function otherProductionApps(
  api: Api,
  pipelineId: string,
  environments: readonly HerokuEnvironment[],
  inspect: Inspect,
): Promise<{ app: string; pipelineId: string }[]> {
  const apps = (await inspect('pipeline', 'apps', productionApps(api, pipelineId))) ?? []
  const others = apps.filter((app) => environments.every((environment) => environment.app !== app))
  return others.sort().map((app) => ({ app, pipelineId }))
}
