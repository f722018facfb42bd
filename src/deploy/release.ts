import { setTimeout as delay } from 'node:timers/promises'
import type { HerokuEnvironment } from '../environments/environments.ts'
import { failure, ParityError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import type { Variables } from '../heroku/hosts.ts'
import { createTransport } from '../heroku/http.ts'
import { newestRelease, type Release } from '../heroku/releases.ts'
import type { Effect, StepHandler } from '../run/plan.ts'

/** How often a release is looked at, in milliseconds. */
const interval = 1_000

/** How often a release that should be there is looked for. */
const patience = 10

/** The step after a push. `git push` ends well also where the release phase fails, and pushing again does nothing then. */
export function releaseStep({ app }: HerokuEnvironment): Effect {
  return {
    effect: 'release',
    description: `release: wait for the release of ${app}, which fails where its release phase fails`,
  }
}

/**
 * Waits until the release of `commit` has ended. Rejects with a failure that has the output of a release phase that failed; where
 * Heroku cannot be asked that is told, and no failure: the push is done.
 */
export function releaseHandler(api: Api, environment: HerokuEnvironment, commit: string, env: Variables): StepHandler {
  return async (signal, reporter) => {
    const release = await ended(api, environment.app, commit, signal).catch((error: unknown) => {
      if (!(error instanceof ParityError) || signal.aborted) throw error
      reporter.warning(`the release of ${environment.app} could not be looked at: ${error.message}`)
      return undefined
    })
    if (release?.status === 'failed') throw releaseFailed(environment, release, await outputOf(release, env))
  }
}

async function ended(api: Api, app: string, commit: string, signal: AbortSignal): Promise<Release | undefined> {
  for (let tries = 0; ; await delay(interval, undefined, { signal })) {
    const release = await newestRelease(api, app)
    const isOurs = release !== undefined && isReleaseOf(release, commit)
    if (isOurs && release.status !== 'pending') return release
    if (!isOurs && ++tries >= patience)
      throw failure(`Heroku shows no release of ${commit.slice(0, 8)}`, 'run `heroku releases` to see them')
  }
}

/** `Deploy 1a2b3c4d`: Heroku abbreviates as many digits as it takes. */
export function isReleaseOf({ description }: Pick<Release, 'description'>, commit: string): boolean {
  const [, abbreviated] = /^Deploy ([0-9a-f]{6,40})$/.exec(description) ?? []
  return abbreviated !== undefined && commit.startsWith(abbreviated)
}

function releaseFailed({ name, app }: HerokuEnvironment, { version }: Release, output: string) {
  return failure(
    `release v${version} of ${app} failed in its release phase; the app still runs the one before${output === '' ? '' : `:\n${output}`}`,
    `\`${name} releases:retry\` runs the release phase again; deploying the same commit again does nothing`,
  )
}

/** The last lines that a release phase printed; its address is a secret that expires. */
async function outputOf({ outputUrl }: Release, env: Variables): Promise<string> {
  if (outputUrl === undefined) return ''
  try {
    const reply = await createTransport(env)(new URL(outputUrl), {
      method: 'GET',
      headers: {},
      idleMilliseconds: 10_000,
    })
    return (await reply.text()).trimEnd().split('\n').slice(-20).join('\n')
  } catch {
    return ''
  }
}
