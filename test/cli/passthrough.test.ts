import { afterAll, expect, test } from 'vitest'
import { World } from './world.ts'

const world = new World().repository({ production: 'https://git.heroku.com/acme-production.git' }).record('heroku')
afterAll(() => world.remove())

test('a command of Heroku’s gets the app', async () => {
  const { calls, ...ended } = await world.run('production', ['logs', '--tail'])
  expect(ended).toEqual({ status: 0, signal: null, stdout: '', stderr: '' })
  expect(calls.map(({ program, args }) => [program, ...args])).toEqual([
    ['heroku', 'logs', '--app', 'acme-production', '--tail'],
  ])
})
