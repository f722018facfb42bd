/**
 * A failure that parity understands: `message` says what is wrong, `hint` (a separate line) what to do about it.
 * `main` prints both and ends with `status`; no other error type ever reaches a person without its stack.
 */
export class ParityError extends Error {
  override readonly name = 'ParityError'

  constructor(
    readonly status: number,
    message: string,
    readonly hint?: string,
  ) {
    super(message)
  }
}

/** What was typed or configured can't be meant: status 2, nothing was changed. */
export function usageError(message: string, hint?: string): ParityError {
  return new ParityError(2, message, hint)
}

/** Something that should have worked did not: status 1. */
export function failure(message: string, hint?: string): ParityError {
  return new ParityError(1, message, hint)
}

/** A program that is needed is not installed: status 127, as in a shell. `hint` names the install line. */
export function missingProgram(program: string, hint: string): ParityError {
  return new ParityError(127, `\`${program}\` is not installed, or not on PATH`, hint)
}
