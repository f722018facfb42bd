import type { Urls } from '../git/parse-push-urls.ts'
import { appOfUrl } from '../git/remotes.ts'

/**
 * Whether a push goes to the app, to it alone, and to the very place that is read: `pushurl` and `pushInsteadOf` may lead elsewhere. A
 * URL that names no app is an alias of the user's own.
 */
export function leadsTo(app: string, { fetch, push }: Urls, gitHost: string | undefined): boolean {
  const [url, ...others] = push
  if (url === undefined || others.length > 0) return false
  return (appOfUrl(url, gitHost) ?? (url === fetch ? app : undefined)) === app
}

/** Heroku builds `main` or `master`; `master` is meant only where the app has that alone. */
export function destinationBranch(heads: ReadonlyMap<string, string>): {
  branch: 'main' | 'master'
  there: string | undefined
} {
  const branch = heads.has('master') && !heads.has('main') ? 'master' : 'main'
  return { branch, there: heads.get(branch) }
}
