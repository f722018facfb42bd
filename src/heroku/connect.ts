import { report } from '../terminal/report.ts'
import { type Api, createApi } from './api.ts'
import { herokuHosts, type Variables } from './hosts.ts'
import { createToken } from './token.ts'

/**
 * Heroku's APIs as the variables of this process and its login reach them. Nothing is sent before the first question; a `HEROKU_HOST`
 * that is not used is warned about, as the CLI does.
 */
export function connectHeroku(env: Variables, signal?: AbortSignal): Api {
  const { warning } = herokuHosts(env)
  if (warning !== undefined) report.warning(warning)
  const abort = signal === undefined ? {} : { signal }
  return createApi({ environment: env, token: createToken(env, signal), ...abort })
}
