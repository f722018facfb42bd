import { allEnvironments, type HerokuEnvironment, type Project, withProtection } from '../environments/environments.ts'
import { typedAs } from '../environments/typed.ts'
import { usageError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { downstreamApps } from '../heroku/apps.ts'
import { protectionByStage } from '../heroku/protection.ts'
import { newestRelease } from '../heroku/releases.ts'
import { call } from '../run/call.ts'
import type { Effect, Plan } from '../run/plan.ts'
import { ask } from '../terminal/ask.ts'
import { inspectDifference } from './compare.ts'
import { type Difference, describeDifference } from './difference.ts'
import { releaseStep } from './release.ts'

/** An app that gets the build. */
type Target = {
  readonly app: string
  /** How a person calls it: by its environment, else by the app. */
  readonly name: string
  /** Of its newest release; 0 without any. */
  readonly version: number
  readonly isProtected: boolean
  readonly difference: Difference
}

/** All that a promotion is decided from. */
type PromotionFacts = {
  readonly environment: HerokuEnvironment
  /** The apps as they were typed; undefined for those of the next stage. */
  readonly typed: readonly string[] | undefined
  readonly targets: readonly Target[]
  readonly now: Date
}

/** Reads where a promotion would go, and what it would bring. Changes nothing. Throws a usage error for an app without a next stage. */
export async function inspectPromotion(
  project: Project,
  api: Api,
  environment: HerokuEnvironment,
  typed: readonly string[] | undefined,
): Promise<PromotionFacts> {
  const apps = await targetsOf(api, environment, typed)
  const targets = await Promise.all(apps.map((app) => inspectTarget(project, api, environment, app)))
  return { environment, typed, targets, now: project.ambient.now }
}

async function targetsOf(
  api: Api,
  environment: HerokuEnvironment,
  typed: readonly string[] | undefined,
): Promise<readonly string[]> {
  const { app } = environment
  const downstream = await downstreamApps(api, app)
  const line = typedAs(environment)
  if (downstream === undefined)
    throw usageError(
      `${app} is in no pipeline, so there is nothing to promote it to`,
      `\`${line} pipelines:add PIPELINE\` adds it to one; \`ENVIRONMENT deploy\` ships without a pipeline`,
    )
  const apps = typed ?? downstream
  if (apps.length > 0) return apps
  throw usageError(
    `the pipeline has no app in a stage after ${app}`,
    `\`${line} promote --to APP\` names one; \`heroku pipelines:info\` lists them`,
  )
}

async function inspectTarget(project: Project, api: Api, environment: HerokuEnvironment, app: string): Promise<Target> {
  const known = allEnvironments(project).find(
    (one): one is HerokuEnvironment => one.kind === 'heroku' && one.app === app,
  )
  const target = known ?? { kind: 'heroku', name: app, app, origin: 'the pipeline' }
  const [release, because, difference] = await Promise.all([
    newestRelease(api, app),
    withProtection(project, target).protectedBecause ?? protectionByStage(api, target),
    inspectDifference(project, api, environment, target),
  ])
  return { app, name: target.name, version: release?.version ?? 0, isProtected: because !== undefined, difference }
}

/** Whether a person has to agree: where it goes to a protected app. */
export function needsConsent({ targets }: Pick<PromotionFacts, 'targets'>): boolean {
  return targets.some(({ isProtected }) => isProtected)
}

/** A promotion is mostly of few commits; the others are counted. */
const mostCommits = 20

/** The promotion, after a question where `asks`, and before a look at the releases that it makes. */
export function planPromotion(
  { environment: { name, app }, typed, targets, now }: PromotionFacts,
  asks: boolean,
): Plan {
  const apps = targets.map((target) => target.app)
  const to = typed === undefined ? [] : ['--to', typed.join(',')]
  return {
    notes: [
      `promoting ${name} (${app}) to ${apps.join(', ')}`,
      ...targets.flatMap(({ difference }) => describeDifference(difference, now, mostCommits)),
    ],
    steps: [
      ...(asks ? [question(apps)] : []),
      { call: call('heroku', 'pipelines:promote', '--app', app, ...to) },
      releaseStep(apps),
    ],
    cleanup: [],
    done: [
      `${apps.join(', ')} ${apps.length === 1 ? 'runs' : 'run'} the build of ${app}`,
      ...targets.flatMap(rollbackWords),
    ].join('; '),
  }
}

function question(apps: readonly string[]): Effect {
  const description = `ask: promote to ${apps.join(', ')}?`
  return { effect: 'confirm', description, asks: true, ifInterrupted: 'nothing was promoted' }
}

/** Nothing goes back before the first deploy. */
function rollbackWords({ name, app, difference: { to } }: Target): string[] {
  if (to.version === undefined || to.commit === undefined) return []
  const line =
    name === app ? `heroku rollback v${to.version} --app ${app}` : `${typedAs({ name })} rollback v${to.version}`
  return [`\`${line}\` goes back`]
}

/** Asks on the terminal. Throws a usage error for anything but yes. */
export async function confirmPromotion({ environment, targets }: PromotionFacts, signal: AbortSignal): Promise<void> {
  const answer = await ask(`promote ${environment.app} to ${targets.map(({ app }) => app).join(', ')}? [y/N] `, signal)
  if (!/^y(es)?$/i.test(answer))
    throw usageError('nothing was promoted', `\`${typedAs(environment)} promote --yes\` does not ask`)
}
