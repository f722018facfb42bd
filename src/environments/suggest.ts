import leven, { closestMatch } from 'leven'

/** The one of `known` that `word` was probably meant to be (at most a third of its letters differ, or two, and never all), or undefined. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const best = closestMatch(word.toLowerCase(), known)
  if (best === undefined) return undefined
  const most = Math.min(Math.max(2, Math.floor(best.length / 3)), best.length - 1)
  return leven(word.toLowerCase(), best) <= most ? best : undefined
}
