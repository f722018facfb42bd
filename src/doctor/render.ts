import { printable } from '../terminal/harmless.ts'
import { wrap } from '../terminal/wrap.ts'
import type { Check } from './checks.ts'

type Paint = (text: string) => string

type Colours = Readonly<Record<'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan', Paint>>

/**
 * The checks for people: a line each, by group; a fix stands below, in a line that can be pasted. `columns` is the width of the terminal, at
 * which values are broken between words; without one they are not.
 */
export function renderChecks(checks: readonly Check[], colours: Colours, columns = Number.POSITIVE_INFINITY): string {
  const groups = [...new Set(checks.map(({ group }) => group))]
  const width = Math.max(...checks.map(({ id }) => id.length))
  const lines = groups.map((group) =>
    [
      colours.bold(group),
      ...checks.filter((check) => check.group === group).flatMap((check) => shown(check, width, colours, columns)),
    ].join('\n'),
  )
  return [...lines, summary(checks)].join('\n\n')
}

function shown(
  { id, status, value, why, fix }: Check,
  width: number,
  { dim, red, yellow, green, cyan }: Colours,
  columns: number,
): string[] {
  const mark = { ok: green('✓'), warning: yellow('!'), problem: red('✗') }[status]
  const isNarrow = columns - width - 6 < narrowest
  const indent = isNarrow ? 6 : width + 6
  const [told = [''], ...rest] = value.split('\n').map((line) => wrap(line, columns - indent, 'keep'))
  const reason = why === undefined ? [] : wrap(`(${why})`, columns - indent, 'keep')
  const fits = reason.length === 1 && (told.at(-1)?.length ?? 0) + 2 + (reason[0]?.length ?? 0) <= columns - indent
  const lines = [
    ...told.slice(0, -1),
    ...(fits ? [`${told.at(-1)}${dim(`  ${reason[0]}`)}`] : [told.at(-1) ?? '', ...reason.map((line) => dim(line))]),
    ...rest.flat(),
  ]
  const [first = '', ...others] = isNarrow ? ['', ...lines] : lines
  return [
    `  ${mark} ${id.padEnd(isNarrow ? 0 : width)}  ${first}`.trimEnd(),
    ...others.map((line) => `${' '.repeat(indent)}${line}`),
    ...(fix === undefined ? [] : [`      ${cyan(printable(fix))}`]),
  ]
}

/** Fewer columns are not worth a column of their own: values stand below their ids. */
const narrowest = 30

function summary(checks: readonly Check[]): string {
  const count = (status: Check['status'], word: string) => {
    const { length } = checks.filter((check) => check.status === status)
    return `${length} ${word}${length === 1 ? '' : 's'}`
  }
  return `${count('problem', 'problem')}, ${count('warning', 'warning')}`
}

/** The same for programs. */
export function checksAsJson(checks: readonly Check[]): string {
  return JSON.stringify({ version: PARITY_VERSION, checks }, null, 2)
}
