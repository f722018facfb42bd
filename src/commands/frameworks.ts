import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'shell-quote'
import type { Configuration } from '../environments/configuration.ts'
import { usageError } from '../errors.ts'

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
  { name: 'Knex', found: (root) => has('knexfile.js')(root) || has('knexfile.ts')(root), console: 'node', migrate: 'npx knex migrate:latest' },
]

/**
 * The words that `console` or `migrate` runs: of `commands:` in the configuration, else by the project's files.
 * Throws a usage error with the lines to add where nothing is recognised.
 */
export function frameworkCommand(verb: Verb, configuration: Configuration, root: string): string[] {
  const configured = configuration.commands?.[verb]
  if (Array.isArray(configured)) return configured
  const line = configured ?? frameworks.find((framework) => framework.found(root))?.[verb]
  if (line !== undefined) return splitWords(line, `commands.${verb}`)
  throw usageError(
    `don't know what \`${verb}\` runs: no Rails, Django, Phoenix, Laravel, Prisma or Knex was recognised in ${root}`,
    `add these two lines to .parityrc:\ncommands:\n  ${verb}: COMMAND`,
  )
}

/** Splits a configured line into words as a shell would, without one. Operators and substitutions are refused: they need a script. */
export function splitWords(line: string, where: string): string[] {
  const entries = parse(line, (name) => ({ op: `$${name}` }))
  const words = entries.filter((entry) => typeof entry === 'string')
  if (words.length === entries.length && words.length > 0) return words
  const strange = entries.find((entry) => typeof entry !== 'string')
  const what = typeof strange === 'object' ? ('op' in strange ? strange.op : '#') : ''
  throw usageError(
    `${where}: \`${line}\` ${what ? `has the shell's \`${what}\`, and no shell reads it` : 'holds no word'}`,
    'put the line into a script, for example bin/task, and name that',
  )
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
