import { printable } from '../terminal/harmless.ts'
import { table } from '../terminal/table.ts'

/** Something that will be otherwise after the upgrade, and what helps. */
export type Finding = {
  readonly kind: 'extension' | 'setting' | 'object' | 'load' | 'scrub' | 'command'
  readonly what: string
  readonly fix?: string
}

/** How one part of a rehearsal went. */
export type Part = { readonly name: string; readonly milliseconds: number; readonly state: 'ok' | 'failed' | 'not run' }

/** What a rehearsal has come to. */
type Rehearsal = {
  readonly app: string
  readonly backup: string
  /** The release that the backup is of, and the one that it was loaded into. */
  readonly from: string
  readonly to: string
  readonly parts: readonly Part[]
  readonly findings: readonly Finding[]
  /** Where the server is that was kept. */
  readonly kept?: { readonly url: string; readonly folder: string; readonly remove: string }
}

/** How a report can be written. */
export type Form = 'text' | 'json' | 'markdown'

/** The report, for people or programs. Only the address of a server that was kept is a secret in it. */
export function reportOf(rehearsal: Rehearsal, form: Form): string {
  if (form === 'json') return JSON.stringify({ ok: rehearsal.findings.length === 0, ...rehearsal }, null, 2)
  return form === 'markdown' ? markdown(rehearsal) : plain(rehearsal)
}

function plain(rehearsal: Rehearsal): string {
  const { parts, findings, kept } = rehearsal
  const blocks = [
    [title(rehearsal)],
    table(parts.map(({ name, milliseconds, state }) => [name, time(milliseconds, state), state])).split('\n'),
    [
      count(findings),
      ...findings.flatMap(({ what, fix }) => [...indented(what), ...(fix === undefined ? [] : indented(`→ ${fix}`))]),
    ],
    kept === undefined
      ? []
      : [`kept in ${kept.folder}: ${kept.url}`, `\`${kept.remove}\` removes it, as the next rehearsal does`],
  ]
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.map(printableLines).join('\n'))
    .join('\n\n')
}

function markdown(rehearsal: Rehearsal): string {
  const { parts, findings, kept } = rehearsal
  const rows = parts.map(
    ({ name, milliseconds, state }) => `| ${cell(name)} | ${time(milliseconds, state)} | ${state} |`,
  )
  const lines = findings.map(({ what, fix }) => `- ${inline(what)}${fix === undefined ? '' : `  \n  ${inline(fix)}`}`)
  const blocks = [
    [`# ${inline(title(rehearsal))}`],
    ['| part | time | state |', '| --- | ---: | --- |', ...rows],
    [`**${count(findings)}**`],
    lines,
    kept === undefined ? [] : [`Kept in \`${kept.folder}\`; \`${kept.remove}\` removes it.`],
  ]
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')
}

function title({ app, backup, from, to }: Rehearsal): string {
  return `${app} ${backup}, Postgres ${from}, on Postgres ${to}`
}

function count({ length }: readonly Finding[]): string {
  return length === 0 ? 'nothing was found' : `${length} finding${length === 1 ? '' : 's'}`
}

function time(milliseconds: number, state: Part['state']): string {
  return state === 'not run' ? '' : `${(milliseconds / 1000).toFixed(1)} s`
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`)
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** Names from a backup must not become markup. */
function inline(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line.trim()).replace(/[\\*_<>[\]|#]/g, '\\$&'))
    .join('  \n  ')
}

function cell(text: string): string {
  return `\`${printable(text).replaceAll('|', '\\|').replaceAll('`', "'")}\``
}
