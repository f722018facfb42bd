import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { ParityError } from '../../../src/errors.ts'
import { splitWords } from '../../../src/run/split-words.ts'

describe('a line is split into words', () => {
  test.each([
    ['bin/rails console', ['bin/rails', 'console']],
    ['  bin/rails   console \n', ['bin/rails', 'console']],
    ['"a b" c', ['a b', 'c']],
    ["'a b' c", ['a b', 'c']],
    ['a\\ b c', ['a b', 'c']],
    [`say "it's"`, ['say', "it's"]],
    [`say 'a "word"'`, ['say', 'a "word"']],
    [`runner 'puts "$HOME ` + '`id`' + `"'`, ['runner', 'puts "$HOME `id`"']],
    ["echo '*' '|'", ['echo', '*', '|']],
    ['A=1 rake', ['A=1', 'rake']],
    ['a ""', ['a', '']],
    ['rake db:migrate VERSION=1', ['rake', 'db:migrate', 'VERSION=1']],
  ])('%j', (line, words) => {
    expect(splitWords(line, 'commands.console')).toEqual(words)
  })
})

test('the list that the refusal of a line offers is what a shell would have run', () => {
  const hint = (line: string) => {
    try {
      return splitWords(line, 'commands.migrate').join(' ')
    } catch (error) {
      return (error as ParityError).hint ?? ''
    }
  }
  for (const line of ['cd backend && bin/migrate', 'echo "a" | wc -c', 'echo a\necho b', 'echo $((1+1))']) {
    const offered = /`(\[sh, .*\])`$/s.exec(hint(line))?.[1]
    expect(parse(offered ?? '')).toEqual(['sh', '-c', line])
  }
})

test('a list passes as it is', () => {
  const words = ['a b', '$HOME', '|', '', "it's"]
  expect(splitWords(words, 'commands.console')).toEqual(words)
})

describe('a line that needs a shell is refused', () => {
  const script = 'put the line into a script, for example bin/task, and name that'
  const unread = (what: string) => `has \`${what}\`, and no shell reads it`

  test.each([
    ['a && b', unread('&&')],
    ['a | b', unread('|')],
    ['a > b', unread('>')],
    ['a ; b', unread(';')],
    ['a &', unread('&')],
    ['a $HOME', unread('$HOME')],
    ['a "$HOME"', unread('$HOME')],
    ['a $' + '{HOME}', unread('$HOME')],
    ['a $(id)', unread('$')],
    ['a "$(id)"', unread('$')],
    ['a *.rb', unread('*.rb')],
    ['a # b', unread('#')],
    ['a `id`', "has '`', and no shell reads it"],
    ['a "`id`"', "has '`', and no shell reads it"],
    ["echo it's", "has a `'` that is not closed"],
    ['echo "a', 'has a `"` that is not closed'],
    ['', 'holds no word'],
    ['   ', 'holds no word'],
  ])('%j', (line, problem) => {
    expect(() => splitWords(line, 'commands.migrate')).toThrow(
      expect.objectContaining({
        status: 2,
        message: `commands.migrate: \`${line.trim()}\` ${problem}`,
        hint: `${script}${problem.endsWith('reads it') ? `; or run it in a shell with \`[sh, -c, ${JSON.stringify(line)}]\`` : ''}`,
      }),
    )
  })

  test('of several lines', () => {
    expect(() => splitWords('bin/a\nbin/b\n', 'restore.after[0]')).toThrow(
      'restore.after[0]: `bin/a` has more than one line',
    )
  })
})
