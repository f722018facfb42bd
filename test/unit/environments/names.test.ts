import { describe, expect, test } from 'vitest'
import { commands } from '../../../src/commands/index.ts'
import { destinationBranch } from '../../../src/deploy/destination.ts'
import { reservedNames } from '../../../src/environments/names.ts'
import { suggest } from '../../../src/environments/suggest.ts'
import { soundsLive } from '../../../src/heroku/live-names.ts'

test('every command and its second names are reserved, and the usual environments are not', () => {
  const words = commands.flatMap(({ name, aliases = [] }) => [name, ...aliases])
  expect(words.filter((word) => !reservedNames.has(word))).toEqual([])
  expect(
    ['production', 'staging', 'development', 'demo', 'qa', 'review'].filter((name) => reservedNames.has(name)),
  ).toEqual([])
})

describe('sounds live', () => {
  test.each([
    ['prod', 'acme'],
    ['eu', 'acme-prod'],
    ['production-eu', 'acme'],
    ['eu', 'acme-PRODUCTION'],
    ['live', 'acme'],
    ['acme_live', 'x'],
  ])('%s with the app %s', (name, app) => {
    expect(soundsLive({ name, app })).toBe(true)
  })

  test.each([
    ['staging', 'acme-staging'],
    ['products', 'acme-reproduction'],
    ['olive', 'acme-liver'],
    ['nonprod', 'acme-preprod'],
  ])('not %s with the app %s', (name, app) => {
    expect(soundsLive({ name, app })).toBe(false)
  })
})

describe('suggests', () => {
  test.each([
    ['stagging', 'staging'],
    ['Staging', 'staging'],
    ['prduction', 'production'],
    ['prodction', 'production'],
    ['productive', 'production'],
    ['deom', 'demo'],
    ['qb', 'qa'],
    ['prod', 'production'],
    ['sta', 'staging'],
  ])('for %s: %s', (word, meant) => {
    expect(suggest(word, ['staging', 'production', 'demo', 'qa'])).toBe(meant)
  })

  test.each(['ps', 'logs', 'acceptance', ''])('nothing for %j', (word) => {
    expect(suggest(word, ['staging', 'production', 'demo', 'qa'])).toBeUndefined()
  })

  test('nothing of nothing', () => {
    expect(suggest('demo', [])).toBeUndefined()
  })
})

describe('the branch that Heroku builds', () => {
  test.each<[Record<string, string>, string, string | undefined]>([
    [{}, 'main', undefined],
    [{ main: 'a' }, 'main', 'a'],
    [{ master: 'b' }, 'master', 'b'],
    [{ main: 'a', master: 'b' }, 'main', 'a'],
    [{ other: 'c' }, 'main', undefined],
    [{ other: 'c', master: 'b' }, 'master', 'b'],
  ])('of %j is %s at %s', (heads, branch, there) => {
    expect(destinationBranch(new Map(Object.entries(heads)))).toEqual({ branch, there })
  })
})
