import { type Api, createApi } from './api.ts'
import { createToken } from './token.ts'

/** Heroku's APIs as this process's environment and login reach them. Nothing is sent before the first question. */
export function connectHeroku(signal?: AbortSignal): Api {
  const abort = signal === undefined ? {} : { signal }
  return createApi({ environment: process.env, token: createToken(process.env, signal), ...abort })
}
