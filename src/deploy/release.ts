import { setTimeout as delay } from 'node:timers/promises'
import { failure, ParityError } from '../errors.ts'
import type { Api } from '../heroku/api.ts'
import type { Variables } from '../heroku/hosts.ts'
import { createTransport } from '../heroku/http.ts'
import { newestRelease, type Release } from '../heroku/releases.ts'
import type { Effect } from '../run/plan.ts'
import type { Reporter } from '../terminal/reporter.ts'

/** How often a release is looked at, in milliseconds. */
const interval = 1_000

/** How often a release that should be there is looked for. */
const patience = 10

/** An app, and the words by which a person calls it; undefined for one that is no environment. */
type Released = { readonly typed: string | undefined; readonly app: string }

/** The step after a push or a promotion: those end well also where the release phase fails, and to repeat them does nothing. */
export function releaseStep(apps: readonly string[]): Effect {
  const of = apps.join(', ')
  return {
    effect: 'release',
    description: `release: wait for the release of ${of}, and fail if its release phase fails`,
  }
}

/**
 * Waits until the release of an app that `isOurs` has ended. Rejects with a failure that has the output of a release phase that failed;
 * where Heroku cannot be asked that is told, and no failure: what made the release is done.
 */
export async function awaitRelease(
  api: Api,
  released: Released,
  isOurs: (release: Release) => boolean,
  env: Variables,
  signal: AbortSignal,
  reporter: Reporter,
): Promise<void> {
  const release = await ended(api, released.app, isOurs, signal).catch((error: unknown) => {
    if (!(error instanceof ParityError) || signal.aborted) throw error
    reporter.warning(`the release of ${released.app} could not be looked at: ${error.message}`)
    return undefined
  })
  if (release?.status === 'failed') throw releaseFailed(released, release, await outputOf(release, env))
}

async function ended(
  api: Api,
  app: string,
  isOurs: (release: Release) => boolean,
  signal: AbortSignal,
): Promise<Release | undefined> {
  for (let tries = 0; ; await delay(interval, undefined, { signal })) {
    const release = await newestRelease(api, app)
    const found = release !== undefined && isOurs(release)
    if (found && release.status !== 'pending') return release
    if (!found && ++tries >= patience)
      throw failure(`Heroku shows no new release of ${app}`, `\`heroku releases --app ${app}\` lists them`)
  }
}

/** `Deploy 1a2b3c4d`: Heroku abbreviates as many digits as it takes. */
export function isReleaseOf({ description }: Pick<Release, 'description'>, commit: string): boolean {
  const [, abbreviated] = /^Deploy ([0-9a-f]{6,40})$/.exec(description) ?? []
  return abbreviated !== undefined && commit.startsWith(abbreviated)
}

function releaseFailed({ typed, app }: Released, { version }: Release, output: string) {
  const retry = typed === undefined ? `heroku releases:retry --app ${app}` : `${typed} releases:retry`
  return failure(
    `release v${version} of ${app} failed in its release phase; the app still runs the one before${output === '' ? '' : `:\n${output}`}`,
    `\`${retry}\` runs the release phase again; repeating the deploy or promotion does nothing`,
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
