import type { Commit } from './facts.ts'

/** Who is behind an address, as one address a person; undefined for a program, and where it is unknown. */
export type Who = (email: string) => string | undefined

/** Programs that write commits: https://docs.github.com/en/apps names theirs `…[bot]`. */
const bots =
  /\[bot\]|(^|[.+_-])bot@|^bot[.+_-]|dependabot|renovate|greenkeeper|imgbot|github-actions|^support@github\.com|noreply@anthropic\.com|cursoragent@|^copilot@/

/** Names of accounts that are a machine's by what they are called. */
const machines =
  /^(ci|cd|ci-?cd|deploy(er|s|ment|ments|bot)?|(ro)?bot|machine|automation|builds?|builder|jenkins|circleci|github|gitlab|travis|buildkite|semaphore|service|svc|releases?|heroku)([._+-].*)?$/

/** Whether a release was made by an account of a machine, as CI has one. */
export function isMachine(email: string): boolean {
  const [name = ''] = email.toLowerCase().split('@')
  return bots.test(email.toLowerCase()) || machines.test(name)
}

/**
 * People by their addresses: by `.mailmap`, and a noreply address of GitHub by the other address that its author signs with. One that
 * has no other cannot be compared.
 */
export function people(history: ReadonlyMap<string, Commit>, mailmap: ReadonlyMap<string, string>): Who {
  const named = new Map<string, Set<string>>()
  const hidden = new Map<string, string>()
  for (const { author, emails } of history.values()) {
    const [email = ''] = emails
    if (isHidden(email)) hidden.set(email, author)
    else named.set(author, (named.get(author) ?? new Set()).add(email))
  }
  return (written) => {
    const email = mailmap.get(written.toLowerCase()) ?? written.toLowerCase()
    if (bots.test(email)) return undefined
    if (!isHidden(email)) return email
    const others = [...(named.get(hidden.get(email) ?? '') ?? [])]
    return others.length === 1 ? others[0] : undefined
  }
}

/** https://docs.github.com/en/account-and-profile/reference/email-addresses-reference */
function isHidden(email: string): boolean {
  return /@users\.noreply\.(github|gitlab)\.com$/.test(email)
}
