import { printable } from '../../terminal/harmless.ts'
import { wrap } from '../../terminal/wrap.ts'
import type { Finding, Row } from '../findings.ts'
import type { Report } from '../report.ts'
import { commandLines, sectionsOf, summary, unseenLines } from './sections.ts'

type Paint = (text: string) => string

/** The colours that the report uses; without colour each is the text itself. */
type Colours = Readonly<Record<'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan', Paint>>

const width = 80
const titleWidth = 20

/**
 * The report for a terminal of 80 columns, its count above and below; `quiet` has the findings alone. A command stays in one line, so
 * that it can be copied.
 */
export function renderText(report: Report, colours: Colours, quiet = false): string {
  const names = report.environments.map(({ name }) => name)
  const sections = sectionsOf(report).map(({ gap, rows, findings }) => [
    ...(quiet ? [] : table(gap, names, rows, colours)),
    ...findings.flatMap((finding) => told(finding, colours)),
  ])
  if (quiet) return [...sections.flat(), verdict(report, colours)].join('\n')
  const count = [verdict(report, colours)]
  return [count, ...sections, ignored(report, colours), unseen(report, colours), count]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

function table(title: string, names: readonly string[], rows: readonly Row[], { bold, dim }: Colours): string[] {
  const column = Math.floor((width - titleWidth) / Math.max(names.length, 1))
  const line = (first: string, cells: readonly string[]) =>
    [first.padEnd(titleWidth), ...cells.map((cell) => cell.padEnd(column))].join('').trimEnd()
  const lines = rows.flatMap(({ title, cells }) => {
    const wrapped = names.map((name) => wrap(cells[name] ?? '', column - 2))
    const height = Math.max(...wrapped.map(({ length }) => length))
    return Array.from({ length: height }, (_, at) =>
      line(
        at === 0 ? `  ${title}`.slice(0, titleWidth - 1) : '',
        wrapped.map((cell) => cell[at] ?? ''),
      ),
    )
  })
  const cut = names.map((name) => (name.length < column ? name : `${name.slice(0, column - 2)}…`))
  return [bold(title.padEnd(titleWidth)) + dim(line('', cut).slice(titleWidth)), ...lines].map((text) => text.trimEnd())
}

function told({ severity, says, ...finding }: Finding, { red, yellow, cyan, dim }: Colours): string[] {
  const commands = commandLines(finding)
  const id = printable(finding.id)
  const [first = '', ...rest] = wrap(says, width - 4)
  const mark = severity === 'gap' ? red('✗') : yellow('•')
  const [only = ''] = commands
  const fits = commands.length === 1 && only.length + id.length + 10 <= width
  return [
    `  ${mark} ${first}`,
    ...rest.map((line) => `    ${line}`),
    ...(fits ? [`      ${cyan(only)}${dim(`  # ${id}`)}`] : commands.map((line) => `      ${cyan(line)}`)),
    ...(fits ? [] : [dim(`      # ${id}`)]),
  ]
}

function ignored({ ignored, needless }: Report, { bold, dim }: Colours): string[] {
  if (ignored.length + needless.length === 0) return []
  return [
    bold('ignored'),
    ...ignored.flatMap(({ finding, reason }) => [
      ...indented(finding.says, 2),
      ...indented(`because: ${reason}`, 6),
      dim(`      # ${printable(finding.id)}`),
    ]),
    ...needless.flatMap((id) => indented(`no finding has the id ${id}: remove it from \`check.ignore\``, 2)),
  ]
}

function unseen({ unseen }: Report, { bold, cyan }: Colours): string[] {
  if (unseen.length === 0) return []
  return [
    bold('could not be seen'),
    ...unseenLines(unseen).flatMap(({ says, hint }) => [
      ...indented(says, 2),
      ...(hint === undefined ? [] : indented(hint, 6).map((line) => cyan(line))),
    ]),
  ]
}

function verdict(report: Report, { bold, green, red, yellow }: Colours): string {
  const text = summary(report)
  if (report.status === 2 || report.findings.some(({ severity }) => severity === 'gap')) return bold(red(text))
  return bold((report.unseen.length > 0 ? yellow : green)(text))
}

function indented(text: string, by: number): string[] {
  return wrap(text, width - by).map((line) => ' '.repeat(by) + line)
}
