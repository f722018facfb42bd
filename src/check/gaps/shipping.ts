import type { AppFacts, Facts } from '../facts.ts'
import { deploying, inOrder, onEnvironment } from './commands.ts'
import { isProduction } from './reference.ts'

type Seen = Pick<Facts, 'apps' | 'git'>

/** The branch that an app's code comes from. */
function sourceOf(app: AppFacts, git: Facts['git']): string {
  return git?.positions.get(app.name)?.ref ?? app.branch ?? git?.main.ref ?? 'main'
}

/** The app of the same pipeline whose builds are promoted to `app`. */
export function promotedFrom(app: AppFacts, apps: readonly AppFacts[]): AppFacts | undefined {
  if (!isProduction(app) || app.pipelineId === undefined) return undefined
  return apps.find(({ stage, pipelineId }) => stage === 'staging' && pipelineId === app.pipelineId)
}

/**
 * What brings an app to where its branch is: a promotion where a pipeline promotes, else a deploy. Where staging runs nothing that
 * the app has not, it is deployed to first.
 */
export function shipping({ apps, git }: Seen, app: AppFacts): string {
  const staging = promotedFrom(app, apps)
  if (staging === undefined) return deploying(app, sourceOf(app, git))
  const promotion = promoting(staging, app)
  const [before, after] = [git?.positions.get(staging.name), git?.positions.get(app.name)]
  const behind = before !== undefined && after !== undefined && before.waiting.length > 0
  return behind && before.waiting.length >= after.waiting.length
    ? inOrder(deploying(staging, sourceOf(staging, git)), promotion)
    : promotion
}

/** `staging promote --to acme-production` */
function promoting(staging: AppFacts, { app }: AppFacts): string {
  return onEnvironment(staging, staging.typeable ? 'promote' : 'pipelines:promote', '--to', app)
}
