import { failure, type ParityError } from '../errors.ts'
import { withoutPassword } from '../git/push-urls.ts'
import { NoSuchApp } from '../heroku/heroku-error.ts'

/** A connection of git's that failed, and what is known of it. */
type Failed = {
  /** All that git said. */
  readonly stderr: string
  /** The remote, or the URL, as it was given to git. */
  readonly destination: string
  /** The URL that git goes to. */
  readonly url: string
  readonly app: string
  /** Whether `HEROKU_API_KEY` is set, which git uses over https alone. */
  readonly hasKey: boolean
}

/** The error for it: all of git's words, passwords masked, and the way out that fits them. */
export function unreachable(failed: Failed): ParityError {
  const { stderr, destination, app } = failed
  if (/No such app as|repository 'https?:.*' not found/.test(stderr)) return new NoSuchApp(app)
  const lines = stderr
    .replaceAll(/\w+:\/\/[^\s']+/g, withoutPassword)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '')
  const said =
    lines.length > 1 ? `:\n${lines.map((line) => `  ${line}`).join('\n')}` : `: ${lines[0] ?? 'no reason given'}`
  return failure(`git cannot reach ${destination}${said}`, wayOut(failed))
}

/** What to do, by the words of git and ssh. Their messages are not translated for us, so the last one is for all others. */
function wayOut(failed: Failed): string {
  const { stderr, hasKey } = failed
  const host = sshHost(failed.url)
  const overSsh = host !== undefined
  if (overSsh && hasKey && /Host key|Permission denied|cannot run ssh/.test(stderr))
    return `\`HEROKU_API_KEY\` is for https, and this remote uses ssh: ${https(failed)}`
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(stderr))
    return `${host ?? 'the host'} has another key than before: ${https(failed)}, or ask who changed it before you trust it`
  if (/Host key verification failed|host key is known/.test(stderr))
    return `\`ssh -T git@${host ?? 'HOST'}\` shows the key of the host and asks whether to trust it; without a terminal ${https(failed)}`
  if (/Permission denied/.test(stderr))
    return `\`heroku keys:add\` gives Heroku your ssh key, \`ssh-add -l\` lists those that are offered; without one ${https(failed)}`
  if (/cannot run ssh/.test(stderr)) return `install ssh, or ${https(failed)}`
  if (/resolve host|Name or service not known|nodename nor servname/i.test(stderr))
    return 'check the network and the name of the host: `git remote --verbose` shows it'
  if (/timed out|timeout|refused|unreachable|No route to host|Connection (?:closed|reset)|kex_exchange/i.test(stderr))
    return overSsh
      ? `check the network; where a firewall blocks ssh, ${https(failed)}`
      : 'check the network, and `https_proxy` if there is a proxy'
  const safe = /git config --global --add safe\.directory \S+/.exec(stderr)?.[0]
  if (safe !== undefined) return `\`${safe}\` trusts the repository`
  if (/does not appear to be a git repository|Repository not found|does not exist/i.test(stderr))
    return '`git remote --verbose` shows where git goes to, `parity environments` which app is meant'
  if (/certificate|SSL/i.test(stderr)) return 'set `http.sslCAInfo` of git to the certificate of your proxy'
  if (hasKey) return 'correct `HEROKU_API_KEY`, or unset it and `heroku login`'
  return 'run `heroku login`, or check `git remote --verbose`'
}

/** The line that makes the remote one of https, where parity's login serves. */
function https({ app, destination }: Failed): string {
  return `\`heroku git:remote --app ${app} --remote ${destination}\` makes it https`
}

/** The host of an ssh URL or of `git@host:path`; undefined for any other. */
function sshHost(url: string): string | undefined {
  if (URL.canParse(url)) return /^(?:git\+)?ssh:/.test(url) ? new URL(url).hostname : undefined
  return /^(?:[^@/:]+@)?([^@/:]+):/.exec(url)?.[1]
}
