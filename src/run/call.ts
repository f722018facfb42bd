/** One run of an external program, as data. No shell ever reads it. */
export type Call = {
  /** A name looked up on PATH, or a path. */
  readonly program: string
  readonly args: readonly string[]
  /** Variables set for this call, beside those of our own environment; a dry run prints them. */
  readonly env?: Readonly<Record<string, string>>
  /** The same, for what is secret: a dry run prints only their names. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Where it runs; the working directory if omitted. */
  readonly folder?: string
}

/** A call of `program` with `args`. */
export function call(program: string, ...args: string[]): Call {
  return { program, args }
}
