import { expect, test } from 'vitest'
import * as table from '../../../src/passthrough/command-table.ts'
import { readingCommands } from '../../../src/passthrough/reading.ts'

const takesApp = table.takesApp.split(/\s+/)

test('each of them is a command of Heroku’s that works on an app', () => {
  expect(readingCommands.length).toBeGreaterThan(50)
  expect(readingCommands.filter((name) => !takesApp.includes(name))).toEqual([])
})

test('none of them has a word that changes or opens something', () => {
  const changing =
    /:(add|attach|cancel|capture|clear|create|delete|destroy|detach|disable|downgrade|edit|enable|kill|killall|lock|off|on|open|promote|psql|pull|push|remove|rename|reset|resize|restart|restore|rotate|run|scale|schedule|set|stop|transfer|type|unlock|unschedule|unset|update|upgrade|wait)$/
  expect(readingCommands.filter((name) => changing.test(name))).toEqual([])
  for (const name of ['run', 'console', 'psql', 'pg:psql', 'open', 'restart', 'rollback', 'maintenance:on', 'ps:scale'])
    expect(readingCommands).not.toContain(name)
})
