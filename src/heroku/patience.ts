import { setMaxListeners } from 'node:events'
import { failure } from '../errors.ts'

/** Seconds that Heroku is waited for, unless the configuration says otherwise. */
const defaultTimeout = 20

/** Ends every question to Heroku after so many seconds (`check.timeout` of the configuration): an answer that never comes is of no use. */
export function patience(seconds: number = defaultTimeout): AbortSignal {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal) // every question listens, and there are many at once
  const reason = failure(
    `no answer within ${seconds} seconds`,
    '`check.timeout` in the configuration waits longer; https://status.heroku.com shows whether Heroku has trouble',
  )
  setTimeout(() => controller.abort(reason), seconds * 1000).unref()
  return controller.signal
}
