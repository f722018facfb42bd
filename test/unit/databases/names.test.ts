import { describe, expect, test } from 'vitest'
import { derivedName, formatMark, type Mark, mayDrop, parseMark, refuseLiveName } from '../../../src/databases/names.ts'
import { cutToBytes, quoteIdentifier, quoteLiteral } from '../../../src/postgres/identifiers.ts'

describe('derivedName', () => {
  const derived = (target: string, kind: Mark['kind'], name: string) =>
    test(`${target} → ${name}`, () => expect(derivedName(target, kind)).toBe(name))

  derived('app', 'incoming', 'app__parity_incoming')
  derived('app', 'previous', 'app__parity_previous')
  derived('app', 'discard', 'app__parity_discard')
  derived('app', { snapshot: 'before-rails-8' }, 'app__parity_snap_before-rails-8')
  derived('app', { snapshot: 'früh' }, 'app__parity_snap_früh')
  derived('My "App"; --', 'incoming', 'My "App"; --__parity_incoming')
  derived('a'.repeat(46), 'incoming', `${'a'.repeat(46)}__parity_incoming`)
  derived('a'.repeat(47), 'incoming', `${'a'.repeat(35)}_a346159c4c__parity_incoming`)

  test('is never longer than what Postgres keeps, nor cut inside a character', () => {
    for (const letter of ['a', 'ü', '☃', '😀']) {
      for (let length = 1; length <= 70; length++) {
        for (const kind of ['incoming', { snapshot: 'é'.repeat(length) }] as const) {
          const name = derivedName(letter.repeat(length), kind)
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
          expect(name).not.toContain('\uFFFD')
        }
      }
    }
  })

  test('keeps two long names apart that differ only at the end', () => {
    const long = 'a'.repeat(60)
    expect(derivedName(`${long}1`, 'incoming')).not.toBe(derivedName(`${long}2`, 'incoming'))
    expect(derivedName(long, { snapshot: `${long}1` })).not.toBe(derivedName(long, { snapshot: `${long}2` }))
  })

  for (const name of ['', 'a b', 'a/b', 'a"b', 'a\nb']) {
    test(`refuses the snapshot ${JSON.stringify(name)}`, () =>
      expect(() => derivedName('app', { snapshot: name })).toThrow(
        expect.objectContaining({
          status: 2,
          message: `\`${name.replace('\n', '\\n')}\` is not a valid snapshot name`,
          hint: 'use letters, digits, `.`, `-` and `_`',
        }),
      ))
  }
})

describe('refuseLiveName', () => {
  const refused = (name: string, target: string) =>
    test(`${name} for ${target} is refused`, () =>
      expect(() => refuseLiveName(name, target)).toThrow(
        expect.objectContaining({
          status: 1,
          message: `\`${name}\` is the name of the live database`,
          hint: 'this is a bug, please report it; nothing was changed',
        }),
      ))

  refused('app', 'app')
  refused(`${'a'.repeat(63)}__parity_incoming`, 'a'.repeat(63))
  test('another name passes', () => expect(() => refuseLiveName('App', 'app')).not.toThrow())
})

describe('cutToBytes', () => {
  const cut = (text: string, limit: number, result: string) =>
    test(`${text} to ${limit}`, () => expect(cutToBytes(text, limit)).toBe(result))

  cut('abc', 3, 'abc')
  cut('abcd', 3, 'abc')
  cut('aü', 2, 'a')
  cut('aü', 3, 'aü')
  cut('😀😀', 7, '😀')
  cut('☃', 2, '')
  cut('a', 0, '')
})

describe('quoting', () => {
  const identifier = (name: string, quoted: string) =>
    test(`identifier ${quoted}`, () => expect(quoteIdentifier(name)).toBe(quoted))
  const literal = (text: string, quoted: string) =>
    test(`literal ${quoted}`, () => expect(quoteLiteral(text)).toBe(quoted))

  identifier('app', '"app"')
  identifier('App', '"App"')
  identifier('a"b; DROP DATABASE c', '"a""b; DROP DATABASE c"')
  identifier('a\nb', '"a\nb"')
  literal("it's", "'it''s'")
  literal('a\\b', " E'a\\\\b'")
  literal("\\'; DROP --", " E'\\\\''; DROP --'")
  for (const quote of [quoteIdentifier, quoteLiteral]) {
    test(`${quote.name} refuses NUL`, () =>
      expect(() => quote('a\0b')).toThrow(
        expect.objectContaining({ status: 2, message: '`a\\u0000b` contains a NUL character' }),
      ))
  }
})

describe('marks', () => {
  const mark: Mark = { madeBy: 'parity', target: 'app', kind: 'incoming' }
  const read = (name: string, comment: string | null | undefined, expected: Mark | undefined) =>
    test(name, () => expect(parseMark(comment)).toEqual(expected))
  const withText = (json: string) => formatMark(mark).replace(/\{.*\}/s, json)
  const full: Mark = {
    madeBy: 'parity',
    target: 'it\'s; "app"\n',
    kind: { snapshot: 'monday' },
    createdAt: '2025-01-02T03:04:05.000Z',
    source: 'acme-production b123',
    key: 'a1b2',
    comment: 'the comment it had',
  }

  test('is a text that tells a person', () =>
    expect(formatMark(mark)).toBe(
      'made by parity, which may drop it: {"madeBy":"parity","target":"app","kind":"incoming"}',
    ))
  read('comes back', formatMark(full), full)
  read('no comment', null, undefined)
  read('none asked', undefined, undefined)
  read('a foreign comment', 'the production copy', undefined)
  read('ours only further on', `see: ${formatMark(mark)}`, undefined)
  read('text after it', `${formatMark(mark)} or not`, undefined)
  read('no JSON', withText('{madeBy: parity}'), undefined)
  read('a list', withText('[]'), undefined)
  read('another maker', withText('{"madeBy":"x","target":"app","kind":"incoming"}'), undefined)
  read('no target', withText('{"madeBy":"parity","kind":"incoming"}'), undefined)
  read('an empty target', withText('{"madeBy":"parity","target":"","kind":"incoming"}'), undefined)
  read('a target that is no text', withText('{"madeBy":"parity","target":["app"],"kind":"incoming"}'), undefined)
  read('an unknown kind', withText('{"madeBy":"parity","target":"app","kind":"live"}'), undefined)
  read('a snapshot without name', withText('{"madeBy":"parity","target":"app","kind":{"snapshot":""}}'), undefined)
  read('more than we write', withText('{"madeBy":"parity","target":"app","kind":"incoming","x":1}'), undefined)
  read(
    'a source that is no text',
    withText('{"madeBy":"parity","target":"app","kind":"incoming","source":1}'),
    undefined,
  )
})

describe('mayDrop', () => {
  const marked = (target: string, kind: Mark['kind']) => formatMark({ madeBy: 'parity', target, kind })
  const may = (expected: boolean, name: string, comment: string | null, target: string) =>
    test(`${name} of ${target}: ${expected}`, () => expect(mayDrop(name, comment, target)).toBe(expected))

  may(true, 'app__parity_incoming', marked('app', 'incoming'), 'app')
  may(true, 'app__parity_snap_monday', marked('app', { snapshot: 'monday' }), 'app')
  may(true, derivedName('a'.repeat(63), 'discard'), marked('a'.repeat(63), 'discard'), 'a'.repeat(63))
  may(false, 'app__parity_incoming', null, 'app')
  may(false, 'app__parity_incoming', 'mine', 'app')
  may(false, 'app__parity_incoming', marked('other', 'incoming'), 'app')
  may(false, 'app__parity_incoming', marked('app', 'incoming'), 'other')
  may(false, 'app__parity_previous', marked('app', 'incoming'), 'app')
  may(false, 'app', marked('app', 'incoming'), 'app')
  may(false, 'APP__parity_incoming', marked('app', 'incoming'), 'app')
})
