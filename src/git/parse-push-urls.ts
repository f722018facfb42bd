/** Where git goes for a remote or a URL, with everything that its configuration makes of it. */
export type Urls = {
  /** Where it reads from. */
  readonly fetch: string | undefined
  /** Where it pushes to: all of them, at once. */
  readonly push: readonly string[]
}

/** A remote name that is not in use: where git would go for a plain URL is asked by way of it. */
export const probe = 'heroku-parity-destination'

/** What `git remote --verbose` prints: lines `NAME TAB URL (fetch)`, of newer releases with a filter behind. */
export function parseUrls(output: string, remote: string): Urls {
  const lines = [...output.matchAll(/^([^\t]+)\t(.*) \((fetch|push)\)(?: \[.*\])?$/gm)].filter(
    ([, name]) => name === remote,
  )
  const urls = (kind: string) => lines.flatMap(([, , url = '', way]) => (way === kind ? [url] : []))
  return { fetch: urls('fetch')[0], push: urls('push') }
}
