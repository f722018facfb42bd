import type { Commit, Position } from '../check/facts.ts'
import type { Unseen } from '../run/inspect.ts'
import { age } from '../terminal/units.ts'

/** One end of a difference: what runs in an app, or a commit of this clone. */
export type End = {
  /** `staging`, `origin/main`. */
  readonly name: string
  readonly app?: string
  /** Of the release that runs. */
  readonly version?: number | undefined
  /** Undefined where nothing was deployed yet, or where it is unknown. */
  readonly commit: string | undefined
}

/** What would ship from one end to the other, an app. */
export type Difference = {
  readonly from: End
  readonly to: End & { readonly app: string }
  /** Undefined where that could not be seen; `unseen` says why. */
  readonly commits: Pick<Position, 'waiting' | 'ahead' | 'migrations'> | undefined
  /** Names of config vars that a person has set at the first end and not at the other; undefined where that was not seen. */
  readonly missing: readonly string[] | undefined
  readonly unseen: readonly Unseen[]
  /** The line that ships it, where there is one. */
  readonly command: string | undefined
}

/** A difference as lines for a person, with at most so many commits of each kind. */
export function describeDifference(difference: Difference, now: Date, most = Number.POSITIVE_INFINITY): string[] {
  const { from, to, commits, missing, unseen } = difference
  return [
    `from ${endWords(from)} to ${endWords(to)}`,
    ...(commits ? commitLines(difference, commits, now, most) : []),
    ...(missing && missing.length > 0 ? [`set in ${from.name} and not in ${to.name}: ${missing.join(', ')}`] : []),
    ...unseen.flatMap(({ where, what, why, hint }) => [
      `${what} of ${where} could not be looked at: ${why}`,
      ...(hint === undefined ? [] : [hint]),
    ]),
  ]
}

function endWords({ name, app, version, commit }: End): string {
  const about = [app, version === undefined ? undefined : `v${version}`, commit?.slice(0, 8) ?? 'no commit']
  return `${name} (${about.filter((word) => word !== undefined && word !== name).join(', ')})`
}

function commitLines(
  { from, to }: Difference,
  { waiting, ahead, migrations }: NonNullable<Difference['commits']>,
  now: Date,
  most: number,
): string[] {
  const oldest = waiting.reduce<Commit | undefined>(
    (old, commit) => (old && old.at <= commit.at ? old : commit),
    undefined,
  )
  return [
    oldest === undefined
      ? `nothing to ship: ${to.name} has every change of ${from.name}`
      : `${counted(waiting.length, 'commit')} would ship, ${waiting.length === 1 ? '' : 'the oldest '}${age(oldest.at, now)} old`,
    ...listed(waiting, now, most),
    ...(migrations.length > 0 ? [`${counted(migrations.length, 'migration')}: ${migrations.join(', ')}`] : []),
    ...(ahead.length > 0 ? [`${to.name} has ${counted(ahead.length, 'commit')} that ${from.name} does not have`] : []),
    ...listed(ahead, now, most),
  ]
}

function listed(commits: readonly Commit[], now: Date, most: number): string[] {
  return [
    ...commits
      .slice(0, most)
      .map(({ sha, subject, author, at }) => `  ${sha.slice(0, 8)} ${subject} (${author}, ${age(at, now)} ago)`),
    ...(commits.length > most ? [`  … and ${commits.length - most} more`] : []),
  ]
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

/** A difference as data; what is null was not seen. */
export function differenceData({ from, to, commits, missing, unseen, command }: Difference): object {
  const asData = ({ sha, subject, author, at }: Commit) => ({ sha, subject, author, at: at.toISOString() })
  return {
    from: endData(from),
    to: endData(to),
    commits: commits?.waiting.map(asData) ?? null,
    ahead: commits?.ahead.map(asData) ?? null,
    migrations: commits?.migrations ?? null,
    missingConfigVars: missing ?? null,
    unseen,
    command: (commits?.waiting.length && command) || null,
  }
}

function endData({ name, app, version, commit }: End): object {
  return { name, app: app ?? null, version: version ?? null, commit: commit ?? null }
}
