import { expect, test } from 'vitest'
import { lateOptions } from '../../../src/passthrough/late-options.ts'

test.each<[line: string, rest: string, options: string, app?: string]>([
  ['rake db:migrate', 'rake db:migrate', ''],
  ['rake db:migrate --exit-code', 'rake db:migrate', '--exit-code'],
  ['rails c --size=performance-l', 'rails c', '--size=performance-l'],
  ['rails c --size=2x --no-tty', 'rails c', '--size=2x --no-tty'],
  ['thumbnail --size=large', 'thumbnail --size=large', ''],
  ['thumbnail --size=100', 'thumbnail --size=100', ''],
  ['rake stats --app acme-staging', 'rake stats', '', 'acme-staging'],
  ['rake stats --app=acme-staging --exit-code', 'rake stats', '--exit-code', 'acme-staging'],
  ['rake stats -a acme-staging', 'rake stats', '', 'acme-staging'],
  ['rake stats --app other', 'rake stats --app other', ''],
  ['rake stats -a', 'rake stats -a', ''],
  ['rake --exit-code stats', 'rake --exit-code stats', ''],
])('%s', (line, rest, options, app) => {
  expect(lateOptions(line.split(' '), ['acme-production', 'acme-staging'])).toEqual({
    rest: rest.split(' '),
    options: options.split(' ').filter(Boolean),
    app,
  })
})

test('behind `--` every word is the program’s', () => {
  const words = ['--', 'rake', '--exit-code']
  expect(lateOptions(words, [])).toEqual({ rest: words, options: [], app: undefined })
})
