import { expect, test } from 'vitest'
import { envFileName, missingLines } from '../../../src/services/dotenv.ts'

test.each([
  ['dotenv-rails', "gem 'dotenv-rails', groups: [:development]\n", '', '.env.development.local'],
  ['Next', '', '{ "dependencies": { "next": "15" } }', '.env.development.local'],
  ['a comment', '# gem "dotenv-rails"\n', '', '.env'],
  ['nothing', '', '', '.env'],
])('%s', (_, gemfile, packageJson, name) => {
  expect(envFileName(gemfile, packageJson)).toBe(name)
})

test.each([
  ['an empty file', '', 'A=1\nB=2\n', []],
  ['no line break at the end', 'X=1', '\nA=1\nB=2\n', []],
  ['a key that stands there', 'export A=9\n', 'B=2\n', ['A']],
  ['the same value', 'A=1\nB=2', '', []],
])('%s', (_, text, lines, kept) => {
  expect(missingLines(text, { A: '1', B: '2' })).toEqual({ lines, kept })
})
