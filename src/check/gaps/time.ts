import type { CheckSettings } from '../../environments/schema.ts'
import { age, duration } from '../../terminal/units.ts'
import { arrivals, deploysOf, deploysPerWeek, leadTime } from '../deliveries.ts'
import type { AppFacts, Commit, Facts, Position } from '../facts.ts'
import { allOf, count, type Finding, type Look, type Row } from '../findings.ts'
import { runningCommit, runsOf } from '../runs.ts'
import { deploying, inOrder, line } from './commands.ts'
import { isProduction } from './reference.ts'
import { promotedFrom, shipping } from './shipping.ts'

/** Limits beyond which a measure is a gap; times in milliseconds, the share from 0 to 1. */
export type Thresholds = {
  readonly commits: number
  readonly age: number
  readonly leadTime: number
  readonly deploysPerWeek: number
  readonly releasedByAuthors: number
}

/** How what was found is to be judged and told. */
export type Settings = {
  readonly thresholds: Thresholds
  readonly people: NonNullable<CheckSettings['people']>
}

/** The time gap: what runs, what waits, and how long things take. */
export function timeGap(facts: Facts, settings: Settings): Look {
  return allOf([
    { rows: [...releaseRows(facts, settings), ...fetchRow(facts)], findings: [] },
    ...facts.apps.map((app) => waiting(facts, app, settings.thresholds)),
    ...facts.apps.map((app) => promotion(facts, app)),
    deliveryLook(facts, settings.thresholds),
  ])
}

function releaseRows({ apps, now }: Facts, { people }: Settings): Row[] {
  const row = (id: string, title: string, cell: (app: AppFacts) => string | undefined): Row => ({
    id: `time.${id}`,
    gap: 'time',
    title,
    cells: Object.fromEntries(apps.flatMap((app) => (cell(app) === undefined ? [] : [[app.name, cell(app) ?? '']]))),
  })
  return [
    row('release', 'release', (app) => ran(app, ({ version }) => `v${version}`)),
    row('when', 'when', (app) => ran(app, ({ at }) => `${age(at, now)} ago`)),
    ...(people === 'names' ? [row('by', 'by', (app) => ran(app, ({ by }) => by))] : []),
    row('commit', 'commit', commitCell),
  ]
}

/** How old the news of main are: commits that were pushed since then are not among those that wait. */
function fetchRow({ local, git, now }: Facts): Row[] {
  if (local === undefined || git?.fetchedAt === undefined) return []
  return [
    { id: 'time.fetched', gap: 'time', title: 'last fetch', cells: { [local.name]: `${age(git.fetchedAt, now)} ago` } },
  ]
}

function ran<T>(
  { releases }: AppFacts,
  tell: (release: NonNullable<AppFacts['releases']>[number]) => T,
): T | undefined {
  const release = releases?.findLast(({ status }) => status === 'succeeded')
  return release && tell(release)
}

/** The commit that runs, abbreviated where it is one, and that nothing was ever deployed. */
function commitCell(app: AppFacts): string | undefined {
  const commit = runningCommit(app)
  if (commit !== undefined) return /^[0-9a-f]{9,40}$/.test(commit) ? commit.slice(0, 8) : commit
  const last = app.releases && runsOf(app.releases).at(-1)
  if (last === undefined) return app.releases && 'none'
  return last.build === undefined && last.kind !== 'rollback' ? 'none' : undefined
}

/** What the branch has and the app has not, and the reverse. */
function waiting(facts: Facts, app: AppFacts, thresholds: Thresholds): Look {
  const { git, now } = facts
  const position = git?.positions.get(app.name)
  if (git === undefined || position === undefined) return { rows: [], findings: [] }
  const { ref, waiting, ahead, migrations } = position
  const oldest = oldestOf(waiting)
  const close = shipping(facts, app)
  const findings: Finding[] = []
  if (oldest !== undefined) findings.push(behind(facts, app, position, oldest, thresholds, close))
  if (migrations.length > 0)
    findings.push({
      ...base(`migrations.${app.name}`, 'note'),
      says: `${count(migrations.length, 'migration')} ${migrations.length === 1 ? 'waits' : 'wait'} for ${app.name}: ${migrations[0]}${migrations.length > 1 ? ' …' : ''}`,
      where: { [app.name]: migrations.join(', ') },
      command: close,
    })
  if (ahead.length > 0)
    findings.push({
      ...base(`ahead.${app.name}`, 'gap'),
      says: `${app.name} runs ${count(ahead.length, 'commit')} that ${ref} does not have`,
      where: { [app.name]: ahead.map(({ sha }) => sha.slice(0, 8)).join(', ') },
      command: merging(position.sha.slice(0, 8), ref, git.remotes),
    })
  const cell = oldest === undefined ? 'nothing' : `${waiting.length}, oldest ${age(oldest.at, now)}`
  return { rows: [{ id: 'time.waiting', gap: 'time', title: 'waiting', cells: { [app.name]: cell } }], findings }
}

/** Into the branch itself, wherever it is. */
function merging(sha: string, ref: string, remotes: readonly string[]): string {
  const remote = remotes.find((name) => ref.startsWith(`${name}/`))
  const branch = remote === undefined ? ref : ref.slice(remote.length + 1)
  const steps = [line('git', 'switch', branch), line('git', 'merge', sha)]
  return inOrder(...steps, ...(remote === undefined ? [] : [line('git', 'push', remote, branch)]))
}

/** Where a pipeline promotes, the promotion is the way to production, and how much of it is ready stands in the same line. */
function behind(
  { apps, git, now }: Facts,
  app: AppFacts,
  position: Position,
  oldest: Commit,
  thresholds: Thresholds,
  command: string,
): Finding {
  const { ref, waiting } = position
  const staging = promotedFrom(app, apps)
  const before = git?.positions.get(staging?.name ?? '')
  const ready = before ? readyToPromote(before, position).length : 0
  const old = now.getTime() - oldest.at.getTime()
  const beyond = waiting.length > thresholds.commits || old > thresholds.age
  const also = ready === 0 ? '' : `; ${staging?.name} runs ${ready === waiting.length ? 'all' : ready} of that`
  return {
    ...base(`behind.${app.name}`, beyond ? 'gap' : 'note'),
    says: `${app.name} is ${count(waiting.length, 'commit')} behind ${ref}, the oldest ${duration(old)} old${also}`,
    where: { [app.name]: `${count(waiting.length, 'commit')} waiting since ${oldest.at.toISOString()}` },
    command,
  }
}

/** What staging has and production has not, where no pipeline says that the one is promoted to the other. */
function promotion({ apps, git }: Facts, app: AppFacts): Look {
  const staging =
    isProduction(app) && promotedFrom(app, apps) === undefined
      ? apps.find(({ name, stage }) => (stage === undefined ? name === 'staging' : stage === 'staging'))
      : undefined
  const [before, after] = [staging, app].map((place) => git?.positions.get(place?.name ?? ''))
  if (staging === undefined || before === undefined || after === undefined) return { rows: [], findings: [] }
  const ready = readyToPromote(before, after)
  if (ready.length === 0 || ready.length === after.waiting.length) return { rows: [], findings: [] }
  const finding: Finding = {
    ...base(`promotion.${app.name}`, 'note'),
    says: `${staging.name} runs ${count(ready.length, 'commit')} that ${app.name} does not`,
    where: { [staging.name]: before.sha.slice(0, 8), [app.name]: after.sha.slice(0, 8) },
    command: deploying(app, before.sha.slice(0, 8)),
  }
  return { rows: [], findings: [finding] }
}

/** The commits of the branch that wait for production and no longer for staging, newest first. */
function readyToPromote(staging: Position, production: Position): Commit[] {
  const still = new Set(staging.waiting.map(({ sha }) => sha))
  return production.waiting.filter(({ sha }) => !still.has(sha))
}

/** Lead time and frequency, for every app; findings for production's alone. */
function deliveryLook(facts: Facts, thresholds: Thresholds): Look {
  const { apps, git, now } = facts
  return allOf(
    apps.map((app) => {
      const lead = git && !git.cut.has(app.name) ? leadTime(arrivals(deploysOf(app), git.history, now)) : undefined
      const weekly = app.releases && deploysPerWeek(app, now)
      const cells = (cell: string | undefined): Row['cells'] => (cell === undefined ? {} : { [app.name]: cell })
      const rows: Row[] = [
        {
          id: 'time.lead-time',
          gap: 'time',
          title: 'lead time',
          cells: cells(lead === undefined ? undefined : duration(lead)),
        },
        { id: 'time.deploys', gap: 'time', title: 'deploys a week', cells: cells(weekly?.toFixed(1)) },
      ]
      return {
        rows,
        findings: isProduction(app) ? slowness(app, lead, weekly, shipping(facts, app), thresholds) : [],
      }
    }),
  )
}

function slowness(
  app: AppFacts,
  lead: number | undefined,
  weekly: number | undefined,
  command: string,
  thresholds: Thresholds,
): Finding[] {
  const findings: Finding[] = []
  if (lead !== undefined && lead > thresholds.leadTime)
    findings.push({
      ...base(`lead-time.${app.name}`, 'gap'),
      says: `half of the commits took more than ${duration(lead)} to ${app.name}, and ${duration(thresholds.leadTime)} is the limit`,
      where: { [app.name]: duration(lead) },
      command,
    })
  if (weekly !== undefined && weekly < thresholds.deploysPerWeek)
    findings.push({
      ...base(`deploys.${app.name}`, 'gap'),
      says: `${app.name} had ${weekly.toFixed(1)} deploys a week, and ${thresholds.deploysPerWeek} should be`,
      where: { [app.name]: weekly.toFixed(1) },
      command,
    })
  return findings
}

function base(id: string, severity: Finding['severity']): Pick<Finding, 'id' | 'gap' | 'severity'> {
  return { id: `time.${id}`, gap: 'time', severity }
}

function oldestOf(commits: readonly Commit[]): Commit | undefined {
  return commits.reduce<Commit | undefined>(
    (oldest, commit) => (oldest && oldest.at <= commit.at ? oldest : commit),
    undefined,
  )
}
