import type { CheckSettings } from '../environments/schema.ts'
import { milliseconds } from '../environments/times.ts'
import { wildcards } from '../environments/wildcards.ts'
import type { Unseen } from '../run/inspect.ts'
import type { AppFacts, Facts } from './facts.ts'
import { allOf, type Finding, type Gap, gaps, type Ignored, type Row } from './findings.ts'
import { personnelGap } from './gaps/personnel.ts'
import { platform } from './gaps/platform.ts'
import { isProduction } from './gaps/reference.ts'
import { services } from './gaps/services.ts'
import { type Settings, type Thresholds, timeGap } from './gaps/time.ts'
import { runsOf } from './runs.ts'

/** The report as data: every renderer prints all of it. */
export type Report = {
  /** The columns; `app` is null for this machine. */
  readonly environments: readonly { readonly name: string; readonly app: string | null }[]
  readonly rows: readonly Row[]
  readonly findings: readonly Finding[]
  readonly ignored: readonly Ignored[]
  /** Ids of `check.ignore` that silenced nothing. */
  readonly needless: readonly string[]
  readonly unseen: readonly Unseen[]
  /** Whether anything of any app was seen. */
  readonly seen: boolean
  /** The gaps that were asked for, and that could not be seen whole. */
  readonly blind: readonly Gap[]
  /** 0 in parity as far as is asked, 1 gaps, 2 what was asked for could not be checked. */
  readonly status: 0 | 1 | 2
}

/** Judges the facts by the configuration; `failOn` are the gaps that count for the status. */
export function judge(facts: Facts, settings: CheckSettings, failOn: readonly Gap[]): Report {
  const judged: Settings = { thresholds: thresholdsOf(settings.thresholds), people: settings.people ?? 'names' }
  const { rows, findings } = allOf([
    timeGap(facts, judged),
    personnelGap(facts, judged),
    services(facts),
    platform(facts),
  ])
  const { kept, ignored, needless } = ignoring(findings, settings.ignore ?? {})
  const seen = facts.apps.some(isSeen)
  const blind = failOn.filter((gap) => isBlind[gap](facts))
  return {
    environments: [
      ...(facts.local ? [{ name: facts.local.name, app: null }] : []),
      ...facts.apps.map(({ name, app }) => ({ name, app })),
    ],
    rows: merged(rows),
    findings: gapsFirst(kept),
    ignored,
    needless,
    unseen: facts.unseen,
    seen,
    blind,
    status: statusOf(kept, failOn, seen, blind),
  }
}

/** Without a word about waiting commits each of them counts; a limit on one of number and age leaves the other open. */
function thresholdsOf(given: NonNullable<CheckSettings['thresholds']> = {}): Thresholds {
  const time = (value: string | number | undefined) =>
    value === undefined ? Number.POSITIVE_INFINITY : milliseconds(value)
  return {
    commits: given.commits ?? (given.age === undefined ? 0 : Number.POSITIVE_INFINITY),
    age: time(given.age),
    leadTime: time(given.leadTime),
    deploysPerWeek: given.deploysPerWeek ?? 0,
    releasedByAuthors: (given.releasedByAuthors ?? 0) / 100,
  }
}

function ignoring(findings: readonly Finding[], rules: Readonly<Record<string, string>>) {
  const patterns = Object.entries(rules).map(([id, reason]) => ({ id, reason, fits: fitting(id) }))
  const ruleOf = ({ id }: Finding) => patterns.find(({ fits }) => fits(id))
  const used = new Set(findings.map(ruleOf))
  return {
    kept: findings.filter((finding) => ruleOf(finding) === undefined),
    ignored: findings.flatMap((finding): Ignored[] => {
      const rule = ruleOf(finding)
      return rule === undefined ? [] : [{ finding, reason: rule.reason }]
    }),
    needless: patterns.filter((rule) => !used.has(rule)).map(({ id }) => id),
  }
}

/** Within each of the three, what counts comes before what may be meant. */
function gapsFirst(findings: readonly Finding[]): Finding[] {
  const rank = ({ gap, severity }: Finding) => gaps.indexOf(gap) * 2 + (severity === 'gap' ? 0 : 1)
  return [...findings].sort((one, other) => rank(one) - rank(other))
}

/** A `*` stands for any characters. */
function fitting(pattern: string): (id: string) => boolean {
  const expression = new RegExp(`^${wildcards(pattern)}$`)
  return (id) => expression.test(id)
}

/** Rows of one id are one row. */
function merged(rows: readonly Row[]): Row[] {
  const byId = new Map<string, Row>()
  for (const row of rows) {
    const before = byId.get(row.id)
    byId.set(row.id, before ? { ...before, cells: { ...before.cells, ...row.cells } } : row)
  }
  return [...byId.values()].filter(({ cells }) => Object.keys(cells).length > 0)
}

/** A gap that was found counts, whatever else could not be seen; none found counts only where all was seen that could show one. */
function statusOf(
  findings: readonly Finding[],
  failOn: readonly Gap[],
  seen: boolean,
  blind: readonly Gap[],
): Report['status'] {
  if (!seen) return 2
  if (findings.some(({ gap, severity }) => severity === 'gap' && failOn.includes(gap))) return 1
  return blind.length > 0 ? 2 : 0
}

/** An app of which nothing came can't be in parity with anything. */
function isSeen({ releases, stack, addons, formation, configVars }: AppFacts): boolean {
  return [releases, stack, addons, formation, configVars].some((fact) => fact !== undefined)
}

/** What has to be known of every app before a gap can be called closed. What this machine or a backup would add is not needed. */
const isBlind: Readonly<Record<Gap, (facts: Facts) => boolean>> = {
  time: ({ apps, git }) =>
    apps.some((app) => app.releases === undefined || (hasRun(app) && !git?.positions.has(app.name))),
  personnel: ({ apps, git }) =>
    apps
      .filter(isProduction)
      .some((app) => app.releases === undefined || (hasRun(app) && (git === undefined || git.cut.has(app.name)))),
  tools: ({ apps }) =>
    apps.some(({ stack, buildpacks, addons, formation, configVars }) =>
      [stack, buildpacks, addons, formation, configVars].includes(undefined),
    ),
}

function hasRun({ releases = [] }: AppFacts): boolean {
  const last = runsOf(releases).at(-1)
  return last !== undefined && (last.build !== undefined || last.kind === 'rollback')
}
