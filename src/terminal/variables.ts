/** The variables that say how a terminal is to be written to; `main` hands them over before anything is printed. */
let heeded: Readonly<Record<string, string | undefined>> = {}

/** From now on what is printed follows NO_COLOR, CI and TERM of these. */
export function heedVariables(variables: Readonly<Record<string, string | undefined>>): void {
  heeded = variables
}

/** https://no-color.org */
export function isColourless(): boolean {
  return Boolean(heeded.NO_COLOR)
}

/** Whether a screen may be drawn on: not in a CI job's log, nor on a terminal without escape sequences. */
export function isDrawable(): boolean {
  return !heeded.CI && heeded.TERM !== 'dumb'
}
