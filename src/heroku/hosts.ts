import { usageError } from '../errors.ts'

/** Variables of a process. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Where Heroku is. */
export type Hosts = {
  /** Base of the Platform API: `https://api.heroku.com` unless configured. */
  readonly platform: URL
  /** Base of the data API, which knows the backups: `https://api.data.heroku.com` unless configured. */
  readonly data: URL
  /** Host of git over https, with its port if it has one: `git.heroku.com` unless configured. */
  readonly git: string
  /** That `HEROKU_HOST` is set and not used, in the CLI's own words. */
  readonly warning: string | undefined
}

const herokuDomains = ['heroku.com', 'herokai.com', 'herokuspace.com', 'herokudev.com']
const thisMachine = ['localhost', '127.0.0.1']

/**
 * Where the Heroku CLI would find Heroku, given its variables `HEROKU_HOST`, `HEROKU_DATA_HOST` (older:
 * `HEROKU_POSTGRESQL_HOST`) and `HEROKU_GIT_HOST`. A `HEROKU_HOST` that the CLI would not accept is not used, and `warning`
 * says so. Throws a usage error for what is no host name at all.
 *
 * Source: `lib/vars.js` of @heroku-cli/command 13.2 and `utils/pg/host.js` of @heroku/heroku-cli-util 10.10.
 */
export function herokuHosts(variables: Variables): Hosts {
  const configured = variables.HEROKU_HOST || 'heroku.com'
  const accepted = isAcceptable(configured)
  const host = accepted ? configured : 'heroku.com'
  const url = /^https?:\/\//.test(host) ? parseUrl(host, configured) : undefined
  const platform = url === undefined ? parseUrl(`https://api.${host}`, configured) : new URL(url.origin)
  return {
    platform,
    data: dataHost(platform, variables),
    git: variables.HEROKU_GIT_HOST || (url?.host ?? `git.${host}`),
    warning: accepted ? undefined : `Invalid HEROKU_HOST '${configured}' - using default`,
  }
}

/**
 * May the token be sent there? Only to Heroku's own domains and to this machine. Stricter than what is accepted as a
 * `HEROKU_HOST`, where `http://127.0.0.1.example.com` passes: the CLI has the same two rules, for the same two questions.
 */
export function mayReceiveToken(url: URL): boolean {
  return isHerokuDomain(url.hostname) || thisMachine.includes(url.hostname)
}

/** The https URL that `git push` takes for an app, whether or not the checkout has a remote for it. */
export function gitUrl(app: string, variables: Variables): string {
  return `https://${herokuHosts(variables).git}/${app}.git`
}

/**
 * Options that make git ask the Heroku CLI for the login, and no other helper, which would store what it hears: the key of
 * `HEROKU_API_KEY` too. For Heroku's own host alone, which leads from http to https; none for another URL.
 */
export function gitLogin(url: string, variables: Variables): string[] {
  const host = herokuHosts(variables).git
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol) || new URL(url).host !== host) return []
  const key = `credential.https://${host}.helper`
  return ['-c', `${key}=`, '-c', `${key}=!heroku git:credentials`]
}

function isAcceptable(host: string): boolean {
  const bare = host.replace(/^https?:\/\//, '')
  return isHerokuDomain(bare) || thisMachine.some((name) => bare.includes(name))
}

function isHerokuDomain(name: string): boolean {
  return herokuDomains.some((domain) => name === domain || name.endsWith(`.${domain}`))
}

function parseUrl(text: string, configured: string): URL {
  if (URL.canParse(text)) return new URL(text)
  throw usageError(`\`HEROKU_HOST\` is neither a host name nor a URL: \`${configured}\``, 'correct or unset it')
}

/** The data API shares scheme and port with the Platform API: its variable holds a bare host name. */
function dataHost(platform: URL, variables: Variables): URL {
  const variable = variables.HEROKU_DATA_HOST ? 'HEROKU_DATA_HOST' : 'HEROKU_POSTGRESQL_HOST'
  const name = variables[variable] || 'api.data.heroku.com'
  const data = new URL(platform)
  data.hostname = name
  if (data.hostname === name.toLowerCase()) return data
  throw usageError(`\`${variable}\` should be a host name, got \`${name}\``, 'leave out scheme, port and path')
}
