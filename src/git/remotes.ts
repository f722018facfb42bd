/** A git remote as configured: its name and the URL before any `insteadOf`, which names the app. */
export type Remote = { readonly name: string; readonly url: string }

const herokuUrls = [
  /^https:\/\/(?:[^@/]*@)?[^@/]*heroku[^@/]*\/([a-z0-9-]+?)(?:\.git)?\/?$/,
  /^ssh:\/\/[^@/]+@[^@/]*heroku[^@/]*\/([a-z0-9-]+?)(?:\.git)?\/?$/,
  /^[^@/:]+@[^@/:]*heroku[^@/:]*:([a-z0-9-]+?)(?:\.git)?\/?$/,
]

/**
 * The Heroku app that a remote's URL names, or undefined if it leads elsewhere. Knows https, ssh, the short form of scp, and
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
 * work tree), included files, escapes and quotes. https://git-scm.com/docs/git-config#_syntax
 */
export function plainRemotes(text: string): Remote[] | undefined {
  if (text === '' || /^\s*\[include|\\|^\s*url\s*=.*["#;]|^\s*\[[^\]]*\][ \t]*\S/im.test(text)) return undefined
  const remotes = new Map<string, Remote>()
  let name: string | undefined
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*\[/.test(line)) name = /^\s*\[remote "([^"]+)"\]/i.exec(line)?.[1]
    const url = /^\s*url\s*=\s*(.*?)\s*$/i.exec(line)?.[1]
    if (name && url && !remotes.has(name)) remotes.set(name, { name, url })
  }
  return [...remotes.values()]
}

/** What `git config -z` prints: entries `key LF value NUL`; a remote's first URL is the one that git fetches from. */
export function parseRemotes(output: string): Remote[] {
  const remotes = new Map<string, Remote>()
  for (const entry of output.split('\0')) {
    const [key = '', url = ''] = entry.split('\n', 2)
    const name = key.slice('remote.'.length, -'.url'.length)
    if (name && url && !remotes.has(name)) remotes.set(name, { name, url })
  }
  return [...remotes.values()]
}
