import { describe, expect, test } from 'vitest'
import { type Progress, progressWords, rate, recent } from '../../../src/terminal/progress.ts'

const MB = 2 ** 20
const tables = (done: number) => ({ what: 'tables', done, total: 9 })

describe('what is known, in words', () => {
  test.each<[words: string, progress: Progress, bytesPerSecond?: number]>([
    ['', {}],
    ['45 MB', { bytes: 45 * MB }],
    ['45 MB, 8.1 MB/s', { bytes: 45 * MB }, 8.1 * MB],
    ['45 MB of 118 MB', { bytes: 45 * MB, totalBytes: 118 * MB }],
    ['45 MB of 118 MB, 8 MB/s, 10 seconds left', { bytes: 45 * MB, totalBytes: 118 * MB }, 8 * MB],
    ['38 MB of 118 MB, 1 MB/s, 1 minute left', { bytes: 38 * MB, totalBytes: 118 * MB }, MB],
    ['45 MB of 118 MB, 0 bytes/s', { bytes: 45 * MB, totalBytes: 118 * MB }, 0],
    ['118 MB', { bytes: 118 * MB, totalBytes: 118 * MB }, 8 * MB],
    ['4 of 9 tables', { counts: [tables(4)] }],
    ['9 tables', { counts: [tables(9)] }],
    ['9 tables, 0 of 3 indexes', { counts: [tables(9), { what: 'indexes', done: 0, total: 3 }] }],
    ['9 tables', { counts: [tables(9), { what: 'indexes', done: 0, total: 0 }] }],
    [
      '45 MB of 118 MB, 8 MB/s, 10 seconds left, 4 of 9 tables',
      { bytes: 45 * MB, totalBytes: 118 * MB, counts: [tables(4)] },
      8 * MB,
    ],
  ])('%s', (words, progress, bytesPerSecond) => expect(progressWords(progress, bytesPerSecond)).toBe(words))
})

describe('the rate', () => {
  test('is that of the last seconds, up to now', () => {
    const samples = [
      { at: 0, bytes: 1000 },
      { at: 1000, bytes: 3000 },
    ]
    expect(rate(samples, 1000)).toBe(2000)
    expect(rate(samples, 2000), 'nothing has come since').toBe(1000)
  })

  test('is unknown at first, and does not count what an earlier run had fetched', () => {
    expect(rate([], 0)).toBeUndefined()
    expect(rate([{ at: 0, bytes: 5000 }], 100)).toBeUndefined()
    expect(rate([{ at: 0, bytes: 5000 }], 1000)).toBe(0)
  })

  test('forgets what is long ago, all but one sample of it', () => {
    const samples = [0, 1000, 2000, 6500].map((at) => ({ at, bytes: at }))
    expect(recent(samples).map(({ at }) => at)).toEqual([1000, 2000, 6500])
    expect(recent([])).toEqual([])
  })
})
