import { ParityError } from '../errors.ts'

/** Looks at one thing: gives undefined where that cannot be seen, and remembers why. */
export type Inspect = <T>(where: string, what: string, question: Promise<T>) => Promise<T | undefined>

/** The same of one place. */
export type InspectHere = <T>(what: string, question: Promise<T>) => Promise<T | undefined>

/** Errors that parity understands are a line of the report, in the words of `explain`; any other is a bug, and stays one. */
export function inspector(explain: (error: unknown) => Promise<unknown> = async (error) => error): {
  readonly inspect: Inspect
  readonly unseen: Unseen[]
} {
  const unseen: Unseen[] = []
  const inspect: Inspect = async (where, what, question) => {
    try {
      return await question
    } catch (cause) {
      const error = await explain(cause)
      if (!(error instanceof ParityError)) throw error
      unseen.push({ where, what, why: error.message, hint: error.hint })
      return undefined
    }
  }
  return { inspect, unseen }
}

/** Something that could not be looked at. */
export type Unseen = {
  /** The environment, or `this machine`. */
  readonly where: string
  /** What it would have told: `releases`, `extensions`. */
  readonly what: string
  readonly why: string
  /** What to do about it, where there is something. */
  readonly hint?: string | undefined
}
