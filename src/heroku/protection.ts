import { type HerokuEnvironment, type Project, withProtection } from '../environments/environments.ts'
import type { Api } from './api.ts'
import { pipelineStage } from './apps.ts'

/**
 * Why the environment's app must not be overwritten unasked, in words, or undefined. Configuration, the name `production`, and a
 * protected environment with the same app decide at once; else Heroku is asked for the app's pipeline stage, and where it does
 * not answer, a name with `prod` or `live` as a word counts as protected.
 */
export async function protection(
  project: Project,
  environment: HerokuEnvironment,
  api: Api,
): Promise<string | undefined> {
  const known = withProtection(project, environment).protectedBecause
  if (known !== undefined) return known
  try {
    return (await pipelineStage(api, environment.app)) === 'production'
      ? `Heroku's pipeline has ${environment.app} in stage production`
      : undefined
  } catch {
    return soundsLive(environment) ? 'its name sounds like production and Heroku could not be asked' : undefined
  }
}

/** Whether `prod`, `production` or `live` stands as a word in the environment's name or its app's. */
export function soundsLive({ name, app }: Pick<HerokuEnvironment, 'name' | 'app'>): boolean {
  return [name, app].some((text) =>
    text
      .toLowerCase()
      .split(/[-_]/)
      .some((word) => ['prod', 'production', 'live'].includes(word)),
  )
}
