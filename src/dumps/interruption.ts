import { ConnectionError } from '../heroku/http.ts'

/** A try that failed, and may be followed by another. */
export class Interruption extends Error {
  constructor(
    readonly reason: string,
    readonly retryAfter?: number,
  ) {
    super(reason)
  }
}

/** The storage no longer accepts the signature. */
export class Expired extends Error {
  constructor(readonly status: number) {
    super('expired')
  }
}

export function asInterruption(error: unknown): Interruption | undefined {
  if (error instanceof Interruption) return error
  return error instanceof ConnectionError && error.retriable ? new Interruption(error.message) : undefined
}
