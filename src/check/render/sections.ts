import type { Unseen } from '../../run/inspect.ts'
import { printable } from '../../terminal/harmless.ts'
import { count, type Finding, type Gap, gaps, type Row } from '../findings.ts'
import type { Report } from '../report.ts'

/** What is to be told of each gap; one of which nothing is known has no section. */
export function sectionsOf({ rows, findings }: Report): { gap: Gap; rows: Row[]; findings: Finding[] }[] {
  return gaps
    .map((gap) => ({
      gap,
      rows: rows.filter((row) => row.gap === gap),
      findings: findings.filter((finding) => finding.gap === gap),
    }))
    .filter(({ rows, findings }) => rows.length + findings.length > 0)
}

/** The command of a finding as it is printed; several are numbered. */
export function commandLines({ command }: Pick<Finding, 'command'>): string[] {
  const lines = command?.split('\n').map(printable) ?? []
  return lines.length > 1 ? lines.map((line, index) => `${index + 1}. ${line}`) : lines
}

/** How many questions an app is asked: when none was answered, that is said in one word. */
const questions = 8

/** What could not be seen, the same trouble told once: who and what of whom, and why. */
export function unseenLines(unseen: readonly Unseen[]): { says: string; hint: string | undefined }[] {
  const byPlace = grouped(unseen, ({ where, why }) => `${where}\n${why}`).map(([first, ...rest]) => ({
    ...first,
    what: whole([first, ...rest].map(({ what }) => what)),
  }))
  return grouped(byPlace, ({ what, why }) => `${what}\n${why}`).map(([first, ...rest]) => ({
    says: `${[first, ...rest].map(({ where }) => where).join(', ')}: ${first.what}: ${first.why}`,
    hint: first.hint,
  }))
}

function whole(what: readonly string[]): string {
  const names = [...new Set(what)]
  return names.length >= questions ? 'everything' : names.join(', ')
}

type Group<T> = readonly [T, ...T[]]

function grouped<T>(items: readonly T[], key: (item: T) => string): Group<T>[] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group) group.push(item)
    else groups.set(key(item), [item])
  }
  return [...groups.values()]
}

/** The count: `3 gaps, 1 note, 1 ignored`, and what was asked for and could not be seen. */
export function summary({ findings, ignored, unseen, seen, blind }: Report): string {
  if (!seen) return 'nothing could be checked'
  const gaps = findings.filter(({ severity }) => severity === 'gap').length
  const notes = findings.length - gaps
  const first = gaps > 0 ? count(gaps, 'gap') : unseen.length > 0 ? 'no gap in what could be checked' : 'in parity'
  return [
    ...(blind.length > 0 ? [`${blind.join(' and ')} could not be checked`] : []),
    first,
    ...(notes > 0 ? [count(notes, 'note')] : []),
    ...(ignored.length > 0 ? [`${ignored.length} ignored`] : []),
  ].join(', ')
}
