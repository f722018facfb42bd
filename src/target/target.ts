import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { usageError } from '../errors.ts'
import { type Connection, fillFromEnvironment, refuseForeignHost } from '../postgres/connection.ts'
import { parseConnection } from '../postgres/connection-text.ts'
import { otherWays, readDatabaseYml } from './database-yml.ts'
import { expandVariables } from './expand.ts'

/** The local database that is read or written, and what named it. */
type Target = {
  readonly connection: Connection
  /** `--database`, `development.database in .parityrc`, `DATABASE_URL`, `.env` or `config/database.yml`. */
  readonly origin: string
}

type TargetQuestion = {
  /** `--database URL|NAME` */
  readonly option?: string | undefined
  /** `development` of the configuration; `file` is what messages call that, `.parityrc` when left out. */
  readonly configured?:
    | {
        readonly database?: string | undefined
        readonly allowHosts: readonly string[]
        readonly file?: string | undefined
      }
    | undefined
  readonly environment: NodeJS.ProcessEnv
  /** The project's root folder, in which `.env` and `config/database.yml` are looked up. */
  readonly root: string
  /** `--db NAME`: which database of a `config/database.yml` that has several. */
  readonly databaseEntry?: string | undefined
}

/**
 * The local database that a person means, by the first that names one: `--database`, `development.database`,
 * `DATABASE_URL`, `.env`, `config/database.yml`. libpq's own variables fill what is left open. Reads files, asks no
 * server. Errors (2): none named, another adapter, a host that is not this machine, an unset variable, a name that
 * can't be meant.
 */
export async function resolveTarget(question: TargetQuestion): Promise<Target> {
  const { connection, origin } = await firstNamed(question)
  const whole = fillFromEnvironment(connection, question.environment)
  refuseTemplate(whole.database)
  refuseForeignHost(whole, question.configured?.allowHosts ?? [])
  return { connection: whole, origin }
}

async function firstNamed(question: TargetQuestion): Promise<Target> {
  const { option, configured, root, databaseEntry } = question
  refuseTwoNames(option, databaseEntry)
  const dotenv = await readDotenv(root)
  const environment = { ...dotenv, ...question.environment }
  if (databaseEntry === undefined) {
    if (option !== undefined) return { connection: parseConnection(option, '--database', true), origin: '--database' }
    if (configured?.database !== undefined) {
      const origin = `development.database in ${configured.file ?? '.parityrc'}`
      return named(expandVariables(configured.database, environment, origin), origin)
    }
    // An empty variable is how a shell takes one away for a single command.
    if (question.environment.DATABASE_URL) return named(question.environment.DATABASE_URL, 'DATABASE_URL')
    if (dotenv.DATABASE_URL) return named(expandVariables(dotenv.DATABASE_URL, environment, '.env'), '.env')
  }
  return fromDatabaseYml(root, environment, databaseEntry)
}

async function fromDatabaseYml(
  root: string,
  environment: NodeJS.ProcessEnv,
  entry: string | undefined,
): Promise<Target> {
  const origin = 'config/database.yml'
  const path = join(root, origin)
  const text = await readIfThere(path)
  if (text === undefined) throw entry === undefined ? nothingNamed() : noDatabaseYml(entry)
  const connection = await readDatabaseYml({ path, name: origin, text, environment, entry })
  return { connection, origin: entry === undefined ? origin : `development.${entry} in ${origin}` }
}

function named(text: string, origin: string): Target {
  return { connection: parseConnection(text, origin), origin }
}

async function readDotenv(root: string): Promise<Record<string, string>> {
  const text = await readIfThere(join(root, '.env'))
  if (text === undefined) return {}
  return parse(text)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if ('code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw usageError(`\`${path}\` cannot be read`, error.message)
  }
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
