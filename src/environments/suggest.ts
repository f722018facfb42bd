import { closest, distance } from 'fastest-levenshtein'

/** The one of `known` that `word` was probably meant to be (at most a third of its letters differ, or two, and never all), or undefined. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const best = closest(word.toLowerCase(), [...known])
  const most = Math.min(Math.max(2, Math.floor(best.length / 3)), best.length - 1)
  return distance(word.toLowerCase(), best) <= most ? best : undefined
}
