import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/check/facts.ts'
import { renderJson } from '../../../src/check/render/json.ts'
import { renderMarkdown } from '../../../src/check/render/markdown.ts'
import { unseenLines } from '../../../src/check/render/sections.ts'
import { renderText } from '../../../src/check/render/text.ts'
import { judge } from '../../../src/check/report.ts'
import { wrap } from '../../../src/terminal/wrap.ts'
import { app, before, facts, release } from './sample.ts'

const same = (text: string) => text
const plain = { bold: same, dim: same, red: same, yellow: same, green: same, cyan: same }

const apart: Facts = facts({
  apps: [app('staging', { stack: 'heroku-22', configVars: ['SECRET_KEY_BASE', 'A|B'] }), app('production')],
  git: undefined,
  unseen: [
    {
      where: 'this machine',
      what: 'commits',
      why: 'not a git repository',
      hint: 'run it in a clone of the project',
    },
  ],
})
const settings = { ignore: { 'tools.config.*.production': 'an experiment <b>', 'tools.nothing': 'once was' } }
const report = judge(apart, settings, ['tools'])

describe('every form has the finding, what is ignored and why, and what could not be seen', () => {
  test('text', () => {
    expect(renderText(report, plain)).toBe(`1 gap, 1 ignored

time                development         staging             production
  commit                                none                none
  deploys a week                        0.0                 0.0

tools               development         staging             production
  Postgres          17.4                17.2                17.2
  extensions        citext              citext              citext
  heroku-postgresql                     essential-0         essential-0
  stack                                 heroku-22           heroku-24
  buildpacks                            heroku/ruby         heroku/ruby
  processes         web worker          web=1 worker=2      web=1 worker=2
  config vars                           2 names             2 names
  ✗ staging runs on heroku-22, production on heroku-24
      staging stack:set heroku-24  # tools.stack.staging

ignored
  config var A|B is set in staging and not in production
      because: an experiment <b>
      # tools.config.A|B.production
  no finding has the id tools.nothing: remove it from \`check.ignore\`

could not be seen
  this machine: commits: not a git repository
      run it in a clone of the project

1 gap, 1 ignored`)
  })

  test('text of the findings alone', () => {
    expect(renderText(report, plain, true)).toBe(`  ✗ staging runs on heroku-22, production on heroku-24
      staging stack:set heroku-24  # tools.stack.staging
1 gap, 1 ignored`)
  })

  test('Markdown', () => {
    expect(renderMarkdown(report)).toBe(`## parity check: 1 gap, 1 ignored

| time | development | staging | production |
| --- | --- | --- | --- |
| commit |  | none | none |
| deploys a week |  | 0.0 | 0.0 |

| tools | development | staging | production |
| --- | --- | --- | --- |
| Postgres | 17.4 | 17.2 | 17.2 |
| extensions | citext | citext | citext |
| heroku-postgresql |  | essential-0 | essential-0 |
| stack |  | heroku-22 | heroku-24 |
| buildpacks |  | heroku/ruby | heroku/ruby |
| processes | web worker | web=1 worker=2 | web=1 worker=2 |
| config vars |  | 2 names | 2 names |

- **gap**: staging runs on heroku-22, production on heroku-24 (\`tools.stack.staging\`)
  \`staging stack:set heroku-24\`

**Ignored**

- config var A\\|B is set in staging and not in production (\`tools.config.A|B.production\`), because: an experiment \\<b\\>
- nothing is called \`tools.nothing\`: \`check.ignore\` can do without it

**Could not be checked**

- this machine: commits: not a git repository
  run it in a clone of the project`)
  })

  test('JSON', () => {
    expect(JSON.parse(renderJson(report))).toMatchObject({
      summary: '1 gap, 1 ignored',
      status: 1,
      environments: [
        { name: 'development', app: null },
        { name: 'staging', app: 'acme-staging' },
        { name: 'production', app: 'acme-production' },
      ],
      findings: [
        {
          id: 'tools.stack.staging',
          gap: 'tools',
          severity: 'gap',
          says: 'staging runs on heroku-22, production on heroku-24',
          where: { staging: 'heroku-22', production: 'heroku-24' },
          command: 'staging stack:set heroku-24',
        },
      ],
      ignored: [{ id: 'tools.config.A|B.production', reason: 'an experiment <b>' }],
      needlessIgnores: ['tools.nothing'],
      unseen: [{ where: 'this machine', what: 'commits' }],
    })
  })
})

describe('the status', () => {
  test.each([
    [['tools'], 1],
    [['time', 'personnel'], 0],
    [[], 0],
  ] as const)('failing on %j: %i', (failOn, status) => {
    expect(judge(apart, settings, failOn).status).toBe(status)
  })

  test('2 where the gap that was asked for could not be seen, and 1 where one was found all the same', () => {
    const whole = facts()
    const without = (name: string, more: Parameters<typeof app>[1]) => ({
      ...whole,
      apps: whole.apps.map((one) => (one.name === name ? { ...one, ...more } : one)),
    })
    const told = (facts: Facts, failOn: Parameters<typeof judge>[2]) => {
      const judged = judge(facts, {}, failOn)
      return [judged.status, judged.blind.join(), renderText(judged, plain).split('\n').at(-1)]
    }
    const deployed = [release(1, 'one', 3)]
    const unlisted = without('production', { releases: undefined })
    expect(told(unlisted, ['time'])).toEqual([2, 'time', 'time could not be checked, in parity'])
    expect(told(unlisted, ['tools'])).toEqual([0, '', 'in parity'])
    expect(told({ ...without('staging', { releases: deployed }), git: undefined }, ['time'])[0]).toBe(2)
    expect(told({ ...without('production', { releases: deployed }), git: undefined }, ['personnel'])[0]).toBe(2)
    expect(told(without('staging', { formation: undefined }), ['tools'])[0]).toBe(2)
    expect(told(without('staging', { formation: undefined, stack: 'heroku-22' }), ['tools'])[0]).toBe(1)
  })

  test('2 where no app was seen, whatever this machine says', () => {
    const unknown = {
      releases: undefined,
      stack: undefined,
      addons: undefined,
      formation: undefined,
      configVars: undefined,
    }
    const blind = judge({ ...apart, apps: [app('production', unknown)] }, {}, ['tools'])
    expect(blind.status).toBe(2)
    expect(renderText(blind, plain).split('\n').at(-1)).toBe('nothing could be checked')
  })

  test('in parity, and without a gap in what could be seen', () => {
    const last = (facts: Facts) =>
      renderText(judge(facts, {}, []), plain)
        .split('\n')
        .at(-1)
    expect([last(facts()), last(facts({ unseen: apart.unseen }))]).toEqual([
      'in parity',
      'no gap in what could be checked',
    ])
  })
})

test('colours change nothing but colours', () => {
  const loud = (text: string) => `<${text}>`
  const coloured = { bold: loud, dim: loud, red: loud, yellow: loud, green: loud, cyan: loud }
  const text = renderText(report, coloured)
  expect(text).toContain(
    '  <✗> staging runs on heroku-22, production on heroku-24\n      <staging stack:set heroku-24><  # tools.stack.staging>',
  )
  expect(text.split('\n').at(-1)).toBe('<<1 gap, 1 ignored>>')
})

test('eight environments, and long words, stay within 80 columns', () => {
  const names = Array.from({ length: 8 }, (_, index) => `environment-number-${index}`)
  const many = facts({ apps: names.map((name) => app(name, { extensions: ['a_very_long_extension', 'another_one'] })) })
  const widths = renderText(judge(many, {}, []), plain)
    .split('\n')
    .filter((line) => !/^ {6}/.test(line))
    .map((line) => line.length)
  expect(Math.max(...widths)).toBeLessThanOrEqual(80)
})

test('lines are broken at blanks, and words where there is none', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
  expect(wrap('one abcdefghij two', 4, 'keep')).toEqual(['one', 'abcdefghij', 'two'])
  expect(wrap('', 4)).toEqual([])
})

test('the same trouble is told once', () => {
  const at = (where: string, what: string, why: string) => ({ where, what, why })
  const whole = Array.from({ length: 9 }, (_, index) => `fact ${index}`)
  expect(
    unseenLines([
      ...whole.flatMap((what) => [at('staging', what, 'not logged in'), at('production', what, 'not logged in')]),
      at('demo', 'stack', 'no'),
      at('demo', 'formation', 'no'),
    ]).map(({ says }) => says),
  ).toEqual(['staging, production: everything: not logged in', 'demo: stack, formation: no'])
})

test('control characters are shown, and do nothing', () => {
  const evil = facts({ apps: [app('staging', { configVars: ['SECRET_KEY_BASE', '\u001b[2J`x`'] }), app('production')] })
  const judged = judge(evil, {}, [])
  expect(renderText(judged, plain)).toContain('config var \\u001b[2J`x` is set')
  expect(renderMarkdown(judged)).toContain('`` tools.config.\\u001b[2J`x`.production ``')
  expect(`${renderText(judged, plain)}${renderMarkdown(judged)}${renderJson(judged)}`).not.toContain('\u001b')
})

test('the age of the last fetch, and of what is not known nothing', () => {
  const whole = facts({
    apps: [app('staging', { postgres: undefined }), app('production', { addons: [], postgres: undefined })],
  })
  const fetched = { ...whole, git: whole.git && { ...whole.git, fetchedAt: before(3) } }
  const cells = (id: string) => judge(fetched, {}, []).rows.find((row) => row.id === id)?.cells
  expect(cells('time.fetched')).toEqual({ development: '3 days ago' })
  expect(cells('tools.postgres')).toEqual({ development: '17.4', production: 'none' })
})
