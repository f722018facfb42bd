import { expect, test } from 'vitest'
import type { Outcome } from '../../../src/run/outcome.ts'
import { statusNumber, worstOf } from '../../../src/run/side-by-side.ts'

test.each<[Outcome[], Outcome]>([
  [[], { status: 0 }],
  [[{ status: 0 }, { status: 0 }], { status: 0 }],
  [[{ status: 1 }, { status: 3 }, { status: 2 }], { status: 3 }],
  [[{ status: 1 }, { signal: 'SIGINT' }, { status: 100 }], { signal: 'SIGINT' }],
])('of %j the worst is %j', (outcomes, worst) => expect(worstOf(outcomes)).toEqual(worst))

test('a signal is 128 and its number', () => {
  expect([statusNumber({ signal: 'SIGINT' }), statusNumber({ status: 7 })]).toEqual([130, 7])
})
