import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A line that is split into words, or the words themselves. */
type Line = string | readonly string[]

/** What a framework's own guide says to type; undefined where it depends on a file that is not in the folder. */
type Framework = {
  readonly name: string
  readonly console: (folder: string) => Line | undefined
  readonly migrate: (folder: string) => Line | undefined
  readonly found: (folder: string) => boolean
}

type Found = Framework['found']

/** The frameworks in the order in which they are looked for: one that may contain another comes first. */
export const frameworks: readonly Framework[] = [
  known('Rails', any(has('bin/rails'), gem('rails')), 'bundle exec rails console', 'bundle exec rails db:migrate'),
  known('Hanami', gem('hanami'), 'bundle exec hanami console', 'bundle exec hanami db migrate'),
  known('ActiveRecord or Sequel by Rake', migratesByRake, 'bundle exec irb', 'bundle exec rake db:migrate'),
  { name: 'Sequel', found: sequelFound, console: () => 'bundle exec irb', migrate: migrateBySequel },
  known('Django', isDjango, 'python manage.py shell', 'python manage.py migrate'),
  known('Flask-Migrate', flaskFound, 'flask shell', 'flask db upgrade'),
  known('Alembic', alembicFound, 'python', 'alembic upgrade head'),
  known('Phoenix or Ecto', ectoFound, 'iex -S mix', 'mix ecto.migrate'),
  known('Laravel', has('artisan'), 'php artisan tinker', 'php artisan migrate --force'),
  { name: 'an npm script', found: scriptFound, console: consoleOfNode, migrate: scriptLine('migrate', 'db:migrate') },
  node(
    'Prisma',
    any(has('prisma/schema.prisma', 'prisma/schema', 'schema.prisma'), prismaConfigured),
    'npx prisma migrate deploy',
  ),
  node(
    'Drizzle',
    any(config('drizzle.config', ['ts', 'js', 'mjs', 'cjs', 'json']), npm('drizzle-kit')),
    'npx drizzle-kit migrate',
  ),
  node('Knex', config('knexfile', ['js', 'cjs', 'mjs', 'ts', 'cts', 'mts']), 'npx knex migrate:latest'),
  node('Sequelize', any(has('.sequelizerc'), npm('sequelize-cli')), 'npx sequelize-cli db:migrate'),
  { name: 'TypeORM', found: typeormFound, console: consoleOfNode, migrate: migrateByTypeorm },
]

function known(name: string, found: Found, console: string, migrate: string): Framework {
  return { name, found, console: () => console, migrate: () => migrate }
}

function node(name: string, found: Found, migrate: string): Framework {
  return { name, found, console: consoleOfNode, migrate: () => migrate }
}

function any(...tests: readonly Found[]): Found {
  return (folder) => tests.some((test) => test(folder))
}

function has(...files: readonly string[]): Found {
  return (folder) => files.some((file) => existsSync(join(folder, file)))
}

function config(name: string, endings: readonly string[]): Found {
  return has(...endings.map((ending) => `${name}.${ending}`))
}

// Ruby

/** Whether a Gemfile names the gem, with or without parentheses, and not in a comment. */
function gem(name: string): Found {
  const line = new RegExp(`^[ \\t]*gem[ \\t(]+['"]${name}['"]`, 'm')
  return (folder) => ['Gemfile', 'gems.rb'].some((file) => line.test(rubyOf(join(folder, file))))
}

function migratesByRake(folder: string): boolean {
  if (gem('sinatra-activerecord')(folder)) return true
  const tasks = ['Rakefile', 'rakefile', 'Rakefile.rb'].map((file) => rubyOf(join(folder, file))).join('\n')
  return (
    /['"]db:migrate['"]/.test(tasks) ||
    (/\bnamespace[ (]+:?['"]?db\b/.test(tasks) && /\btask[ (]+:?['"]?migrate\b/.test(tasks))
  )
}

const sequelFolders = ['db/migrations', 'db/migrate', 'migrations']

function sequelFound(folder: string): boolean {
  return gem('sequel')(folder) && has(...sequelFolders)(folder)
}

/** The URL is in the dyno alone, so its shell fills it in. */
function migrateBySequel(folder: string): readonly string[] {
  const migrations = sequelFolders.find((name) => has(name)(folder))
  return ['sh', '-c', `bundle exec sequel -m ${migrations} "$DATABASE_URL"`]
}

// Python

function isDjango(folder: string): boolean {
  return has('manage.py')(folder) && !/\bflask/i.test(withoutComments(join(folder, 'manage.py')))
}

function flaskFound(folder: string): boolean {
  return has('migrations/alembic.ini')(folder) || requires(folder, /^\s*['"]?flask[-_.]migrate\b/im)
}

function alembicFound(folder: string): boolean {
  return has('alembic.ini')(folder) || /^\[tool\.alembic\]/m.test(textOf(join(folder, 'pyproject.toml')))
}

function requires(folder: string, name: RegExp): boolean {
  return ['requirements.txt', 'Pipfile', 'pyproject.toml'].some((file) =>
    name.test(withoutComments(join(folder, file))),
  )
}

// Elixir

/** Also of one application of an umbrella: mix runs its tasks from the root. */
function ectoFound(folder: string): boolean {
  const text = withoutComments(join(folder, 'mix.exs'))
  if (/\{\s*:(?:phoenix|ecto_sql)\b/.test(text)) return true
  const apps = /\bapps_path:\s*"([^"]+)"/.exec(text)?.[1]
  return apps !== undefined && namesIn(join(folder, apps)).some((app) => ectoFound(join(folder, apps, app)))
}

// Node

type Package = {
  readonly scripts?: Readonly<Record<string, unknown>>
  readonly dependencies?: object
  readonly devDependencies?: object
  readonly prisma?: { readonly schema?: unknown }
  readonly packageManager?: unknown
  readonly type?: unknown
}

function npm(name: string): Found {
  return (folder) => {
    const { dependencies = {}, devDependencies = {} } = packageOf(folder)
    return Object.hasOwn(dependencies, name) || Object.hasOwn(devDependencies, name)
  }
}

function prismaConfigured(folder: string): boolean {
  return config('prisma.config', ['ts', 'js', 'mjs', 'cjs'])(folder) || packageOf(folder).prisma?.schema !== undefined
}

/** What only development should do to a database: `prisma migrate dev` may reset it, a push skips the migrations. */
const onlyForDevelopment =
  /\bmigrate (?:dev|reset)\b|\bdb push\b|\bdrizzle-kit push\b|\b(?:rollback|undo|revert|down)\b/

/** The first of the scripts that a deployed app may run. */
function scriptNamed(folder: string, names: readonly string[]): string | undefined {
  const { scripts = {} } = packageOf(folder)
  return names.find((name) => typeof scripts[name] === 'string' && !onlyForDevelopment.test(scripts[name]))
}

function scriptFound(folder: string): boolean {
  return scriptNamed(folder, ['migrate', 'db:migrate']) !== undefined
}

function scriptLine(...names: readonly string[]): (folder: string) => string | undefined {
  return (folder) => {
    const script = scriptNamed(folder, names)
    return script && `${runnerOf(folder)} run ${script}`
  }
}

function consoleOfNode(folder: string): string {
  return scriptLine('console')(folder) ?? 'node'
}

function runnerOf(folder: string): string {
  const named = /^(pnpm|yarn|bun)@/.exec(String(packageOf(folder).packageManager))?.[1]
  if (named !== undefined) return named
  if (has('pnpm-lock.yaml')(folder)) return 'pnpm'
  if (has('yarn.lock')(folder)) return 'yarn'
  return has('bun.lock', 'bun.lockb')(folder) ? 'bun' : 'npm'
}

const dataSources = ['', 'src/', 'src/database/', 'src/db/', 'src/config/', 'database/', 'db/'].flatMap((place) =>
  ['data-source', 'dataSource', 'datasource', 'ormconfig'].flatMap((name) => [
    `${place}${name}.ts`,
    `${place}${name}.js`,
  ]),
)

function typeormFound(folder: string): boolean {
  return npm('typeorm')(folder) && has(...dataSources)(folder)
}

function migrateByTypeorm(folder: string): string {
  const source = dataSources.find((name) => has(name)(folder)) ?? ''
  const modules = packageOf(folder).type === 'module' ? 'esm' : 'commonjs'
  const program = source.endsWith('.ts') ? `typeorm-ts-node-${modules}` : 'typeorm'
  return `npx ${program} migration:run -d ${source}`
}

function packageOf(folder: string): Package {
  try {
    const read: unknown = JSON.parse(textOf(join(folder, 'package.json')))
    return typeof read === 'object' && read !== null ? read : {}
  } catch {
    return {}
  }
}

/** Ruby without what stands between `=begin` and `=end`. */
function rubyOf(file: string): string {
  return withoutComments(file).replace(/^=begin\b[\s\S]*?^=end\b/gm, '')
}

/** Without what stands behind a `#`, save an interpolation. */
function withoutComments(file: string): string {
  return textOf(file).replace(/(^|\s)#(?!\{).*$/gm, '$1')
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
