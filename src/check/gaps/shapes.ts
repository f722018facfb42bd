import type { Finding, Row } from '../findings.ts'

/** What every finding about tools has; `id` is what makes it that one. */
export function base(id: string, severity: Finding['severity'] = 'gap'): Pick<Finding, 'id' | 'gap' | 'severity'> {
  return { id: `tools.${id}`, gap: 'tools', severity }
}

/** A row about tools; cells of which nothing is known are left out. */
export function row(
  id: string,
  title: string,
  cells: readonly (readonly [string | undefined, string | undefined])[],
): Row {
  const told = cells.flatMap(([name, cell]) =>
    name === undefined || cell === undefined ? [] : [[name, cell] as const],
  )
  return { id: `tools.${id}`, gap: 'tools', title, cells: Object.fromEntries(told) }
}

/** Each finding once: what both sides of a comparison tell is one. */
export function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.id, finding])).values()]
}
