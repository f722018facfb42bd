import { describe, expect, test } from 'vitest'
import { harmless, harmlessJson, printable } from '../../../src/terminal/harmless.ts'

const hostile = 'a\u001b[31m\u0007\r\u202e\u2028\u{e0001}b'

test('what a terminal would obey is shown, and lines and tabs stay', () => {
  expect(harmless(`${hostile}\n\tü`)).toBe('a\\u001b[31m\\u0007\\u000d\\u202e\\u2028\\ue0001b\n\tü')
})

test('JSON stays what it says', () => {
  const json = harmlessJson(JSON.stringify({ hostile }))
  expect(json).toMatch(/^[\x20-\x7e]+$/)
  expect(JSON.parse(json)).toEqual({ hostile })
})

describe('printable', () => {
  const printed = (name: string, shown: string) => test(shown, () => expect(printable(name)).toBe(shown))

  printed('ünï ☃', 'ünï ☃')
  printed('a\nb', 'a\\nb')
  printed('\x1b[2J', '\\u001b[2J')
  printed('\x7f\x9b', '\\u007f\\u009b')
  printed('a\u202eb', 'a\\u202eb')
})
