import { ParityError } from '../errors.ts'

/** Heroku answered, and refused. Callers turn the statuses they expect into something better. */
export class HerokuError extends ParityError {
  constructor(
    readonly httpStatus: number,
    /** Heroku's own word for it, such as `not_found`; empty where it gave none. */
    readonly id: string,
    message: string,
    hint?: string,
    /** How long Heroku asks us to wait before the next try, in milliseconds. */
    readonly retryAfter?: number,
  ) {
    super(1, message, hint)
  }
}

/** There is no such app, or not for this account. */
export class NoSuchApp extends ParityError {
  constructor(readonly app: string) {
    super(1, `no app \`${app}\` is visible to this account`, '`heroku apps --all` lists the apps that are')
  }
}
