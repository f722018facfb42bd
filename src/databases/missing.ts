/** How the line of a live database's comment begins that says what of its backup is not in it. */
const linePrefix = 'restored by parity without '

/** The comment of a live database: a person's own, and what is missing, which is kept in one line of ours behind it. */
type LiveComment = { readonly own: string | null; readonly missing: readonly string[] }

/** Takes a comment apart. A line that only looks like ours is a person's. */
export function readLiveComment(comment: string | null): LiveComment {
  const lines = (comment ?? '').split('\n')
  const missing = missingIn(lines.at(-1) ?? '')
  if (missing === undefined) return { own: comment, missing: [] }
  return { own: lines.length > 1 ? lines.slice(0, -1).join('\n') : null, missing }
}

/** Puts it together. */
export function writeLiveComment({ own, missing }: LiveComment): string | null {
  if (missing.length === 0) return own
  return [...(own === null ? [] : [own]), linePrefix + JSON.stringify(missing)].join('\n')
}

function missingIn(line: string): string[] | undefined {
  if (!line.startsWith(linePrefix)) return undefined
  try {
    const list: unknown = JSON.parse(line.slice(linePrefix.length))
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined
  } catch {
    return undefined
  }
}
