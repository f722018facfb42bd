import { expect, test } from 'vitest'
import { typedAs } from '../../../src/environments/typed.ts'

test.each([
  ['production', 'production'],
  ['staging', 'staging'],
  ['development', 'development'],
  ['pr_app 7', 'pr_app 7'],
  ['demo', 'parity demo'],
  ['production-eu', 'parity production-eu'],
  ['pr_app', 'pr_app'],
])('%s begins a line as `%s`', (name, line) => expect(typedAs({ name })).toBe(line))
