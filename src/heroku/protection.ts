import type { Api } from './api.ts'
import { pipelineStage } from './apps.ts'

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

type Named = { readonly name: string; readonly app: string }

/** Whether `prod`, `production` or `live` stands as a word in the environment's name or its app's. */
export function soundsLive({ name, app }: Named): boolean {
  return [name, app].some((text) =>
    text
      .toLowerCase()
      .split(/[-_]/)
      .some((word) => ['prod', 'production', 'live'].includes(word)),
  )
}
