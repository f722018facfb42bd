import { expect, test } from 'vitest'
import { fitted, fittedComments } from '../../../src/terminal/fit.ts'

const at30 = (text: string) => fitted(text, 30).split('\n')

test('what fits stays as it is', () => {
  expect(fitted('one line\n\n  and another one, of 30 chars', 31)).toBe('one line\n\n  and another one, of 30 chars')
})

test('a line is broken between words, and goes on a little to the right', () => {
  expect(at30('nothing that is written here wraps inside of a word')).toEqual([
    'nothing that is written here',
    '  wraps inside of a word',
  ])
})

test('a line of a table goes on below its last cell that leaves room', () => {
  expect(at30('  check  compare the environments, and say what differs')).toEqual([
    '  check  compare the',
    '         environments, and say',
    '         what differs',
  ])
  expect(at30('staging  acme-staging  protected by its pipeline')).toEqual([
    'staging  acme-staging',
    '         protected by its',
    '         pipeline',
  ])
})

test('what is typed as it stands is never broken', () => {
  expect(at30('to go on, type `development restore production --no-pristine` here')).toEqual([
    'to go on, type',
    '  `development restore production --no-pristine`',
    '  here',
  ])
  expect(at30('  development restore --file /tmp/db.dump')).toEqual(['  development restore --file /tmp/db.dump'])
  for (const line of [
    '      2. sudo apt-get install -y postgresql-17',
    '      qa config:set SENDGRID_API_KEY=VALUE',
    '      qa promote --to acme-production  # tools.language.ruby',
    '      \u001b[36mqa deploy origin/main\u001b[39m \u001b[2m # time.behind.qa\u001b[22m',
  ])
    expect(at30(line)).toEqual([line])
  expect(at30('when it is done, run: heroku maintenance:off --app acme-staging')).toEqual([
    'when it is done,',
    '  run: heroku maintenance:off --app acme-staging',
  ])
})

test('of lines for a shell only comments are broken', () => {
  expect(fittedComments('# restoring production: backup b001\nheroku pg:reset --app acme-staging', 30)).toBe(
    '# restoring production: backup\n#   b001\nheroku pg:reset --app acme-staging',
  )
})

test('colours take no room, and a longer word has a line of its own', () => {
  const red = (text: string) => `\u001b[31m${text}\u001b[39m`
  expect(at30(`${red('five')} ${red('words')} of ${red('colour')} fit here well`)).toEqual([
    `${red('five')} ${red('words')} of ${red('colour')} fit here`,
    '  well',
  ])
  expect(at30(`see https://example.com/${'x'.repeat(30)} for more`)).toEqual([
    'see',
    `  https://example.com/${'x'.repeat(30)}`,
    '  for more',
  ])
})
