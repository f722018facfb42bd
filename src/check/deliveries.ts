import type { Release } from '../heroku/releases.ts'
import type { AppFacts, Commit } from './facts.ts'
import type { Who } from './people.ts'
import { runsOf } from './runs.ts'

/** The days that rates and medians are taken over. */
const windowDays = 90
const day = 86_400_000

/** A release that put a build into service which had not run there before; `first`: of which it is not known when that was. */
type Deploy = {
  readonly release: Release
  readonly build: string
  readonly commit: string | undefined
  readonly first: boolean
}

/** A commit that reached an environment, by the deploy that brought it. */
type Arrival = { readonly commit: Commit; readonly deploy: Deploy }

/**
 * The deploys among the releases, oldest first. A change of the configuration shares its build with the release before, a rollback
 * with an older one, and a release that failed never ran: none of them is a deploy.
 */
export function deploysOf({ releases, commits }: Pick<AppFacts, 'releases' | 'commits'>): Deploy[] {
  return runsOf(releases ?? []).flatMap(({ release, build, kind }) => {
    if (build === undefined || (kind !== 'deploy' && kind !== 'first')) return []
    return [{ release, build, commit: commits.get(build), first: kind === 'first' }]
  })
}

/** The deploys of the last 90 days. */
export function recent(deploys: readonly Deploy[], now: Date): Deploy[] {
  return deploys.filter(({ release, first }) => !first && now.getTime() - release.at.getTime() <= windowDays * day)
}

/** The deploys of the last 90 days, and the one before them, against which the first of them is measured. */
export function counted(deploys: readonly Deploy[], now: Date): Deploy[] {
  const [oldest] = recent(deploys, now)
  const from = oldest === undefined ? deploys.length : deploys.indexOf(oldest)
  return deploys.slice(Math.max(from - 1, 0))
}

/** Deploys a week over the days that can be seen: since the oldest release, at least a week and 90 days at most. */
export function deploysPerWeek({ releases, commits }: Pick<AppFacts, 'releases' | 'commits'>, now: Date): number {
  const [oldest] = releases ?? []
  const visible = oldest === undefined ? windowDays : (now.getTime() - oldest.at.getTime()) / day
  const days = Math.min(Math.max(visible, 7), windowDays)
  return (recent(deploysOf({ releases, commits }), now).length * 7) / days
}

/**
 * The commits, merges aside, that each deploy of the last 90 days was the first to bring. The first deploy ever is where counting
 * begins: it brings nothing. A commit comes once, also after a rollback, and also when it was rebased in between: a rebase keeps
 * author, date of writing and subject. Behind a deploy whose commit is not known here, it cannot be said which of the two brought a
 * commit: those are left out.
 */
export function arrivals(deploys: readonly Deploy[], history: ReadonlyMap<string, Commit>, now: Date): Arrival[] {
  const carried = new Set<string>()
  const inWindow = new Set(recent(deploys, now))
  const commitOf = (deploy: Deploy | undefined) => history.get(deploy?.commit ?? '')
  return deploys.flatMap((deploy, index) => {
    const commit = commitOf(deploy)
    if (commit === undefined) return []
    const brought = bring(commit, history, carried)
    const certain = commitOf(deploys[index - 1]) !== undefined
    return certain && inWindow.has(deploy) ? brought.map((commit) => ({ commit, deploy })) : []
  })
}

/** The commits behind `tip`, itself included, that were not carried before; from now on they are. */
function bring(tip: Commit, history: ReadonlyMap<string, Commit>, carried: Set<string>): Commit[] {
  const brought: Commit[] = []
  const open = [tip]
  for (let commit = open.pop(); commit !== undefined; commit = open.pop()) {
    if (carried.has(commit.sha)) continue
    const isNew = !carried.has(keyOf(commit))
    carried.add(commit.sha).add(keyOf(commit))
    if (isNew && commit.parents.length < 2) brought.push(commit)
    open.push(...commit.parents.flatMap((sha) => history.get(sha) ?? []))
  }
  return brought
}

/** A commit that is rewritten, by a rebase or by hand, keeps its author, date of writing and subject. */
export function keyOf({ emails: [author = ''], written, subject }: Commit): string {
  return `${author} ${written} ${subject}`
}

/** The median time from commit to running, in milliseconds; undefined where nothing arrived. */
export function leadTime(arrived: readonly Arrival[]): number | undefined {
  const times = arrived.map(({ commit, deploy }) => Math.max(deploy.release.at.getTime() - commit.at.getTime(), 0))
  return median(times)
}

/**
 * Of the commits that arrived and have an author who is known, the share (0 to 1) that was released by one of them; undefined where
 * nothing arrived.
 */
export function releasedByAuthors(arrived: readonly Arrival[], who: Who): number | undefined {
  const known = arrived.filter(({ commit }) => authorsOf(commit, who).length > 0)
  if (known.length === 0) return undefined
  const own = known.filter(({ commit, deploy }) => authorsOf(commit, who).includes(who(deploy.release.by) ?? ''))
  return own.length / known.length
}

/** Authors of what arrived, by their address, none of whom ever deployed. */
export function neverDeployed(arrived: readonly Arrival[], deploys: readonly Deploy[], who: Who): string[] {
  const deployers = new Set(deploys.map(({ release }) => who(release.by)))
  return allAuthors(arrived, who).filter((email) => !deployers.has(email))
}

/** The people who wrote what arrived, by their address. */
export function allAuthors(arrived: readonly Arrival[], who: Who): string[] {
  return [...new Set(arrived.flatMap(({ commit }) => authorsOf(commit, who)))].sort()
}

function authorsOf({ emails }: Commit, who: Who): string[] {
  return emails.flatMap((email) => who(email) ?? [])
}

function median(numbers: readonly number[]): number | undefined {
  const sorted = [...numbers].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) return undefined
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
