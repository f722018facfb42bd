import { describe, expect, test } from 'vitest'
import { call } from '../../../src/run/call.ts'
import { type Plan, plan } from '../../../src/run/plan.ts'
import { printPlan, shellLine, shellWord } from '../../../src/run/print.ts'

describe('a word', () => {
  test.each([
    ['logs', 'logs'],
    ['--size=standard-2x', '--size=standard-2x'],
    ['acme::b001', 'acme::b001'],
    ['origin/main:refs/heads/main', 'origin/main:refs/heads/main'],
    ['a,b%c+d@e', 'a,b%c+d@e'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ["'", "''\\'''"],
    ['$HOME', "'$HOME'"],
    ['~', "'~'"],
    ['*', "'*'"],
    ['a\nb', "'a\nb'"],
    ['{a,b}', "'{a,b}'"],
    ['HEAD^', "'HEAD^'"],
    ['#', "'#'"],
    ['ü', "'ü'"],
    ['\u001b[31mred', `"$(printf '\\033')"'[31mred'`],
    ['a\u202eb', `'a'"$(printf '\\342\\200\\256')"'b'`],
  ])('%j is printed as %j', (word, printed) => {
    expect(shellWord(word)).toBe(printed)
  })
})

describe('a call', () => {
  test.each([
    ['alone', call('heroku'), 'heroku'],
    ['with words', call('heroku', 'run', 'a b'), "heroku run 'a b'"],
    ['with variables', { ...call('heroku', 'ps'), env: { A: '1', B: "it's" } }, "A=1 B='it'\\''s' heroku ps"],
    ['with a secret', { ...call('heroku', 'ps'), secrets: { PGPASSWORD: 'secret' } }, 'heroku ps'],
    ['in a folder', { ...call('bin/x'), folder: '/a b', env: { A: '1' } }, "(cd '/a b' && A=1 bin/x)"],
    ['of a program with a blank', call('/opt/my tools/pg_dump'), "'/opt/my tools/pg_dump'"],
    ['of a program that looks like a variable', call('A=1', 'B=2'), "'A=1' B=2"],
  ])('%s', (_, call, line) => {
    expect(shellLine(call)).toBe(line)
  })
})

describe('a plan', () => {
  test('is its lines, in order', () => {
    expect(printPlan(plan(call('one', 'a b'), call('two')))).toEqual(["one 'a b'", 'two'])
  })

  test('has notes, effects and the names of secrets as comments', () => {
    const steps: Plan = {
      notes: ['a fact'],
      steps: [
        { effect: 'swap', description: 'swap: names' },
        {
          call: { ...call('pg_dump'), secrets: { PGPASSWORD: 'secret', PGUSER: 'me' } },
          output: { log: '/log' },
          ifFails: 'x',
        },
      ],
      cleanup: [{ effect: 'drop', description: 'drop: it' }],
      done: 'done',
    }
    expect(printPlan(steps)).toEqual([
      '# a fact',
      '# swap: names',
      '# PGPASSWORD, PGUSER travels in the environment of the next line and is not shown',
      'pg_dump',
    ])
  })

  test('ends with what puts back its changes, the latest first', () => {
    const changing = (name: string) => ({ call: call(name, 'on'), putBack: { call: call(name, 'off') } })
    const steps = [changing('one'), changing('two'), { call: call('work') }]
    expect(printPlan({ notes: [], steps, cleanup: [] })).toEqual(['one on', 'two on', 'work', 'two off', 'one off'])
  })

  test.each(['\n', '\r\n', '\r', '\u2028', '\u2029'])('keeps a comment one with %j in it', (end) => {
    const text = `one${end}touch planted`
    const printed = printPlan({ notes: [text], steps: [{ effect: 'x', description: text }], cleanup: [] })
    expect(printed).toEqual(['# one\n# touch planted', '# one\n# touch planted'])
  })
})
