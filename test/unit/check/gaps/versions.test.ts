import { describe, expect, test } from 'vitest'
import { processTypes } from '../../../../src/check/gaps/procfile.ts'
import { compatible, languagePins } from '../../../../src/check/gaps/versions.ts'
import { imagesIn } from '../../../../src/services/images.ts'

test.each([
  ['.ruby-version', '3.3.6\n', 'Ruby 3.3.6'],
  ['.ruby-version', 'ruby-3.3.6\n', 'Ruby 3.3.6'],
  ['Gemfile', 'source "x"\nruby "3.3.6"\n', 'Ruby 3.3.6'],
  ['Gemfile', "ruby '~> 3.3.0'\n", 'Ruby 3.3.0'],
  ['Gemfile', 'ruby file: ".ruby-version"\n', ''],
  ['.nvmrc', 'v20.11\n', 'Node 20.11'],
  ['.nvmrc', 'lts/*\n', ''],
  ['.node-version', '22\n', 'Node 22'],
  ['package.json', '{ "engines": { "node": "20.x" } }', 'Node 20.x'],
  ['package.json', '{ "engines": ', ''],
  ['.python-version', '# why\n3.12\n', 'Python 3.12'],
  ['runtime.txt', 'python-3.12.1\n', 'Python 3.12.1'],
  ['go.mod', 'module acme\n\ngo 1.22\n', 'Go 1.22'],
  ['.tool-versions', 'nodejs 20.1.0\nruby 3.3.6\n', 'Ruby 3.3.6, Node 20.1.0'],
])('%s %j: %s', (file, text, expected) => {
  expect(
    languagePins({ [file]: text })
      .map(({ language, version }) => `${language} ${version}`)
      .join(', '),
  ).toBe(expected)
})

test.each([
  ['3.3.6', '3.3.6', true],
  ['3.3', '3.3.6', true],
  ['3.3.6', '3.3', true],
  ['3.3.6', '3.3.7', false],
  ['20.x', '20.11.1', true],
  ['20.x', '22.1.0', false],
  ['^20.1', '20.11', true],
  ['~20.1', '20.2.3', false],
  ['>=20 <23', '18', true],
])('%s and %s can be one: %s', (one, other, expected) => {
  expect(compatible(one, other)).toBe(expected)
})

describe('images', () => {
  test.each([
    ['services:\n  db:\n    image: postgres:15-alpine\n', 'postgres:15-alpine'],
    ['jobs:\n  test:\n    services:\n      db: { image: "postgis/postgis:16-3.4" }\n', 'postgis/postgis:16-3.4'],
    ['test:\n  services: [postgres:14.2, redis:7]\n', 'postgres:14.2 redis:7'],
    [
      'jobs:\n  build:\n    docker:\n      - image: cimg/postgres:15.2\n      - image: cimg/ruby:3.3\n',
      'cimg/postgres:15.2',
    ],
    ['a: registry.example.com:5000/library/valkey:8.0\n', 'registry.example.com:5000/library/valkey:8.0'],
    ['a: pgvector/pgvector:pg17\n', 'pgvector/pgvector:pg17'],
    ['# image: postgres:15\na: postgres:latest\nb: postgres\n', ''],
    ['a: [unclosed\n', ''],
    ['', ''],
  ])('%j', (text, expected) => {
    expect(
      imagesIn('ci.yml', text)
        .map(({ image }) => image)
        .join(' '),
    ).toBe(expected)
  })

  test('their service and version', () => {
    expect(imagesIn('ci.yml', 'a: pgvector/pgvector:pg17\nb: redis:7.2-alpine')).toEqual([
      { file: 'ci.yml', image: 'pgvector/pgvector:pg17', service: 'postgres', version: '17' },
      { file: 'ci.yml', image: 'redis:7.2-alpine', service: 'redis', version: '7.2' },
    ])
  })
})

test('process types', () => {
  expect(processTypes('web: a\n# worker: b\nrelease: c\nclock-1: d\nempty:\n')).toEqual(['web', 'clock-1'])
})
