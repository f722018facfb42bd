import type { Git } from './git.ts'
import { parseUrls, probe, type Urls } from './parse-push-urls.ts'

/** A line of git's configuration: the file has a prefix of git's, `file:.git/config`, `command line:`. */
export type Setting = { readonly origin: string; readonly key: string; readonly value: string }

/** Asks git where it would go: `pushurl`, `insteadOf`, `pushInsteadOf` and several URLs count, whatever file they are in. */
export async function readUrls(git: Git, destination: { remote: string } | { url: string }): Promise<Urls> {
  const name = 'remote' in destination ? destination.remote : probe
  const asked = 'url' in destination ? ['-c', `remote.${probe}.url=${destination.url}`] : []
  return parseUrls((await git(...asked, 'remote', '--verbose')).stdout, name)
}

/**
 * The settings that send a push elsewhere than to `url`, the one that is configured for the remote (undefined: none is) or was named
 * itself: its push URLs, else its other URLs, else what rewrites it, the one that git applies first.
 */
export async function readUrlSettings(git: Git, url: string, remote: string | undefined): Promise<Setting[]> {
  const pattern = '^(remote\\..*\\.(push)?url|url\\..*\\.(push)?insteadof)$'
  const { stdout } = await git('config', '--show-origin', '-z', '--get-regexp', pattern)
  const all = parseSettings(stdout)
  const own = (key: string) => all.filter((setting) => setting.key === `remote.${remote}.${key}`)
  if (own('pushurl').length > 0) return own('pushurl')
  if (own('url').length > 1) return own('url')
  const rewriting = all.filter(({ key, value }) => key.startsWith('url.') && url.startsWith(value))
  // https://git-scm.com/docs/git-config#Documentation/git-config.txt-urlbaseinsteadOf: the longest match is used.
  return rewriting.sort((one, other) => rank(other) - rank(one))
}

function rank({ key, value }: Setting): number {
  return value.length + (key.endsWith('.pushinsteadof') ? 10_000 : 0)
}

/** What `git config --show-origin -z` prints: `origin NUL key LF value NUL`. */
function parseSettings(output: string): Setting[] {
  const parts = output.split('\0')
  return parts.flatMap((origin, index) => {
    const [key, ...value] = (parts[index + 1] ?? '').split('\n')
    return index % 2 === 0 && key ? [{ origin, key, value: value.join('\n') }] : []
  })
}

/** A URL as it may be shown: without a password. */
export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^/@:]*):[^/@]*@/, '$1:***@')
}
