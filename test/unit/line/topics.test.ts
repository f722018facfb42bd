import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { asScreen } from '../../../src/line/markdown.ts'
import { topicNames, topicText } from '../../../src/line/topics.ts'

const folder = fileURLToPath(new URL('../../../src/help', import.meta.url))

test('every file of src/help is a topic', () => {
  expect(topicNames(folder)).toEqual(readdirSync(folder).map((file) => file.replace(/\.md$/, '')))
  expect(topicText('nothing', folder)).toBeUndefined()
})

test.each(topicNames(folder))('%s begins with its name and is readable on 80 columns', (name) => {
  const lines = (topicText(name, folder) ?? '').split('\n')
  expect(lines[0]?.toLowerCase()).toMatch(new RegExp(`^${name} — `))
  expect(lines.filter((line) => line.startsWith('|') || line.startsWith('```') || line.startsWith('#'))).toEqual([])
  const prose = lines.filter((line) => !line.startsWith('    '))
  expect(prose.filter((line) => line.length > 84)).toEqual([])
})

test('two columns stand beside each other, three become paragraphs, code keeps its blanks', () => {
  expect(asScreen('# a: b\n\n| x | y |\n|---|---|\n| `one` | 1 |\n| two | 2 |\n')).toBe(
    'A — B\n\n  `one`  1\n  two    2',
  )
  expect(asScreen('| | gem | now |\n|---|---|---|\n| x | a | b |\n')).toBe('  x\n      gem: a\n      now: b')
  expect(asScreen('```yaml\na:\n  b: 1\n```')).toBe('    a:\n      b: 1')
  expect(asScreen('see [this](https://x.test/) and [that](y.md)')).toBe('see this (https://x.test/) and that')
})
