import { expect, test } from 'vitest'
import { age, duration, size } from '../../../src/terminal/units.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [1023, '1023 bytes'],
  [1024, '1 kB'],
  [1536, '1.5 kB'],
  [10 * 1024, '10 kB'],
  [1024 ** 2 - 1, '1 MB'],
  [118 * 1024 ** 2, '118 MB'],
  [1.23 * 1024 ** 3, '1.2 GB'],
  [5000 * 1024 ** 4, '5000 TB'],
])('%d bytes are %s', (bytes, expected) => {
  expect(size(bytes)).toBe(expected)
})

test.each([
  [-5, '0 seconds'],
  [999, '0 seconds'],
  [second, '1 second'],
  [59 * second, '59 seconds'],
  [minute, '1 minute'],
  [59 * minute, '59 minutes'],
  [hour, '1 hour'],
  [3.9 * hour, '3 hours'],
  [47 * hour, '47 hours'],
  [48 * hour, '2 days'],
  [400 * 24 * hour, '400 days'],
])('%d ms are %s', (milliseconds, expected) => {
  expect(duration(milliseconds)).toBe(expected)
})

test('an age is the time since', () => {
  expect(age(new Date('2025-01-31T12:00:00Z'), new Date('2025-01-31T15:30:00Z'))).toBe('3 hours')
})
