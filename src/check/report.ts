import type { CheckSettings } from '../environments/schema.ts'
import { milliseconds } from '../environments/times.ts'
import { wildcards } from '../environments/wildcards.ts'
import type { Unseen } from '../run/inspect.ts'
import type { AppFacts, Facts } from './facts.ts'
import { allOf, type Finding, type Gap, type Ignored, type Row } from './findings.ts'
import { personnelGap } from './gaps/personnel.ts'
import { platform } from './gaps/platform.ts'
import { services } from './gaps/services.ts'
import { type Settings, type Thresholds, timeGap } from './gaps/time.ts'

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
  /** 0 in parity as far as is asked, 1 gaps, 2 nothing could be checked. */
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
  return {
    environments: [
      ...(facts.local ? [{ name: facts.local.name, app: null }] : []),
      ...facts.apps.map(({ name, app }) => ({ name, app })),
    ],
    rows: merged(rows),
    findings: kept,
    ignored,
    needless,
    unseen: facts.unseen,
    status: statusOf(facts.apps, kept, failOn),
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

/** An app of which nothing came can't be in parity with anything. */
function statusOf(apps: readonly AppFacts[], findings: readonly Finding[], failOn: readonly Gap[]): Report['status'] {
  const seen = apps.some(({ releases, stack, addons, formation, configVars }) =>
    [releases, stack, addons, formation, configVars].some((fact) => fact !== undefined),
  )
  if (!seen) return 2
  return findings.some(({ gap, severity }) => severity === 'gap' && failOn.includes(gap)) ? 1 : 0
}
