import type { Finding, Gap, Row } from '../findings.ts'
import type { Report } from '../report.ts'
import { sectionsOf, summary, unseenLines } from './telling.ts'

/** The report for a pull request or a wiki. */
export function renderMarkdown(report: Report): string {
  const names = report.environments.map(({ name }) => name)
  const sections = sectionsOf(report).map(({ gap, rows, findings }) => section(gap, names, rows, findings))
  return [`## parity check: ${summary(report)}`, ...sections, ...ignored(report), ...unseen(report)].join('\n\n')
}

function section(gap: Gap, names: readonly string[], rows: readonly Row[], findings: readonly Finding[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`
  const table = [
    line([gap, ...names]),
    `|${' --- |'.repeat(names.length + 1)}`,
    ...rows.map(({ title, cells }) => line([title, ...names.map((name) => cells[name] ?? '')])),
  ]
  const list = findings.map(
    ({ severity, says, command, id }) =>
      `- ${severity === 'gap' ? '**gap**' : 'note'}: ${escaped(says)} (\`${id}\`)\n  \`${command}\``,
  )
  return [table.join('\n'), ...(list.length > 0 ? [list.join('\n')] : [])].join('\n\n')
}

function ignored({ ignored, needless }: Report): string[] {
  const lines = [
    ...ignored.map(
      ({ finding, reason }) => `- ${escaped(finding.says)} (\`${finding.id}\`), because: ${escaped(reason)}`,
    ),
    ...needless.map((id) => `- nothing is called \`${id}\`: \`check.ignore\` can do without it`),
  ]
  return lines.length === 0 ? [] : [`**Ignored**\n\n${lines.join('\n')}`]
}

function unseen({ unseen }: Report): string[] {
  if (unseen.length === 0) return []
  const lines = unseenLines(unseen).map(
    ({ says, hint }) => `- ${escaped(says)}${hint === undefined ? '' : `\n  ${hint}`}`,
  )
  return [`**Could not be seen**\n\n${lines.join('\n')}`]
}

/** Names and reasons come from people: none of them ends a cell or begins a tag. */
function escaped(text: string): string {
  return text.replace(/[|<>\\*_[\]]/g, '\\$&').replace(/\s+/g, ' ')
}
