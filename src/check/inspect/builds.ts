import { failure } from '../../errors.ts'
import type { Api } from '../../heroku/api.ts'
import { imageCommit, type Release, recentReleases, slugCommit } from '../../heroku/releases.ts'
import type { InspectHere } from '../../run/inspect.ts'
import { counted, deploysOf } from '../deliveries.ts'
import type { AppFacts } from '../facts.ts'
import { idOf, runsOf } from '../runs.ts'

/** The releases of an app, and the commits of its builds as far as the rates of the last 90 days need them. */
export async function inspectReleases(
  api: Api,
  app: string,
  on: InspectHere,
  now: Date,
): Promise<Pick<AppFacts, 'releases' | 'commits'>> {
  const releases = await on('releases', recentReleases(api, app))
  if (releases === undefined) return { releases, commits: new Map() }
  const named = namedCommits(releases)
  const wanted = await affordable(api, unknownBuilds(releases, named, now), on)
  const asked = await Promise.all(
    wanted.map(async ({ build, release: { slug, image } }) => {
      const question = slug === undefined ? imageCommit(api, app, image ?? '') : slugCommit(api, app, slug)
      return [build, await on('commits of releases', question)] as const
    }),
  )
  const told = asked.flatMap(([build, commit]) => (commit === undefined ? [] : [[build, commit] as const]))
  return { releases, commits: new Map([...named, ...told]) }
}

type Wanted = { readonly build: string; readonly release: Release }

/**
 * The builds that Heroku's rate limit lets us ask for: all, or near the limit only the first, which runs. The others make rates and
 * medians, which can wait. https://devcenter.heroku.com/articles/platform-api-reference#rate-limits
 */
async function affordable(api: Api, wanted: readonly Wanted[], on: InspectHere): Promise<readonly Wanted[]> {
  const left = api.remaining()
  if (left === undefined || wanted.length < 2 || left > wanted.length * 4) return wanted
  const why = `Heroku would answer only ${left} more requests now, so older releases were not asked for`
  await on('commits of releases', Promise.reject(failure(why, 'try again in a few minutes')))
  return wanted.slice(0, 1)
}

/** Build → commit, where the words of a release name it. */
function namedCommits(releases: readonly Release[]): Map<string, string> {
  return new Map(
    runsOf(releases).flatMap(({ build, named }) =>
      build === undefined || named === undefined ? [] : [[build, named] as const],
    ),
  )
}

/** The builds to ask for: the one that runs, always, for its words tell an abbreviation, and those of the last 90 days that no words tell. */
function unknownBuilds(releases: readonly Release[], named: ReadonlyMap<string, string>, now: Date): Wanted[] {
  const runs = runsOf(releases)
  const deploys = counted(deploysOf({ releases, commits: named }), now).filter(({ commit }) => commit === undefined)
  const builds = new Set([runs.at(-1)?.build, ...deploys.map(({ build }) => build)])
  return [...builds].flatMap((build) => {
    const release = runs.findLast((run) => run.build === build && idOf(run.release) !== undefined)?.release
    return build === undefined || release === undefined ? [] : [{ build, release }]
  })
}
