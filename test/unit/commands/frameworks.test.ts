import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { frameworkCommand } from '../../../src/commands/frameworks.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'parity-frameworks-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function write(file: string, text = ''): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

const words = () => [frameworkCommand('console', {}, root).join(' '), frameworkCommand('migrate', {}, root).join(' ')]

describe('recognises', () => {
  const rails = ['bundle exec rails console', 'bundle exec rails db:migrate']
  test.each([
    ['Rails', 'bin/rails', '', rails],
    ['Rails by its gem', 'Gemfile', 'source "x"\n  gem "rails", "~> 8"\n', rails],
    ['Django', 'manage.py', '', ['python manage.py shell', 'python manage.py migrate']],
    ['Phoenix', 'mix.exs', '{:phoenix, "~> 1.7"}', ['iex -S mix', 'mix ecto.migrate']],
    ['Laravel', 'artisan', '', ['php artisan tinker', 'php artisan migrate --force']],
    ['Prisma', 'prisma/schema.prisma', '', ['node', 'npx prisma migrate deploy']],
    ['Knex', 'knexfile.js', '', ['node', 'npx knex migrate:latest']],
    ['Knex in TypeScript', 'knexfile.ts', '', ['node', 'npx knex migrate:latest']],
  ])('%s', (_, file, text, expected) => {
    write(file, text)
    expect(words()).toEqual(expected)
  })

  test.each([
    ['a gem that is only commented out', 'Gemfile', '# gem "rails"\n'],
    ['a gem of another name', 'Gemfile', 'gem "rails-i18n"\n'],
    ['Elixir without Phoenix', 'mix.exs', '{:phoenix_pubsub, "~> 2"}'],
  ])('nothing in %s', (_, file, text) => {
    write(file, text)
    expect(words).toThrow(
      expect.objectContaining({
        status: 2,
        message: `cannot tell what \`console\` runs: no Rails, Django, Phoenix, Laravel, Prisma or Knex was recognised in ${root}`,
        hint: 'add these two lines to .parityrc:\ncommands:\n  console: COMMAND',
      }),
    )
  })
})

test('Rails comes before what it may contain', () => {
  for (const file of ['knexfile.js', 'prisma/schema.prisma', 'bin/rails']) write(file)
  expect(words()[0]).toBe('bundle exec rails console')
})

test('the configuration comes before the files', () => {
  write('manage.py')
  const configuration = { commands: { migrate: 'bin/migrate "a b"' } }
  expect(frameworkCommand('migrate', configuration, root)).toEqual(['bin/migrate', 'a b'])
  expect(frameworkCommand('console', configuration, root)).toEqual(['python', 'manage.py', 'shell'])
})
