import { printable } from '../../terminal/harmless.ts'
import type { Finding, Gap, Row } from '../findings.ts'
import type { Report } from '../report.ts'
import { sectionsOf, summary, unseenLines } from './sections.ts'

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
      `- ${severity === 'gap' ? '**gap**' : 'note'}: ${escaped(says)} (${code(id)})${listed(command)}`,
  )
  return [table.join('\n'), ...(list.length > 0 ? [list.join('\n')] : [])].join('\n\n')
}

/** One command on its own line, several as a numbered list. */
function listed(command: string | undefined): string {
  const lines = command?.split('\n') ?? []
  return lines.map((line, index) => `\n  ${lines.length > 1 ? `${index + 1}. ` : ''}${code(line)}`).join('')
}

function ignored({ ignored, needless }: Report): string[] {
  const lines = [
    ...ignored.map(
      ({ finding, reason }) => `- ${escaped(finding.says)} (${code(finding.id)}), because: ${escaped(reason)}`,
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
  return [`**Could not be checked**\n\n${lines.join('\n')}`]
}

/** Text as it is, between more backticks than it has in a row. */
function code(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  // Beside backticks a blank is needed, and Markdown takes it away again.
  return longest === 0 ? `${fence}${printable(text)}${fence}` : `${fence} ${printable(text)} ${fence}`
}

/** Names and reasons come from people: none of them ends a cell or begins a tag. */
function escaped(text: string): string {
  return printable(text)
    .replace(/[|<>\\*_[\]]/g, '\\$&')
    .replace(/\s+/g, ' ')
}
