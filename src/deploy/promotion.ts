import type { HerokuEnvironment } from '../environments/environments.ts'
import { usageError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import { downstreamApps } from '../heroku/apps.ts'
import { newestRelease } from '../heroku/releases.ts'
import { call } from '../run/call.ts'
import type { Plan } from '../run/plan.ts'
import { ask } from '../terminal/ask.ts'
import { releaseStep } from './release.ts'

/** All that a promotion is decided from. */
type PromotionFacts = {
  readonly environment: HerokuEnvironment
  /** The apps as they were typed; undefined for those of the next stage. */
  readonly typed: readonly string[] | undefined
  /** The apps that get the build, and the version of what they run. */
  readonly targets: readonly { readonly app: string; readonly version: number }[]
}

/** Reads where a promotion would go. Changes nothing. Throws a usage error for an app without a next stage. */
export async function inspectPromotion(
  api: Api,
  environment: HerokuEnvironment,
  typed: readonly string[] | undefined,
): Promise<PromotionFacts> {
  const apps = typed ?? (await downstreamApps(api, environment.app))
  if (apps.length === 0)
    throw usageError(
      `the pipeline has no app in a stage after ${environment.app}`,
      `\`${environment.name} promote --to APP\` names one; \`heroku pipelines:info\` lists them`,
    )
  const targets = await Promise.all(
    apps.map(async (app) => ({ app, version: (await newestRelease(api, app))?.version ?? 0 })),
  )
  return { environment, typed, targets }
}

/** The promotion, after a question, and before a look at the releases that it makes. */
export function planPromotion({ environment: { name, app }, typed, targets }: PromotionFacts, asks: boolean): Plan {
  const apps = targets.map((target) => target.app)
  const to = typed === undefined ? [] : ['--to', typed.join(',')]
  return {
    notes: [`promoting ${name} (${app}) to ${apps.join(', ')}`],
    steps: [
      ...(asks ? [{ effect: 'confirm', description: `ask: promote to ${apps.join(', ')}?`, asks: true }] : []),
      { call: call('heroku', 'pipelines:promote', '--app', app, ...to) },
      releaseStep(apps),
    ],
    cleanup: [],
    done: `${apps.join(', ')} ${apps.length === 1 ? 'runs' : 'run'} the build of ${app}; \`heroku rollback --app APP\` goes back`,
  }
}

/** Asks on the terminal. Throws a usage error for anything but yes. */
export async function confirmPromotion({ environment, targets }: PromotionFacts, signal: AbortSignal): Promise<void> {
  const answer = await ask(`promote ${environment.app} to ${targets.map(({ app }) => app).join(', ')}? [y/N] `, signal)
  if (!/^y(es)?$/i.test(answer))
    throw usageError('nothing was promoted', `\`${environment.name} promote --yes\` does not ask`)
}
