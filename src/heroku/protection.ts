import type { Api } from './api.ts'
import { pipelineStage } from './apps.ts'
import { type Named, soundsLive } from './live-names.ts'

/**
 * Why Heroku knows that an app must not be overwritten unasked, in words, or undefined: it is in stage production of its pipeline. Where
 * Heroku does not answer, a name with `prod` or `live` as a word counts as protected.
 */
export async function protectionByStage(api: Api, environment: Named): Promise<string | undefined> {
  try {
    return (await pipelineStage(api, environment.app)) === 'production'
      ? `Heroku's pipeline has ${environment.app} in stage production`
      : undefined
  } catch {
    return soundsLive(environment) ? 'its name sounds like production and Heroku could not be asked' : undefined
  }
}
