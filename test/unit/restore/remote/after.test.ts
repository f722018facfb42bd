import { expect, test } from 'vitest'
import { afterCalls } from '../../../../src/restore/remote/after-calls.ts'
import { shellLine } from '../../../../src/run/print.ts'

const place = {
  setting: '.parityrc: environments.staging.restore.after',
  root: '/acme',
  folder: '/acme/app',
  psqlrc: '/parity/rc',
  hasTerminal: true,
}
const lines = (...steps: Parameters<typeof afterCalls>[2]) =>
  afterCalls('acme-staging', undefined, steps, place).map(shellLine)

test('each step is one call, in order', () => {
  expect(
    lines({ psql: 'db/anonymise.sql' }, { run: 'bin/rails db:migrate' }, { run: ['echo', "it's"] }, { restart: true }),
  ).toEqual([
    'PSQLRC=/parity/rc heroku pg:psql --app acme-staging --file ../db/anonymise.sql',
    'heroku run --exit-code --app acme-staging -- bin/rails db:migrate',
    "heroku run --exit-code --app acme-staging -- 'echo '\\''it'\\''\\'\\'''\\''s'\\'''",
    'heroku ps:restart --app acme-staging',
  ])
})

test('psql works on the database that was filled', () => {
  expect(afterCalls('acme-staging', 'PINK', [{ psql: 'a.sql' }], place).map(({ args }) => args)).toEqual([
    ['pg:psql', 'PINK', '--app', 'acme-staging', '--file', '../a.sql'],
  ])
})

test('a command that needs a shell is refused, by its place', () => {
  expect(() => lines({ restart: true }, { run: 'a && b' })).toThrow(
    '.parityrc: environments.staging.restore.after[1].run: `a && b` has `&&`, and no shell reads it',
  )
})
