/** A git remote: its name and the URL that names the app, which is the configured one before any `insteadOf` unless only that names it. */
export type Remote = { readonly name: string; readonly url: string }

const herokuUrls = [
  /^https?:\/\/(?:[^@/]*@)?[^@/]*heroku[^@/]*\/([a-z0-9-]+?)(?:\.git)?\/?$/,
  /^ssh:\/\/(?:[^@/]+@)?[^@/]*heroku[^@/]*\/([a-z0-9-]+?)(?:\.git)?\/?$/,
  /^(?:[^@/:]+@)?[^@/:]*heroku[^@/:]*:([a-z0-9-]+?)(?:\.git)?\/?$/,
]

/**
 * The Heroku app that a remote's URL names, or undefined if it leads elsewhere. Knows http, https, ssh, the short form of scp, and
 * ssh host aliases (`git@heroku.work:acme.git`, of heroku-accounts): any host with `heroku` in its name.
 * An own git host counts too where HEROKU_GIT_HOST names it.
 */
export function appOfUrl(url: string, gitHost?: string): string | undefined {
  for (const pattern of herokuUrls) {
    const app = pattern.exec(url)?.[1]
    if (app) return app
  }
  if (!gitHost || !url.includes(gitHost)) return undefined
  return /[/:]([a-z0-9-]+?)(?:\.git)?\/?$/.exec(url)?.[1]
}

/**
 * The remotes in the text of a `.git/config` as git itself writes it, or undefined where only git can tell: no such file (a linked
 * work tree), included files, rewritten URLs, escapes and quotes, or `others` (the user's and the machine's files) that have a say.
 * https://git-scm.com/docs/git-config#_syntax
 */
export function plainRemotes(text: string, others: readonly string[] = []): Remote[] | undefined {
  if (others.some((other) => /^\s*\[(?:include|url|remote)/im.test(other))) return undefined
  if (text === '' || /^\s*\[(?:include|url)|\\|^\s*url\s*=.*["#;]|^\s*\[[^\]]*\][ \t]*\S/im.test(text)) return undefined
  const remotes = new Map<string, Remote>()
  let name: string | undefined
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*\[/.test(line)) name = /^\s*\[remote "([^"]+)"\]/i.exec(line)?.[1]
    const url = /^\s*url\s*=\s*(.*?)\s*$/i.exec(line)?.[1]
    if (name && url && !remotes.has(name)) remotes.set(name, { name, url })
  }
  return [...remotes.values()]
}

/** The settings that `parseRemotes` reads. */
export const remoteSettings = '^(remote\\..*\\.url|url\\..*\\.insteadof)$'

/** What `git config -z` prints: entries `key LF value NUL`; a remote's first URL is the one that git fetches from. */
export function parseRemotes(output: string): Remote[] {
  const entries = output.split('\0').map((entry) => entry.split('\n', 2) as [key: string, value?: string])
  const rewriting = entries.flatMap(([key, value]) =>
    key.startsWith('url.') && value ? [{ from: value, to: key.slice('url.'.length, -'.insteadof'.length) }] : [],
  )
  const remotes = new Map<string, Remote>()
  for (const [key, url] of entries) {
    const name = key.startsWith('remote.') ? key.slice('remote.'.length, -'.url'.length) : ''
    if (name && url && !remotes.has(name)) remotes.set(name, { name, url: namingUrl(url, rewriting) })
  }
  return [...remotes.values()]
}

type Rewriting = { readonly from: string; readonly to: string }

/**
 * The URL that names the app: the configured one, and what git makes of it where that names none, or is no more than `heroku:acme.git`,
 * which is mostly such an abbreviation. The longest match is used, as git does.
 */
function namingUrl(url: string, rewriting: readonly Rewriting[]): string {
  if (appOfUrl(url) !== undefined && !/^[^@/:.]+:(?!\/\/)/.test(url)) return url
  const [best] = rewriting
    .filter(({ from }) => url.startsWith(from))
    .sort((one, other) => other.from.length - one.from.length)
  return best ? best.to + url.slice(best.from.length) : url
}
