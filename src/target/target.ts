import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { usageError } from '../errors.ts'
import { type Connection, fillFromEnvironment, withDatabase } from '../postgres/connection.ts'
import { refuseForeignHost } from '../postgres/connection-host.ts'
import { parseConnection } from '../postgres/connection-text.ts'
import { readDatabaseYml } from './database-yml.ts'
import { type Dotenv, readDotenv } from './dotenv.ts'
import { expandVariables } from './expand.ts'
import { applicationFolder } from './folder.ts'
import { laravelParts } from './laravel.ts'
import { otherWays } from './other-ways.ts'
import { readIfThere } from './read-file.ts'

/** The local database that is read or written, and what named it. */
type Target = {
  readonly connection: Connection
  /** `--database`, `development.database in .parityrc`, `DATABASE_URL`, `.env`, `.env.local`, `config/database.yml` or `services`. */
  readonly origin: string
  /** Dotenv files that are there, but that no tool of the project reads: `.env.local`. */
  readonly unread: readonly string[]
}

type TargetQuestion = {
  /** `--database URL|NAME` */
  readonly option?: string | undefined
  /** `development` of the configuration; `file` is what messages call that, `.parityrc` when left out. */
  readonly configured?:
    | {
        readonly database?: string | undefined
        /** The folder of the application, from the root; the nearest one if omitted. */
        readonly folder?: string | undefined
        readonly allowHosts: readonly string[]
        readonly file?: string | undefined
      }
    | undefined
  readonly environment: NodeJS.ProcessEnv
  /** The project's root folder. */
  readonly root: string
  /** Where the command was typed: `.env` and `config/database.yml` are those of the nearest application; the root if omitted. */
  readonly folder?: string
  /** The database of the project's running services, if it has some: what counts where nothing else names one. */
  readonly services?: () => Promise<Connection | undefined>
  /** `--db NAME`: which database of a `config/database.yml` that has several. */
  readonly databaseEntry?: string | undefined
}

/**
 * The local database that a person means, by the first that names one: `--database`, `development.database`, and what the project's
 * framework would connect to by `DATABASE_URL`, its dotenv files and `config/database.yml`; then the running services. libpq's own
 * variables fill what is left open. Reads files, asks no server.
 * Errors (2): none named, another adapter, a host that is not this machine, an unset variable, a name that can't be meant.
 */
export async function resolveTarget(question: TargetQuestion): Promise<Target> {
  const { connection, origin, environment, unread } = await firstNamed(question)
  const whole = fillFromEnvironment(connection, environment)
  refuseTemplate(whole.database)
  refuseForeignHost(whole, question.configured?.allowHosts ?? [])
  return { connection: whole, origin, unread }
}

type Named = Target & {
  /** The variables of libpq that this project's programs see beside it. */
  readonly environment: NodeJS.ProcessEnv
}

async function firstNamed(question: TargetQuestion): Promise<Named> {
  const { option, configured, root, databaseEntry } = question
  const folder = folderOf(question)
  refuseTwoNames(option, databaseEntry)
  const dotenv = await readDotenv(folder, question.environment)
  const environment = withDotenv(dotenv, question.environment)
  const { unread } = dotenv
  if (databaseEntry === undefined) {
    const typed = { environment: question.environment, unread: [] }
    if (option !== undefined) {
      return { connection: parseConnection(option, '--database', true), origin: '--database', ...typed }
    }
    if (configured?.database !== undefined) {
      const origin = `development.database in ${configured.file ?? '.parityrc'}`
      const text = expandVariables(configured.database, environment, origin)
      return { connection: parseConnection(text, origin), origin, ...typed }
    }
  }
  const named = (file: string) => join(relative(root, folder), file)
  const originOf = (variable: string) => {
    const file = dotenv.origins[variable]
    return question.environment[variable] !== undefined || file === undefined ? variable : named(file)
  }
  const found =
    (await fromProject(folder, named(databaseYml), environment, databaseEntry, originOf)) ??
    (await fromServices(question.services))
  return { ...found, environment, unread }
}

/** Throws a usage error for a configured folder that is not there. */
function folderOf({ configured, folder, root }: TargetQuestion): string {
  if (configured?.folder === undefined) return applicationFolder(folder ?? root, root)
  const path = join(root, configured.folder)
  if (existsSync(path)) return path
  throw usageError(
    `the folder \`${configured.folder}\` does not exist`,
    `\`development.folder\` in ${configured.file ?? '.parityrc'} is a path from ${root}`,
  )
}

const databaseYml = 'config/database.yml'

/** The framework's own files: `config/database.yml` with `DATABASE_URL` over it, that variable alone, Laravel's `DB_*`. */
async function fromProject(
  folder: string,
  name: string,
  environment: NodeJS.ProcessEnv,
  entry: string | undefined,
  originOf: (variable: string) => string,
): Promise<Omit<Target, 'unread'> | undefined> {
  const path = join(folder, databaseYml)
  const text = await readIfThere(path)
  if (text !== undefined) {
    const { connection, variable } = await readDatabaseYml({ path, name, text, environment, entry, originOf })
    if (variable !== undefined) return { connection, origin: originOf(variable) }
    return { connection, origin: entry === undefined ? name : `development.${entry} in ${name}` }
  }
  if (entry !== undefined) throw noDatabaseYml(entry)
  // An empty variable is how a shell takes one away for a single command.
  if (environment.DATABASE_URL) {
    const origin = originOf('DATABASE_URL')
    return { connection: parseConnection(environment.DATABASE_URL, origin), origin }
  }
  const origin = originOf('DB_CONNECTION')
  const parts = await laravelParts(folder, environment, origin)
  return parts && { connection: withDatabase(parts, origin), origin }
}

async function fromServices(services: TargetQuestion['services']): Promise<Omit<Target, 'unread'>> {
  const connection = await services?.()
  if (connection === undefined) throw nothingNamed()
  return { connection, origin: 'services' }
}

/** The variables of both; one that a tool may read otherwise than another refuses when it is looked up, not before. */
function withDotenv({ values, refused }: Dotenv, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const all: NodeJS.ProcessEnv = { ...values, ...environment }
  for (const [name, error] of Object.entries(refused)) {
    if (environment[name] !== undefined) continue
    const get = () => {
      throw error
    }
    // It cannot be counted, so that what copies the variables does not look it up.
    Object.defineProperty(all, name, { get, enumerable: false, configurable: true })
  }
  return all
}

function refuseTwoNames(option: string | undefined, entry: string | undefined): void {
  if (option === undefined || entry === undefined) return
  throw usageError(
    '`--database` and `--db` both name a database',
    '`--database` names one itself, `--db` chooses one of `config/database.yml`: use one of them',
  )
}

/** The databases that new ones are copied from: renaming one away would break `CREATE DATABASE` for everybody. */
function refuseTemplate(database: string): void {
  if (database !== 'template0' && database !== 'template1') return
  throw usageError(`\`${database}\` is a template database of Postgres`, otherWays)
}

function nothingNamed(): Error {
  return usageError('no local database is configured', `${otherWays}, in \`.env\` or in \`config/database.yml\``)
}

function noDatabaseYml(entry: string): Error {
  return usageError(`\`--db ${entry}\` chooses an entry of \`config/database.yml\`, which does not exist`, otherWays)
}
