import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderOfApp, frameworkCommand } from '../../../src/commands/frameworks.ts'
import type { Project } from '../../../src/environments/environments.ts'

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

const rails = ['bundle exec rails console', 'bundle exec rails db:migrate']
const django = ['python manage.py shell', 'python manage.py migrate']
const mix = ['iex -S mix', 'mix ecto.migrate']
const rake = ['bundle exec irb', 'bundle exec rake db:migrate']
const knex = ['node', 'npx knex migrate:latest']
const prisma = ['node', 'npx prisma migrate deploy']
const drizzle = ['node', 'npx drizzle-kit migrate']
const json = (value: object) => JSON.stringify(value)
const scripts = (migrate: string) => json({ scripts: { migrate } })

describe('recognises', () => {
  test.each([
    ['Rails', 'bin/rails', '', rails],
    ['Rails by its gem', 'Gemfile', 'source "x"\n  gem "rails", "~> 8"\n', rails],
    ['Rails by its gem in parentheses', 'Gemfile', 'gem("rails", "~> 8")\n', rails],
    ['Rails in gems.rb', 'gems.rb', "gem 'rails'\n", rails],
    ['Rails with a comment behind it', 'Gemfile', "gem 'rails' # the web\n", rails],
    ['Rails behind a comment', 'Gemfile', '=begin\ngem "x"\n=end\ngem "rails"\n', rails],
    ['Hanami', 'Gemfile', 'gem "hanami", "~> 2.2"\n', ['bundle exec hanami console', 'bundle exec hanami db migrate']],
    ['Sinatra with ActiveRecord', 'Gemfile', 'gem "sinatra-activerecord"\n', rake],
    ['a Rakefile that migrates', 'Rakefile', 'namespace :db do\n  task :migrate do\n  end\nend\n', rake],
    ['a Rakefile with another spelling', 'Rakefile', 'task("db:migrate") { }\n', rake],
    ['Django', 'manage.py', '', django],
    ['Flask-Migrate', 'requirements.txt', 'Flask==3.0\nFlask-Migrate==4.0\n', ['flask shell', 'flask db upgrade']],
    ['Flask-Migrate by its folder', 'migrations/alembic.ini', '', ['flask shell', 'flask db upgrade']],
    ['Alembic', 'alembic.ini', '', ['python', 'alembic upgrade head']],
    ['Alembic in pyproject.toml', 'pyproject.toml', '[tool.alembic]\n', ['python', 'alembic upgrade head']],
    ['Phoenix', 'mix.exs', '{:phoenix, "~> 1.7"}', mix],
    ['Ecto without Phoenix', 'mix.exs', '{:ecto_sql, "~> 3.0"}', mix],
    ['Laravel', 'artisan', '', ['php artisan tinker', 'php artisan migrate --force']],
    ['Prisma', 'prisma/schema.prisma', '', prisma],
    ['Prisma with several files', 'prisma/schema/user.prisma', '', prisma],
    ['Prisma with a place of its own', 'package.json', json({ prisma: { schema: 'db/schema.prisma' } }), prisma],
    ['Prisma by its configuration', 'prisma.config.ts', '', prisma],
    ['Knex', 'knexfile.js', '', knex],
    ['Knex in TypeScript', 'knexfile.ts', '', knex],
    ['Knex in CommonJS', 'knexfile.cjs', '', knex],
    ['Knex in modules', 'knexfile.mjs', '', knex],
    ['Drizzle', 'drizzle.config.ts', '', drizzle],
    ['Drizzle by its package', 'package.json', json({ devDependencies: { 'drizzle-kit': '^0.30.0' } }), drizzle],
    ['Sequelize', '.sequelizerc', '', ['node', 'npx sequelize-cli db:migrate']],
    ['an npm script', 'package.json', scripts('node migrate.js'), ['node', 'npm run migrate']],
    [
      'an npm script db:migrate',
      'package.json',
      json({ scripts: { 'db:migrate': 'x' } }),
      ['node', 'npm run db:migrate'],
    ],
    [
      'an npm script and its console, of another manager',
      'package.json',
      json({ packageManager: 'pnpm@9.0.0', scripts: { migrate: 'x', console: 'y' } }),
      ['pnpm run console', 'pnpm run migrate'],
    ],
  ])('%s', (_, file, text, expected) => {
    write(file, text)
    expect(words()).toEqual(expected)
  })

  test('Phoenix in an umbrella', () => {
    write('mix.exs', 'apps_path: "apps",\n')
    write('apps/shop/mix.exs', '# nothing\n')
    write('apps/shop_web/mix.exs', 'defp deps, do: [{:phoenix, "~> 1.7"}]\n')
    expect(words()).toEqual(mix)
  })

  test('Sequel, whose URL is known in the dyno alone', () => {
    write('Gemfile', 'gem "sequel"\n')
    write('db/migrations/001.rb')
    expect(frameworkCommand('migrate', {}, root)).toEqual([
      'sh',
      '-c',
      'bundle exec sequel -m db/migrations "$DATABASE_URL"',
    ])
  })

  test.each([
    ['src/data-source.ts', {}, 'npx typeorm-ts-node-commonjs migration:run -d src/data-source.ts'],
    ['src/data-source.ts', { type: 'module' }, 'npx typeorm-ts-node-esm migration:run -d src/data-source.ts'],
    ['data-source.js', {}, 'npx typeorm migration:run -d data-source.js'],
  ])('TypeORM with %s', (file, more, expected) => {
    write('package.json', json({ dependencies: { typeorm: '^0.3.0' }, ...more }))
    write(file)
    expect(words()).toEqual(['node', expected])
  })

  test.each([
    ['a gem that is only commented out', 'Gemfile', '# gem "rails"\n'],
    ['a gem in a comment of several lines', 'Gemfile', '=begin\ngem "rails"\n=end\n'],
    ['a gem of another name', 'Gemfile', 'gem "rails-i18n"\n'],
    ['Elixir without Phoenix', 'mix.exs', '{:phoenix_pubsub, "~> 2"}'],
    ['Elixir with Phoenix commented out', 'mix.exs', '  # {:phoenix, "~> 1.7"}\n'],
    ['a package that is only commented out', 'requirements.txt', '# Flask-Migrate==4.0\n'],
    ["Flask's own manage.py", 'manage.py', 'from flask_script import Manager\n'],
    ['TypeORM without a data source', 'package.json', json({ dependencies: { typeorm: '1' } })],
    ['Sequel without migrations', 'Gemfile', 'gem "sequel"\n'],
    ['a script that is for development alone', 'package.json', scripts('prisma migrate dev')],
    ['a script that goes back', 'package.json', scripts('knex migrate:rollback')],
    ['a broken package.json', 'package.json', '{'],
  ])('nothing in %s', (_, file, text) => {
    write(file, text)
    expect(words).toThrow(
      expect.objectContaining({
        status: 2,
        message: `cannot tell what \`console\` runs: no framework was recognised in ${root}`,
        hint: 'add these two lines to .parityrc:\ncommands:\n  console: COMMAND',
      }),
    )
  })
})

test('where the configuration has commands, the line goes below them', () => {
  expect(() => frameworkCommand('migrate', { commands: { seed: 'x' }, file: 'package.json' }, root)).toThrow(
    expect.objectContaining({ hint: 'add this line below `commands:` in package.json:\n  migrate: COMMAND' }),
  )
})

test('a script of its own comes before the tool that it uses', () => {
  write('package.json', scripts('knex migrate:latest && node seed.js'))
  write('knexfile.js')
  expect(words()).toEqual(['node', 'npm run migrate'])
})

test('a tool comes before a script that is for development alone', () => {
  write('package.json', scripts('prisma migrate dev'))
  write('prisma/schema.prisma')
  expect(words()).toEqual(prisma)
})

describe('in a repository of several programs', () => {
  test('the nearest folder counts, from the one where it is typed', () => {
    write('backend/manage.py')
    write('backend/shop/models.py')
    write('knexfile.js')
    const from = (folder: string) => frameworkCommand('migrate', {}, root, join(root, folder)).join(' ')
    expect([from('backend/shop'), from('backend'), from('.')]).toEqual([django[1], django[1], knex[1]])
  })

  test('the folder of the environment counts, and has to be there', () => {
    write('backend/manage.py')
    const project = { root, folder: root, configuration: { file: '.parityrc' } } as Project
    expect(folderOfApp(project, 'backend')).toBe(join(root, 'backend'))
    expect(folderOfApp(project, undefined)).toBe(root)
    expect(() => folderOfApp(project, 'api')).toThrow(
      expect.objectContaining({
        status: 2,
        message: 'the folder `api` does not exist',
        hint: `\`folder\` of the environment in .parityrc is a path from ${root}`,
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
