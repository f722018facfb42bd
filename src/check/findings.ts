/** The three gaps of https://12factor.net/dev-prod-parity. */
export const gaps = ['time', 'personnel', 'tools'] as const
export type Gap = (typeof gaps)[number]

/** One measured difference between environments. */
export type Finding = {
  /** Stays the same from run to run: what `check.ignore` names. */
  readonly id: string
  readonly gap: Gap
  /** A `gap` counts for the exit status; a `note` is a difference that is often meant. */
  readonly severity: 'gap' | 'note'
  /** One sentence with its number. */
  readonly says: string
  /** Environment or file → what is there. */
  readonly where: Readonly<Record<string, string>>
  /** What closes it: a command, or lines in the order they have to be typed in. Undefined where nothing should be changed. */
  readonly command: string | undefined
}

/** A finding that the configuration silences, and why. */
export type Ignored = { readonly finding: Finding; readonly reason: string }

/** A line of a table: its title, and environment → cell. */
export type Row = {
  readonly id: string
  readonly gap: Gap
  readonly title: string
  readonly cells: Readonly<Record<string, string>>
}

/** What one look at the facts brings. */
export type Look = { readonly rows: readonly Row[]; readonly findings: readonly Finding[] }

/** Several looks as one. */
export function allOf(looks: readonly Look[]): Look {
  return { rows: looks.flatMap(({ rows }) => rows), findings: looks.flatMap(({ findings }) => findings) }
}

/** `1 commit`, `2 commits`. */
export function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`
}
