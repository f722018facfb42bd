import { expect, test } from 'vitest'
import { harmless, harmlessJson } from '../../../src/terminal/harmless.ts'

const hostile = 'a\u001b[31m\u0007\r\u202e\u2028\u{e0001}b'

test('what a terminal would obey is shown, and lines and tabs stay', () => {
  expect(harmless(`${hostile}\n\tü`)).toBe('a\\u001b[31m\\u0007\\u000d\\u202e\\u2028\\ue0001b\n\tü')
})

test('JSON stays what it says', () => {
  const json = harmlessJson(JSON.stringify({ hostile }))
  expect(json).toMatch(/^[\x20-\x7e]+$/)
  expect(JSON.parse(json)).toEqual({ hostile })
})
