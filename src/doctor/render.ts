import { printable } from '../terminal/harmless.ts'
import type { Check } from './checks.ts'

type Paint = (text: string) => string

type Colours = Readonly<Record<'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan', Paint>>

/** The checks for people: a line each, by group; a fix stands below, in a line that can be pasted. */
export function renderChecks(checks: readonly Check[], colours: Colours): string {
  const groups = [...new Set(checks.map(({ group }) => group))]
  const width = Math.max(...checks.map(({ id }) => id.length))
  const lines = groups.map((group) =>
    [
      colours.bold(group),
      ...checks.filter((check) => check.group === group).flatMap((check) => shown(check, width, colours)),
    ].join('\n'),
  )
  return [...lines, summary(checks)].join('\n\n')
}

function shown(
  { id, status, value, why, fix }: Check,
  width: number,
  { dim, red, yellow, green, cyan }: Colours,
): string[] {
  const mark = { ok: green('✓'), warning: yellow('!'), problem: red('✗') }[status]
  const [first = '', ...rest] = value.split('\n').map(printable)
  return [
    `  ${mark} ${id.padEnd(width)}  ${first}${why === undefined ? '' : dim(`  (${printable(why)})`)}`,
    ...rest.map((line) => `${' '.repeat(width + 6)}${line}`),
    ...(fix === undefined ? [] : [`      ${cyan(printable(fix))}`]),
  ]
}

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
