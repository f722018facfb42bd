/** One thing that was looked at. */
export type Check = {
  readonly group: 'programs' | 'heroku' | 'project' | 'database' | 'services' | 'containers'
  /** Stays the same from release to release. */
  readonly id: string
  readonly status: 'ok' | 'warning' | 'problem'
  readonly value: string
  /** Where the value comes from. */
  readonly why?: string
  /** The line to paste that ends a warning or a problem. */
  readonly fix?: string
}

type Group = Check['group']

export function ok(group: Group, id: string, value: string, why?: string): Check {
  return { group, id, status: 'ok', value, ...(why === undefined ? {} : { why }) }
}

export function warning(group: Group, id: string, value: string, fix: string): Check {
  return { group, id, status: 'warning', value, fix }
}

export function problem(group: Group, id: string, value: string, fix: string): Check {
  return { group, id, status: 'problem', value, fix }
}

/** A hint as a line to paste: the command alone where it is one, else a comment. */
export function pasteable(hint: string | undefined, otherwise: string): string {
  if (hint === undefined) return otherwise
  return /^`([^`]+)`$/.exec(hint)?.[1] ?? `# ${hint}`
}
