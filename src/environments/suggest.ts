import leven, { closestMatch } from 'leven'

/** Letters of the shortest beginning of a name that is taken for it. */
const leastPrefix = 3

/**
 * The one of `known` that `word` was probably meant to be: the shortest that begins with it, or one of which at most a third of the letters
 * differ, or two, and never all. undefined where there is none.
 */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const begun = known.filter((name) => word.length >= leastPrefix && name.startsWith(word.toLowerCase()))
  if (begun.length > 0) return begun.reduce((one, other) => (other.length < one.length ? other : one))
  const best = closestMatch(word.toLowerCase(), known)
  if (best === undefined) return undefined
  const most = Math.min(Math.max(2, Math.floor(best.length / 3)), best.length - 1)
  return leven(word.toLowerCase(), best) <= most ? best : undefined
}
