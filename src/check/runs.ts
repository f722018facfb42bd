import type { Release } from '../heroku/releases.ts'
import type { AppFacts } from './facts.ts'

/** A release that ran, and the build that it put into service. */
export type Run = {
  readonly release: Release
  /** Undefined before the first build, and after a rollback to a release that is no longer listed. */
  readonly build: string | undefined
  /** `first`: the oldest release that is listed, which only goes on with a build of before. */
  readonly kind: 'deploy' | 'rollback' | 'change' | 'first'
  /** The commit as the words of a deploy or a promotion name it, abbreviated. */
  readonly named: string | undefined
}

/**
 * What ran, oldest first. A build is called by its slug or image; where Heroku has dropped that (expired releases, containers), by the
 * release that brought it, and words decide: `Deploy …`, `Promote …` and `Deployed …` bring a build, a rollback goes to that of its
 * release, anything else keeps the one before. A release that failed or still waits for its release phase has not run.
 */
export function runsOf(releases: readonly Release[]): Run[] {
  const runs: Run[] = []
  const builds = new Map<string, string>()
  for (const release of releases) {
    if (release.status !== 'succeeded') continue
    const run = runOf(release, runs, builds)
    const id = idOf(release)
    if (id !== undefined && run.build !== undefined) builds.set(id, run.build)
    runs.push(run)
  }
  return runs
}

/** The slug or the image of a release, by which Heroku can be asked for its commit. */
export function idOf({ slug, image }: Release): string | undefined {
  return slug ?? image
}

function runOf(release: Release, runs: readonly Run[], builds: ReadonlyMap<string, string>): Run {
  const { description, version } = release
  const before = runs.at(-1)
  const id = idOf(release)
  const known = builds.get(id ?? '')
  const run = (kind: Run['kind'], build: string | undefined) => ({ release, kind, build, named: namedBy(description) })
  const back = /^Rollback to v(\d+)/.exec(description)?.[1]
  if (back !== undefined)
    return run('rollback', runs.find(({ release }) => release.version === Number(back))?.build ?? known ?? id)
  const brings = /^(Deploy|Deployed|Promote)\b/.test(description)
  if (id === undefined) return brings ? run('deploy', `v${version}`) : run('change', before?.build)
  if (known !== undefined) return run('change', known)
  if (brings) return run('deploy', id)
  if (before === undefined) return run('first', id)
  // A build without a name gets one in a later release, when only the deploy itself has expired.
  const unnamed = before.build !== undefined && idOf(before.release) === undefined
  return unnamed ? run('change', before.build) : run('deploy', id)
}

/** `Deploy 1a2b3c4d`, `Promote acme-staging v7 1a2b3c4d`. */
function namedBy(description: string): string | undefined {
  return /^(?:Deploy|Promote \S+ v\d+) ([0-9a-f]{7,40})$/.exec(description)?.[1]
}

/** What Heroku has as the commit of the build that runs. */
export function runningCommit({ releases, commits }: Pick<AppFacts, 'releases' | 'commits'>): string | undefined {
  return commits.get(runsOf(releases ?? []).at(-1)?.build ?? '')
}
