import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Configuration } from '../environments/configuration.ts'
import { usageError } from '../errors.ts'
import { splitWords } from '../run/split-words.ts'

type Verb = 'console' | 'migrate'
type Framework = { name: string; found: (root: string) => boolean; console?: string; migrate?: string }

const has = (file: string) => (root: string) => existsSync(join(root, file))
const mentions = (file: string, pattern: RegExp) => (root: string) => pattern.test(textOf(join(root, file)))

/** What each framework's own guide says to type; the first whose files are there counts. */
const frameworks: readonly Framework[] = [
  {
    name: 'Rails',
    found: (root) => has('bin/rails')(root) || mentions('Gemfile', /^\s*gem\s+['"]rails['"]/m)(root),
    console: 'bundle exec rails console',
    migrate: 'bundle exec rails db:migrate',
  },
  { name: 'Django', found: has('manage.py'), console: 'python manage.py shell', migrate: 'python manage.py migrate' },
  { name: 'Phoenix', found: mentions('mix.exs', /:phoenix\b/), console: 'iex -S mix', migrate: 'mix ecto.migrate' },
  { name: 'Laravel', found: has('artisan'), console: 'php artisan tinker', migrate: 'php artisan migrate --force' },
  { name: 'Prisma', found: has('prisma/schema.prisma'), console: 'node', migrate: 'npx prisma migrate deploy' },
  {
    name: 'Knex',
    found: (root) => has('knexfile.js')(root) || has('knexfile.ts')(root),
    console: 'node',
    migrate: 'npx knex migrate:latest',
  },
]

/**
 * The words that `console` or `migrate` runs: of `commands:` in the configuration, else by the project's files.
 * Throws a usage error with the lines to add where nothing is recognised.
 */
export function frameworkCommand(verb: Verb, configuration: Configuration, root: string): string[] {
  const configured = configuration.commands?.[verb]
  const line = configured ?? frameworks.find((framework) => framework.found(root))?.[verb]
  if (line !== undefined) return splitWords(line, `commands.${verb}`)
  throw usageError(
    `cannot tell what \`${verb}\` runs: no Rails, Django, Phoenix, Laravel, Prisma or Knex was recognised in ${root}`,
    `add these two lines to .parityrc:\ncommands:\n  ${verb}: COMMAND`,
  )
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
