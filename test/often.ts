import { test } from 'vitest'

/**
 * Whether every variant runs, and each at a random instant many times: `npm run test:all`, which comes before a release. In `npm test`
 * one variant of a kind stands for the others, so that the whole suite takes minutes, and not an hour.
 */
export const often = process.env.PARITY_TEST_OFTEN === '1'

/** The first `count` rows of a table, the most telling ones; all of them if `often`. */
export function few<Row>(count: number, rows: readonly Row[]): Row[] {
  return often ? [...rows] : rows.slice(0, count)
}

/** A test that shows by another way or at another instant what a test beside it shows; runs if `often`. */
export const rarely = test.runIf(often)
